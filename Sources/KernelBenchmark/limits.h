// What this machine can do at best, measured beside the kernels.
#ifndef LIMITS_H
#define LIMITS_H

#include <stddef.h>

typedef struct {
  /// Bytes per nanosecond: a stream from memory, and from the last-level cache.
  double memory;
  double cache;
  /// Operations per nanosecond, a multiplication and an addition each counting one.
  double bytes;
  double floats;
} machine_limits;

/// The limits of that many threads at once.
machine_limits measure_limits(int threads);

/// Monotonic, or of the calling thread alone: immune to the thread's losing its core.
double wall_seconds(void);
double thread_seconds(void);

/// `bytes` of written memory on huge pages, or the end of the process.
void *filled_memory(size_t bytes);

#endif
