#include "cpu/features.hpp"

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
#endif

namespace nncore {

#if defined(__x86_64__)
namespace {

struct Leaf {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf cpuid(uint32_t leaf, uint32_t subleaf) {
  Leaf r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return Leaf{};
  return r;
}

// Which register states the operating system saves on a context switch (XCR0). Legal to ask only
// when it has enabled XSAVE.
uint64_t saved_states(bool osxsave) {
  if (!osxsave) return 0;
  uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t{high} << 32) | low;
}

constexpr bool has_all(uint64_t bits, uint64_t wanted) { return (bits & wanted) == wanted; }

// The feature lists are those of the x86-64 psABI, section "Micro-Architecture Levels".
constexpr uint32_t kV2Ecx1 =
    bit_SSE3 | bit_SSSE3 | bit_CMPXCHG16B | bit_SSE4_1 | bit_SSE4_2 | bit_POPCNT;
constexpr uint32_t kV2Ecx80000001 = bit_LAHF_LM;
constexpr uint32_t kV3Ecx1 = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C;
constexpr uint32_t kV3Ebx7 = bit_BMI | bit_AVX2 | bit_BMI2;
constexpr uint32_t kV3Ecx80000001 = 1U << 5;  // LZCNT, which <cpuid.h> spells differently by vendor
constexpr uint32_t kV4Ebx7 =
    bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL;
constexpr uint64_t kAvxState = 0x06;     // XMM and upper YMM
constexpr uint64_t kAvx512State = 0xe6;  // and opmask, upper ZMM 0-15, ZMM 16-31

}  // namespace

bool cpu_supports_x86_level(int level) {
  const Leaf one = cpuid(1, 0);
  const Leaf seven = cpuid(7, 0);
  const Leaf extended = cpuid(0x80000001, 0);
  const uint64_t states = saved_states((one.ecx & bit_OSXSAVE) != 0);
  if (level >= 2 && !(has_all(one.ecx, kV2Ecx1) && has_all(extended.ecx, kV2Ecx80000001)))
    return false;
  if (level >= 3 && !(has_all(one.ecx, kV3Ecx1) && has_all(seven.ebx, kV3Ebx7) &&
                      has_all(extended.ecx, kV3Ecx80000001) && has_all(states, kAvxState)))
    return false;
  if (level >= 4 && !(has_all(seven.ebx, kV4Ebx7) && has_all(states, kAvx512State))) return false;
  return true;
}

#else

bool cpu_supports_x86_level(int) { return false; }

#endif

}  // namespace nncore
