// matmul: C (..., M, N) = act(A (..., M, K) B (..., K, N) + bias (N)), or C += A B.
// matmul_grad: C = (A B) act'(Y), the gradient before an activation whose result was Y (..., M, N).
#include "kernels/check.hpp"
#include "kernels/gemm.hpp"
#include "kernels/gemm_epilogue.hpp"
#include "kernels/gemm_parts.hpp"
#include "kernels/planned.hpp"
#include "kernels/product_cost.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// The batch of products an instruction asks for: one product, and where the others lie.
template <class T>
struct Batch {
  Gemm<T> one;  // without its operands' places
  bool has_bias, derivative;
  int dims;
  int64_t shape[kMaxDims], a[kMaxDims], b[kMaxDims], c[kMaxDims];

  int64_t count() const {
    int64_t n = 1;
    for (int d = 0; d < dims; ++d) n *= shape[d];
    return n;
  }
  // Product `index` of the call's operands, as `one` is laid out: swapped or not.
  Gemm<T> at(const Call& call, bool swapped, int64_t index) const {
    const T *from_a = data_of<const T>(call, 0), *from_b = data_of<const T>(call, 1);
    int64_t to = 0;
    for (int d = dims - 1; d >= 0; --d) {
      const int64_t i = index % shape[d];
      index /= shape[d];
      from_a += i * a[d];
      from_b += i * b[d];
      to += i * c[d];
    }
    Gemm<T> g = one;
    g.a = swapped ? from_b : from_a;
    g.b = swapped ? from_a : from_b;
    g.c = data_of<T>(call, call.n_in) + to;
    if (has_bias) g.bias = data_of<const T>(call, 2);
    if (derivative) g.y = data_of<const T>(call, 2) + to;
    return g;
  }
};

template <class T>
void read_batch(const Call& call, Batch<T>& batch) {
  const Operand &a = call.ops[0], &b = call.ops[1], &c = call.ops[call.n_in];
  const int r = c.ndim;
  batch.dims = r - 2;
  for (int d = 0; d < r - 2; ++d) {
    batch.shape[d] = c.shape[d];
    batch.a[d] = a.strides[d];
    batch.b[d] = b.strides[d];
    batch.c[d] = c.strides[d];
  }
  batch.derivative = call.n_ints == 1;
  batch.has_bias = !batch.derivative && call.ints[1] != 0;
  Gemm<T>& g = batch.one;
  g = {c.shape[r - 2],
       c.shape[r - 1],
       a.shape[r - 1],
       nullptr,
       a.strides[r - 2],
       a.strides[r - 1],
       nullptr,
       b.strides[r - 2],
       b.strides[r - 1],
       nullptr,
       c.shape[r - 1],
       false,
       nullptr,
       false,
       !batch.derivative && call.ints[2] != 0,
       static_cast<int>(call.ints[0]),
       static_cast<T>(call.floats[0])};
  // Rows of A that continue through the batch under one B make a single tall product.
  while (batch.dims > 0) {
    const int d = batch.dims - 1;
    if (batch.shape[d] != 1) {
      if (batch.b[d] != 0 || (g.m != 1 && batch.a[d] != g.m * g.a_row)) break;
      if (g.m == 1) g.a_row = batch.a[d];
      g.m *= batch.shape[d];
    }
    --batch.dims;
  }
}

// Whether the team's parts are whole rows of C: where gemm_share cuts rows only. Then they are cut
// evenly, as all other kernels cut rows, instead of along tiles.
template <class T>
bool cuts_rows(const Gemm<T>& g, const GemmPlan& plan, int team) {
  const GemmBlock first = gemm_share(g, plan, 0, team);
  if (plan.swap) return first.m1 - first.m0 == g.m && g.n % (team * kLanes<T>) == 0;
  return first.n1 - first.n0 == g.n && g.m >= 4 * team;
}

