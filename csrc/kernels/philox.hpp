// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// 2011): a 128-bit counter and a 64-bit key become four 32-bit words.
#pragma once

#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

// The product of the low halves of 64-bit lanes; the high halves may hold anything.
NNCORE_INLINE vu64 multiply_low(vu64 a, uint32_t b) {
  const vu64 factor = broadcast<uint64_t>(b);
#if defined(__AVX512F__)
  return (vu64)_mm512_mul_epu32((__m512i)a, (__m512i)factor);
#elif defined(__AVX2__)
  return (vu64)_mm256_mul_epu32((__m256i)a, (__m256i)factor);
#elif defined(__SSE2__)
  return (vu64)_mm_mul_epu32((__m128i)a, (__m128i)factor);
#else
  return (a & 0xffffffff) * factor;
#endif
}

// Turns the counter's words in the low halves of lanes into the random ones. What the high halves
// hold then is rubbish.
NNCORE_INLINE void philox(uint32_t k0, uint32_t k1, vu64 (&word)[4]) {
  vu64 a = word[0], b = word[1], c = word[2], d = word[3];
  for (int round = 0; round < 10; ++round) {
    const vu64 p = multiply_low(a, 0xD2511F53), q = multiply_low(c, 0xCD9E8D57);
    a = (q >> 32) ^ b ^ static_cast<uint64_t>(k0);
    c = (p >> 32) ^ d ^ static_cast<uint64_t>(k1);
    b = q;
    d = p;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  word[0] = a, word[1] = b, word[2] = c, word[3] = d;
}

}  // namespace nncore::NNCORE_ISA
