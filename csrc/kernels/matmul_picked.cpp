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
#include "kernels/planned.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// Which of the product's axes the index stands for; the first of the kernel's ints.
enum PickedAxis : int64_t {
  kRowsOfA = 0,     // A = T[index]
  kStepsOfA = 1,    // A = T[index]^T
  kStepsOfB = 2,    // B = T[index]
  kColumnsOfB = 3,  // B = T[index]^T
};

// The product as if the rows had been gathered; nothing points at operands.
template <class T>
Gemm<T> read_picked(const Call& call) {
  const int64_t axis = call.ints[0];
  const bool left = axis == kRowsOfA || axis == kStepsOfA;
  const bool lines = axis == kRowsOfA || axis == kColumnsOfB;
  const bool upright = axis == kRowsOfA || axis == kStepsOfB;
  const Operand &a = call.ops[0], &b = call.ops[1], &c = call.ops[call.n_in];
  const int64_t n = c.shape[1], width = (left ? a : b).shape[1];
  Gemm<T> g = {c.shape[0],
               n,
               left ? b.shape[0] : a.shape[1],
               nullptr,
               a.strides[0],
               a.strides[1],
               nullptr,
               b.strides[0],
               b.strides[1],
               nullptr,
               n,
               false,
               nullptr,
               false,
               false,
               static_cast<int>(call.ints[1]),
               static_cast<T>(call.floats[0])};
  (left ? g.a_picked : g.b_picked) = lines ? Picked::lines : Picked::steps;
  (left ? g.a_row : g.b_row) = upright ? width : 1;
  (left ? g.a_col : g.b_col) = upright ? 1 : width;
  return g;
}

// A member's part of an instruction, and its memory in bytes: behind the sums of parts of k, which
// all share, the pointers to the picked rows, a row of NaN for those that are nowhere, and what the
// engine wants.
template <class T>
struct PickedPlan {
  Gemm<T> g;  // swapped as the engine wants it
  GemmPlan gemm;
  GemmBlock block;
  bool left, in_parts;
  int64_t shared, pointers, missing, engine;

  int64_t own() const { return pointers + missing + engine; }
};

template <class T>
void make_plan(const Call& call, const Team& team, PickedPlan<T>& plan) {
  constexpr int64_t size = sizeof(T);
  Gemm<T>& g = plan.g;
  g = read_picked<T>(call);
  plan.left = g.a_picked != Picked::no;
  plan.in_parts = summed_in_parts(g);
  plan.gemm = gemm_plan(g);
  if (plan.gemm.swap && !plan.in_parts) gemm_swap(g);
  const int64_t elements =
      plan.in_parts ? own_scratch(g) : round_up_scratch<T>(gemm_scratch(g, plan.gemm));
  const int64_t width = call.ops[plan.left ? 0 : 1].shape[1];
  plan.shared = plan.in_parts ? shared_scratch(g) * size : 0;
  plan.pointers = round_up(call.ops[2].shape[0] * int64_t(sizeof(const T*)), 64);
  plan.missing = round_up((width + kLanes<T>)*size, 64);
  plan.engine = elements * size;
  plan.block = {0, 0, 0, 0};
  if (g.m == 0 || g.n == 0) return;
  const Range rows = share(g.m, team);
  plan.block = plan.in_parts ? GemmBlock{rows.begin, rows.end, 0, g.n}
                             : gemm_share(g, plan.gemm, team.tid, team.size);
}

// Where the rows [begin, end) of the selection are.
template <class T, class Index>
void find_rows(const Operand& table, const Operand& selection, Range rows, const T** to,
               T* missing) {
  const T* first = static_cast<const T*>(table.data);
  const Index* index = static_cast<const Index*>(selection.data);
  const int64_t step = selection.strides[0], stride = table.strides[0];
  bool filled = false;
  for (int64_t i = rows.begin; i < rows.end; ++i) {
    const int64_t at = static_cast<int64_t>(index[i * step]);
    const bool inside = at >= 0 && at < table.shape[0];
    to[i] = inside ? first + at * stride : missing;
    if (inside || filled) continue;
    for (int64_t j = 0; j < table.shape[1]; ++j) missing[j] = static_cast<T>(__builtin_nanf(""));
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
  PickedPlan<T> made;
  const PickedPlan<T>& plan = plan_of(call, team, made);
  Gemm<T> g = plan.g;
  const GemmBlock& block = plan.block;
  if (block.m0 >= block.m1 || block.n0 >= block.n1) return;
  char* own = call.scratch + plan.shared + team.tid * plan.own();
  const T** at = reinterpret_cast<const T**>(own);
  T* missing = reinterpret_cast<T*>(own + plan.pointers);
  T* engine = reinterpret_cast<T*>(own + plan.pointers + plan.missing);
  const Operand &table = call.ops[plan.left ? 0 : 1], &index = call.ops[2];
  const T* other = static_cast<const T*>(call.ops[plan.left ? 1 : 0].data);
  const bool picked_a = g.a_picked != Picked::no;
  (picked_a ? g.b : g.a) = other;
  (picked_a ? g.a_at : g.b_at) = at;
  g.c = static_cast<T*>(call.ops[call.n_in].data);
  if (call.ints[2] != 0) g.bias = static_cast<const T*>(call.ops[3].data);
  Range rows{0, index.shape[0]};
  if (g.a_picked == Picked::lines) rows = {block.m0, block.m1};
  if (g.b_picked == Picked::lines) rows = {block.n0, block.n1};
  const int64_t beyond = rows.end + kLinesAhead;
  rows.end = beyond < index.shape[0] ? beyond : index.shape[0];
  if (index.dtype == i32)
    find_rows<T, int32_t>(table, index, rows, at, missing);
  else
    find_rows<T, int64_t>(table, index, rows, at, missing);
  if (plan.in_parts)
    picked_in_parts(g, at, {block.m0, block.m1}, reinterpret_cast<T*>(call.scratch), engine);
  else
    gemm_block(g, plan.gemm, block, engine);
}

void matmul_picked_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    matmul_picked_typed<float>(call, team);
  else
    matmul_picked_typed<double>(call, team);
}

template <class T>
int64_t picked_scratch(const Call& call, int team) {
  PickedPlan<T> plan;
  make_plan(call, Team{0, team, nullptr}, plan);
  return plan.shared + team * plan.own();
}

int64_t matmul_picked_plan(const Call& call, const Team& team, void* to) {
  return call.ops[0].dtype == f32 ? write_plan<PickedPlan<float>>(call, team, to)
                                  : write_plan<PickedPlan<double>>(call, team, to);
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
