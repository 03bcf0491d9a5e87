// AVX2 with the byte products of AVX-VNNI; otherwise as kernels_avx2.c.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KERNELS ck_kernels_avx2_vnni
#define HAS_AVX512 0
#define HAS_AVX2 1
#define HAS_AVX_VNNI 1
#define FLOAT_TILE_ROWS 6
#define FLOAT_ACCUMULATORS 6
#define QUANTISED_TILE_ROWS 4
#define INT8_LONE_ROWS 4
#define INT4_LONE_ROWS 4
#define WIDENED_ROWS 24
#define QUANTISED_ACCUMULATORS 4
#define ATTEND_QUERIES 4
#define ATTEND_SUMS 4

#pragma clang attribute push(__attribute__((target("avx2,avxvnni,fma,f16c"))), apply_to = function)
#pragma clang diagnostic ignored "-Wpsabi"
#include "kernels_template.h"
#pragma clang attribute pop
#endif
