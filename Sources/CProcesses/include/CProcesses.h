// Starts a process as one step between fork and exec, where Swift code must not run; CPU time, used and shared.
#ifndef CPROCESSES_H
#define CPROCESSES_H

#include <stddef.h>
#include <sys/types.h>

/// What to run, and how it is bound to its parent.
struct plimsoll_launch {
  /// An absolute path, or one relative to `directory`.
  const char *path;
  /// Both end in NULL.
  char *const *arguments;
  char *const *environment;
  /// Where standard output and standard error go.
  int output;
  /// Open files named cgroup.procs; the process joins each of these groups before it runs anything.
  const int *groups;
  size_t group_count;
};

/// Starts a process that leads a process group of its own and is killed when the calling *thread* ends.
///
/// Returns its id, or a negated errno; then nothing runs.
pid_t plimsoll_launch(const struct plimsoll_launch *launch);

/// Asks for turns of so many nanoseconds on a CPU for the calling thread, not for those it starts.
///
/// The fair scheduler lets a thread with a shorter turn in before one with a longer turn is through with it (EEVDF,
/// since Linux 6.12; without effect before). Returns 0 or an errno.
int plimsoll_set_turn(unsigned long long nanoseconds);

/// The length of the calling thread's turns; 0 where the kernel does not say.
unsigned long long plimsoll_turn(void);

/// Seconds of CPU time that the calling thread has used.
double plimsoll_thread_cpu_seconds(void);

/// The CPU time that all threads of this process have used.
double plimsoll_process_cpu_seconds(void);

/// Computes until the calling thread has used this much more CPU time; returns what it used in fact.
double plimsoll_burn(double seconds);

#endif
