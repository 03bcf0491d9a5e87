// Packing weights into panels, and decoding them again.
#include <string.h>

#include "half.h"
#include "table.h"

enum { OUTPUTS = CK_PANEL_OUTPUTS, INPUTS = CK_BLOCK_INPUTS };

/// Where a block's digits lie in a panel.
static size_t digits_place(ck_format format, int block) {
  return format == CK_FORMAT_INT4 ? ck_int4_digits(block) : (size_t)block * 512;
}

/// Where the blocks end.
static size_t scales_place(ck_format format, int inputs) {
  int blocks = ck_ceiling_divide(inputs, INPUTS);
  if (format == CK_FORMAT_INT8) return (size_t)blocks * 512;
  return (size_t)blocks * 256 + (size_t)ck_ceiling_divide(blocks, 4) * 64;
}

size_t ck_panel_bytes(ck_format format, int inputs) {
  size_t bytes = 0;
  switch (format) {
    case CK_FORMAT_FLOAT32:
      bytes = (size_t)inputs * OUTPUTS * 4;
      break;
    case CK_FORMAT_BFLOAT16:
      bytes = (size_t)inputs * OUTPUTS * 2;
      break;
    case CK_FORMAT_INT8:
    case CK_FORMAT_INT4:
      bytes = scales_place(format, inputs) + OUTPUTS * 4;
      break;
  }
  return (bytes + 63) / 64 * 64;
}

