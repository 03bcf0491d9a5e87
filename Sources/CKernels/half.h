// Float16 to float32 and back without hardware; rounds to nearest, ties to even.
#ifndef CK_HALF_H
#define CK_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t ck_float_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

static inline float ck_float_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static inline float ck_half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 31;
  uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {
    return ck_float_from_bits(ck_float_bits((float)mantissa * 0x1p-24f) | sign);
  }
  uint32_t rebiased = exponent == 31 ? 255 : exponent + 112;
  return ck_float_from_bits(sign | rebiased << 23 | mantissa << 13);
}

static inline uint16_t ck_float_to_half(float value) {
  uint32_t bits = ck_float_bits(value);
  uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  bits &= 0x7FFFFFFF;
  if (bits > 0x7F800000) return sign | 0x7E00;
  if (bits >= 0x47800000) return sign | 0x7C00;
  if (bits < 0x38800000) {
    // Subnormal: adding a half aligns the mantissa to units of 2⁻²⁴ and rounds.
    return sign | (uint16_t)(ck_float_bits(ck_float_from_bits(bits) + 0.5f) - 0x3F000000);
  }
  uint32_t odd = bits >> 13 & 1;
  return sign | (uint16_t)((bits - (112u << 23) + 0xFFF + odd) >> 13);
}

#endif
