// What each instruction set provides: one table of functions, chosen once per context.
#ifndef CK_TABLE_H
#define CK_TABLE_H

#include "include/CKernels.h"

/// The product of a span of rows with neighbouring panels.
typedef struct {
  /// The span's activations, packed in tiles of rows (`ck_kernels.pack_tile`).
  const uint8_t *activations;
  size_t activation_row_bytes;
  int rows;
  const uint8_t *panels;
  size_t panel_bytes;
  int panel_count;
  int inputs;
  /// Outputs in all these panels; the last panel may be ragged.
  int outputs;
  /// For these outputs, or null.
  const float *bias;
  bool accumulating;
  /// The span's first row at these panels' first output.
  float *output;
  size_t output_stride;
  /// What this thread will probably multiply with afterwards, panels of the same shape; or null.
  const uint8_t *next_panels;
  /// Two panels of bytes, where 4-bit panels are widened; otherwise null.
  uint8_t *widened;
} ck_product;

/// Some query heads of neighbouring rows that share a key-value head.
typedef struct {
  const float *queries;
  size_t query_stride;
  float *output;
  size_t output_stride;
  int row_count;
  /// Query heads per key-value head.
  int group_size;
  int head;
  /// Of the first row.
  int position;
  const int32_t *blocks;
  ck_cache cache;
  float scale;
  int window;
  /// What this thread will probably attend to afterwards; no blocks if nothing.
  const int32_t *next_blocks;
  int next_head;
  int next_position;
  /// 64-byte aligned.
  void *scratch;
} ck_attention;

typedef struct {
  /// Most rows of a tile, by format.
  int tile_rows[4];
  /// As many rows as this are one tile where they are all there is.
  int lone_rows[4];
  void (*pack_tile[4])(ck_input rows, uint8_t *tile);
  void (*multiply[4])(const ck_product *product);
  /// From so many rows on, 4-bit panels are widened to 8 bits first, two at a time.
  int widened_rows;
  void (*multiply_widened)(const ck_product *product);
  void (*read_block)(ck_source_row row, int first, int inputs, float *block);
  float (*largest_of_block)(const float *block);
  void (*round_block_int8)(const float *block, float scale, uint8_t *bytes);
  int8_t (*round_block_int4)(const float *block, float scale, uint8_t *digits);
  void (*attend)(const ck_attention *attention);
  void (*store_row)(
      const float *keys, const float *values, int position, const int32_t *blocks, ck_cache cache);
  void (*rms_norm_row)(
      const float *input, int columns, const float *weight, int width, float epsilon,
      float *output);
  void (*rotate_row)(float *heads, int columns, const float *angles, int width);
  void (*swiglu_row)(const float *gate_up, int columns, float *output);
  /// `output += weight · input`.
  void (*add_scaled_row)(const float *input, float weight, int columns, float *output);
} ck_kernels;

extern const ck_kernels ck_kernels_portable;
#if defined(__x86_64__)
extern const ck_kernels ck_kernels_avx2;
extern const ck_kernels ck_kernels_avx2_vnni;
extern const ck_kernels ck_kernels_avx512;
#endif

/// The table of an instruction set; null where it cannot run.
const ck_kernels *ck_kernels_for(ck_isa isa);

/// The fastest table of this processor.
const ck_kernels *ck_kernels_best(void);

static inline int ck_ceiling_divide(int number, int divisor) {
  return (number + divisor - 1) / divisor;
}
static inline size_t ck_padded_width(int width) {
  return (size_t)ck_ceiling_divide(width, 16) * 16;
}

/// The tallest tile of a span: a few rows wait for their weights, so they read them once.
static inline int ck_most_rows(int rows, int tile_rows, int lone_rows) {
  return rows <= lone_rows ? lone_rows : tile_rows;
}

/// A span of rows is cut into tiles of nearly equal height, so no tile runs almost empty.
static inline int ck_tile_count(int rows, int most) { return ck_ceiling_divide(rows, most); }
static inline int ck_tile_first_row(int rows, int most, int tile) {
  int count = ck_tile_count(rows, most);
  int extra = rows % count;
  return tile * (rows / count) + (tile < extra ? tile : extra);
}

/// Where a block's digits lie in a 4-bit panel, and its multiples.
static inline size_t ck_int4_digits(int block) {
  return (size_t)block * 256 + (size_t)(block / 4 + 1) * 64;
}
static inline size_t ck_int4_multiples(int block) {
  return (size_t)(block / 4) * 1088 + (size_t)(block % 4) * 16;
}

enum {
  /// A 4-bit block's scale is up to so many times its output's, so that digits times multiples are bytes.
  CK_INT4_MULTIPLES = 15,
  /// Bytes of one packed activation block of the block formats: 32 signed bytes, the correction,
  /// the scale.
  CK_ACTIVATION_BLOCK_BYTES = 40,
  /// Queries an attention task carries at least.
  CK_ATTENTION_QUERIES = 32,
  /// Positions of a span of the online softmax: four chunks of sixteen.
  CK_SPAN_CHUNKS = 4,
};

/// Where a position's chunk lies: [block][head][chunk], each of `padded width · 16` numbers (keys:
/// `width · 16`).
static inline size_t ck_chunk_index(ck_cache cache, int32_t block, int head, int chunk) {
  int chunks = ck_ceiling_divide(cache.block_length, 16);
  return ((size_t)block * cache.head_count + head) * chunks + chunk;
}

#endif
