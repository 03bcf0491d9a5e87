// The hot loops of inference on a CPU: products with packed weights, attention over a paged cache,
// and the row operations between them.
//
// Contract: a row's bits depend on that row's inputs alone, never on the row count, the row's
// index, the number of threads, or the instruction set. Every operation is therefore written as one
// fixed order of IEEE operations with explicit fused multiply-adds; contraction by the compiler is
// off.
//
// All matrices are row-major float32 with a row stride in numbers and need no alignment. Nothing
// here allocates once the context's scratch has grown to the largest call.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// An implementation of the kernels, from the slowest to the fastest.
typedef enum __attribute__((enum_extensibility(closed))) ck_isa {
  CK_ISA_PORTABLE,
  /// AVX2, FMA and F16C.
  CK_ISA_AVX2,
  /// The same with AVX-VNNI's byte products.
  CK_ISA_AVX2_VNNI,
  /// AVX-512 F, BW, DQ, VL and VNNI.
  CK_ISA_AVX512,
} ck_isa;

/// Whether processor and operating system support an instruction set.
bool ck_isa_supported(ck_isa isa);

/// A thread pool, the chosen kernels, and scratch memory. Calls lock it: callers on several threads
/// take turns.
typedef struct ck_context ck_context;

/// Starts `thread_count - 1` workers (the caller is the last one); null when memory or threads are
/// exhausted.
ck_context *_Nullable ck_context_create(int thread_count, ck_isa isa);

/// Stops the workers and frees everything. No call may be in progress.
void ck_context_destroy(ck_context *context);

/// Runs `task` for every index below `count` on the context's threads, several at a time.
void ck_perform(
    ck_context *context, int count, void (*task)(void *_Nullable argument, int index, int worker),
    void *_Nullable argument);

/// How weights are packed. A panel holds sixteen outputs (the last one zero-padded); `k` counts
/// inputs:
///
///   float32   [k][16] floats
///   bfloat16  [k][16] upper halves of floats
///   int8      per block of 32 inputs [8][16][4] bytes with a bias of 128; then [16] float32
///             scales, one an output
///   int4      per four blocks of 32 inputs [4][16] signed bytes, each a block's multiple of its
///             output's scale, then per block [4][16][4] bytes, low nibble inputs 0-15 and high nibble
///             16-31, with a bias of 8; then [16] float32 scales, one an output
///
/// Inputs are zero-padded to whole blocks, panels to whole cache lines.
typedef enum __attribute__((enum_extensibility(closed))) ck_format {
  CK_FORMAT_FLOAT32,
  CK_FORMAT_BFLOAT16,
  CK_FORMAT_INT8,
  CK_FORMAT_INT4,
} ck_format;

/// How a number lies in a weight file (little-endian, any alignment).
typedef enum __attribute__((enum_extensibility(closed))) ck_scalar {
  CK_SCALAR_FLOAT32,
  CK_SCALAR_FLOAT16,
  CK_SCALAR_BFLOAT16,
} ck_scalar;

/// One output's weights in a file.
typedef struct {
  const void *_Nullable numbers;
  ck_scalar scalar;
} ck_source_row;

/// A packed matrix of `outputs` by `inputs`; `panels` is 64-byte aligned.
typedef struct {
  const uint8_t *panels;
  ck_format format;
  int outputs;
  int inputs;
} ck_weights;

enum { CK_PANEL_OUTPUTS = 16, CK_BLOCK_INPUTS = 32 };

/// Grows whenever packed weights change their meaning: what an older version has kept is no use then.
enum { CK_LAYOUT_VERSION = 2 };

/// Bytes of one panel.
size_t ck_panel_bytes(ck_format format, int inputs);

/// Packs one panel from sixteen rows; rows without numbers become zeros.
void ck_pack_panel(ck_format format, const ck_source_row *rows, int inputs, uint8_t *panel);

/// Decodes one output's weights to `inputs` floats.
void ck_unpack_row(const ck_weights *weights, int output, float *row);

