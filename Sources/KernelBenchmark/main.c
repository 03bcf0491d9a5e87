// How fast the kernels are, as fractions of what the machine can do in the same run.
//
//   kernel-benchmark [threads …] [word …]
//
// Thread counts are 1 and 2 when none are given; only rows whose name or format begins with a given
// word are measured.
//
// A product's limit is the larger of the time to read its weights and the time to multiply them;
// weights of successive layers together exceed every cache, as they do when a model runs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"
#include "limits.h"
#include "pool.h"

typedef struct {
  int outputs;
  int inputs;
} shape;

typedef struct {
  const char *name;
  shape shapes[4];
  int heads;
  int key_value_heads;
  int head_width;
  shape head;
} model;

static const model models[] = {
    {"1.1B", {{2560, 2048}, {2048, 2048}, {11264, 2048}, {2048, 5632}}, 32, 4, 64, {32000, 2048}},
    {"135M", {{960, 576}, {576, 576}, {3072, 576}, {576, 1536}}, 9, 3, 64, {49152, 576}},
};

enum { EXPERTS = 32, EXPERTS_PER_TOKEN = 4, EXPERT_HIDDEN = 1024, EXPERT_WIDTH = 512 };
enum { MOST_ROWS = 512, MOST_COLUMNS = 49152, WEIGHT_BYTES = 320 << 20 };

static const char *format_names[] = {"f32", "bf16", "int8", "int4"};

static struct {
  ck_context *context;
  int threads;
  machine_limits limits;
  uint8_t *weights;
  float *input;
  float *output;
} bench;

static struct {
  char **words;
  int count;
} wanted;

static bool begins(const char *text, const char *word) {
  return strncmp(text, word, strlen(word)) == 0;
}

/// Whether the words ask for a row: each that names a format or a subject must match.
static bool is_wanted(const char *name, const char *format) {
  for (int index = 0; index < wanted.count; index++) {
    const char *word = wanted.words[index];
    if (atoi(word) > 0 && !strchr(word, 'B') && !strchr(word, 'M')) continue;
    bool is_format = begins(word, "int") || begins(word, "bf") || begins(word, "f32");
    if (!begins(is_format ? format : name, word)) return false;
  }
  return true;
}

typedef void body(const void *argument);

