// Writing one row's keys and values into the paged cache.

static void store_row(
    const float *keys, const float *values, int position, const int32_t *blocks, ck_cache cache) {
  size_t padded = ck_padded_width(cache.width);
  int offset = position % cache.block_length;
  int lane = offset % 16;
  for (int head = 0; head < cache.head_count; head++) {
    size_t chunk = ck_chunk_index(cache, blocks[position / cache.block_length], head, offset / 16)
                   * padded * 16;
    for (int column = 0; column < cache.width; column += 16) {
      int count = cache.width - column;
      f32x16 key = load_run(keys + head * cache.width + column, count);
      f32x16 value = load_run(values + head * cache.width + column, count);
      size_t key_place = chunk + (size_t)column * 16 + lane;
      size_t value_place = chunk + lane * padded + column;
      if (cache.is_half) {
        uint16_t halves[16];
        store_float16(halves, key);
        for (int index = 0; index < 16; index++)
          ((uint16_t *)cache.keys)[key_place + index * 16] = halves[index];
        store_float16((uint16_t *)cache.values + value_place, value);
      } else {
        for (int index = 0; index < 16; index++)
          ((float *)cache.keys)[key_place + index * 16] = key[index];
        store16((float *)cache.values + value_place, value);
      }
    }
  }
}
