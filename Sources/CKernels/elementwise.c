// Operations row by row, shared by the threads when there is enough to do.
#include <string.h>

#include "context.h"

/// The arguments of any of the operations.
typedef struct {
  const ck_kernels *kernels;
  ck_input input;
  ck_output output;
  const float *weights;
  int width;
  float epsilon;
  const int32_t *offsets;
  const int32_t *indices;
  const ck_weights *table;
} row_operation;

static const float *input_row(const row_operation *operation, int row) {
  return operation->input.numbers + (size_t)row * operation->input.stride;
}

static float *output_row(const row_operation *operation, int row) {
  return operation->output.numbers + (size_t)row * operation->output.stride;
}

/// Runs a task per output row; `nanoseconds` is one number's estimated cost.
static void run_rows(
    ck_context *context, row_operation operation, double nanoseconds, ck_task *task) {
  ck_context_lock(context);
  operation.kernels = context->kernels;
  double numbers = (double)operation.output.rows * operation.output.columns;
  ck_context_run(context, operation.output.rows, numbers * nanoseconds, task, &operation);
  ck_context_unlock(context);
}

static void rms_norm_task(void *argument, int row, int worker) {
  (void)worker;
  const row_operation *operation = argument;
  operation->kernels->rms_norm_row(
      input_row(operation, row), operation->output.columns, operation->weights, operation->width,
      operation->epsilon, output_row(operation, row));
}

void ck_rms_norm(
    ck_context *context, ck_input input, const float *weight, int width, float epsilon,
    ck_output output) {
  row_operation operation = {
      .input = input, .output = output, .weights = weight, .width = width, .epsilon = epsilon};
  run_rows(context, operation, 0.15, rms_norm_task);
}

static void rotate_task(void *argument, int row, int worker) {
  (void)worker;
  const row_operation *operation = argument;
  operation->kernels->rotate_row(
      output_row(operation, row), operation->output.columns, input_row(operation, row),
      operation->input.columns);
}

void ck_rotate(ck_context *context, ck_output heads, ck_input angles) {
  run_rows(context, (row_operation){.input = angles, .output = heads}, 0.15, rotate_task);
}

static void swiglu_task(void *argument, int row, int worker) {
  (void)worker;
  const row_operation *operation = argument;
  operation->kernels->swiglu_row(
      input_row(operation, row), operation->output.columns, output_row(operation, row));
}

void ck_swiglu(ck_context *context, ck_input input, ck_output output) {
  run_rows(context, (row_operation){.input = input, .output = output}, 0.5, swiglu_task);
}

static void gather_task(void *argument, int row, int worker) {
  (void)worker;
  const row_operation *operation = argument;
  memcpy(
      output_row(operation, row), input_row(operation, operation->indices[row]),
      (size_t)operation->output.columns * sizeof(float));
}

void ck_gather(ck_context *context, ck_input input, const int32_t *indices, ck_output output) {
  run_rows(
      context, (row_operation){.input = input, .output = output, .indices = indices}, 0.1,
      gather_task);
}

static void combine_task(void *argument, int row, int worker) {
  (void)worker;
  const row_operation *operation = argument;
  for (int32_t entry = operation->offsets[row]; entry < operation->offsets[row + 1]; entry++) {
    operation->kernels->add_scaled_row(
        input_row(operation, operation->indices[entry]), operation->weights[entry],
        operation->output.columns, output_row(operation, row));
  }
}

void ck_combine(
    ck_context *context, ck_input input, const int32_t *offsets, const int32_t *indices,
    const float *weights, ck_output output) {
  row_operation operation = {
      .input = input, .output = output, .weights = weights, .offsets = offsets, .indices = indices};
  run_rows(context, operation, 0.5, combine_task);
}

static void add_task(void *argument, int row, int worker) {
  (void)worker;
  const row_operation *operation = argument;
  // A fused multiply-add with one is an exact addition.
  operation->kernels->add_scaled_row(
      input_row(operation, row), 1, operation->output.columns, output_row(operation, row));
}

void ck_add(ck_context *context, ck_input input, ck_output output) {
  run_rows(context, (row_operation){.input = input, .output = output}, 0.1, add_task);
}

static void embed_task(void *argument, int row, int worker) {
  (void)worker;
  const row_operation *operation = argument;
  ck_unpack_row(operation->table, operation->indices[row], output_row(operation, row));
}

void ck_embed(ck_context *context, const ck_weights *table, const int32_t *ids, ck_output output) {
  run_rows(
      context, (row_operation){.output = output, .indices = ids, .table = table}, 1, embed_task);
}
