// What the kernels of linear algebra share: stacks of matrices in C order, dealt out whole to the
// members of a team, and rows combined in vectors.
#pragma once

#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// The distance from 1 to the next number.
template <class T>
constexpr T kEps = sizeof(T) == 4 ? T(0x1p-23) : T(0x1p-52);

template <class T>
NNCORE_INLINE T root(T x) {
  return sizeof(T) == 4 ? T(__builtin_sqrtf(static_cast<float>(x))) : T(__builtin_sqrt(x));
}

template <class T>
NNCORE_INLINE T magnitude(T x) {
  return x < T(0) ? -x : x;
}

template <class T>
NNCORE_INLINE T dot(const T* a, const T* b, int64_t n) {
  return row_sum<T>(
      n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        return get(a + i, lanes, T(0)) * get(b + i, lanes, T(0));
      })[0];
}

// y += factor x
template <class T>
NNCORE_INLINE void add_row(T* y, T factor, const T* x, int64_t n) {
  const Vec<T> f = broadcast(factor);
  for_vectors<T>(
      n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        put(y + i, get(y + i, lanes, T(0)) + f * get(x + i, lanes, T(0)), lanes);
      });
}

// (x, y) = (c x - s y, s x + c y) with c = 1 - s t: the small term is added last, so that many
// rotations by small angles round little.
template <class T>
NNCORE_INLINE void rotate_rows(T* x, T* y, T s, T t, int64_t n) {
  const Vec<T> sine = broadcast(s), half = broadcast(t);
  for_vectors<T>(
      n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        const Vec<T> a = get(x + i, lanes, T(0)), b = get(y + i, lanes, T(0));
        put(x + i, a - sine * (b + half * a), lanes);
        put(y + i, b + sine * (a - half * b), lanes);
      });
}

// The number of matrices in a stack.
NNCORE_INLINE int64_t matrix_count(const Operand& x) {
  int64_t n = 1;
  for (int d = 0; d + 2 < x.ndim; ++d) n *= x.shape[d];
  return n;
}

NNCORE_INLINE int64_t matrix_rows(const Operand& x) { return x.shape[x.ndim - 2]; }
NNCORE_INLINE int64_t matrix_columns(const Operand& x) { return x.shape[x.ndim - 1]; }

// Whether y, with `tail` dimensions of its own behind, has the batch dimensions of the stack x.
NNCORE_INLINE bool same_batch(const Operand& x, const Operand& y, int tail) {
  if (x.ndim - 2 != y.ndim - tail) return false;
  for (int d = 0; d + 2 < x.ndim; ++d)
    if (x.shape[d] != y.shape[d]) return false;
  return true;
}

// Whether y is a stack of r by c matrices of x's type and batch.
NNCORE_INLINE bool matrices_like(const Operand& x, const Operand& y, int64_t r, int64_t c) {
  return y.dtype == x.dtype && y.ndim >= 2 && same_batch(x, y, 2) && matrix_rows(y) == r &&
         matrix_columns(y) == c;
}

NNCORE_INLINE bool is_stack(const Operand& x) { return is_float(x) && x.ndim >= 2; }

// Memory of a member's own for `elements` of x's type.
NNCORE_INLINE int64_t member_scratch(const Operand& x, int64_t elements) {
  return (elements * (x.dtype == f32 ? 4 : 8) + 63) / 64 * 64;
}

template <class T>
NNCORE_INLINE T* own_scratch(const Call& call, const Team& team, int64_t elements) {
  return reinterpret_cast<T*>(call.scratch + team.tid * member_scratch(call.ops[0], elements));
}

}  // namespace nncore::NNCORE_ISA
