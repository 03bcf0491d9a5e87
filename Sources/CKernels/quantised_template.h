// Products with 8-bit and 4-bit weights: activations are rounded to signed bytes per block of 32, a
// block's dot product is exact in integers, and blocks are added in order by one fused multiply-add
// each. An output's scale multiplies the finished sum. A 4-bit block's dot product is first multiplied
// by a small integer, which is exact in a float too: widened to 8 bits, the block gives the same bits.
//
// A packed tile holds per block: [row][32] bytes, [row] corrections, [row] scales. The weights'
// bytes are biased; the correction `-bias · sum of the activations` undoes it.

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

INLINE float load_float(const uint8_t *bytes) {
  float value;
  memcpy(&value, bytes, 4);
  return value;
}

INLINE int32_t load_int(const uint8_t *bytes) {
  int32_t value;
  memcpy(&value, bytes, 4);
  return value;
}

/// The sums of a tile of rows with neighbouring panels.
///
/// Beside multiplying, a tile fetches what comes next (`ahead`), so that a stream of weights from
/// memory and the products of many rows go on at the same time.
INLINE void quantised_tile(
    const int rows, const int panels, const int is_int4, const ck_product *product, int row,
    int panel, fetch_ahead ahead) {
  const int block_bytes = rows * CK_ACTIVATION_BLOCK_BYTES;
  int blocks = ck_ceiling_divide(product->inputs, CK_BLOCK_INPUTS);
  const uint8_t *activations = product->activations + (size_t)row * product->activation_row_bytes;
  const uint8_t *weights[4];
  UNROLL
  for (int p = 0; p < panels; p++) {
    weights[p] = product->panels + (size_t)(panel + p) * product->panel_bytes;
  }
  // The scales end the panel's lines.
  size_t scales = product->panel_bytes - 64;
  const size_t distance = (panels > 2 ? STREAM_BYTES / 2 : STREAM_BYTES);
  f32x16 sums[4][INT8_LONE_ROWS];
  UNROLL
  for (int p = 0; p < panels; p++) {
    UNROLL
    for (int r = 0; r < rows; r++) sums[p][r] = splat(0);
  }
  KEEP_ROLLED
  for (int block = 0; block < blocks; block++) {
    const uint8_t *tail = activations + rows * CK_BLOCK_INPUTS;
    for (int line = 0; line < ahead.lines_per_block; line++)
      __builtin_prefetch(ahead.next + line * 64, 0, 2);
    ahead.next += ahead.lines_per_block * 64;
    size_t place = is_int4 ? ck_int4_digits(block) : (size_t)block * 512;
    size_t coming = place + distance;
    if (coming >= product->panel_bytes) coming += ahead.step;
    f32x16 multiple[4];
    if (is_int4) {
      UNROLL
      for (int p = 0; p < panels; p++) {
        const uint8_t *bytes = weights[p] + ck_int4_multiples(block);
        multiple[p] = load_signed_bytes(bytes);
        __builtin_prefetch(bytes + (coming - place));
      }
    }
    i32x16 dots[4][INT8_LONE_ROWS];
    UNROLL
    for (int r = 0; r < rows; r++) {
      i32x16 correction = splat_int(is_int4 || INT8_IS_BIASED ? load_int(tail + r * 4) : 0);
      UNROLL
      for (int p = 0; p < panels; p++) dots[p][r] = correction;
    }
    UNROLL
    for (int group = 0; group < (is_int4 ? 4 : 8); group++) {
      bytes64 weight[4], high[4];
      UNROLL
      for (int p = 0; p < panels; p++) {
        weight[p] = load_bytes(weights[p] + place + group * 64);
        __builtin_prefetch(weights[p] + coming + group * 64);
        if (is_int4) {
          high[p] = high_nibbles(weight[p]);
          weight[p] = low_nibbles(weight[p]);
        }
      }
      UNROLL
      for (int r = 0; r < rows; r++) {
        const uint8_t *bytes = activations + r * CK_BLOCK_INPUTS + group * 4;
        UNROLL
        for (int p = 0; p < panels; p++) {
          if (is_int4) {
            dots[p][r] = dot_int4(dots[p][r], weight[p], load_int(bytes));
            dots[p][r] = dot_int4(dots[p][r], high[p], load_int(bytes + 16));
          } else {
            dots[p][r] = dot_int8(dots[p][r], weight[p], load_int(bytes));
          }
        }
      }
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
      f32x16 activation_scale = splat(load_float(tail + (rows + r) * 4));
      UNROLL
      for (int p = 0; p < panels; p++) {
        f32x16 dot = __builtin_convertvector(dots[p][r], f32x16);
        if (is_int4) dot *= multiple[p];
        sums[p][r] = fma16(dot, activation_scale, sums[p][r]);
      }
    }
    activations += block_bytes;
  }
  f32x16 results[4 * INT8_LONE_ROWS];
  UNROLL
  for (int p = 0; p < panels; p++) {
    f32x16 scale = load16((const float *)(weights[p] + scales));
    UNROLL
    for (int r = 0; r < rows; r++) results[p * rows + r] = sums[p][r] * scale;
  }
  emit_tile(product, row, rows, panel, panels, results);
}

