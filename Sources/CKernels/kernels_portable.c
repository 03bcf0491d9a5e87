// Plain C for any processor: the compiler lowers the vector types to what the baseline has.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KERNELS ck_kernels_portable
#define HAS_AVX512 0
#define HAS_AVX2 0
#define HAS_AVX_VNNI 0
#define FLOAT_TILE_ROWS 2
#define FLOAT_ACCUMULATORS 2
#define QUANTISED_TILE_ROWS 2
#define INT8_LONE_ROWS 2
#define INT4_LONE_ROWS 2
#define WIDENED_ROWS INT32_MAX
#define QUANTISED_ACCUMULATORS 2
#define ATTEND_QUERIES 2
#define ATTEND_SUMS 2

#pragma clang diagnostic ignored "-Wpsabi"
#include "kernels_template.h"