static int compare(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

/// The median duration; one thread counts its own time alone.
static double median_seconds(body *run, const void *argument) {
  double (*clock)(void) = bench.threads == 1 ? thread_seconds : wall_seconds;
  double times[200], start = clock();
  run(argument);
  int count = 0;
  while (count < 5 || (count < 200 && clock() - start < 0.08)) {
    double begin = clock();
    run(argument);
    times[count++] = clock() - begin;
  }
  qsort(times, (size_t)count, sizeof(double), compare);
  return times[count / 2];
}

static size_t weight_bytes(ck_format format, shape shape) {
  return (size_t)((shape.outputs + 15) / 16) * ck_panel_bytes(format, shape.inputs);
}

/// Fills the weights' memory with copies of one panel, which is sound for every matrix this wide.
static void fill_panels(ck_format format, int inputs) {
  float *row = malloc((size_t)inputs * 4);
  ck_source_row rows[CK_PANEL_OUTPUTS];
  for (int input = 0; input < inputs; input++) row[input] = (float)(rand() % 2001 - 1000) * 1e-4f;
  for (int index = 0; index < CK_PANEL_OUTPUTS; index++)
    rows[index] = (ck_source_row){row, CK_SCALAR_FLOAT32};
  ck_pack_panel(format, rows, inputs, bench.weights);
  free(row);
  size_t bytes = ck_panel_bytes(format, inputs);
  for (size_t at = bytes; at + bytes <= WEIGHT_BYTES; at += bytes)
    memcpy(bench.weights + at, bench.weights, bytes);
}

static void multiply(ck_format format, shape shape, int rows, const uint8_t *panels) {
  ck_input input = {bench.input, (size_t)shape.inputs, rows, shape.inputs};
  ck_output output = {bench.output, (size_t)shape.outputs, rows, shape.outputs};
  ck_group group = {{panels, format, shape.outputs, shape.inputs}, 0, rows};
  ck_multiply(bench.context, input, &group, 1, NULL, false, output);
}

typedef struct {
  ck_format format;
  shape shape;
  int rows;
} product;

/// One product per matrix that fits the weights' memory, at least the four largest caches' worth.
static void run_product(const void *argument) {
  const product *product = argument;
  static size_t place;
  size_t bytes = weight_bytes(product->format, product->shape);
  if (place + bytes > WEIGHT_BYTES) place = 0;
  // Whole panels, so that any place holds weights of this shape.
  size_t panel = ck_panel_bytes(product->format, product->shape.inputs);
  multiply(product->format, product->shape, product->rows, bench.weights + place / panel * panel);
  place += bytes;
}

static double limit_seconds(ck_format format, double bytes, double operations) {
  bool is_integer = format == CK_FORMAT_INT8 || format == CK_FORMAT_INT4;
  double reading = bytes / bench.limits.memory;
  double computing = operations / (is_integer ? bench.limits.bytes : bench.limits.floats);
  return (reading > computing ? reading : computing) * 1e-9;
}

static void report_products(const model *model, ck_format format) {
  if (!is_wanted(model->name, format_names[format])) return;
  static const int row_counts[] = {1, 4, 8, 16, 32, 128, 512};
  for (size_t index = 0; index < sizeof row_counts / sizeof *row_counts; index++) {
    int rows = row_counts[index];
    double seconds = 0, bytes = 0, operations = 0, limit = 0;
    for (int part = 0; part < 4; part++) {
      product product = {format, model->shapes[part], rows};
      fill_panels(format, product.shape.inputs);
      double read = (double)weight_bytes(format, product.shape);
      double done = 2.0 * rows * product.shape.outputs * product.shape.inputs;
      seconds += median_seconds(run_product, &product);
      bytes += read;
      operations += done;
      limit += limit_seconds(format, read, done);
    }
    printf(
        "| %s layer | %s | %d | %d | %.0f | %.1f | %.0f | %.0f %% |\n", model->name,
        format_names[format], bench.threads, rows, seconds * 1e6, bytes / seconds * 1e-9,
        operations / seconds * 1e-9, limit / seconds * 100);
  }
}

static void report_head(const model *model, ck_format format) {
  if (!is_wanted(model->name, format_names[format])) return;
  fill_panels(format, model->head.inputs);
  for (int rows = 1; rows <= 32; rows *= 32) {
    product product = {format, model->head, rows};
    double seconds = median_seconds(run_product, &product);
    double bytes = (double)weight_bytes(format, model->head);
    double operations = 2.0 * rows * model->head.outputs * model->head.inputs;
    printf(
        "| %s head | %s | %d | %d | %.0f | %.1f | %.0f | %.0f %% |\n", model->name,
        format_names[format], bench.threads, rows, seconds * 1e6, bytes / seconds * 1e-9,
        operations / seconds * 1e-9, limit_seconds(format, bytes, operations) / seconds * 100);
  }
}

typedef struct {
  ck_format format;
  shape shape;
  int count;
  ck_group groups[EXPERTS];
  int rows;
} expert_products;

static void run_experts(const void *argument) {
  const expert_products *experts = argument;
  ck_input input = {
      bench.input, (size_t)experts->shape.inputs, experts->rows, experts->shape.inputs};
  ck_output output = {
      bench.output, (size_t)experts->shape.outputs, experts->rows, experts->shape.outputs};
  static size_t place;
  size_t layer = EXPERTS * weight_bytes(experts->format, experts->shape);
  if (place + layer > WEIGHT_BYTES) place = 0;
  ck_group groups[EXPERTS];
  memcpy(groups, experts->groups, sizeof groups);
  size_t panel = ck_panel_bytes(experts->format, experts->shape.inputs);
  for (int group = 0; group < experts->count; group++)
    groups[group].weights.panels += place / panel * panel;
  ck_multiply(bench.context, input, groups, experts->count, NULL, false, output);
  place += layer;
}

/// Sends each token to different experts at random, and sorts the pairs by expert.
static int route(int tokens, int *counts) {
  memset(counts, 0, EXPERTS * sizeof(int));
  for (int token = 0; token < tokens; token++) {
    bool taken[EXPERTS] = {false};
    for (int choice = 0; choice < EXPERTS_PER_TOKEN;) {
      int expert = rand() % EXPERTS;
      if (taken[expert]) continue;
      taken[expert] = true;
      counts[expert]++;
      choice++;
    }
  }
  int distinct = 0;
  for (int expert = 0; expert < EXPERTS; expert++) distinct += counts[expert] > 0;
  return distinct;
}

static void report_experts(ck_format format) {
  if (!is_wanted("experts", format_names[format])) return;
  static const shape shapes[] = {
      {2 * EXPERT_WIDTH, EXPERT_HIDDEN}, {EXPERT_HIDDEN, EXPERT_WIDTH}};
  for (int tokens = 1; tokens <= 512; tokens *= 8) {
    int counts[EXPERTS], distinct = route(tokens, counts);
    double seconds = 0, limit = 0, bytes = 0, operations = 0;
    for (int part = 0; part < 2; part++) {
      expert_products experts = {format, shapes[part], 0, {{{0}, 0, 0}}, 0};
      fill_panels(format, experts.shape.inputs);
      for (int expert = 0; expert < EXPERTS; expert++) {
        if (counts[expert] == 0) continue;
        const uint8_t *panels =
            bench.weights + (size_t)expert * weight_bytes(format, experts.shape);
        experts.groups[experts.count++] = (ck_group){
            {panels, format, experts.shape.outputs, experts.shape.inputs},
            experts.rows,
            counts[expert]};
        experts.rows += counts[expert];
      }
      double read = (double)distinct * (double)weight_bytes(format, experts.shape);
      double done = 2.0 * experts.rows * experts.shape.outputs * experts.shape.inputs;
      seconds += median_seconds(run_experts, &experts);
      bytes += read;
      operations += done;
      limit += limit_seconds(format, read, done);
    }
    printf(
        "| experts, %d of %d | %s | %d | %d | %.0f | %.1f | %.0f | %.0f %% |\n", distinct, EXPERTS,
        format_names[format], bench.threads, tokens, seconds * 1e6, bytes / seconds * 1e-9,
        operations / seconds * 1e-9, limit / seconds * 100);
  }
}

typedef struct {
  ck_input queries;
  ck_batch batch;
  ck_cache cache;
  ck_output output;
} attention;

static void run_attention(const void *argument) {
  const attention *job = argument;
  ck_attend(bench.context, job->queries, job->batch, job->cache, 0.125f, INT32_MAX, job->output);
}

/// `sequences` of `rows` rows each, the first of which sees `seen` positions before itself.
static void report_attention(const model *model, int sequences, int rows, int seen) {
  enum { BLOCK = 16 };
  if (!is_wanted("attention", "f16")) return;
  int blocks = (seen + rows + BLOCK - 1) / BLOCK;
  int width = model->heads * model->head_width, total = sequences * rows;
  size_t numbers =
      (size_t)sequences * blocks * BLOCK * (size_t)(model->key_value_heads * model->head_width);
  ck_cache cache = {
      bench.weights, bench.weights + numbers * 2, true, model->key_value_heads, model->head_width,
      BLOCK};
  for (size_t index = 0; index < numbers * 2; index++)
    ((uint16_t *)bench.weights)[index] = (uint16_t)(0x2C00 | rand() % 1024);
  int32_t *tables = malloc((size_t)(sequences * blocks) * sizeof(int32_t));
  ck_segment *segments = malloc((size_t)sequences * sizeof(ck_segment));
  for (int index = 0; index < sequences * blocks; index++) tables[index] = index;
  for (int index = 0; index < sequences; index++)
    segments[index] = (ck_segment){index * rows, rows, seen, index * blocks};
  attention job = {
      {bench.input, (size_t)width, total, width},
      {segments, sequences, tables},
      cache,
      {bench.output, (size_t)width, total, width}};
  double seconds = median_seconds(run_attention, &job);
  double pairs = (double)sequences * rows * (seen + (rows + 1) / 2.0);
  double operations = 4.0 * pairs * width;
  double bytes = (double)numbers * 4;
  double limit = limit_seconds(CK_FORMAT_FLOAT32, bytes, operations);
  printf(
      "| %s attention, %d rows after %d | f16 | %d | %d | %.0f | %.1f | %.0f | %.0f %% |\n",
      model->name, rows, seen, bench.threads, sequences, seconds * 1e6, bytes / seconds * 1e-9,
      operations / seconds * 1e-9, limit / seconds * 100);
  free(tables);
  free(segments);
}

static void do_nothing(void *argument, int index, int worker) {
  (void)argument, (void)index, (void)worker;
}

static void run_regions(const void *argument) {
  for (int region = 0; region < 1000; region++)
    ck_pool_run((ck_pool *)argument, bench.threads, do_nothing, NULL);
}

static void report_pool(void) {
  ck_pool *pool = ck_pool_create(bench.threads);
  printf(
      "\nA region of the pool: %.2f µs on %d threads.\n", median_seconds(run_regions, pool) * 1e3,
      bench.threads);
  ck_pool_destroy(pool);
}

static ck_isa best_isa(void) {
  ck_isa isa = CK_ISA_AVX512;
  while (!ck_isa_supported(isa)) isa = (ck_isa)(isa - 1);
  return isa;
}

static void report(int threads) {
  bench.threads = threads;
  bench.limits = measure_limits(threads);
  bench.context = ck_context_create(threads, best_isa());
  printf(
      "\n%d threads: memory %.1f GB/s, last-level cache %.0f GB/s, bytes %.0f GOP/s, float32 %.0f "
      "GFLOP/s\n\n",
      threads, bench.limits.memory, bench.limits.cache, bench.limits.bytes, bench.limits.floats);
  printf("| what | format | threads | rows | µs | GB/s | GOP/s | of the limit |\n");
  printf("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (size_t index = 0; index < sizeof models / sizeof *models; index++) {
    for (int format = CK_FORMAT_INT4; format >= CK_FORMAT_FLOAT32; format--) {
      report_products(&models[index], (ck_format)format);
      if (format >= CK_FORMAT_INT8) report_head(&models[index], (ck_format)format);
    }
    report_attention(&models[index], 1, 512, 0);
    report_attention(&models[index], 1, 256, 1792);
    for (int sequences = 1; sequences <= 32; sequences *= sequences == 1 ? 8 : 4) {
      report_attention(&models[index], sequences, 1, 255);
      report_attention(&models[index], sequences, 1, 2047);
    }
  }
  report_experts(CK_FORMAT_INT8);
  report_experts(CK_FORMAT_INT4);
  report_pool();
  ck_context_destroy(bench.context);
}

int main(int count, char **arguments) {
  bench.weights = filled_memory(WEIGHT_BYTES + (1 << 20));
  bench.input = filled_memory((size_t)MOST_ROWS * 4 * 6144 * 4);
  bench.output = filled_memory((size_t)32 * MOST_COLUMNS * 4 + (size_t)MOST_ROWS * 11264 * 4);
  for (int index = 0; index < MOST_ROWS * 4 * 6144; index++)
    bench.input[index] = (float)(rand() % 2001 - 1000) * 1e-3f;
  wanted.words = arguments + 1;
  wanted.count = count - 1;
  bool is_told = false;
  for (int index = 1; index < count; index++) {
    int threads = strspn(arguments[index], "0123456789") == strlen(arguments[index])
                      ? atoi(arguments[index])
                      : 0;
    if (threads < 1 || threads > 16) continue;
    is_told = true;
    report(threads);
  }
  if (!is_told) {
    report(1);
    report(2);
  }
}
