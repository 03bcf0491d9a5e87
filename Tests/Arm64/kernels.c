// Runs the kernels on random shapes and prints a checksum of every result's bits: on each processor and instruction
// set the same lines must come out. Products are also checked against sums in double precision.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static uint64_t state = 20261125;

static uint64_t next_random(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 33;
}

static int random_int(int low, int high) {
  return low + (int)(next_random() % (uint64_t)(high - low + 1));
}

static float random_float(void) { return (float)next_random() / (float)(1u << 30) - 1; }

static float *random_floats(size_t count) {
  float *numbers = malloc((count + 1) * sizeof(float));
  for (size_t index = 0; index < count; index++) numbers[index] = random_float();
  return numbers;
}

static int failures;

static void check(bool is_right, const char *what) {
  if (is_right) return;
  failures++;
  printf("WRONG: %s\n", what);
}

static size_t bytes_of(ck_weights weights) {
  size_t panels = (size_t)(weights.outputs + CK_PANEL_OUTPUTS - 1) / CK_PANEL_OUTPUTS;
  return panels * ck_panel_bytes(weights.format, weights.inputs);
}

static ck_weights random_weights(ck_format format, int outputs, int inputs) {
  float *numbers = random_floats((size_t)outputs * (size_t)inputs);
  size_t panel_bytes = ck_panel_bytes(format, inputs);
  size_t bytes = bytes_of((ck_weights){(const uint8_t *)"", format, outputs, inputs});
  uint8_t *memory = ck_memory_allocate(bytes);
  memset(memory, 0, bytes);
  for (int panel = 0; panel * CK_PANEL_OUTPUTS < outputs; panel++) {
    ck_source_row rows[CK_PANEL_OUTPUTS];
    for (int lane = 0; lane < CK_PANEL_OUTPUTS; lane++) {
      int output = panel * CK_PANEL_OUTPUTS + lane;
      rows[lane] = (ck_source_row){
          output < outputs ? numbers + (size_t)output * (size_t)inputs : NULL,
          CK_SCALAR_FLOAT32};
    }
    ck_pack_panel(format, rows, inputs, memory + (size_t)panel * panel_bytes);
  }
  free(numbers);
  return (ck_weights){memory, format, outputs, inputs};
}

/// The largest difference to sums in double precision, relative to the largest sum.
static double error_of(ck_weights weights, const float *input, const float *output, int rows) {
  float *row = malloc((size_t)weights.inputs * sizeof(float));
  double error = 0, magnitude = 1e-9;
  for (int column = 0; column < weights.outputs; column++) {
    ck_unpack_row(&weights, column, row);
    for (int index = 0; index < rows; index++) {
      double sum = 0;
      for (int at = 0; at < weights.inputs; at++)
        sum += (double)row[at] * (double)input[index * weights.inputs + at];
      error = fmax(error, fabs(sum - (double)output[index * weights.outputs + column]));
      magnitude = fmax(magnitude, fabs(sum));
    }
  }
  free(row);
  return error / magnitude;
}

static void test_products(ck_context *context, ck_format format) {
  static const double bounds[] = {1e-5, 1e-5, 0.03, 0.03};
  for (int round = 0; round < 12; round++) {
    int rows = random_int(1, round < 8 ? 16 : 64);
    int inputs = random_int(1, 150), outputs = random_int(1, 70);
    ck_weights weights = random_weights(format, outputs, inputs);
    float *numbers = random_floats((size_t)rows * (size_t)inputs);
    float *results = calloc((size_t)rows * (size_t)outputs, sizeof(float));
    ck_input input = {numbers, (size_t)inputs, rows, inputs};
    ck_output output = {results, (size_t)outputs, rows, outputs};
    ck_group group = {weights, 0, rows};
    ck_multiply(context, input, &group, 1, NULL, false, output);
    check(error_of(weights, numbers, results, rows) < bounds[format], "a product's sums");
    uint64_t bits = ck_checksum(results, (size_t)rows * (size_t)outputs * sizeof(float));
    // Row by row the bits are the same.
    for (int row = 0; row < rows; row++) {
      float alone[70];
      ck_input one = {numbers + row * inputs, (size_t)inputs, 1, inputs};
      ck_output result = {alone, (size_t)outputs, 1, outputs};
      group.row_count = 1;
      ck_multiply(context, one, &group, 1, NULL, false, result);
      check(
          memcmp(alone, results + row * outputs, (size_t)outputs * sizeof(float)) == 0,
          "a row's bits alone");
    }
    printf("product %d: %d x %d x %d %016llx\n", format, rows, outputs, inputs, (unsigned long long)bits);
    ck_memory_free((void *)weights.panels, bytes_of(weights));
    free(numbers);
    free(results);
  }
}

