// What an attention task works on, and where its keys and values lie.

/// What a task works on; all arrays lie in its scratch.
typedef struct {
  const ck_attention *job;
  int query_count;
  size_t padded_width;
  /// Tile by tile, `[column][query of the tile]`.
  float *queries;
  /// `[query][padded width]`.
  float *sums;
  /// Of each query, the largest score so far.
  float *largest;
  /// `[query][16]`: lanes whose sum is the query's probabilities so far.
  float *totals;
  /// `[query of the tile][span position]`: scores, then probabilities.
  float *scores;
  /// The chunks of the span that any query sees; a chunk's place in the span fixes the order of the
  /// sums.
  int first_chunk;
  int end_chunk;
  int positions[CK_SPAN_CHUNKS];
  int lane_counts[CK_SPAN_CHUNKS];
  const uint8_t *keys[CK_SPAN_CHUNKS];
  const uint8_t *values[CK_SPAN_CHUNKS];
  /// Where the chunks that come next lie, which are fetched while these are used: a number there for
  /// each number here.
  const uint8_t *next_keys[CK_SPAN_CHUNKS];
  const uint8_t *next_values[CK_SPAN_CHUNKS];
} attention_task;

/// The lanes of a chunk that a query sees.
typedef struct {
  int first;
  int end;
} lane_range;

enum { SPAN_POSITIONS = CK_SPAN_CHUNKS * 16 };

INLINE void fetch_cached(const uint8_t *numbers, size_t index, const int is_half) {
  __builtin_prefetch(numbers + index * (is_half ? 2 : 4), 0, 2);
}

INLINE f32x16 load_cached(const uint8_t *numbers, size_t index, const int is_half) {
  return is_half ? load_float16((const uint16_t *)numbers + index)
                 : load16((const float *)numbers + index);
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

/// The index of a position's chunk in the sequence.
INLINE int chunk_of(ck_cache cache, int position) {
  int chunks = ck_ceiling_divide(cache.block_length, 16);
  return position / cache.block_length * chunks + position % cache.block_length / 16;
}

/// Bytes of a chunk's keys, and of its values.
INLINE size_t chunk_bytes(ck_cache cache) {
  return ck_padded_width(cache.width) * 16 * (cache.is_half ? 2 : 4);
}

/// Where a chunk of a sequence lies among the keys, and among the values.
INLINE size_t chunk_place(ck_cache cache, const int32_t *blocks, int head, int chunk) {
  int chunks = ck_ceiling_divide(cache.block_length, 16);
  return ck_chunk_index(cache, blocks[chunk / chunks], head, chunk % chunks) * chunk_bytes(cache);
}

/// Finds the chunks `first..<end` of the sequence, all in the span that begins with chunk `span`.
static void locate_chunks(attention_task *task, int span, int first, int end) {
  ck_cache cache = task->job->cache;
  int chunks = ck_ceiling_divide(cache.block_length, 16);
  task->first_chunk = first - span;
  task->end_chunk = end - span;
  for (int chunk = first; chunk < end; chunk++) {
    int index = chunk - span;
    int offset = chunk % chunks * 16;
    size_t place = chunk_place(cache, task->job->blocks, task->job->head, chunk);
    task->positions[index] = chunk / chunks * cache.block_length + offset;
    task->lane_counts[index] = clamp(cache.block_length - offset, 0, 16);
    task->keys[index] = (const uint8_t *)cache.keys + place;
    task->values[index] = (const uint8_t *)cache.values + place;
  }
}

/// Finds the chunks `first..<end` of some blocks, which come after this span: those that have a
/// counterpart in it are fetched as that one is used, the others now.
static void locate_next(
    attention_task *task, const int32_t *blocks, int head, int first, int end) {
  ck_cache cache = task->job->cache;
  int next = first;
  for (int index = task->first_chunk; index < task->end_chunk; index++) {
    task->next_keys[index] = task->keys[index];
    task->next_values[index] = task->values[index];
    if (next >= end) continue;
    size_t place = chunk_place(cache, blocks, head, next++);
    task->next_keys[index] = (const uint8_t *)cache.keys + place;
    task->next_values[index] = (const uint8_t *)cache.values + place;
  }
  for (; next < end && next < first + CK_SPAN_CHUNKS; next++) {
    size_t place = chunk_place(cache, blocks, head, next);
    for (size_t line = 0; line < chunk_bytes(cache); line += 64) {
      fetch_cached((const uint8_t *)cache.keys + place + line, 0, 1);
      fetch_cached((const uint8_t *)cache.values + place + line, 0, 1);
    }
  }
}

/// The first chunk that a row at a position sees.
INLINE int first_chunk_seen(const ck_attention *job, int position) {
  return chunk_of(job->cache, clamp(position + 1 - job->window, 0, position));
}

/// Finds what comes after the span that begins with chunk `span`: the next one up to chunk `end`, or
/// the first one of the task after this.
static void locate_chunks_after(attention_task *task, int span, int end) {
  const ck_attention *job = task->job;
  if (span + CK_SPAN_CHUNKS < end) {
    locate_next(task, job->blocks, job->head, span + CK_SPAN_CHUNKS, end);
  } else if (job->next_blocks) {
    locate_next(
        task, job->next_blocks, job->next_head, first_chunk_seen(job, job->next_position),
        chunk_of(job->cache, job->next_position) + 1);
  } else {
    locate_next(task, NULL, 0, 0, 0);
  }
}
