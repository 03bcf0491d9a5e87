// Products: activations are packed once, then tasks of neighbouring panels are shared by the
// threads.
#include "context.h"

/// Bytes of packed activations that stream through a panel together: they stay in the second-level
/// cache, beside the panels.
enum { SPAN_BYTES = 800 << 10, MOST_SPAN_ROWS = 480 };

typedef struct {
  const uint8_t *panels;
  int first_row;
  int rows;
} row_span;

typedef struct {
  const ck_kernels *kernels;
  ck_input input;
  ck_output output;
  ck_weights shape;
  const row_span *spans;
  int span_count;
  const float *bias;
  bool accumulating;
  uint8_t *activations;
  size_t activation_row_bytes;
  int span_rows;
  size_t panel_bytes;
  int panel_count;
  /// Panels of one task.
  int chunk_panels;
  int chunk_count;
  int most_tiles;
  /// A tile's activations are packed in so many parts of so many columns.
  int part_count;
  int part_columns;
  int thread_count;
  /// Per worker, two panels of bytes; null when nothing is widened.
  uint8_t *widened;
  size_t widened_bytes;
} product_plan;

static bool is_quantised(ck_format format) {
  return format == CK_FORMAT_INT8 || format == CK_FORMAT_INT4;
}

/// A single row of floats is its own packing.
static bool is_packed_already(const product_plan *plan, const row_span *span) {
  return span->rows == 1 && !is_quantised(plan->shape.format);
}

/// What a span's activations are packed for: many rows see 4-bit weights widened to 8 bits.
static ck_format format_met(const product_plan *plan, int rows) {
  bool is_widened = plan->shape.format == CK_FORMAT_INT4 && rows >= plan->kernels->widened_rows;
  return is_widened ? CK_FORMAT_INT8 : plan->shape.format;
}

static int most_rows(const product_plan *plan, int rows) {
  ck_format format = format_met(plan, rows);
  return ck_most_rows(rows, plan->kernels->tile_rows[format], plan->kernels->lone_rows[format]);
}

static void pack_tile_part(void *argument, int index, int worker) {
  (void)worker;
  const product_plan *plan = argument;
  int column = index % plan->part_count * plan->part_columns;
  index /= plan->part_count;
  const row_span *span = &plan->spans[index / plan->most_tiles];
  int tile = index % plan->most_tiles;
  int most = most_rows(plan, span->rows);
  if (tile >= ck_tile_count(span->rows, most) || is_packed_already(plan, span)) return;
  int first = span->first_row + ck_tile_first_row(span->rows, most, tile);
  int end = span->first_row + ck_tile_first_row(span->rows, most, tile + 1);
  ck_input rows = plan->input;
  rows.numbers += (size_t)first * rows.stride + column;
  rows.rows = end - first;
  int columns_left = plan->shape.inputs - column;
  rows.columns = columns_left < plan->part_columns ? columns_left : plan->part_columns;
  size_t blocks_before = (size_t)(column / CK_BLOCK_INPUTS) * rows.rows;
  plan->kernels->pack_tile[format_met(plan, span->rows)](
      rows, plan->activations + (size_t)first * plan->activation_row_bytes
                + blocks_before * CK_ACTIVATION_BLOCK_BYTES);
}

/// A few rows make a single tile, which all threads pack; only blocks can be packed by themselves.
static void choose_parts(const ck_context *context, product_plan *plan) {
  int tiles = plan->span_count * plan->most_tiles;
  int blocks = ck_ceiling_divide(plan->shape.inputs, CK_BLOCK_INPUTS);
  bool has_blocks = is_quantised(plan->shape.format);
  int wanted = has_blocks ? ck_ceiling_divide(2 * context->thread_count, tiles) : 1;
  plan->part_columns = ck_ceiling_divide(blocks, wanted) * CK_BLOCK_INPUTS;
  plan->part_count = ck_ceiling_divide(plan->shape.inputs, plan->part_columns);
}

/// Panels of the task that this one's thread will probably have next, as the threads take turns;
/// after the last one those that follow in memory, where a model's next matrix is likely to lie.
static const uint8_t *panels_after(const product_plan *plan, int index) {
  index += plan->thread_count;
  if (index >= plan->span_count * plan->chunk_count) {
    const row_span *last = &plan->spans[plan->span_count - 1];
    return last->panels + (size_t)plan->panel_count * plan->panel_bytes;
  }
  int panel = index % plan->chunk_count * plan->chunk_panels;
  return plan->spans[index / plan->chunk_count].panels + (size_t)panel * plan->panel_bytes;
}

