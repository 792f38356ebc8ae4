// The operations of the `elementwise` kernel: one function per operation and arithmetic type, each
// a sweep over contiguous arrays of any length.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

// d[i] = op(a[i], b[i], c[i]) for i < n; d may be a, b or c. Operands an operation lacks are
// ignored.
using ElementwiseFn = void (*)(void* d, const void* a, const void* b, const void* c, int64_t n);

// By opcode; null where the type lacks the operation.
extern const ElementwiseFn elementwise_f32[op_count];
extern const ElementwiseFn elementwise_f64[op_count];
extern const ElementwiseFn elementwise_i64[op_count];

// Applies f to all elements, a vector at a time, with partial vectors at the ends: so that no store
// straddles two cache lines, which costs twice as much. Four vectors are computed at once: they
// keep the arithmetic units busy while each waits for itself.
// Their loads precede their stores, for a load must wait for a store to a little below its own
// address modulo 4096.
template <class T, int Arity, class F>
NNCORE_INLINE void sweep(void* to, const void* x, const void* y, const void* z, int64_t n, F f) {
  constexpr int64_t lanes = kLanes<T>, block = 4;
  T* d = static_cast<T*>(to);
  const T *a = static_cast<const T*>(x), *b = static_cast<const T*>(y),
          *c = static_cast<const T*>(z);
  const auto apply = [&](Vec<T> u, Vec<T> v, Vec<T> w) __attribute__((always_inline))->Vec<T> {
    if constexpr (Arity == 1) return f(u);
    if constexpr (Arity == 2) return f(u, v);
    if constexpr (Arity == 3) return f(u, v, w);
  };
  const auto few = [&](int64_t i, int64_t count) __attribute__((always_inline)) {
    const int m = static_cast<int>(count);
    const auto get = [&](const T* p) __attribute__((always_inline)) {
      return m == lanes ? load(p + i) : load_partial(p + i, m, Vec<T>{});
    };
    const Vec<T> r = apply(get(a), Arity > 1 ? get(b) : Vec<T>{}, Arity > 2 ? get(c) : Vec<T>{});
    m == lanes ? store(d + i, r) : store_partial(d + i, r, m);
  };
  const auto four = [&](int64_t i) __attribute__((always_inline)) {
    Vec<T> r[block];
    for (int k = 0; k < block; ++k) {
      const int64_t at = i + k * lanes;
      r[k] = apply(load(a + at), Arity > 1 ? load(b + at) : Vec<T>{},
                   Arity > 2 ? load(c + at) : Vec<T>{});
    }
    for (int k = 0; k < block; ++k) store(d + i + k * lanes, r[k]);
  };
  const int64_t aligned =
      static_cast<int64_t>(-reinterpret_cast<uintptr_t>(d) % kVecBytes / sizeof(T));
  const int64_t head = n < lanes ? n : aligned;
  if (head > 0) few(0, head);
  const int64_t blocks = (n - head) / (block * lanes);
  for (int64_t k = 0; k < blocks; ++k) four(head + k * block * lanes);
  for (int64_t i = head + blocks * block * lanes; i < n; i += lanes)
    few(i, n - i < lanes ? n - i : lanes);
}

// Applies a scalar function element by element: for what has no need for speed.
template <class T, class F>
NNCORE_INLINE void each(void* to, const void* x, const void* y, int64_t n, F f) {
  T* d = static_cast<T*>(to);
  const T *a = static_cast<const T*>(x), *b = static_cast<const T*>(y);
  for (int64_t i = 0; i < n; ++i) d[i] = f(a[i], b[i]);
}

}  // namespace nncore::NNCORE_ISA
