// Where an update's gradients come from: memory, or a sum over the batch that the update itself
// carries out, piece by piece, so that the gradient is never in memory.
#pragma once

#include "kernels/kernel.hpp"

namespace nncore::NNCORE_ISA {

enum GradientSource : int64_t {
  kGiven,       // g, of p's shape
  kProduct,     // A (m, k), B (k, n), of any strides: g = A B, in the order of p's elements
  kColumnSums,  // X (k, n): g = sums over k
  kGradientSources
};

constexpr int kMaxGroup = 5;

// What an update's instruction looks like. Operands: scalars (learning rate first), then for each
// tensor its input group (p, gradient, slots...), where a gradient is one operand, or two if it is
// a product; outputs: for each tensor its output group (p, slots...), which shares memory with the
// inputs of the same name. ints: number of tensors, flags, a GradientSource for each tensor.
struct UpdateForm {
  int scalars;
  int group_in, group_out;  // operands of a tensor whose gradient is given
  int flags, floats;
  bool root;  // a root and a division for each element
};

// The optimizer's rule: n elements of p, g and the slots become new ones of p and the slots.
template <class T>
struct UpdateRule {
  const void* self;
  void (*apply)(const void* self, const T** in, T** out, int64_t n);
};

template <class T>
void update_tensors(const Call& call, const Team& team, const UpdateForm& form,
                    const UpdateRule<T>& rule);

const char* check_update(const Call& call, const UpdateForm& form);
double update_cost(const Call& call, const UpdateForm& form);
int64_t update_scratch(const Call& call, const UpdateForm& form, int team);
int64_t update_plan(const Call& call, const UpdateForm& form, const Team& team, void* to);

}  // namespace nncore::NNCORE_ISA