static void multiply_chunk(void *argument, int index, int worker) {
  const product_plan *plan = argument;
  const row_span *span = &plan->spans[index / plan->chunk_count];
  int panel = index % plan->chunk_count * plan->chunk_panels;
  int panels_left = plan->panel_count - panel;
  int first_output = panel * CK_PANEL_OUTPUTS;
  bool is_raw = is_packed_already(plan, span);
  ck_product product = {
      .activations = is_raw
                         ? (const uint8_t *)(plan->input.numbers
                                             + (size_t)span->first_row * plan->input.stride)
                         : plan->activations + (size_t)span->first_row * plan->activation_row_bytes,
      .activation_row_bytes = plan->activation_row_bytes,
      .rows = span->rows,
      .panels = span->panels + (size_t)panel * plan->panel_bytes,
      .panel_bytes = plan->panel_bytes,
      .panel_count = panels_left < plan->chunk_panels ? panels_left : plan->chunk_panels,
      .inputs = plan->shape.inputs,
      .outputs = plan->shape.outputs - first_output,
      .bias = plan->bias ? plan->bias + first_output : NULL,
      .accumulating = plan->accumulating,
      .output = plan->output.numbers + (size_t)span->first_row * plan->output.stride + first_output,
      .output_stride = plan->output.stride,
      .next_panels = panels_after(plan, index),
      .widened = plan->widened ? plan->widened + (size_t)worker * plan->widened_bytes : NULL,
  };
  if (format_met(plan, span->rows) == plan->shape.format) {
    plan->kernels->multiply[plan->shape.format](&product);
  } else {
    plan->kernels->multiply_widened(&product);
  }
}

static int span_rows(size_t activation_row_bytes) {
  size_t rows = SPAN_BYTES / activation_row_bytes / 12 * 12;
  return rows < 24 ? 24 : rows > MOST_SPAN_ROWS ? MOST_SPAN_ROWS : (int)rows;
}

/// Cuts the groups into spans; answers how many rows there are in all.
static int make_spans(
    ck_context *context, const ck_group *groups, int group_count, product_plan *plan) {
  size_t most = 0;
  for (int group = 0; group < group_count; group++)
    most += (size_t)groups[group].row_count / plan->span_rows + 1;
  row_span *spans = ck_scratch_reserve(&context->tasks, most * sizeof(row_span));
  int rows = 0, count = 0, most_tiles = 1;
  for (int group = 0; group < group_count; group++) {
    int rows_left = groups[group].row_count;
    int spans_left = ck_ceiling_divide(rows_left, plan->span_rows);
    for (int first = 0; rows_left > 0; spans_left--) {
      // Spans of nearly equal height, whole tiles as far as possible.
      int height = ck_ceiling_divide(ck_ceiling_divide(rows_left, spans_left), 12) * 12;
      row_span span = {
          groups[group].weights.panels, groups[group].first_row + first,
          rows_left < height ? rows_left : height};
      first += span.rows;
      rows_left -= span.rows;
      spans[count++] = span;
      rows += span.rows;
      int tiles = ck_tile_count(span.rows, most_rows(plan, span.rows));
      most_tiles = tiles > most_tiles ? tiles : most_tiles;
    }
  }
  plan->spans = spans;
  plan->span_count = count;
  plan->most_tiles = most_tiles;
  return rows;
}

/// Four panels at least, and some two dozen tasks per thread: at the end a thread waits for one of
/// them at most.
static void choose_chunks(const ck_context *context, product_plan *plan) {
  int wanted = ck_ceiling_divide(context->thread_count * 24, plan->span_count);
  int panels = ck_ceiling_divide(plan->panel_count, wanted);
  plan->chunk_panels = ck_ceiling_divide(panels, 4) * 4;
  plan->chunk_count = ck_ceiling_divide(plan->panel_count, plan->chunk_panels);
}

void ck_multiply(
    ck_context *context, ck_input input, const ck_group *groups, int group_count, const float *bias,
    bool accumulating, ck_output output) {
  if (group_count == 0) return;
  ck_context_lock(context);
  product_plan plan = {
      .kernels = context->kernels,
      .thread_count = context->thread_count,
      .input = input,
      .output = output,
      .shape = groups[0].weights,
      .bias = bias,
      .accumulating = accumulating,
  };
  int inputs = plan.shape.inputs;
  plan.activation_row_bytes =
      is_quantised(plan.shape.format)
          ? (size_t)ck_ceiling_divide(inputs, CK_BLOCK_INPUTS) * CK_ACTIVATION_BLOCK_BYTES
          : (size_t)inputs * sizeof(float);
  plan.span_rows = span_rows(plan.activation_row_bytes);
  int rows = make_spans(context, groups, group_count, &plan);
  if (rows > 0 && plan.shape.outputs > 0) {
    plan.panel_bytes = ck_panel_bytes(plan.shape.format, inputs);
    plan.panel_count = ck_ceiling_divide(plan.shape.outputs, CK_PANEL_OUTPUTS);
    choose_chunks(context, &plan);
    choose_parts(context, &plan);
    plan.activations =
        ck_scratch_reserve(&context->activations, (size_t)input.rows * plan.activation_row_bytes);
    if (plan.shape.format == CK_FORMAT_INT4) {
      plan.widened_bytes = 2 * ck_panel_bytes(CK_FORMAT_INT8, inputs);
      plan.widened = ck_scratch_reserve(
          &context->workers, plan.widened_bytes * (size_t)context->thread_count);
    }
    ck_context_run(
        context, plan.span_count * plan.most_tiles * plan.part_count, (double)rows * inputs * 0.3,
        pack_tile_part, &plan);
    // Weights arrive at some 10 bytes, sums at some 50 products per nanosecond at best.
    double reading = (double)plan.span_count * plan.panel_count * (double)plan.panel_bytes * 0.06;
    double computing = (double)rows * inputs * plan.shape.outputs * 0.02;
    ck_context_run(
        context, plan.span_count * plan.chunk_count, reading > computing ? reading : computing,
        multiply_chunk, &plan);
  }
  ck_context_unlock(context);
}
