// What a matrix product costs.
#pragma once

#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

// Nanoseconds on one thread. Two floating-point operations per multiply-add, at most of a common
// core's peak; small and thin products are bound by the bytes they read and write.
NNCORE_INLINE double product_cost(double m, double n, double k, double size) {
  const double madds_per_ns = kVecBytes / size * 2.8;
  const double arithmetic = m * n * k / madds_per_ns, memory = size * (m * k + k * n + m * n) / 20;
  return arithmetic > memory ? arithmetic : memory;
}

}  // namespace nncore::NNCORE_ISA
