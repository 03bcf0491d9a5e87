#define _GNU_SOURCE
#include "limits.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static double seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double wall_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }
double thread_seconds(void) { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

void *filled_memory(size_t bytes) {
  uint8_t *memory = ck_memory_allocate(bytes);
  if (!memory) {
    fprintf(stderr, "no memory for %zu bytes\n", bytes);
    exit(1);
  }
  for (size_t index = 0; index < bytes; index++) memory[index] = (uint8_t)(index * 7 % 13);
  return memory;
}

#define UNROLL _Pragma("clang loop unroll(full)")
#define CHAINS 12
enum { ROUNDS = 4000000 };

// The loops the limits are read off; each answers how many operations or bytes it did. `sink` keeps
// them alive.
static volatile int sink;

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx512f,avx512bw,avx512vnni"), noinline))
#define NARROW __attribute__((target("avx2,fma"), noinline))

WIDE static double multiply_bytes_512(void) {
  __m512i sums[CHAINS], weights = _mm512_set1_epi32(rand()), numbers = _mm512_set1_epi32(rand());
  for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_set1_epi32(chain);
  for (int round = 0; round < ROUNDS; round++) {
    UNROLL
    for (int chain = 0; chain < CHAINS; chain++)
      sums[chain] = _mm512_dpbusd_epi32(sums[chain], weights, numbers);
    __asm__ volatile("" ::: "memory");
  }
  for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm512_add_epi32(sums[0], sums[chain]);
  sink = _mm512_reduce_add_epi32(sums[0]);
  return (double)ROUNDS * CHAINS * 128;
}

WIDE static double multiply_floats_512(void) {
  __m512 sums[CHAINS], weights = _mm512_set1_ps(0.5f), numbers = _mm512_set1_ps(0.25f);
  for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_set1_ps((float)chain);
  for (int round = 0; round < ROUNDS; round++) {
    UNROLL
    for (int chain = 0; chain < CHAINS; chain++)
      sums[chain] = _mm512_fmadd_ps(sums[chain], weights, numbers);
    __asm__ volatile("" ::: "memory");
  }
  for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm512_add_ps(sums[0], sums[chain]);
  sink = (int)_mm512_reduce_add_ps(sums[0]);
  return (double)ROUNDS * CHAINS * 32;
}

/// Sixteen-bit products of bytes, as AVX2 has no others: the instruction counts, not the additions.
NARROW static double multiply_bytes_256(void) {
  __m256i sums[CHAINS], weights = _mm256_set1_epi32(rand()), numbers = _mm256_set1_epi32(rand());
  for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm256_set1_epi32(chain);
  for (int round = 0; round < ROUNDS; round++) {
    UNROLL
    for (int chain = 0; chain < CHAINS; chain++)
      sums[chain] = _mm256_add_epi16(sums[chain], _mm256_maddubs_epi16(weights, numbers));
    __asm__ volatile("" ::: "memory");
  }
  for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm256_add_epi16(sums[0], sums[chain]);
  sink = _mm256_extract_epi32(sums[0], 0);
  return (double)ROUNDS * CHAINS * 64;
}

NARROW static double multiply_floats_256(void) {
  __m256 sums[CHAINS], weights = _mm256_set1_ps(0.5f), numbers = _mm256_set1_ps(0.25f);
  for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm256_set1_ps((float)chain);
  for (int round = 0; round < ROUNDS; round++) {
    UNROLL
    for (int chain = 0; chain < CHAINS; chain++)
      sums[chain] = _mm256_fmadd_ps(sums[chain], weights, numbers);
    __asm__ volatile("" ::: "memory");
  }
  for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm256_add_ps(sums[0], sums[chain]);
  sink = (int)sums[0][0];
  return (double)ROUNDS * CHAINS * 16;
}

static double multiply_bytes(void) {
  return ck_isa_supported(CK_ISA_AVX512) ? multiply_bytes_512() : multiply_bytes_256();
}
static double multiply_floats(void) {
  return ck_isa_supported(CK_ISA_AVX512) ? multiply_floats_512() : multiply_floats_256();
}
#else
typedef float f32x16 __attribute__((vector_size(64)));

static double multiply_floats(void) {
  f32x16 sums[4] = {0}, weights = sums[0] + 0.5f, numbers = sums[0] + 0.25f;
  for (int round = 0; round < ROUNDS; round++) {
    UNROLL
    for (int chain = 0; chain < 4; chain++)
      sums[chain] = __builtin_elementwise_fma(sums[chain], weights, numbers);
    __asm__ volatile("" ::: "memory");
  }
  sink = (int)(sums[0] + sums[1] + sums[2] + sums[3])[0];
  return (double)ROUNDS * 4 * 32;
}
static double multiply_bytes(void) { return multiply_floats(); }
#endif

typedef uint64_t line __attribute__((vector_size(64)));

/// Streams through memory, some lines ahead of itself.
#if defined(__x86_64__)
NARROW
#endif
static double read_memory(const uint8_t *memory, size_t bytes, int rounds) {
  line sums[4] = {0};
  for (int round = 0; round < rounds; round++) {
    for (size_t offset = 0; offset < bytes; offset += 256) {
      UNROLL
      for (size_t part = 0; part < 4; part++) {
        const uint8_t *place = memory + offset + part * 64;
        __builtin_prefetch(place + 4096);
        sums[part] ^= *(const line *)place;
      }
    }
    __asm__ volatile("" ::: "memory");
  }
  sink = (int)(sums[0] ^ sums[1] ^ sums[2] ^ sums[3])[0];
  return (double)bytes * rounds;
}

typedef enum { MEMORY, CACHE, BYTES, FLOATS } quantity;

enum { MEMORY_BYTES = 256 << 20, CACHE_BYTES = 4 << 20 };

typedef struct {
  quantity quantity;
  const uint8_t *memory;
  pthread_barrier_t *barrier;
  double amount;
  double start;
  double end;
} probe;

static void *run_probe(void *argument) {
  probe *probe = argument;
  // The first touch by this thread and the clock's ramp are not timed.
  if (probe->quantity == CACHE) read_memory(probe->memory, CACHE_BYTES, 2);
  pthread_barrier_wait(probe->barrier);
  probe->start = wall_seconds();
  switch (probe->quantity) {
    case MEMORY: probe->amount = read_memory(probe->memory, MEMORY_BYTES, 1); break;
    case CACHE: probe->amount = read_memory(probe->memory, CACHE_BYTES, 40); break;
    case BYTES: probe->amount = multiply_bytes(); break;
    case FLOATS: probe->amount = multiply_floats(); break;
  }
  probe->end = wall_seconds();
  return NULL;
}

/// The best of some rounds, per nanosecond.
static double measure(quantity quantity, int threads, const uint8_t *memory) {
  double best = 0;
  for (int round = 0; round < 5; round++) {
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    probe probes[16];
    pthread_t handles[16];
    for (int index = 0; index < threads; index++) {
      probes[index] = (probe){quantity, memory + (size_t)index * MEMORY_BYTES, &barrier, 0, 0, 0};
      if (index > 0) pthread_create(&handles[index], NULL, run_probe, &probes[index]);
    }
    run_probe(&probes[0]);
    double amount = 0, start = probes[0].start, end = probes[0].end;
    for (int index = 0; index < threads; index++) {
      if (index > 0) pthread_join(handles[index], NULL);
      amount += probes[index].amount;
      start = probes[index].start < start ? probes[index].start : start;
      end = probes[index].end > end ? probes[index].end : end;
    }
    pthread_barrier_destroy(&barrier);
    double rate = amount / (end - start) * 1e-9;
    best = rate > best ? rate : best;
  }
  return best;
}

machine_limits measure_limits(int threads) {
  static uint8_t *memory;
  static int memory_threads;
  if (threads > memory_threads) {
    memory = filled_memory((size_t)threads * MEMORY_BYTES + 8192);
    memory_threads = threads;
  }
  return (machine_limits){
      .memory = measure(MEMORY, threads, memory),
      .cache = measure(CACHE, threads, memory),
      .bytes = measure(BYTES, threads, memory),
      .floats = measure(FLOATS, threads, memory),
  };
}
