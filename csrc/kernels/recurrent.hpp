// What the recurrent kernels share: packed weights, products of a few rows with them, gate
// functions, and how a team divides the work.
//
// A sequence is walked step by step, and step s needs all units of step s - 1. So the team is cut
// by batch rows: a member computes its rows' whole sequences, and no barrier stands between steps.
// The weights are packed once per sequence, by the team together, in panels of NV vectors of
// columns, the order in which every step reads them. A member's rows are few (16 of a batch of 32
// on two threads), so the panels come from the second-level cache once per step and tile of rows.
#pragma once

#include "kernels/panels.hpp"

namespace nncore::NNCORE_ISA {

// ---- gate functions -----------------------------------------------------------------------------

// Functions whose derivative is a function of the value; codes as in the matmul kernel.
enum GateFunction : int { kLinear = 0, kRelu = 1, kSigmoid = 2, kTanh = 3, kHardSigmoid = 10 };
NNCORE_INLINE bool is_gate_function(int64_t code) {
  return (code >= kLinear && code <= kTanh) || code == kHardSigmoid;
}

template <class T>
NNCORE_INLINE Vec<T> gate(int code, Vec<T> x) {
  switch (code) {
    case kTanh:
      return tanh<T>(x);
    case kSigmoid:
      return sigmoid<T>(x);
    case kRelu:
      return x < 0 ? Vec<T>{} : x;
    case kHardSigmoid: {
      const Vec<T> y = x * T(1.0 / 6) + T(0.5);
      return y < 0 ? Vec<T>{} : y > 1 ? broadcast(T(1)) : y;
    }
    default:
      return x;
  }
}

// The derivative of a gate function where its value is y.
template <class T>
NNCORE_INLINE Vec<T> slope(int code, Vec<T> y) {
  const Vec<T> one = broadcast(T(1));
  switch (code) {
    case kTanh:
      return one - y * y;
    case kSigmoid:
      return y * (one - y);
    case kRelu:
      return y > 0 ? one : Vec<T>{};
    case kHardSigmoid:
      return y > 0 ? (y < 1 ? broadcast(T(1.0 / 6)) : Vec<T>{}) : Vec<T>{};
    default:
      return one;
  }
}

// A row's steps lie beside each other, but a step's rows lie far apart, and no prefetcher follows
// as many streams. So each access asks for the line that the same place needs a step later.
template <int Lines, bool Write = false, class T>
NNCORE_INLINE void fetch_next(const T* at, int64_t apart, int64_t ahead) {
#pragma GCC unroll 4
  for (int i = 0; i < Lines; ++i) __builtin_prefetch(at + i * apart + ahead * Lines * apart, Write);
}

// ---- scratch ------------------------------------------------------------------------------------

// One member's memory: `rows` rows of `per_row` elements behind the shared packed weights.
template <class T>
NNCORE_INLINE T* member_scratch(const Call& call, int64_t packed, int64_t per_row,
                                const Range& rows, const Team& team) {
  return reinterpret_cast<T*>(call.scratch) + packed + (rows.begin + team.tid) * per_row;
}
template <class T>
NNCORE_INLINE int64_t scratch_bytes(int64_t packed, int64_t per_row, int64_t batch, int team) {
  return (packed + (batch + team) * per_row) * static_cast<int64_t>(sizeof(T));
}

// ---- operands -----------------------------------------------------------------------------------

// The operands of a gradient that may be missing, which stand behind `first` others: one for each
// of the ints from `flag` on that is set, in the order of the members.
struct GradOperands {
  int mask = -1, dh = -1, last_h = -1, last_c = -1;
  GradOperands(const Call& call, int first, int flag, bool has_c = false) {
    int* const members[] = {&mask, &dh, &last_h, &last_c};
    for (int i = 0; i < (has_c ? 4 : 3); ++i)
      if (call.ints[flag + i]) *members[i] = first++;
  }
};

// A member's rows of a state (B, units), from the operand to rows of `wide` elements; zeros behind
// them, and all zeros without an operand (-1).
template <class T>
NNCORE_INLINE void enter_state(const Call& call, int operand, const Range& rows, int64_t units,
                               int64_t wide, T* state) {
  for (int64_t r = rows.begin; r < rows.end; ++r, state += wide)
    for (int64_t u = 0; u < wide; ++u)
      state[u] = operand >= 0 && u < units ? data_of<T>(call, operand)[r * units + u] : T(0);
}
template <class T>
NNCORE_INLINE void leave_state(const Call& call, int operand, const Range& rows, int64_t units,
                               int64_t wide, const T* state) {
  for (int64_t r = rows.begin; r < rows.end; ++r, state += wide)
    for (int64_t u = 0; u < units; ++u) data_of<T>(call, operand)[r * units + u] = state[u];
}

// Which of a member's rows take part in the step at time t, by a mask (B, T); all without (-1).
NNCORE_INLINE Live live_at(const Call& call, int mask, const Range& rows, int64_t steps,
                           int64_t t) {
  return {mask >= 0 ? data_of<uint8_t>(call, mask) + rows.begin * steps + t : nullptr, steps};
}

template <class T>
NNCORE_INLINE void exchange(T*& a, T*& b) {
  T* const swapped = a;
  a = b, b = swapped;
}

// Nanoseconds of the products and the gate functions of a sequence.
NNCORE_INLINE double recurrent_cost(const Operand& x, double madds, double functions) {
  const double lanes = kVecBytes / (x.dtype == f32 ? 4.0 : 8.0);
  return 500 + madds / (lanes * 2.5) + functions * 6 / lanes;
}

}  // namespace nncore::NNCORE_ISA
