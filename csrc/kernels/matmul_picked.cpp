// matmul_picked: C (M, N) = act(A (M, K) B (K, N) + bias (N)), where one operand is made of rows of
// a table T (R, W) that an index picks: A = T[index] or T[index]^T, B = T[index] or T[index]^T. The
// table stands in the operand's place.
//
// The picked rows are never put together: each thread notes where they begin, and packing reads
// them there. The bits are those of gathering first, for which an index outside the table reads
// NaN.
#include "kernels/check.hpp"
#include "kernels/gemm.hpp"
#include "kernels/gemm_epilogue.hpp"
#include "kernels/gemm_parts.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// Which of the product's axes the index stands for; the first of the kernel's ints.
enum PickedAxis : int64_t {
  kRowsOfA = 0,     // A = T[index]
  kStepsOfA = 1,    // A = T[index]^T
  kStepsOfB = 2,    // B = T[index]
  kColumnsOfB = 3,  // B = T[index]^T
};

template <class T>
struct PickedProduct {
  Gemm<T> g;
  const Operand *table, *index;
  int64_t width;  // of the table's rows

  explicit PickedProduct(const Call& call) {
    const int64_t axis = call.ints[0];
    const bool left = axis == kRowsOfA || axis == kStepsOfA;
    const Operand &a = call.ops[0], &b = call.ops[1], &c = call.ops[call.n_in];
    table = left ? &a : &b;
    index = &call.ops[2];
    width = table->shape[1];
    const int64_t m = c.shape[0], n = c.shape[1], k = left ? b.shape[0] : a.shape[1];
    const bool lines = axis == kRowsOfA || axis == kColumnsOfB;
    g = {m,
         n,
         k,
         static_cast<const T*>(a.data),
         a.strides[0],
         a.strides[1],
         static_cast<const T*>(b.data),
         b.strides[0],
         b.strides[1],
         static_cast<T*>(c.data),
         n,
         false,
         call.ints[2] != 0 ? static_cast<const T*>(call.ops[3].data) : nullptr,
         false,
         false,
         static_cast<int>(call.ints[1]),
         static_cast<T>(call.floats[0])};
    (left ? g.a_picked : g.b_picked) = lines ? Picked::lines : Picked::steps;
    const bool upright = axis == kRowsOfA || axis == kStepsOfB;
    (left ? g.a_row : g.b_row) = upright ? width : 1;
    (left ? g.a_col : g.b_col) = upright ? 1 : width;
  }
};

// A product's memory in bytes: the sums of parts of k that all threads share, and each thread's
// pointers to the picked rows, a row of NaN for those that are nowhere, and what the engine wants.
struct PickedMemory {
  int64_t shared, pointers, missing, engine;
  int64_t own() const { return pointers + missing + engine; }
};

template <class T>
PickedMemory memory_of(const PickedProduct<T>& p, const Gemm<T>& planned, const GemmPlan& plan) {
  constexpr int64_t size = sizeof(T);
  const bool parts = summed_in_parts(p.g);
  return {parts ? shared_scratch(p.g) * size : 0,
          round_up(p.index->shape[0] * int64_t(sizeof(const T*)), 64),
          round_up((p.width + kLanes<T>)*size, 64),
          (parts ? own_scratch(p.g) : round_up_scratch<T>(gemm_scratch(planned, plan))) * size};
}

// Where the rows [begin, end) of the selection are.
template <class T, class Index>
void find_rows(const PickedProduct<T>& p, int64_t begin, int64_t end, const T** to, T* missing) {
  const T* table = static_cast<const T*>(p.table->data);
  const Index* index = static_cast<const Index*>(p.index->data);
  const int64_t rows = p.table->shape[0], stride = p.table->strides[0];
  bool filled = false;
  for (int64_t i = begin; i < end; ++i) {
    const int64_t at = static_cast<int64_t>(index[i * p.index->strides[0]]);
    to[i] = at >= 0 && at < rows ? table + at * stride : missing;
    if (to[i] != missing || filled) continue;
    for (int64_t j = 0; j < p.width; ++j) missing[j] = static_cast<T>(__builtin_nanf(""));
    filled = true;
  }
}

// As run_in_parts (gemm_parts.hpp) does it for a team that shares the rows: the same bits.
template <class T>
void picked_in_parts(const Gemm<T>& g, const T** at, Range rows, T* sums, T* engine) {
  int64_t before = 0;
  for (int64_t part = 0; part < kSumParts; ++part) {
    Gemm<T> q = part_of_sum(g, part, sums);
    const int64_t begin = g.k * part / kSumParts;
    for (int64_t i = rows.begin; g.a_picked == Picked::lines && i < rows.end; ++i)
      at[i] += begin - before;
    if (g.b_picked == Picked::steps) q.b_at = at + begin;
    before = begin;
    gemm_block(q, gemm_plan(q), {rows.begin, rows.end, 0, g.n}, engine);
  }
  add_parts(g, sums, rows);
}

