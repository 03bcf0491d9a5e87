// Rounding weights to blocks, when a matrix is packed. The result does not depend on the
// instruction set.

/// Some neighbouring inputs of one output, widened; inputs past the end are zero.
static void read_block(ck_source_row row, int first, int inputs, float *block) {
  int count = inputs - first < CK_BLOCK_INPUTS ? inputs - first : CK_BLOCK_INPUTS;
  memset(block, 0, CK_BLOCK_INPUTS * sizeof(float));
  if (!row.numbers) return;
  if (row.scalar == CK_SCALAR_FLOAT32) {
    memcpy(block, (const uint8_t *)row.numbers + (size_t)first * 4, (size_t)count * 4);
    return;
  }
  uint16_t halves[CK_BLOCK_INPUTS] = {0};
  memcpy(halves, (const uint8_t *)row.numbers + (size_t)first * 2, (size_t)count * 2);
  for (int start = 0; start < CK_BLOCK_INPUTS; start += 16) {
    int is_bfloat16 = row.scalar == CK_SCALAR_BFLOAT16;
    store16(
        block + start, is_bfloat16 ? load_bfloat16(halves + start) : load_float16(halves + start));
  }
}

INLINE float inverse_of(float scale) { return scale != 0 ? 1.0f / scale : 0; }

/// The nearest integers to `numbers · inverse` within bounds.
INLINE i32x16 round_within(f32x16 numbers, float inverse, int low, int high) {
  i32x16 rounded = round_product(numbers, splat(inverse));
  return __builtin_elementwise_max(
      __builtin_elementwise_min(rounded, splat_int(high)), splat_int(low));
}

INLINE void store_biased(uint8_t *bytes, i32x16 digits, int bias) {
  *(i8x16_memory *)bytes = __builtin_convertvector(digits + bias, i8x16);
}

/// The largest magnitude of a block.
static float largest_of_block(const float *block) {
  f32x16 low = load16(block), high = load16(block + 16);
  return max16(larger16(larger16(low, -low), larger16(high, -high)));
}

/// Rounds a block to 32 bytes with a bias of 128, as multiples of a scale that reaches them with 127.
static void round_block_int8(const float *block, float scale, uint8_t *bytes) {
  float inverse = inverse_of(scale);
  store_biased(bytes, round_within(load16(block), inverse, -127, 127), 128);
  store_biased(bytes + 16, round_within(load16(block + 16), inverse, -127, 127), 128);
}

/// Squared error of numbers rounded to four bits with a scale, lane by lane.
INLINE f32x16 int4_errors(f32x16 numbers, float scale, float inverse) {
  f32x16 digits = __builtin_convertvector(round_within(numbers, inverse, -8, 7), f32x16);
  f32x16 difference = fma16(digits, splat(-scale), numbers);
  return difference * difference;
}

/// Rounds a block to 32 digits with a bias of 8, and answers the multiple of the output's scale that
/// they are counted in.
///
/// Of the multiples near the one that takes the largest magnitude to the end of the digits, of either
/// sign as the digits reach further down than up, the one with the least squared error wins.
static int8_t round_block_int4(const float *block, float scale, uint8_t *digits) {
  f32x16 low = load16(block), high = load16(block + 16);
  int wanted = (int)(largest_of_block(block) * inverse_of(scale) / 8.0f);
  int best = 0;
  float smallest_error = __builtin_inff();
  for (int step = -1; step <= 2 && scale > 0; step++) {
    int magnitude = wanted + step;
    magnitude = magnitude < 1 ? 1 : magnitude > CK_INT4_MULTIPLES ? CK_INT4_MULTIPLES : magnitude;
    for (int multiple = -magnitude; multiple <= magnitude; multiple += 2 * magnitude) {
      float value = (float)multiple * scale, inverse = inverse_of(value);
      float error = sum16(int4_errors(low, value, inverse) + int4_errors(high, value, inverse));
      if (error < smallest_error) {
        smallest_error = error;
        best = multiple;
      }
    }
  }
  float inverse = inverse_of((float)best * scale);
  store_biased(digits, round_within(low, inverse, -8, 7), 8);
  store_biased(digits + 16, round_within(high, inverse, -8, 7), 8);
  return (int8_t)best;
}
