// The dot product of bytes, exact in 32-bit lanes, in the best instructions there are.
//
// `sums + weights · activations` per lane of four bytes: `weights` is 64 unsigned bytes,
// `activations` four signed bytes for all lanes. Without VNNI a sum of two products of 8-bit
// weights would saturate, so `dot_int8` makes the weights signed there and needs no correction.
#if HAS_AVX512
typedef __m512i bytes64;
INLINE bytes64 load_bytes(const uint8_t *bytes) { return _mm512_load_si512((const void *)bytes); }
INLINE bytes64 low_nibbles(bytes64 bytes) { return _mm512_and_si512(bytes, _mm512_set1_epi8(15)); }
INLINE bytes64 high_nibbles(bytes64 bytes) { return low_nibbles(_mm512_srli_epi16(bytes, 4)); }
INLINE i32x16 dot_int4(i32x16 sums, bytes64 weights, int32_t activations) {
  return (i32x16)_mm512_dpbusd_epi32((__m512i)sums, weights, _mm512_set1_epi32(activations));
}
INLINE i32x16 dot_int8(i32x16 sums, bytes64 weights, int32_t activations) {
  return dot_int4(sums, weights, activations);
}
#define INT8_IS_BIASED 1
#elif HAS_AVX2
typedef struct {
  __m256i half[2];
} bytes64;
INLINE bytes64 load_bytes(const uint8_t *bytes) {
  return (bytes64){
      {_mm256_load_si256((const __m256i *)bytes),
       _mm256_load_si256((const __m256i *)(bytes + 32))}};
}
INLINE __m256i low_nibbles_256(__m256i bytes) {
  return _mm256_and_si256(bytes, _mm256_set1_epi8(15));
}
INLINE bytes64 low_nibbles(bytes64 bytes) {
  return (bytes64){{low_nibbles_256(bytes.half[0]), low_nibbles_256(bytes.half[1])}};
}
INLINE bytes64 high_nibbles(bytes64 bytes) {
  return (bytes64){
      {low_nibbles_256(_mm256_srli_epi16(bytes.half[0], 4)),
       low_nibbles_256(_mm256_srli_epi16(bytes.half[1], 4))}};
}
typedef union {
  i32x16 all;
  __m256i half[2];
} lanes;
#if HAS_AVX_VNNI
INLINE i32x16 dot_int4(i32x16 sums, bytes64 weights, int32_t activations) {
  lanes result = {sums};
  __m256i bytes = _mm256_set1_epi32(activations);
  UNROLL
  for (int h = 0; h < 2; h++) {
    result.half[h] = _mm256_dpbusd_avx_epi32(result.half[h], weights.half[h], bytes);
  }
  return result.all;
}
INLINE i32x16 dot_int8(i32x16 sums, bytes64 weights, int32_t activations) {
  return dot_int4(sums, weights, activations);
}
#define INT8_IS_BIASED 1
#else
INLINE __m256i add_pairs(__m256i sums, __m256i pairs) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
INLINE i32x16 dot_int4(i32x16 sums, bytes64 weights, int32_t activations) {
  lanes result = {sums};
  __m256i bytes = _mm256_set1_epi32(activations);
  UNROLL
  for (int h = 0; h < 2; h++) {
    result.half[h] = add_pairs(result.half[h], _mm256_maddubs_epi16(weights.half[h], bytes));
  }
  return result.all;
}
// |activation| · (sign of activation · weight): both at most 127, so a pair sum fits sixteen bits.
INLINE i32x16 dot_int8(i32x16 sums, bytes64 weights, int32_t activations) {
  lanes result = {sums};
  __m256i bytes = _mm256_set1_epi32(activations);
  __m256i magnitudes = _mm256_abs_epi8(bytes);
  UNROLL
  for (int h = 0; h < 2; h++) {
    __m256i is_signed = _mm256_xor_si256(weights.half[h], _mm256_set1_epi8((char)0x80));
    __m256i turned = _mm256_sign_epi8(is_signed, bytes);
    result.half[h] = add_pairs(result.half[h], _mm256_maddubs_epi16(magnitudes, turned));
  }
  return result.all;
}
#define INT8_IS_BIASED 0
#endif
#else
typedef u32x16 bytes64;
INLINE bytes64 load_bytes(const uint8_t *bytes) {
  bytes64 result;
  memcpy(&result, bytes, 64);
  return result;
}
INLINE bytes64 low_nibbles(bytes64 bytes) { return bytes & 0x0F0F0F0F; }
INLINE bytes64 high_nibbles(bytes64 bytes) { return low_nibbles(bytes >> 4); }
INLINE i32x16 dot_int4(i32x16 sums, bytes64 weights, int32_t activations) {
  int8_t bytes[4];
  memcpy(bytes, &activations, 4);
  UNROLL
  for (int index = 0; index < 4; index++) {
    sums += (i32x16)(weights >> (8 * index) & 255) * (int32_t)bytes[index];
  }
  return sums;
}
INLINE i32x16 dot_int8(i32x16 sums, bytes64 weights, int32_t activations) {
  return dot_int4(sums, weights, activations);
}
#define INT8_IS_BIASED 1
#endif
