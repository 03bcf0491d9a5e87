#include "context.h"

#include <stdio.h>
#include <stdlib.h>

/// A worker that still looks for work shares a region for a fraction of a microsecond; less work than
/// this stays on the caller.
static const double shared_nanoseconds = 2000;

ck_context *ck_context_create(int thread_count, ck_isa isa) {
  const ck_kernels *kernels = ck_kernels_for(isa);
  ck_context *context = calloc(1, sizeof(ck_context));
  ck_pool *pool = ck_pool_create(thread_count);
  if (!kernels || !context || !pool) {
    if (pool) ck_pool_destroy(pool);
    free(context);
    return NULL;
  }
  context->kernels = kernels;
  context->pool = pool;
  context->thread_count = thread_count;
  pthread_mutex_init(&context->lock, NULL);
  return context;
}

static void free_scratch(ck_scratch *scratch) {
  ck_memory_free(scratch->memory, scratch->bytes);
}

void ck_context_destroy(ck_context *context) {
  ck_pool_destroy(context->pool);
  pthread_mutex_destroy(&context->lock);
  free_scratch(&context->activations);
  free_scratch(&context->tasks);
  free_scratch(&context->workers);
  free(context);
}

void *ck_scratch_reserve(ck_scratch *scratch, size_t bytes) {
  if (bytes <= scratch->bytes) return scratch->memory;
  free_scratch(scratch);
  // Half as much again, so that slowly growing requests settle soon.
  scratch->bytes = bytes + bytes / 2;
  scratch->memory = ck_memory_allocate(scratch->bytes);
  if (!scratch->memory) {
    fprintf(stderr, "kernels: out of memory for %zu bytes of scratch\n", scratch->bytes);
    abort();
  }
  return scratch->memory;
}

void ck_context_run(
    ck_context *context, int count, double nanoseconds, ck_task *task, void *argument) {
  if (nanoseconds >= shared_nanoseconds) {
    ck_pool_run(context->pool, count, task, argument);
  } else {
    for (int index = 0; index < count; index++) task(argument, index, 0);
  }
}

void ck_perform(ck_context *context, int count, ck_task *task, void *argument) {
  ck_context_lock(context);
  ck_pool_run(context->pool, count, task, argument);
  ck_context_unlock(context);
}