template <class T>
Parts matmul_parts_typed(const Call& call, int team) {
  const Operand& c = call.ops[call.n_in];
  if (c.ndim != 2 || element_count(c) == 0) return {};
  Batch<T> batch;
  read_batch(call, batch);
  Gemm<T>& g = batch.one;
  // The third operand of a derivative is laid out as C.
  const uint64_t results = (batch.derivative ? 4 : 0) | uint64_t{1} << call.n_in;
  if (summed_in_parts(g))
    return parts_for_all(team) ? Parts{results | 2, 1} : Parts{results | 1, 0};
  const GemmPlan plan = gemm_plan(g);
  if (plan.swap) gemm_swap(g);
  return cuts_rows(g, plan, team) ? Parts{results | 1, 0} : Parts{};
}

// A member's part of an instruction.
template <class T>
struct MatmulPlan {
  Batch<T> batch;  // swapped as the engine wants it
  GemmPlan gemm;
  bool in_parts;  // the sums are: see gemm_parts.hpp
  Range products;
  GemmBlock block;  // of each product
  int64_t scratch;  // where the member's begins, in elements
};

// Small products of a large batch are dealt out whole; otherwise the team shares each one.
template <class T>
void make_plan(const Call& call, const Team& team, MatmulPlan<T>& plan) {
  read_batch(call, plan.batch);
  Gemm<T>& g = plan.batch.one;
  const int64_t count = plan.batch.count();
  plan.products = {0, 0};
  plan.in_parts = false;
  plan.scratch = 0;
  if (count == 0 || g.m == 0 || g.n == 0) return;
  plan.in_parts = count == 1 && summed_in_parts(g);
  if (plan.in_parts) {
    plan.gemm = gemm_plan_of_parts(g);
    plan.scratch = shared_scratch(g) + team.tid * own_scratch(g);
    return;
  }
  plan.gemm = gemm_plan(g);
  if (plan.gemm.swap) gemm_swap(g);
  if (team.tid > 0) plan.scratch = team.tid * round_up_scratch<T>(gemm_scratch(g, plan.gemm));
  const bool whole = count >= 2 * team.size || team.size == 1;
  plan.products = whole ? share(count, team) : Range{0, count};
  plan.block = {0, g.m, 0, g.n};
  if (whole) return;
  if (!cuts_rows(g, plan.gemm, team.size)) {
    plan.block = gemm_share(g, plan.gemm, team.tid, team.size);
    return;
  }
  const Range rows = share(plan.gemm.swap ? g.n : g.m, team);
  if (plan.gemm.swap)
    plan.block = {0, g.m, rows.begin, rows.end};
  else
    plan.block = {rows.begin, rows.end, 0, g.n};
}

template <class T>
void matmul_typed(const Call& call, const Team& team) {
  MatmulPlan<T> own;
  const MatmulPlan<T>& plan = plan_of(call, team, own);
  T* shared = reinterpret_cast<T*>(call.scratch);
  T* scratch = shared + plan.scratch;
  if (plan.in_parts)
    return run_in_parts(plan.batch.at(call, false, 0), plan.gemm, team, shared, scratch);
  for (int64_t i = plan.products.begin; i < plan.products.end; ++i)
    gemm_block(plan.batch.at(call, plan.gemm.swap, i), plan.gemm, plan.block, scratch);
}

void matmul_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    matmul_typed<float>(call, team);
  else
    matmul_typed<double>(call, team);
}

template <class T>
int64_t matmul_scratch_typed(const Call& call, int team) {
  Batch<T> batch;
  read_batch(call, batch);
  if (batch.count() == 1 && summed_in_parts(batch.one))
    return (shared_scratch(batch.one) + team * own_scratch(batch.one)) *
           static_cast<int64_t>(sizeof(T));
  Gemm<T>& g = batch.one;
  const GemmPlan plan = gemm_plan(g);
  if (plan.swap) gemm_swap(g);
  return team * round_up_scratch<T>(gemm_scratch(g, plan)) * static_cast<int64_t>(sizeof(T));
}

int64_t matmul_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? matmul_scratch_typed<float>(call, team)
                                  : matmul_scratch_typed<double>(call, team);
}