/// 64-byte aligned memory, on huge pages when that pays; null when there is none.
void *_Nullable ck_memory_allocate(size_t bytes);
/// Gives back memory of that many bytes.
void ck_memory_free(void *_Nullable memory, size_t bytes);

/// A number that bytes changed by accident change too; no protection against intent.
uint64_t ck_checksum(const void *memory, size_t bytes);

/// The index of the largest number, the first among equals; what is not a number is passed over, and 0 is the answer
/// when nothing is above negative infinity.
size_t ck_largest(const float *values, size_t count);

/// Rows of a matrix that is only read.
typedef struct {
  const float *numbers;
  size_t stride;
  int rows;
  int columns;
} ck_input;

/// Rows of a matrix that is written.
typedef struct {
  float *numbers;
  size_t stride;
  int rows;
  int columns;
} ck_output;

/// Neighbouring rows that are multiplied by the same weights.
typedef struct {
  ck_weights weights;
  int first_row;
  int row_count;
} ck_group;

/// `output = input · weightsᵀ (+ bias)` for each group, `+=` when accumulating. All weights have
/// one shape and format. Block formats round every 32 activations to signed bytes first; their
/// products are exact.
void ck_multiply(
    ck_context *context, ck_input input, const ck_group *groups, int group_count,
    const float *_Nullable bias, bool accumulating, ck_output output);

/// `x / sqrt(mean(x²) + epsilon) · weight` over groups of `width` columns; output may be the input.
void ck_rms_norm(
    ck_context *context, ck_input input, const float *weight, int width, float epsilon,
    ck_output output);

/// Rotates column pairs `(i, i + width/2)` of every head by `angles` `[row, cosines | sines]`, in
/// place.
void ck_rotate(ck_context *context, ck_output heads, ck_input angles);

/// `silu(input[:, 0..<I]) · input[:, I..<2I]`, where `I` is the output's column count.
void ck_swiglu(ck_context *context, ck_input input, ck_output output);

/// Copies the rows `indices` (one per output row).
void ck_gather(ck_context *context, ck_input input, const int32_t *indices, ck_output output);

/// `output[t] += weights[e] · input[indices[e]]` for entries `offsets[t]..<offsets[t + 1]`, in
/// order.
void ck_combine(
    ck_context *context, ck_input input, const int32_t *offsets, const int32_t *indices,
    const float *weights, ck_output output);

/// `output += input`.
void ck_add(ck_context *context, ck_input input, ck_output output);

/// Rows `ids` of a packed table, decoded.
void ck_embed(ck_context *context, const ck_weights *table, const int32_t *ids, ck_output output);

/// One layer's keys and values. A block has `chunks = ceil(block_length / 16)` chunks of sixteen
/// positions and rows of `ceil(width / 16) · 16` numbers:
///
///   keys    [block][head][chunk][column][16 positions]: a score is a sum over columns for sixteen
///   positions values  [block][head][chunk][16 positions][padded column]
typedef struct {
  void *keys;
  void *values;
  bool is_half;
  int head_count;
  int width;
  int block_length;
} ck_cache;

/// Consecutive rows of one sequence, whose block table begins at `first_block` of the tables of
/// all.
typedef struct {
  int first_row;
  int row_count;
  int first_position;
  int first_block;
} ck_segment;

/// The segments of a step and their block tables, one after the other.
typedef struct {
  const ck_segment *_Nullable segments;
  int count;
  const int32_t *_Nullable blocks;
} ck_batch;

/// Writes the rows' keys and values, `[row, head · width]`, at their positions.
void ck_store(ck_context *context, ck_input keys, ck_input values, ck_batch batch, ck_cache cache);

/// Causal softmax attention, `queries` and `output` `[row, query head · width]`. A row sees its
/// latest `window` positions. The softmax is taken online over spans of four chunks of absolute
/// positions.
void ck_attend(
    ck_context *context, ck_input queries, ck_batch batch, ck_cache cache, float scale, int window,
    ck_output output);

#pragma clang assume_nonnull end

#endif
