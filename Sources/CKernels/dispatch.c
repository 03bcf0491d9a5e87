// Which kernels this processor and operating system can run.
#include "table.h"

#if defined(__x86_64__)
#include <cpuid.h>

typedef struct {
  uint32_t a, b, c, d;
} cpuid_leaf;

static cpuid_leaf cpuid(uint32_t leaf, uint32_t subleaf) {
  cpuid_leaf result = {0};
  __get_cpuid_count(leaf, subleaf, &result.a, &result.b, &result.c, &result.d);
  return result;
}

static bool has(uint32_t flags, uint32_t bits) { return (flags & bits) == bits; }

/// The register state the operating system saves (XCR0).
static uint32_t saved_state(void) {
  if (!has(cpuid(1, 0).c, bit_OSXSAVE)) return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

bool ck_isa_supported(ck_isa isa) {
  const uint32_t ymm_state = 0x6, zmm_state = 0xE6;
  cpuid_leaf basic = cpuid(1, 0), extended = cpuid(7, 0);
  bool has_avx2 = has(saved_state(), ymm_state) && has(basic.c, bit_AVX | bit_FMA | bit_F16C)
                  && has(extended.b, bit_AVX2);
  switch (isa) {
    case CK_ISA_PORTABLE:
      return true;
    case CK_ISA_AVX2:
      return has_avx2;
    case CK_ISA_AVX2_VNNI:
      return has_avx2 && has(cpuid(7, 1).a, bit_AVXVNNI);
    case CK_ISA_AVX512:
      return has_avx2 && has(saved_state(), zmm_state)
             && has(extended.b, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL)
             && has(extended.c, bit_AVX512VNNI);
  }
  return false;
}

const ck_kernels *ck_kernels_for(ck_isa isa) {
  if (!ck_isa_supported(isa)) return NULL;
  switch (isa) {
    case CK_ISA_PORTABLE:
      return &ck_kernels_portable;
    case CK_ISA_AVX2:
      return &ck_kernels_avx2;
    case CK_ISA_AVX2_VNNI:
      return &ck_kernels_avx2_vnni;
    case CK_ISA_AVX512:
      return &ck_kernels_avx512;
  }
  return NULL;
}
#else
bool ck_isa_supported(ck_isa isa) { return isa == CK_ISA_PORTABLE; }

const ck_kernels *ck_kernels_for(ck_isa isa) {
  return ck_isa_supported(isa) ? &ck_kernels_portable : NULL;
}
#endif

const ck_kernels *ck_kernels_best(void) {
  static _Atomic(const ck_kernels *) best;
  const ck_kernels *kernels = best;
  for (int isa = CK_ISA_AVX512; !kernels; isa--) kernels = ck_kernels_for((ck_isa)isa);
  best = kernels;
  return kernels;
}
