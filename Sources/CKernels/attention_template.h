// Attention of a few query heads over one key-value head, by spans of the online softmax
// (FlashAttention's recurrence: Dao et al. 2022, Algorithm 1), each query over exactly the
// positions it sees.
//
// Queries are taken in tiles of up to ATTEND_QUERIES that share every load of a key or value.

typedef struct {
  float largest;
  float total;
} softmax_state;

/// What a task works on; all arrays lie in its scratch.
typedef struct {
  const ck_attention *job;
  int query_count;
  size_t padded_width;
  /// Tile by tile, `[column][query of the tile]`.
  float *queries;
  /// `[query][padded width]`.
  float *sums;
  softmax_state *states;
  /// `[query of the tile][span position]`: scores, then probabilities.
  float *scores;
  /// The chunks of the span that any query sees; a chunk's place in the span fixes the order of the
  /// sums.
  int first_chunk;
  int end_chunk;
  int positions[CK_SPAN_CHUNKS];
  int lane_counts[CK_SPAN_CHUNKS];
  const void *keys[CK_SPAN_CHUNKS];
  const void *values[CK_SPAN_CHUNKS];
} attention_task;

/// The lanes of a chunk that a query sees.
typedef struct {
  int first;
  int end;
} lane_range;

enum { SPAN_POSITIONS = CK_SPAN_CHUNKS * 16 };

INLINE f32x16 load_cached(const void *numbers, size_t index, const int is_half) {
  return is_half ? load_float16((const uint16_t *)numbers + index)
                 : load16((const float *)numbers + index);
}

/// Scores of a tile's queries with some chunks' positions: a chain over the columns each.
INLINE void score_chunks(
    const int queries, const int chunks, const int is_half, const attention_task *task,
    const float *tile, int first) {
  f32x16 sums[ATTEND_QUERIES][4];
  UNROLL
  for (int q = 0; q < queries; q++) {
    UNROLL
    for (int c = 0; c < chunks; c++) sums[q][c] = splat(0);
  }
  int width = task->job->cache.width;
  KEEP_ROLLED
  for (int column = 0; column < width; column++) {
    f32x16 key[4];
    UNROLL
    for (int c = 0; c < chunks; c++) {
      key[c] = load_cached(task->keys[first + c], (size_t)column * 16, is_half);
    }
    UNROLL
    for (int q = 0; q < queries; q++) {
      f32x16 query = splat(tile[column * queries + q]);
      UNROLL
      for (int c = 0; c < chunks; c++) sums[q][c] = fma16(query, key[c], sums[q][c]);
    }
  }
  UNROLL
  for (int q = 0; q < queries; q++) {
    UNROLL
    for (int c = 0; c < chunks; c++) {
      store16(task->scores + q * SPAN_POSITIONS + (first + c) * 16, sums[q][c] * task->job->scale);
    }
  }
}

INLINE void score_tile(
    const int queries, const int is_half, const attention_task *task, const float *tile) {
  int chunk = task->first_chunk;
  if (queries * 4 <= ATTEND_SUMS) {
    for (; chunk + 4 <= task->end_chunk; chunk += 4)
      score_chunks(queries, 4, is_half, task, tile, chunk);
  }
  if (queries * 2 <= ATTEND_SUMS) {
    for (; chunk + 2 <= task->end_chunk; chunk += 2)
      score_chunks(queries, 2, is_half, task, tile, chunk);
  }
  for (; chunk < task->end_chunk; chunk++) score_chunks(queries, 1, is_half, task, tile, chunk);
}

/// Adds probability times value for lanes `lanes` of some chunks, position by position.
INLINE void add_value_columns(
    const int queries, const int vectors, const int is_half, const attention_task *task,
    const float *scores, float *sums, int first_chunk, int end_chunk, lane_range lanes,
    size_t column) {
  size_t width = task->padded_width;
  f32x16 sum[ATTEND_QUERIES][4];
  UNROLL
  for (int q = 0; q < queries; q++) {
    UNROLL
    for (int v = 0; v < vectors; v++) sum[q][v] = load16(sums + q * width + column + v * 16);
  }
  for (int chunk = first_chunk; chunk < end_chunk; chunk++) {
    const float *probabilities = scores + chunk * 16 + lanes.first;
    const float *end = scores + chunk * 16 + lanes.end;
    size_t index = (size_t)lanes.first * width + column;
    KEEP_ROLLED
    for (; probabilities < end; probabilities++, index += width) {
      f32x16 value[4];
      UNROLL
      for (int v = 0; v < vectors; v++) {
        value[v] = load_cached(task->values[chunk], index + v * 16, is_half);
      }
      UNROLL
      for (int q = 0; q < queries; q++) {
        f32x16 probability = splat(probabilities[q * SPAN_POSITIONS]);
        UNROLL
        for (int v = 0; v < vectors; v++) sum[q][v] = fma16(probability, value[v], sum[q][v]);
      }
    }
  }
  UNROLL
  for (int q = 0; q < queries; q++) {
    UNROLL
    for (int v = 0; v < vectors; v++) store16(sums + q * width + column + v * 16, sum[q][v]);
  }
}

