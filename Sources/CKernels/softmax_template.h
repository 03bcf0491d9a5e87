// The online softmax of a tile's queries over one span.

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

/// Turns the scores of a tile's queries into probabilities relative to each query's largest score
/// so far: first all the largest, then all the exponentials, so that no query waits for another.
INLINE void update_softmax(
    attention_task *task, int first_query, int query_count, const int is_whole) {
  float *largest = task->largest + first_query, before[ATTEND_QUERIES];
  KEEP_ROLLED
  for (int q = 0; q < query_count; q++) {
    f32x16 visible[CK_SPAN_CHUNKS];
    float *scores = task->scores + q * SPAN_POSITIONS;
    load_visible_scores(task, first_query + q, scores, is_whole, visible);
    for (int chunk = task->first_chunk; !is_whole && chunk < task->end_chunk; chunk++) {
      store16(scores + chunk * 16, visible[chunk]);
    }
    f32x16 low = larger16(visible[0], visible[1]), high = larger16(visible[2], visible[3]);
    float seen = max16(larger16(low, high));
    before[q] = largest[q];
    largest[q] = seen > before[q] ? seen : before[q];
  }
  KEEP_ROLLED
  for (int q = 0; q < query_count; q++) {
    float *scores = task->scores + q * SPAN_POSITIONS;
    // Where nothing has been seen, every score is minus infinity, and every probability zero.
    f32x16 reference = splat(largest[q] == -__builtin_inff() ? 0 : largest[q]);
    f32x16 probabilities[CK_SPAN_CHUNKS];
    UNROLL
    for (int chunk = 0; chunk < CK_SPAN_CHUNKS; chunk++) {
      probabilities[chunk] = splat(0);
      if (chunk < task->first_chunk || chunk >= task->end_chunk) continue;
      probabilities[chunk] = exp16(load16(scores + chunk * 16) - reference);
      store16(scores + chunk * 16, probabilities[chunk]);
    }
    f32x16 lanes = (probabilities[0] + probabilities[1]) + (probabilities[2] + probabilities[3]);
    float *total = task->totals + (size_t)(first_query + q) * 16;
    if (largest[q] == before[q]) {
      store16(total, load16(total) + lanes);
      continue;
    }
    f32x16 factor = exp16(splat(before[q] - largest[q]));
    store16(total, fma16(load16(total), factor, lanes));
    float *sums = task->sums + (size_t)(first_query + q) * task->padded_width;
    for (size_t column = 0; column < task->padded_width; column += 16) {
      store16(sums + column, load16(sums + column) * factor);
    }
  }
}

static void update_whole_softmax(attention_task *task, int first_query, int query_count) {
  update_softmax(task, first_query, query_count, 1);
}
static void update_edge_softmax(attention_task *task, int first_query, int query_count) {
  update_softmax(task, first_query, query_count, 0);
}
