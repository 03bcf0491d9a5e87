#define _GNU_SOURCE
#include "CProcesses.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Sends errno to the parent and ends.
static void fail(int report) {
  int code = errno;
  (void)!write(report, &code, sizeof code);
  _exit(127);
}

// The child's way from fork to exec; only async-signal-safe calls.
static void become(const struct plimsoll_launch *launch, pid_t parent, int report) {
  if (setpgid(0, 0) != 0) fail(report);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(report);
  // The parent may have died before the line above took effect.
  if (getppid() != parent) _exit(127);

  for (size_t i = 0; i < launch->group_count; i++)
    if (write(launch->groups[i], "0", 1) != 1) fail(report);

  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);

  int input = open("/dev/null", O_RDONLY);
  if (input < 0 || dup2(input, 0) < 0) fail(report);
  if (dup2(launch->output, 1) < 0 || dup2(launch->output, 2) < 0) fail(report);
  syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);

  execve(launch->path, launch->arguments, launch->environment);
  fail(report);
}

pid_t plimsoll_launch(const struct plimsoll_launch *launch) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -errno;
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) become(launch, parent, report[1]);
  int code = errno;
  close(report[1]);
  if (child < 0) {
    close(report[0]);
    return -code;
  }
  // Also done by the child; whoever comes first, the group exists when this returns.
  setpgid(child, child);
  ssize_t count;
  do {
    count = read(report[0], &code, sizeof code);
  } while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count != sizeof code) return child;
  waitpid(child, NULL, 0);
  return -code;
}

// The first version of the kernel's struct sched_attr, which C libraries declare only lately.
struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

int plimsoll_set_turn(unsigned long long nanoseconds) {
  struct attributes attributes = {0};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return errno;
  const uint64_t reset_on_fork = 1;
  attributes.flags |= reset_on_fork;
  attributes.runtime = nanoseconds;
  return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 ? 0 : errno;
}

unsigned long long plimsoll_turn(void) {
  struct attributes attributes = {0};
  return syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0 ? attributes.runtime : 0;
}

double plimsoll_thread_cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double plimsoll_process_cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double plimsoll_burn(double seconds) {
  double start = plimsoll_thread_cpu_seconds();
  double used = 0;
  volatile unsigned long long state = 88172645463325252ull;
  while (used < seconds) {
    // About two microseconds of work between looks at the clock, whose reading is a system call.
    for (int i = 0; i < 500; i++) {
      unsigned long long x = state;
      x ^= x << 13;
      x ^= x >> 7;
      state = x ^ (x << 17);
    }
    used = plimsoll_thread_cpu_seconds() - start;
  }
  return used;
}
