// The frame of a product: panels by groups, the span's tiles, and the store of a tile's sums.
//
// `ACCUMULATORS` bounds how many sums (of sixteen outputs) a register tile keeps.

/// Where a tile fetches weights that are needed later.
typedef struct {
  /// Those of a later tile, where it has company.
  const uint8_t *next;
  int lines_per_block;
  /// From the end of its own panels to the beginning of the next ones.
  ptrdiff_t step;
} fetch_ahead;

/// How far ahead of itself a tile fetches its own weights, four blocks of 4-bit ones at a time: the
/// whole of a lone tile comes from memory.
enum { STREAM_BYTES = 4352 };

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

/// Writes a tile's sums with a bias, or of a ragged panel. Out of line: there are many tiles' shapes.
static __attribute__((noinline)) void emit_any_tile(
    const ck_product *product, int first_row, int row_count, int first_panel, int panel_count,
    const f32x16 *sums) {
  for (int panel = 0; panel < panel_count; panel++) {
    for (int row = 0; row < row_count; row++) {
      emit_sums(product, first_row + row, first_panel + panel, sums[panel * row_count + row]);
    }
  }
}

/// Writes a tile's sums, `[panel][row]`.
INLINE void emit_tile(
    const ck_product *product, int first_row, const int row_count, int first_panel,
    const int panel_count, const f32x16 *sums) {
  int first = first_panel * CK_PANEL_OUTPUTS;
  if (product->bias || product->outputs - first < panel_count * CK_PANEL_OUTPUTS) {
    emit_any_tile(product, first_row, row_count, first_panel, panel_count, sums);
    return;
  }
  float *output = product->output + (size_t)first_row * product->output_stride + first;
  UNROLL
  for (int row = 0; row < row_count; row++) {
    UNROLL
    for (int panel = 0; panel < panel_count; panel++) {
      float *place = output + (size_t)row * product->output_stride + panel * CK_PANEL_OUTPUTS;
      f32x16 sum = sums[panel * row_count + row];
      store16(place, product->accumulating ? load16(place) + sum : sum);
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

/// What each of a group of panels' tiles fetches of the group after it; a lone tile fetches for itself.
INLINE fetch_ahead share_of_next(const ck_product *product, int panel, int panels, int tiles, int tile) {
  const uint8_t *end = product->panels + (size_t)(panel + panels) * product->panel_bytes;
  bool is_last = panel + panels >= product->panel_count;
  const uint8_t *next = is_last ? product->next_panels : end;
  fetch_ahead ahead = {end, 0, 0};
  if (!next) return ahead;
  if (tiles == 1) {
    ahead.step = next - (end - (size_t)(panels - 1) * product->panel_bytes);
    return ahead;
  }
  int blocks = ck_ceiling_divide(product->inputs, CK_BLOCK_INPUTS);
  int lines = (int)(product->panel_bytes / 64) * panels;
  ahead.lines_per_block = ck_ceiling_divide(lines, blocks * tiles);
  ahead.next = next + (size_t)tile * blocks * ahead.lines_per_block * 64;
  return ahead;
}

/// Calls the tile for every group of panels and every tile of rows. `TILE(rows, panels, …)` needs
/// constants.
#define TILE_CASE(TILE, ROWS, MOST, ACCUMULATORS)           \
  case ROWS:                                                \
    if (ROWS <= MOST) {                                     \
      if (ROWS * 4 <= ACCUMULATORS && panels == 4) {        \
        TILE(ROWS, 4, product, row, panel, ahead);          \
      } else if (ROWS * 2 <= ACCUMULATORS && panels == 2) { \
        TILE(ROWS, 2, product, row, panel, ahead);          \
      } else {                                              \
        TILE(ROWS, 1, product, row, panel, ahead);          \
      }                                                     \
    }                                                       \
    break;

#define DEFINE_PRODUCT(NAME, TILE, MOST, LONE, ACCUMULATORS)                          \
  static void NAME(const ck_product *product) {                                       \
    int most = ck_most_rows(product->rows, MOST, LONE);                               \
    int tiles = ck_tile_count(product->rows, most);                                   \
    int tallest = ck_ceiling_divide(product->rows, tiles);                            \
    int panels;                                                                       \
    for (int panel = 0; panel < product->panel_count; panel += panels) {              \
      panels = panels_at_once(tallest, ACCUMULATORS, product->panel_count - panel);   \
      for (int tile = 0; tile < tiles; tile++) {                                      \
        int row = ck_tile_first_row(product->rows, most, tile);                       \
        fetch_ahead ahead = share_of_next(product, panel, panels, tiles, tile);       \
        switch (ck_tile_first_row(product->rows, most, tile + 1) - row) {             \
          TILE_CASE(TILE, 1, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 2, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 3, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 4, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 5, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 6, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 7, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 8, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 9, LONE, ACCUMULATORS)                                      \
          TILE_CASE(TILE, 10, LONE, ACCUMULATORS)                                     \
          TILE_CASE(TILE, 11, LONE, ACCUMULATORS)                                     \
          TILE_CASE(TILE, 12, LONE, ACCUMULATORS)                                     \
        }                                                                             \
      }                                                                               \
    }                                                                                 \
  }
