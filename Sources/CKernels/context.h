// The state behind the operations: pool, kernels, scratch; one operation at a time.
#ifndef CK_CONTEXT_H
#define CK_CONTEXT_H

#include <pthread.h>

#include "pool.h"
#include "table.h"

/// Memory that grows to the largest request and is then reused.
typedef struct {
  void *memory;
  size_t bytes;
} ck_scratch;

struct ck_context {
  const ck_kernels *kernels;
  ck_pool *pool;
  int thread_count;
  pthread_mutex_t lock;
  ck_scratch activations;
  ck_scratch tasks;
  ck_scratch workers;
};

/// At least `bytes` of 64-byte aligned memory with undefined contents; ends the process when there
/// is none.
void *ck_scratch_reserve(ck_scratch *scratch, size_t bytes);

/// Runs a region, on the calling thread alone when `nanoseconds`, the estimated work of it all, is
/// too little to share.
void ck_context_run(
    ck_context *context, int count, double nanoseconds, ck_task *task, void *argument);

static inline void ck_context_lock(ck_context *context) { pthread_mutex_lock(&context->lock); }
static inline void ck_context_unlock(ck_context *context) { pthread_mutex_unlock(&context->lock); }

#endif