template <class T>
void matmul_picked_typed(const Call& call, const Team& team) {
  const PickedProduct<T> p(call);
  if (p.g.m == 0 || p.g.n == 0) return;
  const GemmPlan plan = gemm_plan(p.g);
  const bool parts = summed_in_parts(p.g);
  Gemm<T> g = p.g;
  if (plan.swap && !parts) gemm_swap(g);
  const PickedMemory memory = memory_of(p, g, plan);
  char* own = call.scratch + memory.shared + team.tid * memory.own();
  const T** at = reinterpret_cast<const T**>(own);
  T* missing = reinterpret_cast<T*>(own + memory.pointers);
  T* engine = reinterpret_cast<T*>(own + memory.pointers + memory.missing);
  GemmBlock block = gemm_share(g, plan, team.tid, team.size);
  if (parts) {
    const Range rows = share(g.m, team);
    block = {rows.begin, rows.end, 0, g.n};
  }
  (g.a_picked != Picked::no ? g.a_at : g.b_at) = at;
  int64_t begin = 0, end = p.index->shape[0];
  if (g.a_picked == Picked::lines) begin = block.m0, end = block.m1;
  if (g.b_picked == Picked::lines) begin = block.n0, end = block.n1;
  if (p.index->dtype == i32)
    find_rows<T, int32_t>(p, begin, end, at, missing);
  else
    find_rows<T, int64_t>(p, begin, end, at, missing);
  if (parts)
    picked_in_parts(g, at, {block.m0, block.m1}, reinterpret_cast<T*>(call.scratch), engine);
  else
    gemm_block(g, plan, block, engine);
}

void matmul_picked_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    matmul_picked_typed<float>(call, team);
  else
    matmul_picked_typed<double>(call, team);
}

template <class T>
int64_t picked_scratch(const Call& call, int team) {
  const PickedProduct<T> p(call);
  const GemmPlan plan = gemm_plan(p.g);
  Gemm<T> g = p.g;
  if (plan.swap) gemm_swap(g);
  const PickedMemory memory = memory_of(p, g, plan);
  return memory.shared + team * memory.own();
}

int64_t matmul_picked_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? picked_scratch<float>(call, team)
                                  : picked_scratch<double>(call, team);
}

// As a product, and as picking its rows.
double matmul_picked_cost(const Call& call) {
  const Operand& c = call.ops[call.n_in];
  const bool left = call.ints[0] == kRowsOfA || call.ints[0] == kStepsOfA;
  const double size = c.dtype == f32 ? 4 : 8, m = static_cast<double>(c.shape[0]),
               n = static_cast<double>(c.shape[1]),
               k = static_cast<double>(left ? call.ops[1].shape[0] : call.ops[0].shape[1]),
               picked = static_cast<double>(call.ops[2].shape[0]);
  const double arithmetic = m * k * n / (kVecBytes / size * 2.8);
  const double memory = size * (m * k + k * n + m * n) / 20;
  return 150 + 3 * picked + (arithmetic > memory ? arithmetic : memory);
}

const char* matmul_picked_check(const Call& call) {
  if (call.n_ints != 3 || call.n_floats != 1 || call.n_out != 1)
    return "expects ints [axis, act, has_bias], floats [act_param] and one output";
  const int64_t axis = call.ints[0];
  if (axis < kRowsOfA || axis > kColumnsOfB) return "expects an axis from 0 to 3";
  if (call.ints[1] < 0 || call.ints[1] >= kActCount) return "unknown activation code";
  const bool bias = call.ints[2] != 0;
  if (call.n_in != (bias ? 4 : 3)) return "expects A, B, index, and bias when has_bias";
  const Operand &a = call.ops[0], &b = call.ops[1], &index = call.ops[2], &c = call.ops[call.n_in];
  if (!is_float(c) || a.dtype != c.dtype || b.dtype != c.dtype)
    return "expects operands of one type, float32 or float64";
  if (!is_index(index) || index.ndim != 1) return "expects an index (n) of int32 or int64";
  if (a.ndim != 2 || b.ndim != 2 || c.ndim != 2) return "expects A, B and C of rank 2";
  const bool left = axis == kRowsOfA || axis == kStepsOfA;
  const bool across = axis == kStepsOfA || axis == kColumnsOfB;  // the operand is T[index]^T
  const Operand& table = left ? a : b;
  const int64_t picked[] = {across ? table.shape[1] : index.shape[0],
                            across ? index.shape[0] : table.shape[1]};
  const int64_t *of_a = left ? picked : a.shape, *of_b = left ? b.shape : picked;
  if (c.shape[0] != of_a[0] || c.shape[1] != of_b[1] || of_a[1] != of_b[0])
    return "expects A (M, K), B (K, N) and C (M, N), one of them picked by the index";
  if (element_count(table) > 0 && table.shape[1] > 1 && table.strides[1] != 1)
    return "expects a table whose rows lie side by side in memory";
  if (bias) {
    const Operand& x = call.ops[3];
    if (x.dtype != c.dtype || x.ndim != 1 || x.shape[0] != c.shape[1]) return "expects bias (N)";
    if (x.strides[0] != 1 && x.shape[0] > 1) return "expects a contiguous bias";
  }
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
