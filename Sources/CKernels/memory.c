#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "include/CKernels.h"

enum { CACHE_LINE = 64, HUGE_PAGE = 2 << 20 };

/// Whole huge pages are worth their rounding from here on.
static const size_t huge_bytes = 8 << 20;

void *ck_memory_allocate(size_t bytes) {
  size_t alignment = bytes >= huge_bytes ? HUGE_PAGE : CACHE_LINE;
  if (bytes > SIZE_MAX - alignment) return NULL;
  size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void *memory = aligned_alloc(alignment, rounded > 0 ? rounded : alignment);
  if (memory && bytes >= huge_bytes) madvise(memory, rounded, MADV_HUGEPAGE);
  return memory;
}

void ck_memory_free(void *memory) { free(memory); }
