// Products with float32 and bfloat16 weights: every sum is one chain of fused multiply-adds over
// the inputs.

/// Activations of a tile, `[input][row]`.
static void pack_float_tile(ck_input rows, uint8_t *tile) {
  float *packed = (float *)tile;
  for (int row = 0; row < rows.rows; row++) {
    const float *numbers = rows.numbers + (size_t)row * rows.stride;
    for (int input = 0; input < rows.columns; input++) {
      packed[(size_t)input * rows.rows + row] = numbers[input];
    }
  }
}

INLINE void float_tile(
    const int rows, const int panels, const int is_bfloat16, const ck_product *product, int row,
    int panel, fetch_ahead ahead) {
  (void)ahead;
  const float *activations =
      (const float *)(product->activations + (size_t)row * product->activation_row_bytes);
  const uint8_t *weights = product->panels + (size_t)panel * product->panel_bytes;
  const size_t line = is_bfloat16 ? 32 : 64;
  f32x16 sums[4][FLOAT_TILE_ROWS];
  UNROLL
  for (int p = 0; p < panels; p++) {
    UNROLL
    for (int r = 0; r < rows; r++) sums[p][r] = splat(0);
  }
  KEEP_ROLLED
  for (int input = 0; input < product->inputs; input++) {
    f32x16 weight[4];
    UNROLL
    for (int p = 0; p < panels; p++) {
      const uint8_t *numbers = weights + (size_t)p * product->panel_bytes + (size_t)input * line;
      weight[p] =
          is_bfloat16 ? load_bfloat16((const uint16_t *)numbers) : load16((const float *)numbers);
      __builtin_prefetch(numbers + STREAM_BYTES);
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
      f32x16 activation = splat(activations[(size_t)input * rows + r]);
      UNROLL
      for (int p = 0; p < panels; p++) sums[p][r] = fma16(activation, weight[p], sums[p][r]);
    }
  }
  f32x16 results[4 * FLOAT_TILE_ROWS];
  UNROLL
  for (int p = 0; p < panels; p++) {
    UNROLL
    for (int r = 0; r < rows; r++) results[p * rows + r] = sums[p][r];
  }
  emit_tile(product, row, rows, panel, panels, results);
}

#define FLOAT32_TILE(ROWS, PANELS, ...) float_tile(ROWS, PANELS, 0, __VA_ARGS__)
#define BFLOAT16_TILE(ROWS, PANELS, ...) float_tile(ROWS, PANELS, 1, __VA_ARGS__)
DEFINE_PRODUCT(multiply_float32, FLOAT32_TILE, FLOAT_TILE_ROWS, FLOAT_TILE_ROWS, FLOAT_ACCUMULATORS)
DEFINE_PRODUCT(multiply_bfloat16, BFLOAT16_TILE, FLOAT_TILE_ROWS, FLOAT_TILE_ROWS, FLOAT_ACCUMULATORS)
