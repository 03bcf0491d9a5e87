// Attention of a few query heads over one key-value head, by spans of the online softmax
// (FlashAttention's recurrence: Dao et al. 2022, Algorithm 1), each query over exactly the
// positions it sees.
//
// Queries are taken in tiles of up to ATTEND_QUERIES that share every load of a key or value.

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
      fetch_cached(task->next_keys[first + c], (size_t)column * 16, is_half);
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
        if (v % 2 == 0) fetch_cached(task->next_values[chunk], index + v * 16, is_half);
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
  if (is_whole) {
    update_whole_softmax(task, first_query, queries);
  } else {
    update_edge_softmax(task, first_query, queries);
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
    // The first tile has fetched what comes next.
    memcpy(task->next_keys, task->keys, sizeof task->keys);
    memcpy(task->next_values, task->values, sizeof task->values);
  }
}

static void attend_span_half(attention_task *task) { attend_span(task, 1); }
static void attend_span_float(attention_task *task) { attend_span(task, 0); }

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
    task->largest[query] = -__builtin_inff();
  }
  memset(task->sums, 0, task->query_count * task->padded_width * sizeof(float));
  memset(task->totals, 0, task->query_count * 16 * sizeof(float));
}

static void end_attention(const attention_task *task) {
  const ck_attention *job = task->job;
  for (int query = 0; query < task->query_count; query++) {
    float *output = job->output + query_offset(job, job->output_stride, query);
    const float *sums = task->sums + (size_t)query * task->padded_width;
    f32x16 share = splat(1 / sum16(load16(task->totals + query * 16)));
    for (int column = 0; column < job->cache.width; column += 16) {
      store_run(output + column, load16(sums + column) * share, job->cache.width - column);
    }
  }
}

static void attend(const ck_attention *job) {
  attention_task task = {.job = job, .query_count = job->row_count * job->group_size};
  task.padded_width = ck_padded_width(job->cache.width);
  task.sums = job->scratch;
  task.scores = task.sums + task.query_count * task.padded_width;
  task.queries = task.scores + 8 * SPAN_POSITIONS;
  task.totals = task.queries + (size_t)task.query_count * job->cache.width;
  task.largest = task.totals + task.query_count * 16;
  begin_attention(&task);
  int first = first_chunk_seen(job, job->position);
  int end = chunk_of(job->cache, job->position + job->row_count - 1) + 1;
  for (int span = first / CK_SPAN_CHUNKS * CK_SPAN_CHUNKS; span < end; span += CK_SPAN_CHUNKS) {
    locate_chunks(&task, span, span < first ? first : span, clamp(span + CK_SPAN_CHUNKS, 0, end));
    locate_chunks_after(&task, span, end);
    if (job->cache.is_half) {
      attend_span_half(&task);
    } else {
      attend_span_float(&task);
    }
  }
  end_attention(&task);
}
