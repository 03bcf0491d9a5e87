// Worker threads that share the indices of a parallel region.
#ifndef CK_POOL_H
#define CK_POOL_H

#include <stddef.h>

typedef struct ck_pool ck_pool;

/// One index of a region; `worker` is below the pool's thread count, and the caller is worker 0.
typedef void ck_task(void *argument, int index, int worker);

/// A pool of `thread_count` threads, the caller included; null on failure.
ck_pool *ck_pool_create(int thread_count);
void ck_pool_destroy(ck_pool *pool);

/// Runs `task` for every index below `count`, on the calling thread and whichever workers are in
/// time.
void ck_pool_run(ck_pool *pool, int count, ck_task *task, void *argument);

#endif
