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

// Applies f to whole vectors, then to the rest in one partial vector.
template <class T, int Arity, class F>
NNCORE_INLINE void sweep(void* to, const void* x, const void* y, const void* z, int64_t n, F f) {
  T* d = static_cast<T*>(to);
  const T *a = static_cast<const T*>(x), *b = static_cast<const T*>(y),
          *c = static_cast<const T*>(z);
  int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) {
    if constexpr (Arity == 1) store(d + i, f(load(a + i)));
    if constexpr (Arity == 2) store(d + i, f(load(a + i), load(b + i)));
    if constexpr (Arity == 3) store(d + i, f(load(a + i), load(b + i), load(c + i)));
  }
  const int rest = static_cast<int>(n - i);
  if (rest == 0) return;
  const Vec<T> fill{};
  const Vec<T> va = load_partial(a + i, rest, fill);
  if constexpr (Arity == 1) store_partial(d + i, Vec<T>(f(va)), rest);
  if constexpr (Arity == 2)
    store_partial(d + i, Vec<T>(f(va, load_partial(b + i, rest, fill))), rest);
  if constexpr (Arity == 3)
    store_partial(d + i,
                  Vec<T>(f(va, load_partial(b + i, rest, fill), load_partial(c + i, rest, fill))),
                  rest);
}

// Applies a scalar function element by element: for what has no need for speed.
template <class T, class F>
NNCORE_INLINE void each(void* to, const void* x, const void* y, int64_t n, F f) {
  T* d = static_cast<T*>(to);
  const T *a = static_cast<const T*>(x), *b = static_cast<const T*>(y);
  for (int64_t i = 0; i < n; ++i) d[i] = f(a[i], b[i]);
}

}  // namespace nncore::NNCORE_ISA
