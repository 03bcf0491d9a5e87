// Packing weights into panels, and decoding them again.
#include <string.h>

#include "half.h"
#include "table.h"

#pragma STDC FP_CONTRACT OFF

enum { OUTPUTS = CK_PANEL_OUTPUTS, INPUTS = CK_BLOCK_INPUTS };

/// Bytes of one block's weights, without scales.
static size_t block_bytes(ck_format format) { return format == CK_FORMAT_INT4 ? 256 : 512; }

size_t ck_panel_bytes(ck_format format, int inputs) {
  size_t blocks = (size_t)ck_ceiling_divide(inputs, INPUTS);
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
      bytes = blocks * (block_bytes(format) + OUTPUTS * 2);
      break;
  }
  return (bytes + 63) / 64 * 64;
}

/// Some neighbouring inputs of one output, widened; inputs past the end are zero.
static void read_block(ck_source_row row, int first, int inputs, float *block) {
  int count = inputs - first < INPUTS ? inputs - first : INPUTS;
  memset(block, 0, INPUTS * 4);
  if (!row.numbers) return;
  uint16_t halves[INPUTS];
  if (row.scalar == CK_SCALAR_FLOAT32) {
    memcpy(block, (const uint8_t *)row.numbers + (size_t)first * 4, (size_t)count * 4);
    return;
  }
  memcpy(halves, (const uint8_t *)row.numbers + (size_t)first * 2, (size_t)count * 2);
  if (row.scalar == CK_SCALAR_BFLOAT16) {
    for (int index = 0; index < count; index++) block[index] = ck_float_from_bits((uint32_t)halves[index] << 16);
  } else {
    for (int index = 0; index < count; index++) block[index] = ck_half_to_float(halves[index]);
  }
}

