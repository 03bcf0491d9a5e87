// Memory on huge pages: streams through small pages stall at every page's end. Matrices that are
// no multiple of a huge page, or smaller than one, lie one after the other in slabs of them.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "include/CKernels.h"

enum {
  CACHE_LINE = 64,
  PAGE = 4 << 10,
  HUGE_PAGE = 2 << 20,
  SLAB_BYTES = 32 * HUGE_PAGE,
  /// Less than this is no stream.
  LEAST_BYTES = 64 << 10,
};

/// A run of huge pages, filled from its beginning, freed when nothing in it is in use; what is never
/// touched costs addresses only.
typedef struct slab {
  struct slab *next;
  uint8_t *memory;
  size_t used_bytes;
  int use_count;
} slab;

static pthread_mutex_t slabs_lock = PTHREAD_MUTEX_INITIALIZER;
/// The one that is being filled comes first.
static slab *slabs;

static size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

static void *allocate_huge(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, HUGE_PAGE, bytes) != 0) return NULL;
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

static slab *add_slab(void) {
  slab *new = malloc(sizeof(slab));
  uint8_t *memory = allocate_huge(SLAB_BYTES);
  if (!new || !memory) {
    free(new);
    free(memory);
    return NULL;
  }
  *new = (slab){.next = slabs, .memory = memory};
  return slabs = new;
}

static void *allocate_in_slab(size_t bytes) {
  size_t whole = round_up(bytes, CACHE_LINE);
  pthread_mutex_lock(&slabs_lock);
  slab *slab = slabs;
  if (!slab || slab->used_bytes + whole > SLAB_BYTES) slab = add_slab();
  void *memory = NULL;
  if (slab) {
    memory = slab->memory + slab->used_bytes;
    slab->used_bytes += whole;
    slab->use_count++;
  }
  pthread_mutex_unlock(&slabs_lock);
  return memory;
}

/// The link to the slab that memory lies in; null when it lies in none.
static slab **find_slab(const uint8_t *memory) {
  for (slab **link = &slabs; *link; link = &(*link)->next) {
    if (memory >= (*link)->memory && memory < (*link)->memory + SLAB_BYTES) return link;
  }
  return NULL;
}

void *ck_memory_allocate(size_t bytes) {
  if (bytes >= LEAST_BYTES && bytes <= SLAB_BYTES / 2) return allocate_in_slab(bytes);
  if (bytes > SLAB_BYTES / 2) return allocate_huge(bytes);
  void *memory = NULL;
  return posix_memalign(&memory, CACHE_LINE, bytes > 0 ? bytes : 1) == 0 ? memory : NULL;
}

void ck_memory_free(void *memory, size_t bytes) {
  pthread_mutex_lock(&slabs_lock);
  slab **link = memory ? find_slab(memory) : NULL;
  slab *slab = link ? *link : NULL;
  if (slab && --slab->use_count == 0) {
    *link = slab->next;
    free(slab->memory);
    free(slab);
  } else if (slab) {
    // The pages that were this memory's alone go back at once.
    size_t first = round_up((size_t)memory, PAGE), end = ((size_t)memory + bytes) / PAGE * PAGE;
    if (end > first) madvise((void *)first, end - first, MADV_DONTNEED);
  } else {
    free(memory);
  }
  pthread_mutex_unlock(&slabs_lock);
}
