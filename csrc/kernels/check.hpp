// Small predicates for the `_check` functions of kernels. Everything is in an anonymous namespace:
// an instruction-set unit defines no symbol outside its own.
#pragma once

#include "kernels/kernel.hpp"

namespace nncore {
namespace {

[[maybe_unused]] bool is_float(const Operand& x) { return x.dtype == f32 || x.dtype == f64; }

[[maybe_unused]] bool is_index(const Operand& x) { return x.dtype == i32 || x.dtype == i64; }

[[maybe_unused]] bool same_shape(const Operand& x, const Operand& y) {
  if (x.ndim != y.ndim) return false;
  for (int d = 0; d < x.ndim; ++d)
    if (x.shape[d] != y.shape[d]) return false;
  return true;
}

[[maybe_unused]] int64_t element_count(const Operand& x) {
  int64_t n = 1;
  for (int d = 0; d < x.ndim; ++d) n *= x.shape[d];
  return n;
}

[[maybe_unused]] bool has_counts(const Call& c, int n_in, int n_out, int n_ints, int n_floats) {
  return c.n_in == n_in && c.n_out == n_out && c.n_ints == n_ints && c.n_floats == n_floats;
}

}  // namespace
}  // namespace nncore
