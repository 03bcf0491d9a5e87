// Sixteen lanes at once, in the compiler's vector types: one source for every instruction set.
//
// Included once per instruction set, under that set's target attribute. `HAS_AVX512`, `HAS_AVX2`
// and `HAS_AVX_VNNI` say which intrinsics may be used where the vector types cannot express an
// instruction.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
// For loops whose body is long enough already.
#define KEEP_ROLLED _Pragma("clang loop unroll(disable)")

typedef float f32x16 __attribute__((vector_size(64)));
typedef int32_t i32x16 __attribute__((vector_size(64)));
typedef uint32_t u32x16 __attribute__((vector_size(64)));
typedef uint16_t u16x16 __attribute__((vector_size(32)));
typedef int8_t i8x16 __attribute__((vector_size(16)));
typedef int16_t i16x32 __attribute__((vector_size(64)));
typedef uint16_t u16x32 __attribute__((vector_size(64)));
// The same in memory, of any alignment.
typedef float f32x16_memory __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t u16x16_memory __attribute__((vector_size(32), aligned(2), may_alias));
typedef int8_t i8x16_memory __attribute__((vector_size(16), aligned(1), may_alias));

INLINE f32x16 load16(const float *numbers) { return *(const f32x16_memory *)numbers; }
INLINE void store16(float *numbers, f32x16 value) { *(f32x16_memory *)numbers = value; }
INLINE f32x16 splat(float value) { return value - (f32x16){0}; }
INLINE i32x16 splat_int(int32_t value) { return value - (i32x16){0}; }

/// `count` numbers below sixteen, the other lanes zero.
INLINE f32x16 load_some(const float *numbers, int count) {
  f32x16 value = {0};
  memcpy(&value, numbers, (size_t)count * 4);
  return value;
}

INLINE void store_some(float *numbers, f32x16 value, int count) {
  memcpy(numbers, &value, (size_t)count * 4);
}

/// Sixteen signed bytes, widened.
INLINE i32x16 load_ints(const uint8_t *bytes) {
  return __builtin_convertvector(*(const i8x16_memory *)bytes, i32x16);
}
INLINE f32x16 load_signed_bytes(const uint8_t *bytes) {
  return __builtin_convertvector(load_ints(bytes), f32x16);
}

INLINE f32x16 fma16(f32x16 a, f32x16 b, f32x16 c) { return __builtin_elementwise_fma(a, b, c); }
INLINE u32x16 bits_of(f32x16 value) { return (u32x16)value; }

/// Lanes of `yes` where the mask is all ones, of `no` where it is zero.
INLINE f32x16 select16(i32x16 mask, f32x16 yes, f32x16 no) {
  return (f32x16)(((u32x16)mask & bits_of(yes)) | (~(u32x16)mask & bits_of(no)));
}

INLINE f32x16 larger16(f32x16 a, f32x16 b) { return select16(a > b, a, b); }

/// The sum of all lanes, halves first.
INLINE float sum16(f32x16 value) {
  float lanes[16];
  memcpy(lanes, &value, sizeof lanes);
  UNROLL
  for (int width = 8; width > 0; width /= 2) {
    UNROLL
    for (int lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
  }
  return lanes[0];
}

INLINE float max16(f32x16 value) {
  float lanes[16];
  memcpy(lanes, &value, sizeof lanes);
  UNROLL
  for (int width = 8; width > 0; width /= 2) {
    UNROLL
    for (int lane = 0; lane < width; lane++) {
      lanes[lane] = lanes[lane] > lanes[lane + width] ? lanes[lane] : lanes[lane + width];
    }
  }
  return lanes[0];
}

// Adding 1.5 · 2²³ rounds a small float to the nearest integer, ties to even, and leaves it in the
// low mantissa bits.
static const float rounding_magic = 12582912.0f;

/// Integers nearest to `a · b`, for results below 2²² in magnitude.
INLINE i32x16 round_product(f32x16 a, f32x16 b) {
  return (i32x16)(bits_of(fma16(a, b, splat(rounding_magic))) - 0x4B400000u);
}

/// e^x to about one unit in the last place; below -86 zero, above 88 e^88.
///
/// The reduction and the polynomial are those of Cephes' expf.
INLINE f32x16 exp16(f32x16 x) {
  f32x16 bounded = select16(x > splat(88.0f), splat(88.0f), x);
  f32x16 shifted = fma16(bounded, splat(1.44269504088896341f), splat(rounding_magic));
  f32x16 exponent = shifted - rounding_magic;
  f32x16 rest = fma16(exponent, splat(-0.693359375f), bounded);
  rest = fma16(exponent, splat(2.12194440e-4f), rest);
  f32x16 sum = splat(1.9875691500e-4f);
  sum = fma16(sum, rest, splat(1.3981999507e-3f));
  sum = fma16(sum, rest, splat(8.3334519073e-3f));
  sum = fma16(sum, rest, splat(4.1665795894e-2f));
  sum = fma16(sum, rest, splat(1.6666665459e-1f));
  sum = fma16(sum, rest, splat(5.0000001201e-1f));
  sum = fma16(sum, rest * rest, rest) + 1.0f;
  f32x16 scaled = (f32x16)(bits_of(sum) + (bits_of(shifted) << 23));
  return select16(x < splat(-86.0f), splat(0), scaled);
}

INLINE f32x16 load_bfloat16(const uint16_t *numbers) {
  u32x16 wide = __builtin_convertvector(*(const u16x16_memory *)numbers, u32x16);
  return (f32x16)(wide << 16);
}

#if HAS_AVX512
INLINE f32x16 load_float16(const uint16_t *numbers) {
  return (f32x16)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i_u *)numbers));
}
INLINE void store_float16(uint16_t *numbers, f32x16 value) {
  _mm256_storeu_si256(
      (__m256i_u *)numbers, _mm512_cvtps_ph((__m512)value, _MM_FROUND_TO_NEAREST_INT));
}
#elif HAS_AVX2
INLINE f32x16 load_float16(const uint16_t *numbers) {
  f32x16 value;
  __m256 low = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)numbers));
  __m256 high = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)(numbers + 8)));
  memcpy(&value, &low, 32);
  memcpy((char *)&value + 32, &high, 32);
  return value;
}
INLINE void store_float16(uint16_t *numbers, f32x16 value) {
  __m256 low, high;
  memcpy(&low, &value, 32);
  memcpy(&high, (char *)&value + 32, 32);
  _mm_storeu_si128((__m128i_u *)numbers, _mm256_cvtps_ph(low, _MM_FROUND_TO_NEAREST_INT));
  _mm_storeu_si128((__m128i_u *)(numbers + 8), _mm256_cvtps_ph(high, _MM_FROUND_TO_NEAREST_INT));
}
#else
INLINE f32x16 load_float16(const uint16_t *numbers) {
  f32x16 value;
  for (int lane = 0; lane < 16; lane++) value[lane] = ck_half_to_float(numbers[lane]);
  return value;
}
INLINE void store_float16(uint16_t *numbers, f32x16 value) {
  for (int lane = 0; lane < 16; lane++) numbers[lane] = ck_float_to_half(value[lane]);
}
#endif