INLINE void add_values(
    const int queries, const int is_half, const attention_task *task, const float *scores,
    float *sums, int first_chunk, int end_chunk, lane_range lanes) {
  size_t column = 0;
  if (queries * 4 <= ATTEND_SUMS) {
    for (; column + 64 <= task->padded_width; column += 64) {
      add_value_columns(
          queries, 4, is_half, task, scores, sums, first_chunk, end_chunk, lanes, column);
    }
  }
  if (queries * 2 <= ATTEND_SUMS) {
    for (; column + 32 <= task->padded_width; column += 32) {
      add_value_columns(
          queries, 2, is_half, task, scores, sums, first_chunk, end_chunk, lanes, column);
    }
  }
  for (; column < task->padded_width; column += 16) {
    add_value_columns(
        queries, 1, is_half, task, scores, sums, first_chunk, end_chunk, lanes, column);
  }
}

/// The same for one query and one chunk; out of line, as it serves only the edges of what queries
/// see.
static __attribute__((noinline)) void add_value_edge(
    const attention_task *task, const float *scores, float *sums, int chunk, lane_range lanes) {
  if (lanes.first >= lanes.end) return;
  if (task->job->cache.is_half) {
    add_values(1, 1, task, scores, sums, chunk, chunk + 1, lanes);
  } else {
    add_values(1, 0, task, scores, sums, chunk, chunk + 1, lanes);
  }
}

INLINE int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

/// The lanes of a chunk that a query sees.
INLINE lane_range visible_lanes(const attention_task *task, int query, int chunk) {
  int position = task->job->position + query / task->job->group_size;
  int first = position < task->job->window ? 0 : position + 1 - task->job->window;
  int count = task->lane_counts[chunk];
  lane_range lanes;
  lanes.first = clamp(first - task->positions[chunk], 0, count);
  lanes.end = clamp(position + 1 - task->positions[chunk], lanes.first, count);
  return lanes;
}

/// A query's scores of the span, minus infinity where it sees nothing.
INLINE void load_visible_scores(
    const attention_task *task, int query, const float *scores, const int is_whole,
    f32x16 visible[CK_SPAN_CHUNKS]) {
  const i32x16 lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const f32x16 minus_infinity = splat(-__builtin_inff());
  UNROLL
  for (int chunk = 0; chunk < CK_SPAN_CHUNKS; chunk++) {
    visible[chunk] = minus_infinity;
    if (chunk < task->first_chunk || chunk >= task->end_chunk) continue;
    visible[chunk] = load16(scores + chunk * 16);
    if (is_whole) continue;
    lane_range lanes = visible_lanes(task, query, chunk);
    i32x16 is_visible =
        (lane_numbers >= splat_int(lanes.first)) & (lane_numbers < splat_int(lanes.end));
    visible[chunk] = select16(is_visible, visible[chunk], minus_infinity);
  }
}

/// Turns a query's scores of the span into probabilities relative to its largest score so far.
INLINE void update_softmax(attention_task *task, int query, float *scores, const int is_whole) {
  f32x16 visible[CK_SPAN_CHUNKS];
  load_visible_scores(task, query, scores, is_whole, visible);
  softmax_state *state = &task->states[query];
  float largest =
      max16(larger16(larger16(visible[0], visible[1]), larger16(visible[2], visible[3])));
  if (largest == -__builtin_inff()) {
    // The span lies outside the query's window.
    for (int chunk = task->first_chunk; chunk < task->end_chunk; chunk++)
      store16(scores + chunk * 16, splat(0));
    return;
  }
  largest = largest > state->largest ? largest : state->largest;
  UNROLL
  for (int chunk = 0; chunk < CK_SPAN_CHUNKS; chunk++) {
    visible[chunk] = exp16(visible[chunk] - splat(largest));
    if (chunk >= task->first_chunk && chunk < task->end_chunk)
      store16(scores + chunk * 16, visible[chunk]);
  }
  float total = sum16((visible[0] + visible[1]) + (visible[2] + visible[3]));
  if (state->largest == largest) {
    state->total += total;
    return;
  }
  f32x16 factor = exp16(splat(state->largest - largest));
  state->total = __builtin_fmaf(state->total, factor[0], total);
  state->largest = largest;
  float *sums = task->sums + (size_t)query * task->padded_width;
  for (size_t column = 0; column < task->padded_width; column += 16) {
    store16(sums + column, load16(sums + column) * factor);
  }
}

