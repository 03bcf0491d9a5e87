// Plain C for any processor: the compiler lowers the vector types to what the baseline has.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KERNELS ck_kernels_portable
#define HAS_AVX512 0
#define HAS_AVX2 0
#define HAS_AVX_VNNI 0
#define FLOAT_TILE_ROWS 4
#define FLOAT_ACCUMULATORS 4
#define QUANTISED_TILE_ROWS 4
#define QUANTISED_ACCUMULATORS 4
#define ATTEND_QUERIES 4
#define ATTEND_SUMS 4

#pragma clang diagnostic ignored "-Wpsabi"
#include "kernels_template.h"
