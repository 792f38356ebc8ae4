// matmul: C (..., M, N) = act(A (..., M, K) B (..., K, N) + bias (N)), or C += A B.
// matmul_grad: C = (A B) act'(Y), the gradient before an activation whose result was Y (..., M, N).
#include "kernels/check.hpp"
#include "kernels/gemm.hpp"
#include "kernels/gemm_epilogue.hpp"
#include "kernels/gemm_parts.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// The batch of products an instruction asks for: one product, and where the others lie.
template <class T>
struct Batch {
  Gemm<T> one;
  int dims;
  int64_t shape[kMaxDims], a[kMaxDims], b[kMaxDims], c[kMaxDims];

  int64_t count() const {
    int64_t n = 1;
    for (int d = 0; d < dims; ++d) n *= shape[d];
    return n;
  }
  Gemm<T> at(int64_t index) const {
    Gemm<T> g = one;
    for (int d = dims - 1; d >= 0; --d) {
      const int64_t i = index % shape[d];
      index /= shape[d];
      g.a += i * a[d];
      g.b += i * b[d];
      g.c += i * c[d];
      if (g.y) g.y += i * c[d];
    }
    return g;
  }
};

template <class T>
Batch<T> read_batch(const Call& call) {
  const Operand &a = call.ops[0], &b = call.ops[1], &c = call.ops[call.n_in];
  const int r = c.ndim;
  Batch<T> batch;
  batch.dims = r - 2;
  for (int d = 0; d < r - 2; ++d) {
    batch.shape[d] = c.shape[d];
    batch.a[d] = a.strides[d];
    batch.b[d] = b.strides[d];
    batch.c[d] = c.strides[d];
  }
  const bool derivative = call.n_ints == 1;
  const bool bias = !derivative && call.ints[1] != 0, accumulate = !derivative && call.ints[2] != 0;
  Gemm<T>& g = batch.one;
  g = {c.shape[r - 2],
       c.shape[r - 1],
       a.shape[r - 1],
       static_cast<const T*>(a.data),
       a.strides[r - 2],
       a.strides[r - 1],
       static_cast<const T*>(b.data),
       b.strides[r - 2],
       b.strides[r - 1],
       static_cast<T*>(c.data),
       c.shape[r - 1],
       false,
       bias ? static_cast<const T*>(call.ops[2].data) : nullptr,
       false,
       accumulate,
       static_cast<int>(call.ints[0]),
       static_cast<T>(call.floats[0]),
       derivative ? static_cast<const T*>(call.ops[2].data) : nullptr};
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
  return batch;
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
  Gemm<T> g = read_batch<T>(call).one;
  const bool derivative = call.n_ints == 1;  // then the third operand is laid out as C
  const uint64_t results = (derivative ? 4 : 0) | uint64_t{1} << call.n_in;
  if (summed_in_parts(g))
    return parts_for_all(team) ? Parts{results | 2, 1} : Parts{results | 1, 0};
  const GemmPlan plan = gemm_plan(g);
  if (plan.swap) gemm_swap(g);
  return cuts_rows(g, plan, team) ? Parts{results | 1, 0} : Parts{};
}

// Small products of a large batch are dealt out whole; otherwise the team shares each one.
template <class T>
void matmul_typed(const Call& call, const Team& team) {
  const Batch<T> batch = read_batch<T>(call);
  const int64_t count = batch.count();
  if (count == 0 || batch.one.m == 0 || batch.one.n == 0) return;
  T* scratch = reinterpret_cast<T*>(call.scratch);
  if (count == 1 && summed_in_parts(batch.one)) return run_in_parts(batch.one, team, scratch);
  const GemmPlan plan = gemm_plan(batch.one);
  Gemm<T> swapped = batch.one;
  if (plan.swap) gemm_swap(swapped);
  if (team.tid > 0) scratch += team.tid * round_up_scratch<T>(gemm_scratch(swapped, plan));
  const bool whole = count >= 2 * team.size || team.size == 1;
  const Range products = whole ? share(count, team) : Range{0, count};
  GemmBlock block{0, swapped.m, 0, swapped.n};
  if (!whole && cuts_rows(swapped, plan, team.size)) {
    const Range rows = share(plan.swap ? swapped.n : swapped.m, team);
    if (plan.swap)
      block = {0, swapped.m, rows.begin, rows.end};
    else
      block = {rows.begin, rows.end, 0, swapped.n};
  } else if (!whole) {
    block = gemm_share(swapped, plan, team.tid, team.size);
  }
  for (int64_t i = products.begin; i < products.end; ++i) {
    Gemm<T> g = batch.at(i);
    if (plan.swap) gemm_swap(g);
    gemm_block(g, plan, block, scratch);
  }
}

void matmul_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    matmul_typed<float>(call, team);
  else
    matmul_typed<double>(call, team);
}

template <class T>
int64_t matmul_scratch_typed(const Call& call, int team) {
  const Batch<T> batch = read_batch<T>(call);
  if (batch.count() == 1 && summed_in_parts(batch.one))
    return (shared_scratch(batch.one) + team * own_scratch(batch.one)) *
           static_cast<int64_t>(sizeof(T));
  const GemmPlan plan = gemm_plan(batch.one);
  Gemm<T> g = batch.one;
  if (plan.swap) gemm_swap(g);
  return team * round_up_scratch<T>(gemm_scratch(g, plan)) * static_cast<int64_t>(sizeof(T));
}

int64_t matmul_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? matmul_scratch_typed<float>(call, team)
                                  : matmul_scratch_typed<double>(call, team);
}

// Two floating-point operations per multiply-add, at most of a common core's peak; small and thin
// products are bound by the bytes they read and write.
double matmul_cost(const Call& call) {
  const Operand &a = call.ops[0], &c = call.ops[call.n_in];
  const double size = c.dtype == f32 ? 4 : 8;
  const double k = static_cast<double>(a.shape[a.ndim - 1]);
  const double n = static_cast<double>(c.shape[c.ndim - 1]);
  const double rows = static_cast<double>(element_count(c)) / (n > 0 ? n : 1);
  const double madds = rows * k * n;
  const double madds_per_ns = kVecBytes / size * 2.8;
  const double bytes = size * (rows * k + k * n + rows * n);
  const double arithmetic = madds / madds_per_ns, memory = bytes / 20;
  return 150 + (arithmetic > memory ? arithmetic : memory);
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

int64_t matmul_grad_scratch(const Call& call, int team) { return matmul_scratch(call, team); }

double matmul_grad_cost(const Call& call) { return matmul_cost(call); }

}  // namespace nncore::NNCORE_ISA