double matmul_cost(const Call& call) {
  const Operand &a = call.ops[0], &c = call.ops[call.n_in];
  const double size = c.dtype == f32 ? 4 : 8;
  const double k = static_cast<double>(a.shape[a.ndim - 1]);
  const double n = static_cast<double>(c.shape[c.ndim - 1]);
  const double rows = static_cast<double>(element_count(c)) / (n > 0 ? n : 1);
  return 150 + product_cost(rows, n, k, size);
}

// A, B, the output and the activation; what else there is, the caller knows.
static const char* check_product(const Call& call) {
  const Operand &a = call.ops[0], &b = call.ops[1], &c = call.ops[call.n_in];
  if (!is_float(c) || a.dtype != c.dtype || b.dtype != c.dtype)
    return "expects operands of one type, float32 or float64";
  const int r = c.ndim;
  if (r < 2 || a.ndim != r || b.ndim != r)
    return "expects A (..., M, K), B (..., K, N) and C (..., M, N) of one rank";
  for (int d = 0; d < r - 2; ++d)
    if (a.shape[d] != c.shape[d] || b.shape[d] != c.shape[d])
      return "expects equal batch dimensions of A, B and C";
  if (a.shape[r - 2] != c.shape[r - 2] || b.shape[r - 1] != c.shape[r - 1] ||
      a.shape[r - 1] != b.shape[r - 2])
    return "expects A (..., M, K), B (..., K, N) and C (..., M, N)";
  if (call.ints[0] < 0 || call.ints[0] >= kActCount) return "unknown activation code";
  return nullptr;
}

const char* matmul_check(const Call& call) {
  if (call.n_ints != 3 || call.n_floats != 1)
    return "expects ints [act, has_bias, accumulate] and floats [act_param]";
  const bool bias = call.ints[1] != 0, accumulate = call.ints[2] != 0;
  if (call.n_in != (bias ? 3 : 2) || call.n_out != 1)
    return "expects A, B, bias when has_bias, and one output";
  if (const char* wrong = check_product(call)) return wrong;
  if (accumulate && (bias || call.ints[0] != kActLinear))
    return "accumulating takes neither bias nor activation";
  if (bias) {
    const Operand &x = call.ops[2], &c = call.ops[3];
    if (x.dtype != c.dtype || x.ndim != 1 || x.shape[0] != c.shape[c.ndim - 1])
      return "expects bias (N)";
    if (x.strides[0] != 1 && x.shape[0] > 1) return "expects a contiguous bias";
  }
  return nullptr;
}

const char* matmul_grad_check(const Call& call) {
  if (!has_counts(call, 3, 1, 1, 1))
    return "expects A, B, Y, one output, ints [act], floats [param]";
  if (const char* wrong = check_product(call)) return wrong;
  const Operand &y = call.ops[2], &c = call.ops[3];
  if (y.dtype != c.dtype || !same_shape(y, c)) return "expects Y like the output";
  int64_t step = 1;
  for (int d = y.ndim - 1; d >= 0 && element_count(y) > 0; step *= y.shape[d--])
    if (y.shape[d] > 1 && y.strides[d] != step) return "expects a contiguous Y";
  return nullptr;
}

Parts matmul_parts(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? matmul_parts_typed<float>(call, team)
                                  : matmul_parts_typed<double>(call, team);
}

Parts matmul_grad_parts(const Call& call, int team) { return matmul_parts(call, team); }

void matmul_grad_run(const Call& call, const Team& team) { matmul_run(call, team); }

int64_t matmul_plan(const Call& call, const Team& team, void* to) {
  return call.ops[0].dtype == f32 ? write_plan<MatmulPlan<float>>(call, team, to)
                                  : write_plan<MatmulPlan<double>>(call, team, to);
}

int64_t matmul_grad_plan(const Call& call, const Team& team, void* to) {
  return matmul_plan(call, team, to);
}

int64_t matmul_grad_scratch(const Call& call, int team) { return matmul_scratch(call, team); }

double matmul_grad_cost(const Call& call) { return matmul_cost(call); }

}  // namespace nncore::NNCORE_ISA
