// AVX2 with FMA and F16C: sixteen registers of eight lanes, so sixteen lanes take two.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KERNELS ck_kernels_avx2
#define HAS_AVX512 0
#define HAS_AVX2 1
#define HAS_AVX_VNNI 0
#define FLOAT_TILE_ROWS 6
#define FLOAT_ACCUMULATORS 6
#define QUANTISED_TILE_ROWS 4
#define INT8_LONE_ROWS 4
#define INT4_LONE_ROWS 4
#define WIDENED_ROWS INT32_MAX
#define QUANTISED_ACCUMULATORS 4
#define ATTEND_QUERIES 4
#define ATTEND_SUMS 4

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#pragma clang diagnostic ignored "-Wpsabi"
#include "kernels_template.h"
#pragma clang attribute pop
#endif
