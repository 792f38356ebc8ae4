// The reductions' arithmetic: what one step is, and in what the result is kept.
#pragma once

#include "kernels/math.hpp"

namespace nncore::NNCORE_ISA {

enum ReduceCode : int64_t { kSum, kProd, kMax, kMin, kAny, kAll, kReduceCodes };

template <class T>
constexpr bool kIsFloat = false;
template <>
constexpr bool kIsFloat<float> = true;
template <>
constexpr bool kIsFloat<double> = true;

template <class T>
constexpr T kLowest = kIsFloat<T> ? T(-__builtin_inf())
                                  : T(T(-1) < T(0) ? T(1) << (8 * sizeof(T) - 1) : 0);
template <>
constexpr float kLowest<float> = -__builtin_inff();
template <>
constexpr double kLowest<double> = -__builtin_inf();
template <class T>
constexpr T kHighest = T(~kLowest<T>);
template <>
constexpr float kHighest<float> = __builtin_inff();
template <>
constexpr double kHighest<double> = __builtin_inf();

// step combines an accumulator with elements or with another accumulator. Wide is what partial
// results are kept in: double for sums and products of floats.
template <class T, ReduceCode Op>
struct Reduction {
  using V = Vec<T>;
  static constexpr bool widens = sizeof(T) == 4 && kIsFloat<T> && (Op == kSum || Op == kProd);
  static constexpr T identity = Op == kMax                  ? kLowest<T>
                                : Op == kMin                ? kHighest<T>
                                : Op == kProd || Op == kAll ? T(1)
                                                            : T(0);

  NNCORE_MEMBER V step(V a, V x) {
    if constexpr (Op == kSum) return a + x;
    if constexpr (Op == kProd) return a * x;
    if constexpr (Op == kAny) return x != 0 ? broadcast<T>(1) : a;
    if constexpr (Op == kAll) return x == 0 ? V{} : a;
    if constexpr (kIsFloat<T>) {  // a NaN on either side stays: max2 and min2 give their second
      const V r = Op == kMax ? max2(x, a) : min2(x, a);
      return x != x ? x : r;
    } else {
      return Op == kMax ? (x > a ? x : a) : (x < a ? x : a);
    }
  }
};

// A lane-wise accumulator of blocks. Floats are added up in float within a block of at most 64
// vectors and in double beyond: error about 2e-7 of the sum of magnitudes whatever the length.
template <class T, ReduceCode Op, bool Widens = Reduction<T, Op>::widens>
struct Total {
  using Wide = T;
  using R = Reduction<T, Op>;
  Vec<T> value = broadcast(R::identity);
  __attribute__((always_inline)) void add(Vec<T> block) { value = R::step(value, block); }
  __attribute__((always_inline)) Wide lanes_combined() const {
    return across<T>(
        value, [](Vec<T> a, Vec<T> b) __attribute__((always_inline)) { return R::step(a, b); })[0];
  }
  __attribute__((always_inline)) void spill(Wide* to) const { store(to, value); }
  NNCORE_MEMBER Wide combine(Wide a, Wide b) { return R::step(broadcast(a), broadcast(b))[0]; }
};

template <class T, ReduceCode Op>
struct Total<T, Op, true> {
  using Wide = double;
  using R = Reduction<double, Op>;
  vf64 low = broadcast(R::identity), high = broadcast(R::identity);
  __attribute__((always_inline)) void add(Vec<T> block) {
    const Halves h = widen(block);
    low = R::step(low, h.low);
    high = R::step(high, h.high);
  }
  __attribute__((always_inline)) Wide lanes_combined() const {
    return across<double>(
        R::step(low, high),
        [](vf64 a, vf64 b) __attribute__((always_inline)) { return R::step(a, b); })[0];
  }
  __attribute__((always_inline)) void spill(Wide* to) const {
    store(to, low);
    store(to + kLanes<double>, high);
  }
  NNCORE_MEMBER Wide combine(Wide a, Wide b) { return R::step(broadcast(a), broadcast(b))[0]; }
};

}  // namespace nncore::NNCORE_ISA
