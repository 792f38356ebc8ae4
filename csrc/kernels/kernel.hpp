// What a kernel sees: plain data and nothing else.
//
// This header is compiled into every instruction-set unit, so it must not define a function with
// external linkage: the linker would keep one copy for all callers, perhaps the AVX-512 one.
#pragma once

#include <cstdint>

namespace nncore {

// Element types. The first six live in graphs; the rest are only read by the batch gather.
enum DType : int32_t {
  f32 = 0,
  f64 = 1,
  i32 = 2,
  i64 = 3,
  u8 = 4,
  b8 = 5,  // one byte, 0 or 1 (np.bool_)
  i8 = 6,
  u16 = 7,
  i16 = 8,
  u32 = 9,
  u64 = 10,
  f16 = 11,
};
constexpr int kGraphDTypes = 6;
constexpr int kDTypes = 12;
constexpr int kMaxDims = 8;

struct Operand {
  void* data;
  int32_t dtype;
  int32_t ndim;
  int64_t shape[kMaxDims];
  int64_t strides[kMaxDims];  // in elements; 0 repeats an element, negative walks backwards
};

// One instruction's arguments: ops[0, n_in) are inputs, ops[n_in, n_in + n_out) outputs.
struct Call {
  const Operand* ops;
  int n_in;
  int n_out;
  const int64_t* ints;
  int n_ints;
  const double* floats;
  int n_floats;
  char* scratch;  // shared by the team, 64-byte aligned; null when the kernel asked for none
  // What the kernel's own PlanFn wrote for this member; null: the kernel decides while it runs.
  const void* plan = nullptr;
};

// The threads that execute one instruction together. Each calls the kernel with its own `tid`.
struct Barrier;
struct Team {
  int tid;
  int size;
  Barrier* sync;
  void barrier() const;  // returns at once when size is 1
};

// Bytes of cache that one core may count on. They steer how a kernel walks through memory, never
// the order of a sum: results are the same whatever they say. Set before the first kernel runs
// (cpu/caches.hpp).
struct CacheSizes {
  int64_t l1, l2, l3;
};
extern CacheSizes cache_sizes;

// The operands, a bit for each, of which member t of a team touches nothing but its part: the rows
// (of the first axis), or the columns (of the last), [n t / team, n (t + 1) / team) of n.
struct Parts {
  uint64_t rows, columns;
};

using KernelFn = void (*)(const Call&, const Team&);
using CheckFn = const char* (*)(const Call&);
using ScratchFn = int64_t (*)(const Call&, int team);
using CostFn = double (*)(const Call&);
using PartsFn = Parts (*)(const Call&, int team);
using PlanFn = int64_t (*)(const Call&, const Team&, void* to);

enum KernelFlags : uint32_t {
  STRIDED_IN = 1,   // inputs may have any strides; without it they are C-contiguous
  STRIDED_OUT = 2,  // outputs likewise (never overlapping themselves)
  INPLACE = 4,      // an output may be exactly the memory of an input of the same shape and dtype
};

struct KernelEntry {
  const char* name;  // null ends the table
  uint32_t flags;
  KernelFn run;
  CheckFn check;
  ScratchFn scratch;  // null: needs none
  CostFn cost;        // null: estimated from the bytes touched
  PartsFn parts;      // null: members may touch anything of any operand
  PlanFn plan;        // null: nothing is worth deciding ahead
};

// Operation codes of the `elementwise` kernel, in the order of elementwise.def.
enum ElementwiseOp : int32_t {
#define ELEMENTWISE(name, arity) op_##name,
#include "kernels/elementwise.def"
  op_count
};

}  // namespace nncore