/// The upper half of a float, rounded to nearest, ties to even.
static uint16_t to_bfloat16(float value) {
  uint32_t bits = ck_float_bits(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// Where an input of an output lies in a block of bytes: groups of four inputs, outputs within.
static int byte_index(int input, int output) { return input / 4 * 64 + output * 4 + input % 4; }

/// The scale that takes an output's largest magnitude to `most`.
static float output_scale(ck_source_row row, int inputs, float most) {
  const ck_kernels *kernels = ck_kernels_best();
  float numbers[INPUTS], largest = 0;
  for (int first = 0; first < inputs; first += INPUTS) {
    kernels->read_block(row, first, inputs, numbers);
    float magnitude = kernels->largest_of_block(numbers);
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest > 1e-30f ? largest / most : 0;
}

static void pack_int8(const ck_source_row *rows, int inputs, uint8_t *panel) {
  const ck_kernels *kernels = ck_kernels_best();
  for (int output = 0; output < OUTPUTS; output++) {
    float scale = output_scale(rows[output], inputs, 127);
    for (int first = 0; first < inputs; first += INPUTS) {
      uint8_t *bytes = panel + (size_t)first * OUTPUTS, digits[INPUTS];
      float numbers[INPUTS];
      kernels->read_block(rows[output], first, inputs, numbers);
      kernels->round_block_int8(numbers, scale, digits);
      for (int input = 0; input < INPUTS; input++) bytes[byte_index(input, output)] = digits[input];
    }
    memcpy(panel + scales_place(CK_FORMAT_INT8, inputs) + output * 4, &scale, 4);
  }
}

static void pack_int4(const ck_source_row *rows, int inputs, uint8_t *panel) {
  const ck_kernels *kernels = ck_kernels_best();
  int blocks = ck_ceiling_divide(inputs, INPUTS);
  // The last line of multiples may be used in part: equal weights have equal bytes all the same.
  memset(panel, 0, scales_place(CK_FORMAT_INT4, inputs));
  for (int output = 0; output < OUTPUTS; output++) {
    float scale = output_scale(rows[output], inputs, 8 * CK_INT4_MULTIPLES);
    for (int block = 0; block < blocks; block++) {
      uint8_t *bytes = panel + ck_int4_digits(block), digits[INPUTS];
      float numbers[INPUTS];
      kernels->read_block(rows[output], block * INPUTS, inputs, numbers);
      panel[ck_int4_multiples(block) + (size_t)output] =
          (uint8_t)kernels->round_block_int4(numbers, scale, digits);
      for (int input = 0; input < 16; input++) {
        bytes[byte_index(input, output)] = (uint8_t)(digits[input] | digits[input + 16] << 4);
      }
    }
    memcpy(panel + scales_place(CK_FORMAT_INT4, inputs) + output * 4, &scale, 4);
  }
}

static void pack_float(ck_format format, const ck_source_row *rows, int inputs, uint8_t *panel) {
  const ck_kernels *kernels = ck_kernels_best();
  for (int first = 0; first < inputs; first += INPUTS) {
    float numbers[OUTPUTS][INPUTS];
    for (int output = 0; output < OUTPUTS; output++) {
      kernels->read_block(rows[output], first, inputs, numbers[output]);
    }
    for (int input = 0; input < INPUTS && first + input < inputs; input++) {
      size_t line = (size_t)(first + input) * OUTPUTS;
      for (int output = 0; output < OUTPUTS; output++) {
        float number = numbers[output][input];
        if (format == CK_FORMAT_FLOAT32) {
          ((float *)panel)[line + output] = number;
        } else {
          ((uint16_t *)panel)[line + output] = to_bfloat16(number);
        }
      }
    }
  }
}

void ck_pack_panel(ck_format format, const ck_source_row *rows, int inputs, uint8_t *panel) {
  switch (format) {
    case CK_FORMAT_FLOAT32:
    case CK_FORMAT_BFLOAT16:
      pack_float(format, rows, inputs, panel);
      break;
    case CK_FORMAT_INT8:
      pack_int8(rows, inputs, panel);
      break;
    case CK_FORMAT_INT4:
      pack_int4(rows, inputs, panel);
      break;
  }
}

/// What one place of a block counts, in the output's scale.
static int digit_at(ck_format format, const uint8_t *block, int multiple, int input, int lane) {
  if (format == CK_FORMAT_INT8) return block[byte_index(input, lane)] - 128;
  int byte = block[byte_index(input % 16, lane)];
  return ((input < 16 ? byte & 15 : byte >> 4) - 8) * multiple;
}

static void unpack_quantised(const ck_weights *weights, const uint8_t *panel, int lane, float *row) {
  ck_format format = weights->format;
  int blocks = ck_ceiling_divide(weights->inputs, INPUTS);
  float scale;
  memcpy(&scale, panel + scales_place(format, weights->inputs) + lane * 4, 4);
  for (int block = 0; block < blocks; block++) {
    const uint8_t *bytes = panel + digits_place(format, block);
    int multiple =
        format == CK_FORMAT_INT4 ? (int8_t)panel[ck_int4_multiples(block) + (size_t)lane] : 1;
    int left = weights->inputs - block * INPUTS;
    for (int input = 0; input < INPUTS && input < left; input++) {
      row[block * INPUTS + input] =
          (float)digit_at(format, bytes, multiple, input, lane) * scale;
    }
  }
}

void ck_unpack_row(const ck_weights *weights, int output, float *row) {
  const uint8_t *panel =
      weights->panels
      + (size_t)(output / OUTPUTS) * ck_panel_bytes(weights->format, weights->inputs);
  int lane = output % OUTPUTS;
  switch (weights->format) {
    case CK_FORMAT_FLOAT32:
      for (int input = 0; input < weights->inputs; input++) {
        row[input] = ((const float *)panel)[(size_t)input * OUTPUTS + (size_t)lane];
      }
      break;
    case CK_FORMAT_BFLOAT16:
      for (int input = 0; input < weights->inputs; input++) {
        uint16_t upper = ((const uint16_t *)panel)[(size_t)input * OUTPUTS + (size_t)lane];
        row[input] = ck_float_from_bits((uint32_t)upper << 16);
      }
      break;
    case CK_FORMAT_INT8:
    case CK_FORMAT_INT4:
      unpack_quantised(weights, panel, lane, row);
      break;
  }
}
