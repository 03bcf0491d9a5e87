// The frame of a product: panels by groups, the span's tiles, and the store of a tile's sums.
//
// `ACCUMULATORS` bounds how many sums (of sixteen outputs) a register tile keeps.

/// Writes one row's sixteen sums of a panel.
INLINE void emit_sums(const ck_product *product, int row, int panel, f32x16 sums) {
  int first = panel * CK_PANEL_OUTPUTS;
  int count = product->outputs - first;
  float *output = product->output + (size_t)row * product->output_stride + first;
  if (count >= CK_PANEL_OUTPUTS) {
    if (product->bias) sums += load16(product->bias + first);
    if (product->accumulating) sums = load16(output) + sums;
    store16(output, sums);
  } else {
    if (product->bias) sums += load_some(product->bias + first, count);
    if (product->accumulating) sums = load_some(output, count) + sums;
    store_some(output, sums, count);
  }
}

/// Writes a tile's sums, `[panel][row]`. Out of line: it runs once per tile, and there are many
/// tiles' shapes.
static __attribute__((noinline)) void emit_tile(
    const ck_product *product, int first_row, int row_count, int first_panel, int panel_count,
    const f32x16 *sums) {
  for (int panel = 0; panel < panel_count; panel++) {
    for (int row = 0; row < row_count; row++) {
      emit_sums(product, first_row + row, first_panel + panel, sums[panel * row_count + row]);
    }
  }
}

/// How many panels to multiply at once: as many as there are sums for, to share loads and hide
/// latency.
INLINE int panels_at_once(int tile_rows, int accumulators, int panels_left) {
  if (tile_rows * 4 <= accumulators && panels_left >= 4) return 4;
  if (tile_rows * 2 <= accumulators && panels_left >= 2) return 2;
  return 1;
}

/// Calls the tile for every group of panels and every tile of rows. `TILE(rows, panels, …)` needs
/// constants.
#define TILE_CASE(TILE, ROWS, MOST, ACCUMULATORS)           \
  case ROWS:                                                \
    if (ROWS <= MOST) {                                     \
      if (ROWS * 4 <= ACCUMULATORS && panels == 4) {        \
        TILE(ROWS, 4, product, row, panel);                 \
      } else if (ROWS * 2 <= ACCUMULATORS && panels == 2) { \
        TILE(ROWS, 2, product, row, panel);                 \
      } else {                                              \
        TILE(ROWS, 1, product, row, panel);                 \
      }                                                     \
    }                                                       \
    break;

#define DEFINE_PRODUCT(NAME, TILE, MOST, ACCUMULATORS)                              \
  static void NAME(const ck_product *product) {                                     \
    int tiles = ck_tile_count(product->rows, MOST);                                 \
    int tallest = ck_ceiling_divide(product->rows, tiles);                          \
    int panels;                                                                     \
    for (int panel = 0; panel < product->panel_count; panel += panels) {            \
      panels = panels_at_once(tallest, ACCUMULATORS, product->panel_count - panel); \
      for (int tile = 0; tile < tiles; tile++) {                                    \
        int row = ck_tile_first_row(product->rows, MOST, tile);                     \
        switch (ck_tile_first_row(product->rows, MOST, tile + 1) - row) {           \
          TILE_CASE(TILE, 1, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 2, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 3, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 4, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 5, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 6, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 7, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 8, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 9, MOST, ACCUMULATORS)                                    \
          TILE_CASE(TILE, 10, MOST, ACCUMULATORS)                                   \
          TILE_CASE(TILE, 11, MOST, ACCUMULATORS)                                   \
          TILE_CASE(TILE, 12, MOST, ACCUMULATORS)                                   \
        }                                                                           \
      }                                                                             \
    }                                                                               \
  }
