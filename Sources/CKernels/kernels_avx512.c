// AVX-512 with VNNI: 32 registers of sixteen lanes.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KERNELS ck_kernels_avx512
#define HAS_AVX512 1
#define HAS_AVX2 1
#define HAS_AVX_VNNI 0
#define FLOAT_TILE_ROWS 12
#define FLOAT_ACCUMULATORS 24
#define QUANTISED_TILE_ROWS 6
#define INT8_LONE_ROWS 12
#define INT4_LONE_ROWS 6
#define WIDENED_ROWS 24
#define QUANTISED_ACCUMULATORS 12
#define ATTEND_QUERIES 8
#define ATTEND_SUMS 16

#pragma clang attribute push(                                                               \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)
#include "kernels_template.h"
#pragma clang attribute pop
#endif
