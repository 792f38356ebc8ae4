// cumulative: y[o, a, i] = x[o, 0, i] + ... + x[o, a, i], or the product, over x seen as (O, A, I).
//
// The sum is carried in T, in the order of a. Threads take outer slices, or columns when there are
// fewer slices than threads; behind the axis the loop over columns is the inner, vectorised one.
#include "kernels/check.hpp"
#include "kernels/loops.hpp"

namespace nncore::NNCORE_ISA {

template <class T, bool Product>
void scan(const T* x, T* y, int64_t axis, int64_t inner, int64_t first, int64_t last) {
  if (inner == 1) {
    T carry = Product ? T(1) : T(0);
    for (int64_t a = 0; a < axis; ++a) {
      carry = Product ? carry * x[a] : carry + x[a];
      y[a] = carry;
    }
    return;
  }
  for (int64_t i = first; i < last; ++i) y[i] = x[i];
  for (int64_t a = 1; a < axis; ++a) {
    const T *row = x + a * inner, *previous = y + (a - 1) * inner;
    T* to = y + a * inner;
    NNCORE_INDEPENDENT
    for (int64_t i = first; i < last; ++i)
      to[i] = Product ? previous[i] * row[i] : previous[i] + row[i];
  }
}

template <class T>
void cumulative_typed(const Call& call, const Team& team) {
  const Operand &x = call.ops[0], &y = call.ops[1];
  if (element_count(x) == 0) return;
  int64_t outer = 1, inner = 1;
  const int64_t at = call.ints[1];
  for (int d = 0; d < x.ndim; ++d) (d < at ? outer : inner) *= d == at ? 1 : x.shape[d];
  const int64_t axis = x.shape[at];
  const bool slices = outer >= team.size || inner == 1;
  const int64_t first = slices ? 0 : inner * team.tid / team.size;
  const int64_t last = slices ? inner : inner * (team.tid + 1) / team.size;
  const int64_t begin = slices ? outer * team.tid / team.size : 0;
  const int64_t end = slices ? outer * (team.tid + 1) / team.size : outer;
  for (int64_t o = begin; o < end; ++o) {
    const T* from = static_cast<const T*>(x.data) + o * axis * inner;
    T* to = static_cast<T*>(y.data) + o * axis * inner;
    if (call.ints[0])
      scan<T, true>(from, to, axis, inner, first, last);
    else
      scan<T, false>(from, to, axis, inner, first, last);
  }
}

void cumulative_run(const Call& call, const Team& team) {
  switch (call.ops[0].dtype) {
    case f32:
      return cumulative_typed<float>(call, team);
    case f64:
      return cumulative_typed<double>(call, team);
    // Unsigned arithmetic wraps around as NumPy's does, and is the same bits.
    case i32:
      return cumulative_typed<uint32_t>(call, team);
    default:
      return cumulative_typed<uint64_t>(call, team);
  }
}

double cumulative_cost(const Call& call) {
  return 50 + 1.2 * static_cast<double>(element_count(call.ops[0]));
}

const char* cumulative_check(const Call& call) {
  if (!has_counts(call, 1, 1, 2, 0)) return "expects x -> y and ints [op, axis]";
  const Operand &x = call.ops[0], &y = call.ops[1];
  if (!is_float(x) && !is_index(x)) return "expects float32, float64, int32 or int64";
  if (y.dtype != x.dtype || !same_shape(x, y)) return "expects an output of x's type and shape";
  if (call.ints[0] != 0 && call.ints[0] != 1) return "unknown operation";
  if (call.ints[1] < 0 || call.ints[1] >= x.ndim) return "expects an axis of x";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