/// The upper half of a float, rounded to nearest, ties to even.
static uint16_t to_bfloat16(float value) {
  uint32_t bits = ck_float_bits(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// The nearest integer within bounds; a float that is not a number becomes the lowest.
static int round_within(float value, float low, float high) {
  float bounded = value > low ? (value < high ? value : high) : low;
  return (int)(ck_float_bits(bounded + 12582912.0f) - 0x4B400000);
}

/// A scale that float16 can hold.
static uint16_t half_scale(float scale) {
  const float most = 65504.0f;
  return ck_float_to_half(scale > most ? most : scale < -most ? -most : scale);
}

static float inverse_of(float scale) { return scale != 0 ? 1.0f / scale : 0; }

/// Rounds a block to bytes with a bias of 128; the largest magnitude becomes ±127.
static uint16_t quantise_int8(const float *block, uint8_t *bytes) {
  float largest = 0;
  for (int index = 0; index < INPUTS; index++) {
    float magnitude = __builtin_fabsf(block[index]);
    largest = magnitude > largest ? magnitude : largest;
  }
  uint16_t scale = half_scale(largest / 127.0f);
  float inverse = inverse_of(ck_half_to_float(scale));
  for (int index = 0; index < INPUTS; index++) {
    bytes[index] = (uint8_t)(round_within(block[index] * inverse, -127, 127) + 128);
  }
  return scale;
}

/// Squared error of a block when rounded to four bits with a scale.
static float int4_error(const float *block, float scale) {
  float inverse = inverse_of(scale), error = 0;
  for (int index = 0; index < INPUTS; index++) {
    float difference = block[index] - scale * (float)round_within(block[index] * inverse, -8, 7);
    error += difference * difference;
  }
  return error;
}

/// Rounds a block to nibbles with a bias of 8.
///
/// The number of largest magnitude becomes about -8, the end that reaches further; among nearby scales the one with
/// the least squared error wins.
static uint16_t quantise_int4(const float *block, uint8_t *nibbles) {
  float largest = 0;
  for (int index = 0; index < INPUTS; index++) {
    if (__builtin_fabsf(block[index]) > __builtin_fabsf(largest)) largest = block[index];
  }
  uint16_t scale = 0;
  float least = __builtin_inff();
  for (int step = -4; step <= 4; step++) {
    uint16_t candidate = half_scale(largest / (-8.0f + 0.25f * (float)step));
    float error = int4_error(block, ck_half_to_float(candidate));
    if (error < least) {
      least = error;
      scale = candidate;
    }
  }
  float inverse = inverse_of(ck_half_to_float(scale));
  for (int index = 0; index < INPUTS; index++) {
    nibbles[index] = (uint8_t)(round_within(block[index] * inverse, -8, 7) + 8);
  }
  return scale;
}

/// Where an input of an output lies in a block of bytes: groups of four inputs, outputs within.
static int byte_index(int input, int output) { return input / 4 * 64 + output * 4 + input % 4; }

static void pack_quantised(ck_format format, const ck_source_row *rows, int inputs, uint8_t *panel) {
  int blocks = ck_ceiling_divide(inputs, INPUTS);
  uint8_t *scales = panel + (size_t)blocks * block_bytes(format);
  for (int block = 0; block < blocks; block++) {
    uint8_t *bytes = panel + (size_t)block * block_bytes(format);
    for (int output = 0; output < OUTPUTS; output++) {
      float numbers[INPUTS];
      uint8_t digits[INPUTS];
      read_block(rows[output], block * INPUTS, inputs, numbers);
      uint16_t scale;
      if (format == CK_FORMAT_INT8) {
        scale = quantise_int8(numbers, digits);
        for (int input = 0; input < INPUTS; input++) bytes[byte_index(input, output)] = digits[input];
      } else {
        scale = quantise_int4(numbers, digits);
        for (int input = 0; input < 16; input++) {
          bytes[byte_index(input, output)] = (uint8_t)(digits[input] | digits[input + 16] << 4);
        }
      }
      memcpy(scales + ((size_t)block * OUTPUTS + (size_t)output) * 2, &scale, 2);
    }
  }
}

static void pack_float(ck_format format, const ck_source_row *rows, int inputs, uint8_t *panel) {
  for (int first = 0; first < inputs; first += INPUTS) {
    float numbers[OUTPUTS][INPUTS];
    for (int output = 0; output < OUTPUTS; output++) read_block(rows[output], first, inputs, numbers[output]);
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
  if (format == CK_FORMAT_INT8 || format == CK_FORMAT_INT4) {
    pack_quantised(format, rows, inputs, panel);
  } else {
    pack_float(format, rows, inputs, panel);
  }
}

/// The biased bytes' meaning at one place.
static int digit_at(ck_format format, const uint8_t *block, int input, int output) {
  if (format == CK_FORMAT_INT8) return block[byte_index(input, output)] - 128;
  int byte = block[byte_index(input % 16, output)];
  return (input < 16 ? byte & 15 : byte >> 4) - 8;
}

void ck_unpack_row(const ck_weights *weights, int output, float *row) {
  const uint8_t *panel =
    weights->panels + (size_t)(output / OUTPUTS) * ck_panel_bytes(weights->format, weights->inputs);
  int lane = output % OUTPUTS;
  int blocks = ck_ceiling_divide(weights->inputs, INPUTS);
  for (int input = 0; input < weights->inputs; input++) {
    size_t line = (size_t)input * OUTPUTS + (size_t)lane;
    switch (weights->format) {
      case CK_FORMAT_FLOAT32:
        row[input] = ((const float *)panel)[line];
        break;
      case CK_FORMAT_BFLOAT16:
        row[input] = ck_float_from_bits((uint32_t)((const uint16_t *)panel)[line] << 16);
        break;
      case CK_FORMAT_INT8:
      case CK_FORMAT_INT4: {
        const uint8_t *scales = panel + (size_t)blocks * block_bytes(weights->format);
        int block = input / INPUTS;
        uint16_t scale;
        memcpy(&scale, scales + ((size_t)block * OUTPUTS + (size_t)lane) * 2, 2);
        int digit =
          digit_at(weights->format, panel + (size_t)block * block_bytes(weights->format), input % INPUTS, lane);
        row[input] = (float)digit * ck_half_to_float(scale);
        break;
      }
    }
  }
}
