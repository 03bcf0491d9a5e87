// Products with 8-bit and 4-bit weights: activations are rounded to signed bytes per block of 32, a block's dot
// product is exact in integers, and blocks are added in order by one fused multiply-add each.
//
// A packed tile holds per block: [row][32] bytes, [row] corrections, [row] scales. The weights' bytes are biased;
// the correction `-bias · sum of the activations` undoes it.

INLINE void pack_quantised_tile(const int bias, ck_input rows, uint8_t *tile) {
  int blocks = ck_ceiling_divide(rows.columns, CK_BLOCK_INPUTS);
  size_t block_bytes = (size_t)rows.rows * CK_ACTIVATION_BLOCK_BYTES;
  for (int row = 0; row < rows.rows; row++) {
    const float *numbers = rows.numbers + (size_t)row * rows.stride;
    for (int block = 0; block < blocks; block++) {
      int first = block * CK_BLOCK_INPUTS;
      int count = rows.columns - first;
      f32x16 low, high;
      if (count >= CK_BLOCK_INPUTS) {
        low = load16(numbers + first);
        high = load16(numbers + first + 16);
      } else {
        low = load_some(numbers + first, count < 16 ? count : 16);
        high = load_some(numbers + first + (count < 16 ? 0 : 16), count < 16 ? 0 : count - 16);
      }
      // Magnitudes order like their bits.
      i32x16 magnitudes = __builtin_elementwise_max(
        (i32x16)(bits_of(low) & 0x7FFFFFFF), (i32x16)(bits_of(high) & 0x7FFFFFFF));
      float largest = ck_float_from_bits((uint32_t)__builtin_reduce_max(magnitudes));
      float inverse = largest > 1e-30f ? 127.0f / largest : 0;
      i32x16 low_bytes = round_product(low, splat(inverse));
      i32x16 high_bytes = round_product(high, splat(inverse));
      int32_t correction = -bias * __builtin_reduce_add(low_bytes + high_bytes);
      float scale = largest > 1e-30f ? largest / 127.0f : 0;
      uint8_t *packed = tile + (size_t)block * block_bytes;
      int8_t *bytes = (int8_t *)packed + row * CK_BLOCK_INPUTS;
      *(i8x16_memory *)bytes = __builtin_convertvector(low_bytes, i8x16);
      *(i8x16_memory *)(bytes + 16) = __builtin_convertvector(high_bytes, i8x16);
      uint8_t *tail = packed + rows.rows * CK_BLOCK_INPUTS;
      memcpy(tail + row * 4, &correction, 4);
      memcpy(tail + (rows.rows + row) * 4, &scale, 4);
    }
  }
}

static void pack_int8_tile(ck_input rows, uint8_t *tile) { pack_quantised_tile(128, rows, tile); }
static void pack_int4_tile(ck_input rows, uint8_t *tile) { pack_quantised_tile(8, rows, tile); }

