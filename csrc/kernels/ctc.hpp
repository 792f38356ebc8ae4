// What the kernels of connectionist temporal classification share: logarithms of sums.
#pragma once

#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// log sum exp of a row.
template <class T>
NNCORE_INLINE T row_log_sum(const T* z, int64_t n) {
  const Vec<T> m = row_max(z, n);
  const Vec<T> sum = row_sum<T>(
      n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        return exp<T>(get(z + i, lanes, -Float<T>::inf) - m);
      });
  return (m + log<T>(sum))[0];
}

// log(exp a + exp b + exp c), -infinity where all three are.
template <class T>
NNCORE_INLINE Vec<T> log_add(Vec<T> a, Vec<T> b, Vec<T> c) {
  const Vec<T> most = max2(a, max2(b, c));
  const Vec<T> m = most == -Float<T>::inf ? Vec<T>{} : most;
  return m + log<T>(exp<T>(a - m) + exp<T>(b - m) + exp<T>(c - m));
}

}  // namespace nncore::NNCORE_ISA
