// All kernels for one instruction set. The including file sets the target attribute, HAS_AVX512,
// HAS_AVX2, HAS_AVX_VNNI, the tile sizes, and KERNELS, the name of the table.
#include "half.h"
#include "simd.h"
#include "table.h"

#include "product_template.h"
#include "float_template.h"
#include "dot_template.h"
#include "quantised_template.h"
#include "rows_template.h"
#include "attention_task_template.h"
#include "softmax_template.h"
#include "attention_template.h"
#include "store_template.h"
#include "rounding_template.h"

const ck_kernels KERNELS = {
    .tile_rows = {FLOAT_TILE_ROWS, FLOAT_TILE_ROWS, QUANTISED_TILE_ROWS, QUANTISED_TILE_ROWS},
    .lone_rows = {FLOAT_TILE_ROWS, FLOAT_TILE_ROWS, INT8_LONE_ROWS, INT4_LONE_ROWS},
    .pack_tile = {pack_float_tile, pack_float_tile, pack_int8_tile, pack_int4_tile},
    .multiply = {multiply_float32, multiply_bfloat16, multiply_int8, multiply_int4},
    .widened_rows = WIDENED_ROWS,
    .multiply_widened = multiply_widened,
    .read_block = read_block,
    .largest_of_block = largest_of_block,
    .round_block_int8 = round_block_int8,
    .round_block_int4 = round_block_int4,
    .attend = attend,
    .store_row = store_row,
    .rms_norm_row = rms_norm_row,
    .rotate_row = rotate_row,
    .swiglu_row = swiglu_row,
    .add_scaled_row = add_scaled_row,
};
