// Attention and the cache: the tasks are (some rows of a segment, key-value head).
#include "context.h"

typedef struct {
  const ck_kernels *kernels;
  ck_input keys;
  ck_input values;
  ck_batch batch;
  ck_cache cache;
} store_plan;

static void store_segment(void *argument, int index, int worker) {
  (void)worker;
  const store_plan *plan = argument;
  const ck_segment *segment = &plan->batch.segments[index];
  for (int row = 0; row < segment->row_count; row++) {
    size_t at = (size_t)(segment->first_row + row);
    plan->kernels->store_row(
        plan->keys.numbers + at * plan->keys.stride,
        plan->values.numbers + at * plan->values.stride, segment->first_position + row,
        plan->batch.blocks + segment->first_block, plan->cache);
  }
}

void ck_store(ck_context *context, ck_input keys, ck_input values, ck_batch batch, ck_cache cache) {
  ck_context_lock(context);
  store_plan plan = {context->kernels, keys, values, batch, cache};
  ck_context_run(
      context, batch.count, (double)keys.rows * keys.columns * 0.5, store_segment, &plan);
  ck_context_unlock(context);
}

/// Some neighbouring rows of a segment.
typedef struct {
  const ck_segment *segment;
  int row;
  int row_count;
} row_tile;

typedef struct {
  const ck_kernels *kernels;
  ck_input queries;
  ck_output output;
  const row_tile *tiles;
  int tile_count;
  int thread_count;
  const int32_t *blocks;
  ck_cache cache;
  int group_size;
  float scale;
  int window;
  uint8_t *scratch;
  size_t scratch_bytes;
} attention_plan;

static void attend_tile(void *argument, int index, int worker) {
  const attention_plan *plan = argument;
  const row_tile *tile = &plan->tiles[index / plan->cache.head_count];
  size_t first = (size_t)(tile->segment->first_row + tile->row);
  ck_attention job = {
      .queries = plan->queries.numbers + first * plan->queries.stride,
      .query_stride = plan->queries.stride,
      .output = plan->output.numbers + first * plan->output.stride,
      .output_stride = plan->output.stride,
      .row_count = tile->row_count,
      .group_size = plan->group_size,
      .head = index % plan->cache.head_count,
      .position = tile->segment->first_position + tile->row,
      .blocks = plan->blocks + tile->segment->first_block,
      .cache = plan->cache,
      .scale = plan->scale,
      .window = plan->window,
      .scratch = plan->scratch + (size_t)worker * plan->scratch_bytes,
  };
  // The threads take turns.
  int next = index + plan->thread_count;
  if (next < plan->tile_count * plan->cache.head_count) {
    tile = &plan->tiles[next / plan->cache.head_count];
    job.next_blocks = plan->blocks + tile->segment->first_block;
    job.next_head = next % plan->cache.head_count;
    job.next_position = tile->segment->first_position + tile->row;
  }
  plan->kernels->attend(&job);
}

/// The arrays of an `attention_task` for that many queries, in whole cache lines.
static size_t scratch_bytes(int queries, int width) {
  size_t numbers =
      (size_t)queries * (ck_padded_width(width) + (size_t)width + 17) + 8 * CK_SPAN_CHUNKS * 16;
  return (numbers * sizeof(float) + 63) / 64 * 64;
}

void ck_attend(
    ck_context *context, ck_input queries, ck_batch batch, ck_cache cache, float scale, int window,
    ck_output output) {
  ck_context_lock(context);
  int group_size = queries.columns / cache.width / cache.head_count;
  int most_rows = group_size < CK_ATTENTION_QUERIES ? CK_ATTENTION_QUERIES / group_size : 1;
  row_tile *tiles =
      ck_scratch_reserve(&context->tasks, ((size_t)queries.rows + 1) * sizeof(row_tile));
  int tile_count = 0;
  double seen = 0;
  for (int index = 0; index < batch.count; index++) {
    const ck_segment *segment = &batch.segments[index];
    for (int row = 0; row < segment->row_count; row += most_rows) {
      int left = segment->row_count - row;
      tiles[tile_count++] = (row_tile){segment, row, left < most_rows ? left : most_rows};
    }
    int last = segment->first_position + segment->row_count;
    seen += (double)segment->row_count * (last < window ? last : window);
  }
  attention_plan plan = {
      .kernels = context->kernels,
      .queries = queries,
      .output = output,
      .tiles = tiles,
      .tile_count = tile_count,
      .thread_count = context->thread_count,
      .blocks = batch.blocks,
      .cache = cache,
      .group_size = group_size,
      .scale = scale,
      .window = window,
      .scratch_bytes = scratch_bytes(most_rows * group_size, cache.width),
  };
  plan.scratch =
      ck_scratch_reserve(&context->workers, plan.scratch_bytes * (size_t)context->thread_count);
  ck_context_run(
      context, tile_count * cache.head_count, seen * queries.columns * 0.05, attend_tile, &plan);
  ck_context_unlock(context);
}