static void update_whole_softmax(attention_task *task, int query, float *scores) {
  update_softmax(task, query, scores, 1);
}
static void update_edge_softmax(attention_task *task, int query, float *scores) {
  update_softmax(task, query, scores, 0);
}

/// The lanes of a chunk that all of a tile's queries see: later queries begin and end later.
static lane_range shared_lanes(
    const attention_task *task, int first_query, int query_count, int chunk) {
  lane_range first = visible_lanes(task, first_query, chunk);
  lane_range last = visible_lanes(task, first_query + query_count - 1, chunk);
  lane_range shared = {last.first, first.end};
  if (shared.end < shared.first) shared.end = shared.first;
  return shared;
}

/// Adds each query's own lanes of a chunk: those before the shared ones, or after, or all when none
/// are shared.
static void add_own_lanes(
    const attention_task *task, int first_query, int query_count, int chunk, lane_range shared,
    int is_after) {
  int is_shared = shared.first < shared.end;
  if (is_after && !is_shared) return;
  for (int q = 0; q < query_count; q++) {
    lane_range lanes = visible_lanes(task, first_query + q, chunk);
    if (is_after) {
      lanes.first = shared.end;
    } else if (is_shared) {
      lanes.end = shared.first;
    }
    float *sums = task->sums + (size_t)(first_query + q) * task->padded_width;
    add_value_edge(task, task->scores + q * SPAN_POSITIONS, sums, chunk, lanes);
  }
}

/// Whether every query of a tile sees every position of the span.
static int is_span_shared(const attention_task *task, int first_query, int query_count) {
  for (int chunk = task->first_chunk; chunk < task->end_chunk; chunk++) {
    lane_range shared = shared_lanes(task, first_query, query_count, chunk);
    if (shared.first != 0 || shared.end != 16) return 0;
  }
  return 1;
}

INLINE void attend_tile(
    const int queries, const int is_half, attention_task *task, int first_query) {
  score_tile(queries, is_half, task, task->queries + (size_t)first_query * task->job->cache.width);
  int is_whole = is_span_shared(task, first_query, queries);
  for (int q = 0; q < queries; q++) {
    float *scores = task->scores + q * SPAN_POSITIONS;
    if (is_whole) {
      update_whole_softmax(task, first_query + q, scores);
    } else {
      update_edge_softmax(task, first_query + q, scores);
    }
  }
  float *sums = task->sums + (size_t)first_query * task->padded_width;
  int end;
  for (int chunk = task->first_chunk; chunk < task->end_chunk; chunk = end) {
    end = is_whole ? task->end_chunk : chunk + 1;
    lane_range shared =
        is_whole ? (lane_range){0, 16} : shared_lanes(task, first_query, queries, chunk);
    if (!is_whole) add_own_lanes(task, first_query, queries, chunk, shared, 0);
    if (shared.first < shared.end) {
      add_values(queries, is_half, task, task->scores, sums, chunk, end, shared);
    }
    if (!is_whole) add_own_lanes(task, first_query, queries, chunk, shared, 1);
  }
}

#define ATTEND_CASE(QUERIES)                                                   \
  case QUERIES:                                                                \
    if (QUERIES <= ATTEND_QUERIES) attend_tile(QUERIES, is_half, task, query); \
    break;

INLINE void attend_span(attention_task *task, const int is_half) {
  for (int query = 0; query < task->query_count; query += ATTEND_QUERIES) {
    switch (clamp(task->query_count - query, 1, ATTEND_QUERIES)) {
      ATTEND_CASE(1)
      ATTEND_CASE(2)
      ATTEND_CASE(3)
      ATTEND_CASE(4)
      ATTEND_CASE(5)
      ATTEND_CASE(6)
      ATTEND_CASE(7)
      ATTEND_CASE(8)
    }
  }
}

static void attend_span_half(attention_task *task) { attend_span(task, 1); }
static void attend_span_float(attention_task *task) { attend_span(task, 0); }

/// The index of a position's chunk in the sequence.
INLINE int chunk_of(ck_cache cache, int position) {
  int chunks = ck_ceiling_divide(cache.block_length, 16);
  return position / cache.block_length * chunks + position % cache.block_length / 16;
}