// `sums + weights · activations` per lane of four bytes: `weights` is 64 unsigned bytes, `activations` four signed
// bytes for all lanes. Without VNNI a sum of two products of 8-bit weights would saturate, so `dot_int8` makes the
// weights signed there and needs no correction.
#if HAS_AVX512
typedef __m512i bytes64;
INLINE bytes64 load_bytes(const uint8_t *bytes) { return _mm512_load_si512((const void *)bytes); }
INLINE bytes64 low_nibbles(bytes64 bytes) { return _mm512_and_si512(bytes, _mm512_set1_epi8(15)); }
INLINE bytes64 high_nibbles(bytes64 bytes) { return low_nibbles(_mm512_srli_epi16(bytes, 4)); }
INLINE i32x16 dot_int4(i32x16 sums, bytes64 weights, int32_t activations) {
  return (i32x16)_mm512_dpbusd_epi32((__m512i)sums, weights, _mm512_set1_epi32(activations));
}
INLINE i32x16 dot_int8(i32x16 sums, bytes64 weights, int32_t activations) {
  return dot_int4(sums, weights, activations);
}
#define INT8_IS_BIASED 1
#elif HAS_AVX2
typedef struct {
  __m256i half[2];
} bytes64;
INLINE bytes64 load_bytes(const uint8_t *bytes) {
  return (bytes64){{_mm256_load_si256((const __m256i *)bytes), _mm256_load_si256((const __m256i *)(bytes + 32))}};
}
INLINE __m256i low_nibbles_256(__m256i bytes) { return _mm256_and_si256(bytes, _mm256_set1_epi8(15)); }
INLINE bytes64 low_nibbles(bytes64 bytes) {
  return (bytes64){{low_nibbles_256(bytes.half[0]), low_nibbles_256(bytes.half[1])}};
}
INLINE bytes64 high_nibbles(bytes64 bytes) {
  return (bytes64){
    {low_nibbles_256(_mm256_srli_epi16(bytes.half[0], 4)), low_nibbles_256(_mm256_srli_epi16(bytes.half[1], 4))}};
}
typedef union {
  i32x16 all;
  __m256i half[2];
} lanes;
#if HAS_AVX_VNNI
INLINE i32x16 dot_int4(i32x16 sums, bytes64 weights, int32_t activations) {
  lanes result = {sums};
  __m256i bytes = _mm256_set1_epi32(activations);
  UNROLL for (int h = 0; h < 2; h++) {
    result.half[h] = _mm256_dpbusd_avx_epi32(result.half[h], weights.half[h], bytes);
  }
  return result.all;
}
INLINE i32x16 dot_int8(i32x16 sums, bytes64 weights, int32_t activations) {
  return dot_int4(sums, weights, activations);
}
#define INT8_IS_BIASED 1
#else
INLINE __m256i add_pairs(__m256i sums, __m256i pairs) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
INLINE i32x16 dot_int4(i32x16 sums, bytes64 weights, int32_t activations) {
  lanes result = {sums};
  __m256i bytes = _mm256_set1_epi32(activations);
  UNROLL for (int h = 0; h < 2; h++) {
    result.half[h] = add_pairs(result.half[h], _mm256_maddubs_epi16(weights.half[h], bytes));
  }
  return result.all;
}
// |activation| · (sign of activation · weight): both at most 127, so a pair sum fits sixteen bits.
INLINE i32x16 dot_int8(i32x16 sums, bytes64 weights, int32_t activations) {
  lanes result = {sums};
  __m256i bytes = _mm256_set1_epi32(activations);
  __m256i magnitudes = _mm256_abs_epi8(bytes);
  UNROLL for (int h = 0; h < 2; h++) {
    __m256i is_signed = _mm256_xor_si256(weights.half[h], _mm256_set1_epi8((char)0x80));
    __m256i turned = _mm256_sign_epi8(is_signed, bytes);
    result.half[h] = add_pairs(result.half[h], _mm256_maddubs_epi16(magnitudes, turned));
  }
  return result.all;
}
#define INT8_IS_BIASED 0
#endif
#else
typedef u32x16 bytes64;
INLINE bytes64 load_bytes(const uint8_t *bytes) {
  bytes64 result;
  memcpy(&result, bytes, 64);
  return result;
}
INLINE bytes64 low_nibbles(bytes64 bytes) { return bytes & 0x0F0F0F0F; }
INLINE bytes64 high_nibbles(bytes64 bytes) { return low_nibbles(bytes >> 4); }
INLINE i32x16 dot_int4(i32x16 sums, bytes64 weights, int32_t activations) {
  int8_t bytes[4];
  memcpy(bytes, &activations, 4);
  UNROLL for (int index = 0; index < 4; index++) {
    sums += (i32x16)(weights >> (8 * index) & 255) * (int32_t)bytes[index];
  }
  return sums;
}
INLINE i32x16 dot_int8(i32x16 sums, bytes64 weights, int32_t activations) {
  return dot_int4(sums, weights, activations);
}
#define INT8_IS_BIASED 1
#endif

INLINE int32_t load_int(const uint8_t *bytes) {
  int32_t value;
  memcpy(&value, bytes, 4);
  return value;
}

