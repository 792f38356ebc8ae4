// What the kernels that work along the last axis share: walking a contiguous row in vectors, its
// maximum and sums, and a team's share of the rows.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/math.hpp"

namespace nncore::NNCORE_ISA {

// Calls f(first element, lanes) for each vector of a row of n; lanes is a constant but in the last.
template <class T, class F>
NNCORE_INLINE void for_vectors(int64_t n, F f) {
  int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) f(i, kLanes<T>);
  if (i < n) f(i, static_cast<int>(n - i));
}

template <class T>
NNCORE_INLINE Vec<T> get(const T* p, int lanes, T fill) {
  return lanes == kLanes<T> ? load(p) : load_partial(p, lanes, broadcast(fill));
}

template <class T>
NNCORE_INLINE void put(T* p, Vec<T> v, int lanes) {
  if (lanes == kLanes<T>)
    store(p, v);
  else
    store_partial(p, v, lanes);
}

// The largest element in every lane; NaNs are passed over. -infinity for n = 0.
template <class T>
NNCORE_INLINE Vec<T> row_max(const T* x, int64_t n) {
  Vec<T> best = broadcast(-Float<T>::inf);
  for_vectors<T>(
      n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        best = max2(get(x + i, lanes, -Float<T>::inf), best);
      });
  return across<T>(
      best, [](Vec<T> a, Vec<T> b) __attribute__((always_inline)) { return max2(a, b); });
}

// Sum over the row of f(first element, lanes), in every lane. Unused lanes of f must be 0. Blocks
// of 64 vectors are summed apart, so that the error grows with 64 + n / (64 lanes) roundings only.
template <class T, class F>
NNCORE_INLINE Vec<T> row_sum(int64_t n, F f) {
  constexpr int64_t block = 64 * kLanes<T>;
  Vec<T> total{};
  for (int64_t start = 0; start < n; start += block) {
    const int64_t length = n - start < block ? n - start : block;
    Vec<T> sum{};
    for_vectors<T>(
        length, [&](int64_t i, int lanes)
                    __attribute__((always_inline)) { sum += f(start + i, lanes); });
    total += sum;
  }
  return sum_lanes<T>(total);
}

struct Range {
  int64_t begin, end;
};

// A member's share of n equal pieces of work.
NNCORE_INLINE Range share(int64_t n, const Team& team) {
  return {n * team.tid / team.size, n * (team.tid + 1) / team.size};
}

// For a kernel's _parts: all of its operands are cut into rows.
NNCORE_INLINE Parts all_operands(const Call& c) {
  return {(uint64_t{1} << (c.n_in + c.n_out)) - 1, 0};
}

// Enough rows for shares that differ little.
NNCORE_INLINE bool enough_rows(int64_t n, int team) { return n >= 8 * team; }

template <class T>
NNCORE_INLINE T* data_of(const Call& c, int operand) {
  return static_cast<T*>(c.ops[operand].data);
}

// Element i of whole numbers, int32 or int64.
NNCORE_INLINE int64_t whole_at(const Operand& x, int64_t i) {
  return x.dtype == i32 ? static_cast<const int32_t*>(x.data)[i]
                        : static_cast<const int64_t*>(x.data)[i];
}

// The last dimension, and the number of rows: the product of the others.
NNCORE_INLINE int64_t row_length(const Operand& x) { return x.shape[x.ndim - 1]; }
NNCORE_INLINE int64_t row_count(const Operand& x) {
  int64_t n = 1;
  for (int d = 0; d + 1 < x.ndim; ++d) n *= x.shape[d];
  return n;
}

}  // namespace nncore::NNCORE_ISA
