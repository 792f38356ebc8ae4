// Small predicates for the `_check` functions of kernels. Everything is in an anonymous namespace:
// an instruction-set unit defines no symbol outside its own.
#pragma once

#include "kernels/kernel.hpp"

namespace nncore {
namespace {

// Convolution and pooling know one to three spatial dimensions; fewer are preceded by ones.
constexpr int kSpatial = 3;

[[maybe_unused]] bool is_float(const Operand& x) { return x.dtype == f32 || x.dtype == f64; }

[[maybe_unused]] bool is_index(const Operand& x) { return x.dtype == i32 || x.dtype == i64; }

[[maybe_unused]] bool same_shape(const Operand& x, const Operand& y) {
  if (x.ndim != y.ndim) return false;
  for (int d = 0; d < x.ndim; ++d)
    if (x.shape[d] != y.shape[d]) return false;
  return true;
}

// All of them float32 or all of them float64.
[[maybe_unused]] bool same_float(const Call& c) {
  for (int i = 0; i < c.n_in + c.n_out; ++i)
    if (!is_float(c.ops[i]) || c.ops[i].dtype != c.ops[0].dtype) return false;
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
