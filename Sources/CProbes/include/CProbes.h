// What this machine can do at best: the yardsticks of the engine benchmark.
#ifndef CPROBES_H
#define CPROBES_H

#include <stddef.h>

/// Bytes per second that `thread_count` threads together read from memory, the best of `passes`
/// passes over `bytes` bytes; 0 when there is no memory or a thread cannot be had.
double probe_read_bandwidth(int thread_count, size_t bytes, int passes);

/// Signed-times-unsigned byte multiplications and additions per second that `thread_count` threads
/// reach on registers alone, the best of `passes` passes; 0 where there is no such instruction.
double probe_byte_products(int thread_count, int passes);

#endif
