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
#include "kernels/optimizer_gradients.hpp"
#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
T scalar(const Call& call, int i) {
  return *static_cast<const T*>(call.ops[i].data);
}

// Calls f(inputs, outputs, count) for pieces of this member's part of every tensor; the inputs are
// p, the gradient and the slots.
template <class T, class F>
NNCORE_INLINE void each_piece(const Call& call, const Team& team, const UpdateForm& form,
                              const F& f) {
  const auto apply = [](const void* self, const T** in, T** out, int64_t n) {
    const F rule = *static_cast<const F*>(self);  // its numbers in registers
    rule(in, out, n);
  };
  update_tensors<T>(call, team, form, {&f, apply});
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

// An update's checks, cost, scratch and plan follow from its form, which `name_form` gives.
#define NNCORE_UPDATE(name)                                                                    \
  const char* name##_check(const Call& call) { return check_update(call, name##_form(call)); } \
  double name##_cost(const Call& call) { return update_cost(call, name##_form(call)); }        \
  int64_t name##_scratch(const Call& call, int team) {                                         \
    return update_scratch(call, name##_form(call), team);                                      \
  }                                                                                            \
  int64_t name##_plan(const Call& call, const Team& team, void* to) {                          \
    return update_plan(call, name##_form(call), team, to);                                     \
  }

// A flag of a call that may not have been checked yet.
NNCORE_INLINE int flag(const Call& call, int i) { return i < call.n_ints && call.ints[i] != 0; }

#define NNCORE_BY_TYPE(f) call.ops[0].dtype == f32 ? f<float>(call, team) : f<double>(call, team)
#define NNCORE_BY_TYPE_(f, ...) \
  call.ops[0].dtype == f32 ? f<float, __VA_ARGS__>(call, team) : f<double, __VA_ARGS__>(call, team)

}  // namespace nncore::NNCORE_ISA
