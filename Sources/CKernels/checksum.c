#include <string.h>

#include "include/CKernels.h"

uint64_t ck_checksum(const void *memory, size_t bytes) {
  enum { LANES = 8, STEP = LANES * sizeof(uint64_t) };
  const uint64_t prime = 0x9E3779B97F4A7C15;
  const uint8_t *place = memory;
  uint64_t lanes[LANES];
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = bytes + (uint64_t)lane * prime;
  for (size_t left = bytes; left > 0;) {
    uint64_t words[LANES] = {0};
    size_t count = left < STEP ? left : STEP;
    memcpy(words, place, count);
    for (int lane = 0; lane < LANES; lane++) {
      uint64_t mixed = (lanes[lane] ^ words[lane]) * prime;
      lanes[lane] = mixed ^ mixed >> 32;
    }
    place += count;
    left -= count;
  }
  uint64_t sum = 0;
  for (int lane = 0; lane < LANES; lane++) {
    sum = (sum ^ lanes[lane]) * prime;
    sum ^= sum >> 29;
  }
  return sum;
}