INLINE void quantised_tile(
  const int rows, const int panels, const int is_int4, const ck_product *product, int row, int panel) {
  const int weight_block = is_int4 ? 256 : 512;
  const int block_bytes = rows * CK_ACTIVATION_BLOCK_BYTES;
  int blocks = ck_ceiling_divide(product->inputs, CK_BLOCK_INPUTS);
  const uint8_t *activations = product->activations + (size_t)row * product->activation_row_bytes;
  const uint8_t *weights[4];
  UNROLL for (int p = 0; p < panels; p++) {
    weights[p] = product->panels + (size_t)(panel + p) * product->panel_bytes;
  }
  size_t scales = (size_t)blocks * weight_block;
  f32x16 sums[4][QUANTISED_TILE_ROWS];
  UNROLL for (int p = 0; p < panels; p++) {
    UNROLL for (int r = 0; r < rows; r++) sums[p][r] = splat(0);
  }
  KEEP_ROLLED for (int block = 0; block < blocks; block++) {
    const uint8_t *tail = activations + rows * CK_BLOCK_INPUTS;
    i32x16 dots[4][QUANTISED_TILE_ROWS];
    UNROLL for (int r = 0; r < rows; r++) {
      i32x16 correction = splat_int(is_int4 || INT8_IS_BIASED ? load_int(tail + r * 4) : 0);
      UNROLL for (int p = 0; p < panels; p++) dots[p][r] = correction;
    }
    UNROLL for (int group = 0; group < (is_int4 ? 4 : 8); group++) {
      bytes64 weight[4], high[4];
      UNROLL for (int p = 0; p < panels; p++) {
        const uint8_t *bytes = weights[p] + (size_t)block * weight_block + group * 64;
        weight[p] = load_bytes(bytes);
        if (rows == 1) __builtin_prefetch(bytes + 2048);
        if (is_int4) {
          high[p] = high_nibbles(weight[p]);
          weight[p] = low_nibbles(weight[p]);
        }
      }
      UNROLL for (int r = 0; r < rows; r++) {
        const uint8_t *bytes = activations + r * CK_BLOCK_INPUTS + group * 4;
        UNROLL for (int p = 0; p < panels; p++) {
          if (is_int4) {
            dots[p][r] = dot_int4(dots[p][r], weight[p], load_int(bytes));
            dots[p][r] = dot_int4(dots[p][r], high[p], load_int(bytes + 16));
          } else {
            dots[p][r] = dot_int8(dots[p][r], weight[p], load_int(bytes));
          }
        }
      }
    }
    UNROLL for (int p = 0; p < panels; p++) {
      f32x16 scale = load_float16((const uint16_t *)(weights[p] + scales) + block * CK_PANEL_OUTPUTS);
      UNROLL for (int r = 0; r < rows; r++) {
        float activation_scale;
        memcpy(&activation_scale, tail + (rows + r) * 4, 4);
        f32x16 dot = __builtin_convertvector(dots[p][r], f32x16);
        sums[p][r] = fma16(dot, scale * activation_scale, sums[p][r]);
      }
    }
    activations += block_bytes;
  }
  f32x16 results[4 * QUANTISED_TILE_ROWS];
  UNROLL for (int p = 0; p < panels; p++) {
    UNROLL for (int r = 0; r < rows; r++) results[p * rows + r] = sums[p][r];
  }
  emit_tile(product, row, rows, panel, panels, results);
}

#define INT8_TILE(ROWS, PANELS, ...) quantised_tile(ROWS, PANELS, 0, __VA_ARGS__)
#define INT4_TILE(ROWS, PANELS, ...) quantised_tile(ROWS, PANELS, 1, __VA_ARGS__)
DEFINE_PRODUCT(multiply_int8, INT8_TILE, QUANTISED_TILE_ROWS, QUANTISED_ACCUMULATORS)
DEFINE_PRODUCT(multiply_int4, INT4_TILE, QUANTISED_TILE_ROWS, QUANTISED_ACCUMULATORS)