static void test_attention(ck_context *context, bool is_half) {
  for (int round = 0; round < 6; round++) {
    int heads = random_int(1, 3), group = random_int(1, 4), width = 2 * random_int(4, 40);
    int length = random_int(1, 150), block = 4 * random_int(1, 6);
    int window = round % 2 ? random_int(1, 60) : INT32_MAX;
    int blocks = (length + block - 1) / block, chunks = (block + 15) / 16;
    size_t numbers = (size_t)(blocks * heads * chunks) * 16 * (size_t)((width + 15) / 16 * 16);
    void *keys = malloc(numbers * 4), *values = malloc(numbers * 4);
    memset(keys, 0xFF, numbers * 4);
    memset(values, 0xFF, numbers * 4);
    int32_t table[64];
    for (int index = 0; index < blocks; index++) table[index] = blocks - 1 - index;
    ck_segment segment = {0, length, 0, 0};
    ck_batch batch = {&segment, 1, table};
    ck_cache cache = {keys, values, is_half, heads, width, block};
    int columns = heads * width;
    float *key_rows = random_floats((size_t)(length * columns));
    float *value_rows = random_floats((size_t)(length * columns));
    float *queries = random_floats((size_t)(length * columns * group));
    float *results = calloc((size_t)(length * columns * group), sizeof(float));
    ck_store(
        context, (ck_input){key_rows, (size_t)columns, length, columns},
        (ck_input){value_rows, (size_t)columns, length, columns}, batch, cache);
    ck_attend(
        context, (ck_input){queries, (size_t)(columns * group), length, columns * group}, batch, cache,
        0.2f, window, (ck_output){results, (size_t)(columns * group), length, columns * group});
    for (int index = 0; index < length * columns * group; index++)
      check(fabsf(results[index]) <= 1.01f, "a mean of values");
    printf(
        "attention %d: %d rows %016llx\n", is_half, length,
        (unsigned long long)ck_checksum(results, (size_t)(length * columns * group) * sizeof(float)));
    free(keys), free(values), free(key_rows), free(value_rows), free(queries), free(results);
  }
}

static void test_rows(ck_context *context) {
  for (int round = 0; round < 6; round++) {
    int rows = random_int(1, 20), columns = 2 * random_int(1, 60);
    size_t count = (size_t)(rows * columns);
    float *numbers = random_floats(2 * count), *weights = random_floats((size_t)columns);
    float *results = calloc(count, sizeof(float));
    ck_output output = {results, (size_t)columns, rows, columns};
    ck_rms_norm(
        context, (ck_input){numbers, (size_t)columns, rows, columns}, weights, columns, 1e-5f, output);
    uint64_t norm = ck_checksum(results, count * sizeof(float));
    ck_rotate(context, output, (ck_input){numbers, (size_t)columns, rows, columns});
    uint64_t rotated = ck_checksum(results, count * sizeof(float));
    ck_swiglu(context, (ck_input){numbers, (size_t)(2 * columns), rows, 2 * columns}, output);
    uint64_t activated = ck_checksum(results, count * sizeof(float));
    printf(
        "rows %d x %d: %016llx %016llx %016llx\n", rows, columns, (unsigned long long)norm,
        (unsigned long long)rotated, (unsigned long long)activated);
    free(numbers), free(weights), free(results);
  }
}

int main(int count, char **arguments) {
  ck_isa isa = count > 1 ? (ck_isa)atoi(arguments[1]) : CK_ISA_PORTABLE;
  ck_context *context = ck_isa_supported(isa) ? ck_context_create(2, isa) : NULL;
  if (!context) {
    fprintf(stderr, "instruction set %d cannot run here\n", isa);
    return 2;
  }
  for (int format = CK_FORMAT_FLOAT32; format <= CK_FORMAT_INT4; format++)
    test_products(context, (ck_format)format);
  test_attention(context, false);
  test_attention(context, true);
  test_rows(context);
  ck_context_destroy(context);
  return failures > 0;
}
