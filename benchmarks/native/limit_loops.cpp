#include "limit_loops.hpp"

#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {
namespace {

// Twelve chains hide the latency of two multiply-adds per cycle and, with the two factors, still
// fit into sixteen registers. Levels without the instruction multiply and add.
template <class T>
double fma_loop(int64_t rounds) {
  using V = Vec<T>;
  V sums[kFmaChains];
  for (int k = 0; k < kFmaChains; ++k) sums[k] = broadcast(T(k));
  V a = broadcast(T(0.999)), b = broadcast(T(1e-3));
  // The compiler must not know the factors, or it computes the sums itself.
  __asm__ volatile("" : "+x"(a), "+x"(b));
  for (int64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int k = 0; k < kFmaChains; ++k) sums[k] = fma(sums[k], a, b);
  }
  V total = sums[0];
  for (int k = 1; k < kFmaChains; ++k) total += sums[k];
  return static_cast<double>(sum_lanes<T>(total)[0]);
}

constexpr int kStreams = 8;
constexpr int64_t kStep = kStreams * kLanes<float>;

double read_loop(const float* from, int64_t n) {
  vf32 sums[kStreams] = {};
  for (int64_t i = 0; i + kStep <= n; i += kStep) {
#pragma GCC unroll 8
    for (int k = 0; k < kStreams; ++k) sums[k] += load(from + i + k * kLanes<float>);
  }
  for (int k = 1; k < kStreams; ++k) sums[0] += sums[k];
  return static_cast<double>(sum_lanes<float>(sums[0])[0]);
}

void copy_loop(float* to, const float* from, int64_t n) {
  for (int64_t i = 0; i + kStep <= n; i += kStep) {
#pragma GCC unroll 8
    for (int k = 0; k < kStreams; ++k)
      store(to + i + k * kLanes<float>, load(from + i + k * kLanes<float>));
  }
}

void update_loop(float* data, int64_t n) {
  const vf32 a = broadcast(0.5f), b = broadcast(0.25f);
  for (int64_t i = 0; i + kStep <= n; i += kStep) {
#pragma GCC unroll 8
    for (int k = 0; k < kStreams; ++k) {
      float* p = data + i + k * kLanes<float>;
      store(p, fma(load(p), a, b));
    }
  }
}

}  // namespace

extern const LimitLoops limit_loops;
const LimitLoops limit_loops = {kLanes<float>, kLanes<double>, fma_loop<float>, fma_loop<double>,
                                read_loop,     copy_loop,      update_loop};

}  // namespace nncore::NNCORE_ISA
