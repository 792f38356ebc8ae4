// Plans: what a kernel decides before it runs, made once by a program and at each call otherwise.
//
// A kernel that has one writes `void make_plan(const Call&, const Team&, P& plan)` beside its plan
// type P, plain data without constructors, and no pointer to an operand in it.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

// The plan that a program had made, or one that is made now, in `own`.
template <class P>
NNCORE_INLINE const P& plan_of(const Call& call, const Team& team, P& own) {
  if (call.plan != nullptr) return *static_cast<const P*>(call.plan);
  make_plan(call, team, own);
  return own;
}

// For a kernel's _plan.
template <class P>
NNCORE_INLINE int64_t write_plan(const Call& call, const Team& team, void* to) {
  static_assert(alignof(P) <= 64);
  if (to != nullptr) make_plan(call, team, *static_cast<P*>(to));
  return sizeof(P);
}

}  // namespace nncore::NNCORE_ISA
