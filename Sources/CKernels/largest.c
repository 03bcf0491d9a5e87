#include <math.h>

#include "include/CKernels.h"

// A block's maximum is found in lanes that vector units hold; its place is sought only where the maximum has grown.
enum { LANES = 16, BLOCK = 1024 };

static float largest_of(const float *values, size_t count) {
  float lanes[LANES];
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = -INFINITY;
  size_t index = 0;
  for (; index + LANES <= count; index += LANES)
    for (int lane = 0; lane < LANES; lane++)
      lanes[lane] = values[index + lane] > lanes[lane] ? values[index + lane] : lanes[lane];
  for (; index < count; index++) lanes[0] = values[index] > lanes[0] ? values[index] : lanes[0];
  float largest = lanes[0];
  for (int lane = 1; lane < LANES; lane++) largest = lanes[lane] > largest ? lanes[lane] : largest;
  return largest;
}

size_t ck_largest(const float *values, size_t count) {
  float largest = -INFINITY;
  size_t winner = 0;
  for (size_t start = 0; start < count; start += BLOCK) {
    size_t length = count - start < BLOCK ? count - start : BLOCK;
    float candidate = largest_of(values + start, length);
    if (!(candidate > largest)) continue;
    largest = candidate;
    winner = start;
    while (values[winner] != largest) winner++;
  }
  return winner;
}