#define INT8_TILE(ROWS, PANELS, ...) quantised_tile(ROWS, PANELS, 0, __VA_ARGS__)
#define INT4_TILE(ROWS, PANELS, ...) quantised_tile(ROWS, PANELS, 1, __VA_ARGS__)
DEFINE_PRODUCT(multiply_int8, INT8_TILE, QUANTISED_TILE_ROWS, INT8_LONE_ROWS, QUANTISED_ACCUMULATORS)
DEFINE_PRODUCT(multiply_int4, INT4_TILE, QUANTISED_TILE_ROWS, INT4_LONE_ROWS, QUANTISED_ACCUMULATORS)

/// Turns a 4-bit panel into the 8-bit panel of the same weights.
static void widen_panel(const uint8_t *panel, size_t panel_bytes, int inputs, uint8_t *widened) {
  int blocks = ck_ceiling_divide(inputs, CK_BLOCK_INPUTS);
  for (int block = 0; block < blocks; block++) {
    i32x16 multiple = load_ints(panel + ck_int4_multiples(block));
    // (digit - 8) · multiple + 128 for two bytes of an output at a time: the pair is one number, as
    // the results are bytes again.
    u16x32 factors = (u16x32)((multiple & 0xFFFF) | multiple << 16);
    u16x32 offsets = 257 * (128 - 8 * factors);
    UNROLL
    for (int group = 0; group < 4; group++) {
      u32x16 digits;
      memcpy(&digits, panel + ck_int4_digits(block) + group * 64, 64);
      UNROLL
      for (int nibble = 0; nibble < 2; nibble++) {
        u16x32 pairs = (u16x32)(digits >> (4 * nibble) & 0x0F0F0F0F);
        u16x32 bytes = pairs * factors + offsets;
        memcpy(widened + (size_t)block * 512 + (nibble * 4 + group) * 64, &bytes, 64);
      }
    }
  }
  memcpy(widened + (size_t)blocks * 512, panel + panel_bytes - 64, 64);
}

/// The product of many rows with 4-bit panels.
static void multiply_widened(const ck_product *product) {
  size_t panel_bytes = ck_panel_bytes(CK_FORMAT_INT8, product->inputs);
  for (int panel = 0; panel < product->panel_count; panel += 2) {
    int left = product->panel_count - panel, first = panel * CK_PANEL_OUTPUTS;
    ck_product part = *product;
    part.panels = product->widened;
    // The tiles fetch the next 4-bit panels, twice as many as are widened next, which does no harm.
    part.next_panels = product->panels + (size_t)(panel + 2) * product->panel_bytes;
    if (left <= 2) part.next_panels = product->next_panels;
    part.panel_bytes = panel_bytes;
    part.panel_count = left < 2 ? left : 2;
    part.outputs -= first;
    part.output += first;
    if (part.bias) part.bias += first;
    for (int index = 0; index < part.panel_count; index++) {
      widen_panel(
          product->panels + (size_t)(panel + index) * product->panel_bytes, product->panel_bytes,
          product->inputs, product->widened + (size_t)index * panel_bytes);
    }
    multiply_int8(&part);
  }
}
