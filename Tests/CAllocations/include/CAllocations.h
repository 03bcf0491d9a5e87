// Counts the allocations of the calling thread, by standing in front of the C library's own functions.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

/// Allocations of this thread so far.
int64_t allocation_count(void);

#endif
