// Operations on one row: normalisation, rotation, SwiGLU, scaled sums.

/// Runs `body(first, count)` over the columns in runs of sixteen, the last one shorter.
INLINE f32x16 load_run(const float *numbers, int count) {
  return count >= 16 ? load16(numbers) : load_some(numbers, count);
}

INLINE void store_run(float *numbers, f32x16 value, int count) {
  if (count >= 16) {
    store16(numbers, value);
  } else {
    store_some(numbers, value, count);
  }
}

static void rms_norm_row(
    const float *input, int columns, const float *weight, int width, float epsilon, float *output) {
  for (int first = 0; first < columns; first += width) {
    f32x16 squares = splat(0);
    for (int column = 0; column < width; column += 16) {
      f32x16 numbers = load_run(input + first + column, width - column);
      squares = fma16(numbers, numbers, squares);
    }
    f32x16 scale = splat(1.0f / __builtin_sqrtf(sum16(squares) / (float)width + epsilon));
    for (int column = 0; column < width; column += 16) {
      int count = width - column;
      f32x16 numbers = load_run(input + first + column, count);
      store_run(output + first + column, numbers * scale * load_run(weight + column, count), count);
    }
  }
}

static void rotate_row(float *heads, int columns, const float *angles, int width) {
  int half = width / 2;
  for (int start = 0; start < columns; start += width) {
    float *first = heads + start;
    float *second = first + half;
    for (int column = 0; column < half; column += 16) {
      int count = half - column;
      f32x16 cosine = load_run(angles + column, count);
      f32x16 sine = load_run(angles + half + column, count);
      f32x16 a = load_run(first + column, count);
      f32x16 b = load_run(second + column, count);
      store_run(first + column, fma16(a, cosine, -(b * sine)), count);
      store_run(second + column, fma16(b, cosine, a * sine), count);
    }
  }
}

static void swiglu_row(const float *gate_up, int columns, float *output) {
  for (int column = 0; column < columns; column += 16) {
    int count = columns - column;
    f32x16 gate = load_run(gate_up + column, count);
    f32x16 up = load_run(gate_up + columns + column, count);
    store_run(output + column, gate / (exp16(-gate) + 1.0f) * up, count);
  }
}

static void add_scaled_row(const float *input, float weight, int columns, float *output) {
  for (int column = 0; column < columns; column += 16) {
    int count = columns - column;
    f32x16 sum =
        fma16(load_run(input + column, count), splat(weight), load_run(output + column, count));
    store_run(output + column, sum, count);
  }
}
