// Loops that reach the machine's limits, compiled once per instruction-set level.
#pragma once

#include <cstdint>

namespace nncore {

// All return something that depends on what was computed, so that nothing can be left out.
struct LimitLoops {
  int lanes_f32, lanes_f64;
  // Rounds of kFmaChains independent multiply-adds of whole vectors.
  double (*fma_f32)(int64_t rounds);
  double (*fma_f64)(int64_t rounds);
  double (*read)(const float* from, int64_t n);
  void (*copy)(float* to, const float* from, int64_t n);
  void (*update)(float* data, int64_t n);  // each element is read, changed and written back
};

constexpr int kFmaChains = 12;

}  // namespace nncore
