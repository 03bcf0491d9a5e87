// A region is open while its indices are being claimed. A worker enters an open region, claims
// indices until none is left, and leaves. The caller closes the region when it finds no index left
// and waits only for workers that are inside: a worker that is asleep or descheduled never delays a
// region it did not enter.
#define _GNU_SOURCE
#include "pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_LINE = 64 };
/// How long an idle worker looks for the next region before it sleeps: longer than the gaps within
/// a step.
static const int64_t spin_nanoseconds = 40000;

/// `state` counts the workers inside the region and holds whether it is open.
enum { IS_OPEN = 1 << 30 };

typedef struct {
  ck_pool *pool;
  int index;
  pthread_t thread;
} ck_worker;

struct ck_pool {
  ck_task *task;
  void *argument;
  int count;
  int worker_count;
  ck_worker *workers;
  _Alignas(CACHE_LINE) atomic_int next;
  _Alignas(CACHE_LINE) atomic_int state;
  /// Grows with every region; what sleepers wait on.
  _Alignas(CACHE_LINE) atomic_uint epoch;
  atomic_int sleeper_count;
  atomic_bool is_stopping;
};

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void claim_indices(ck_pool *pool, int worker) {
  for (;;) {
    int index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (index >= pool->count) return;
    pool->task(pool->argument, index, worker);
  }
}

static bool enter(ck_pool *pool) {
  int state = atomic_load_explicit(&pool->state, memory_order_acquire);
  while (state & IS_OPEN) {
    if (atomic_compare_exchange_weak_explicit(
            &pool->state, &state, state + 1, memory_order_acq_rel, memory_order_acquire)) {
      return true;
    }
  }
  return false;
}

/// Returns when the epoch is no longer `seen`.
static void wait_for_epoch(ck_pool *pool, unsigned seen) {
  int64_t deadline = now_nanoseconds() + spin_nanoseconds;
  do {
    for (int turn = 0; turn < 64; turn++) {
      if (atomic_load_explicit(&pool->epoch, memory_order_acquire) != seen) return;
      pause_briefly();
    }
  } while (now_nanoseconds() < deadline);
  atomic_fetch_add(&pool->sleeper_count, 1);
  while (atomic_load(&pool->epoch) == seen) {
    syscall(SYS_futex, &pool->epoch, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
  }
  atomic_fetch_sub(&pool->sleeper_count, 1);
}

static void *run_worker(void *argument) {
  ck_worker *worker = argument;
  ck_pool *pool = worker->pool;
  unsigned seen = 0;
  for (;;) {
    wait_for_epoch(pool, seen);
    seen = atomic_load_explicit(&pool->epoch, memory_order_acquire);
    if (atomic_load(&pool->is_stopping)) return NULL;
    if (!enter(pool)) continue;
    claim_indices(pool, worker->index);
    atomic_fetch_sub_explicit(&pool->state, 1, memory_order_release);
  }
}

static void announce(ck_pool *pool, int wake_count) {
  atomic_fetch_add(&pool->epoch, 1);
  if (atomic_load(&pool->sleeper_count) > 0) {
    syscall(SYS_futex, &pool->epoch, FUTEX_WAKE_PRIVATE, wake_count, NULL, NULL, 0);
  }
}

void ck_pool_run(ck_pool *pool, int count, ck_task *task, void *argument) {
  if (pool->worker_count == 0 || count <= 1) {
    for (int index = 0; index < count; index++) task(argument, index, 0);
    return;
  }
  pool->task = task;
  pool->argument = argument;
  pool->count = count;
  atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
  atomic_store_explicit(&pool->state, IS_OPEN, memory_order_release);
  announce(pool, count - 1);
  claim_indices(pool, 0);
  atomic_fetch_and_explicit(&pool->state, ~IS_OPEN, memory_order_acq_rel);
  // A worker inside has one index left to finish at most. On a crowded machine it may have lost its
  // core.
  for (int turn = 0; atomic_load_explicit(&pool->state, memory_order_acquire) != 0; turn++) {
    if (turn < 20000) {
      pause_briefly();
    } else {
      struct timespec moment = {0, 20000};
      nanosleep(&moment, NULL);
    }
  }
}

ck_pool *ck_pool_create(int thread_count) {
  ck_pool *pool = aligned_alloc(CACHE_LINE, sizeof(ck_pool));
  ck_worker *workers = calloc((size_t)thread_count, sizeof(ck_worker));
  if (!pool || !workers) {
    free(pool);
    free(workers);
    return NULL;
  }
  *pool = (ck_pool){.workers = workers};
  for (int index = 1; index < thread_count; index++) {
    ck_worker *worker = &workers[index - 1];
    *worker = (ck_worker){.pool = pool, .index = index};
    if (pthread_create(&worker->thread, NULL, run_worker, worker) != 0) {
      ck_pool_destroy(pool);
      return NULL;
    }
    pool->worker_count = index;
  }
  return pool;
}

void ck_pool_destroy(ck_pool *pool) {
  atomic_store(&pool->is_stopping, true);
  announce(pool, pool->worker_count);
  for (int index = 0; index < pool->worker_count; index++) {
    pthread_join(pool->workers[index].thread, NULL);
  }
  free(pool->workers);
  free(pool);
}
