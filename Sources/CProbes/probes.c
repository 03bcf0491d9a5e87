// Clocks, memory advice and threads are not part of the C standard.
#define _GNU_SOURCE 1

#include "include/CProbes.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { MOST_THREADS = 64, HUGE_PAGE = 2 << 20 };

/// One thread's part of a pass; returns a number that depends on all it did.
typedef struct {
  uint64_t (*work)(const uint8_t *bytes, size_t count);
  const uint8_t *bytes;
  size_t count;
  uint64_t result;
} part;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void *run_part(void *context) {
  part *self = context;
  self->result = self->work(self->bytes, self->count);
  return NULL;
}

/// Seconds of the fastest pass of all parts side by side; 0 when a thread cannot be had.
static double fastest_pass(part *parts, int count, int passes) {
  double best = 0;
  for (int pass = 0; pass < passes; pass++) {
    pthread_t threads[MOST_THREADS];
    double start = now();
    int started = 1;
    while (started < count
           && pthread_create(&threads[started], NULL, run_part, &parts[started]) == 0)
      started++;
    run_part(&parts[0]);
    for (int index = 1; index < started; index++) pthread_join(threads[index], NULL);
    if (started < count) return 0;
    double seconds = now() - start;
    if (pass == 0 || seconds < best) best = seconds;
  }
  return best;
}

static uint64_t read_words(const uint8_t *bytes, size_t count) {
  const uint64_t *words = (const uint64_t *)bytes;
  uint64_t sums[8] = {0};
  for (size_t index = 0; index < count / 8; index += 8)
    for (int lane = 0; lane < 8; lane++) sums[lane] += words[index + lane];
  uint64_t sum = 0;
  for (int lane = 0; lane < 8; lane++) sum += sums[lane];
  return sum;
}

#if defined(__x86_64__)
#include <immintrin.h>

/// Operations of one call of `byte_products_*`: `count` rounds of 24 independent chains.
enum { CHAINS = 24, MULTIPLY_AND_ADD = 2 };

__attribute__((target("avx512f"))) static uint64_t read_avx512(const uint8_t *bytes, size_t count) {
  __m512i sums[4] = {0};
  for (size_t offset = 0; offset + 256 <= count; offset += 256)
    for (int lane = 0; lane < 4; lane++) {
      const uint8_t *line = bytes + offset + 64 * lane;
      _mm_prefetch((const char *)line + 4096, _MM_HINT_T0);
      sums[lane] = _mm512_add_epi64(sums[lane], _mm512_loadu_si512(line));
    }
  sums[0] = _mm512_add_epi64(
      _mm512_add_epi64(sums[0], sums[1]), _mm512_add_epi64(sums[2], sums[3]));
  return (uint64_t)_mm512_reduce_add_epi64(sums[0]);
}

__attribute__((target("avx512f,avx512vnni"))) static uint64_t byte_products_avx512(
    const uint8_t *bytes, size_t count) {
  __m512i factors = _mm512_set1_epi8((char)(bytes[0] + 1)), chains[CHAINS];
  for (int chain = 0; chain < CHAINS; chain++) chains[chain] = _mm512_set1_epi32(chain);
  for (size_t round = 0; round < count; round++)
#pragma clang loop unroll(full)
    for (int chain = 0; chain < CHAINS; chain++)
      chains[chain] = _mm512_dpbusd_epi32(chains[chain], factors, factors);
  for (int chain = 1; chain < CHAINS; chain++)
    chains[0] = _mm512_add_epi32(chains[0], chains[chain]);
  return (uint64_t)_mm512_reduce_add_epi32(chains[0]);
}

/// Two byte products, their pairwise sums, and the sum over all: what AVX2 needs for the same.
__attribute__((target("avx2"))) static uint64_t byte_products_avx2(
    const uint8_t *bytes, size_t count) {
  __m256i factors = _mm256_set1_epi8((char)(bytes[0] + 1)), ones = _mm256_set1_epi16(1);
  __m256i chains[CHAINS / 2];
  for (int chain = 0; chain < CHAINS / 2; chain++) chains[chain] = _mm256_set1_epi32(chain);
  for (size_t round = 0; round < count; round++)
#pragma clang loop unroll(full)
    for (int chain = 0; chain < CHAINS / 2; chain++) {
      __m256i mixed = _mm256_xor_si256(factors, chains[chain]);
      __m256i pairs = _mm256_madd_epi16(_mm256_maddubs_epi16(mixed, factors), ones);
      chains[chain] = _mm256_add_epi32(chains[chain], pairs);
    }
  __m256i sum = chains[0];
  for (int chain = 1; chain < CHAINS / 2; chain++) sum = _mm256_add_epi32(sum, chains[chain]);
  return (uint64_t)_mm256_extract_epi64(sum, 0) + (uint64_t)_mm256_extract_epi64(sum, 2);
}
#endif

double probe_read_bandwidth(int thread_count, size_t bytes, int passes) {
  if (thread_count < 1 || thread_count > MOST_THREADS) return 0;
  size_t share = bytes / (size_t)thread_count / HUGE_PAGE * HUGE_PAGE;
  size_t total = share * (size_t)thread_count;
  uint8_t *memory = total ? aligned_alloc(HUGE_PAGE, total) : NULL;
  if (!memory) return 0;
#if defined(MADV_HUGEPAGE)
  madvise(memory, total, MADV_HUGEPAGE);
#endif
  for (size_t index = 0; index < total; index += 64) memory[index] = (uint8_t)index;
  uint64_t (*work)(const uint8_t *, size_t) = read_words;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) work = read_avx512;
#endif
  part parts[MOST_THREADS];
  for (int index = 0; index < thread_count; index++)
    parts[index] = (part){work, memory + share * (size_t)index, share, 0};
  double seconds = fastest_pass(parts, thread_count, passes);
  free(memory);
  return seconds > 0 ? (double)total / seconds : 0;
}

double probe_byte_products(int thread_count, int passes) {
#if defined(__x86_64__)
  if (thread_count < 1 || thread_count > MOST_THREADS) return 0;
  bool is_wide = __builtin_cpu_supports("avx512vnni");
  if (!is_wide && !__builtin_cpu_supports("avx2")) return 0;
  const size_t rounds = 4000000;
  uint8_t seed = 1;
  part parts[MOST_THREADS];
  for (int index = 0; index < thread_count; index++)
    parts[index] = (part){is_wide ? byte_products_avx512 : byte_products_avx2, &seed, rounds, 0};
  double seconds = fastest_pass(parts, thread_count, passes);
  double per_round = (is_wide ? 64.0 * CHAINS : 32.0 * CHAINS / 2) * MULTIPLY_AND_ADD;
  return seconds > 0 ? (double)rounds * per_round * thread_count / seconds : 0;
#else
  (void)thread_count;
  (void)passes;
  return 0;
#endif
}