/// Finds the chunks `first..<end` of the sequence, all in the span that begins with chunk `span`.
static void locate_chunks(attention_task *task, int span, int first, int end) {
  ck_cache cache = task->job->cache;
  int chunks = ck_ceiling_divide(cache.block_length, 16);
  size_t chunk_bytes = task->padded_width * 16 * (cache.is_half ? 2 : 4);
  task->first_chunk = first - span;
  task->end_chunk = end - span;
  for (int chunk = first; chunk < end; chunk++) {
    int index = chunk - span;
    int offset = chunk % chunks * 16;
    size_t place =
        ck_chunk_index(cache, task->job->blocks[chunk / chunks], task->job->head, chunk % chunks)
        * chunk_bytes;
    task->positions[index] = chunk / chunks * cache.block_length + offset;
    task->lane_counts[index] = clamp(cache.block_length - offset, 0, 16);
    task->keys[index] = (const uint8_t *)cache.keys + place;
    task->values[index] = (const uint8_t *)cache.values + place;
  }
}

/// Fetches the keys and values of the span that begins with chunk `span`, up to chunk `end`.
static void fetch_span(const attention_task *task, int span, int end) {
  ck_cache cache = task->job->cache;
  int chunks = ck_ceiling_divide(cache.block_length, 16);
  size_t chunk_bytes = task->padded_width * 16 * (cache.is_half ? 2 : 4);
  for (int chunk = span; chunk < end && chunk < span + CK_SPAN_CHUNKS; chunk++) {
    size_t place =
        ck_chunk_index(cache, task->job->blocks[chunk / chunks], task->job->head, chunk % chunks)
        * chunk_bytes;
    for (size_t line = 0; line < chunk_bytes; line += 64) {
      __builtin_prefetch((const uint8_t *)cache.keys + place + line, 0, 2);
      __builtin_prefetch((const uint8_t *)cache.values + place + line, 0, 2);
    }
  }
}

INLINE size_t query_offset(const ck_attention *job, size_t stride, int query) {
  int head = job->head * job->group_size + query % job->group_size;
  return (size_t)(query / job->group_size) * stride + (size_t)head * job->cache.width;
}

/// Copies the queries into tiles, and empties the sums.
static void begin_attention(attention_task *task) {
  const ck_attention *job = task->job;
  int width = job->cache.width;
  for (int query = 0; query < task->query_count; query++) {
    int first = query / ATTEND_QUERIES * ATTEND_QUERIES;
    int tile = clamp(task->query_count - first, 1, ATTEND_QUERIES);
    float *packed = task->queries + (size_t)first * width + query % ATTEND_QUERIES;
    const float *numbers = job->queries + query_offset(job, job->query_stride, query);
    for (int column = 0; column < width; column++) packed[(size_t)column * tile] = numbers[column];
    task->states[query] = (softmax_state){-__builtin_inff(), 0};
  }
  memset(task->sums, 0, task->query_count * task->padded_width * sizeof(float));
}

static void end_attention(const attention_task *task) {
  const ck_attention *job = task->job;
  for (int query = 0; query < task->query_count; query++) {
    float *output = job->output + query_offset(job, job->output_stride, query);
    const float *sums = task->sums + (size_t)query * task->padded_width;
    f32x16 total = splat(task->states[query].total);
    for (int column = 0; column < job->cache.width; column += 16) {
      store_run(output + column, load16(sums + column) / total, job->cache.width - column);
    }
  }
}

static void attend(const ck_attention *job) {
  attention_task task = {.job = job, .query_count = job->row_count * job->group_size};
  task.padded_width = ck_padded_width(job->cache.width);
  task.sums = job->scratch;
  task.scores = task.sums + task.query_count * task.padded_width;
  task.queries = task.scores + 8 * SPAN_POSITIONS;
  task.states = (softmax_state *)(task.queries + (size_t)task.query_count * job->cache.width);
  begin_attention(&task);
  int first = chunk_of(job->cache, clamp(job->position + 1 - job->window, 0, job->position));
  int end = chunk_of(job->cache, job->position + job->row_count - 1) + 1;
  for (int span = first / CK_SPAN_CHUNKS * CK_SPAN_CHUNKS; span < end; span += CK_SPAN_CHUNKS) {
    locate_chunks(&task, span, span < first ? first : span, clamp(span + CK_SPAN_CHUNKS, 0, end));
    fetch_span(&task, span + CK_SPAN_CHUNKS, end);
    if (job->cache.is_half) {
      attend_span_half(&task);
    } else {
      attend_span_float(&task);
    }
  }
  end_attention(&task);
}
