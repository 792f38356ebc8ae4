// What the optimizer updates share: all parameters of a model in one instruction, one flat pass, in
// place.
//
// Operands: scalars (learning rate first), then for each tensor its input group (p, g, state...);
// outputs: for each tensor its state group, which shares memory with the inputs of the same name.
// Every element is computed alone, in T, each operation rounded correctly: the
// bits depend neither on the team nor on whether an element falls into a vector or a remainder.
// The kernels are bound by memory: each value is read once and written once.
#pragma once

#include "kernels/check.hpp"
#include "kernels/loops.hpp"
#include "kernels/rows.hpp"
#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

constexpr int kMaxGroup = 5;

template <class T>
T scalar(const Call& call, int i) {
  return *static_cast<const T*>(call.ops[i].data);
}

// A member's elements of a tensor: its rows, as a product cuts the gradient that it leaves, since
// what is in the caches of another member comes slowly; or, of few rows, its cache lines.
NNCORE_INLINE Range part_of(const Operand& x, const Team& team) {
  const int64_t count = element_count(x);
  if (x.ndim > 0 && enough_rows(x.shape[0], team.size)) {
    const Range rows = share(x.shape[0], team);
    const int64_t row = count / x.shape[0];
    return {rows.begin * row, rows.end * row};
  }
  constexpr int64_t unit = 64;  // elements: no two members write to one cache line
  const Range lines = share((count + unit - 1) / unit, team);
  const int64_t end = lines.end * unit;
  return {lines.begin * unit, end < count ? end : count};
}

// Calls f(inputs, outputs, count) for this member's part of every tensor.
template <class T, class F>
NNCORE_INLINE void each_piece(const Call& call, const Team& team, int scalars, int group_in,
                              int group_out, F f) {
  for (int64_t t = 0; t < call.ints[0]; ++t) {
    const Operand* in = call.ops + scalars + t * group_in;
    const Operand* out = call.ops + call.n_in + t * group_out;
    const Range part = part_of(in[0], team);
    if (part.begin >= part.end) continue;
    const T* inputs[kMaxGroup] = {};
    T* outputs[kMaxGroup] = {};
    for (int i = 0; i < group_in; ++i) inputs[i] = static_cast<const T*>(in[i].data) + part.begin;
    for (int i = 0; i < group_out; ++i) outputs[i] = static_cast<T*>(out[i].data) + part.begin;
    f(inputs, outputs, part.end - part.begin);
  }
}

// Outputs are the inputs' memory, element for element, so no iteration depends on another.
#define NNCORE_EACH(i, n) NNCORE_INDEPENDENT for (int64_t i = 0; i < n; ++i)

NNCORE_INLINE float root(float x) { return __builtin_sqrtf(x); }
NNCORE_INLINE double root(double x) { return __builtin_sqrt(x); }

// Decoupled weight decay: p (1 - wd lr), written as Keras does. wd = 0 leaves every p as it is,
// infinities included.
template <class T>
NNCORE_INLINE T decayed(T p, T wd, T lr) {
  return wd != 0 ? p - p * wd * lr : p;
}

// The larger of two numbers, or NaN where one is.
template <class T>
NNCORE_INLINE T larger(T a, T b) {
  return a > b ? a : b >= a ? b : a + b;
}

NNCORE_INLINE const char* check_groups(const Call& call, int scalars, int group_in, int group_out,
                                       int n_ints, int n_floats) {
  if (call.n_ints != n_ints || call.n_floats != n_floats)
    return "expects ints [n_tensors, flags...] and its hyper-parameters as floats";
  const int64_t n = call.ints[0];
  if (n < 0 || call.n_in != scalars + n * group_in || call.n_out != n * group_out)
    return "expects the scalars, n_tensors input groups and n_tensors output groups";
  const int32_t dtype = call.ops[0].dtype;
  if (dtype != f32 && dtype != f64) return "expects float32 or float64";
  for (int i = 0; i < call.n_in + call.n_out; ++i)
    if (call.ops[i].dtype != dtype) return "expects operands of one type";
  for (int i = 0; i < scalars; ++i)
    if (element_count(call.ops[i]) != 1) return "expects scalars of one element";
  for (int64_t t = 0; t < n; ++t) {
    const Operand& p = call.ops[scalars + t * group_in];
    for (int i = 1; i < group_in; ++i)
      if (!same_shape(p, call.ops[scalars + t * group_in + i]))
        return "expects groups of one shape";
    for (int i = 0; i < group_out; ++i)
      if (!same_shape(p, call.ops[call.n_in + t * group_out + i]))
        return "expects groups of one shape";
  }
  return nullptr;
}

// A core streams about 90 bytes a nanosecond from its own caches, half of that from memory; a root
// and a division take longer than the former.
NNCORE_INLINE double step_cost(const Call& call, int scalars, int group_in, bool root) {
  double bytes = 0, slow = 0;
  for (int i = scalars; i < call.n_in + call.n_out; ++i) {
    const double size = call.ops[i].dtype == f32 ? 4 : 8;
    const double n = static_cast<double>(element_count(call.ops[i])) * size;
    bytes += n;
    if (i < call.n_in) slow += n;
  }
  const double streamed = bytes / (bytes < 8e6 ? 90 : 48);
  const double divided = root ? slow / group_in * 0.08 * (64.0 / kVecBytes) : 0;
  return 100 + (streamed > divided ? streamed : divided);
}

#define NNCORE_BY_TYPE(f) call.ops[0].dtype == f32 ? f<float>(call, team) : f<double>(call, team)
#define NNCORE_BY_TYPE_(f, ...) \
  call.ops[0].dtype == f32 ? f<float, __VA_ARGS__>(call, team) : f<double, __VA_ARGS__>(call, team)

}  // namespace nncore::NNCORE_ISA
