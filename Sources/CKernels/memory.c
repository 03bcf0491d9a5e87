#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "include/CKernels.h"

enum { CACHE_LINE = 64, HUGE_PAGE = 2 << 20 };

void *ck_memory_allocate(size_t bytes) {
  // Streams through small pages stall at every page's end.
  bool is_large = bytes >= HUGE_PAGE;
  void *memory = NULL;
  size_t alignment = is_large ? HUGE_PAGE : CACHE_LINE;
  if (posix_memalign(&memory, alignment, bytes > 0 ? bytes : 1) != 0) return NULL;
  if (is_large) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void ck_memory_free(void *memory) { free(memory); }
