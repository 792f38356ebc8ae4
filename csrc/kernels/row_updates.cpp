// Updates of the rows of a table that a gradient touches, where all others stay as they are.
//
// g (1, N, D) are gradients of the rows index (N) of a table (R, D); those of equal indices add up
// in their order, as in scatter_add, and indices outside [0, R) don't count.
//
// sgd_rows_step      lr, p, g, index -> p        p -= lr g
// adagrad_rows_step  lr, p, a, g, index -> p, a  a += g^2, p -= lr g / sqrt(a + eps)   floats [eps]
//
// The bits are those of the updates with a gradient that is 0 elsewhere; what is saved is making it
// and walking through the whole table. Members own rows of the table and look through all indices.
#include "kernels/optimizer_steps.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

// Behind the sums (N, D): for each row of the table, the first of its gradients.
int64_t sum_bytes(const Operand& g) {
  return (element_count(g) * (g.dtype == f32 ? 4 : 8) + 63) / 64 * 64;
}

// Calls f(row, sum of its gradients) for each row that has any; `tables` inputs of the table's
// shape follow lr and share memory with the outputs, or are copied to them.
template <class T, class F>
NNCORE_INLINE void each_touched(const Call& call, const Team& team, int tables, F f) {
  const Operand &g = call.ops[1 + tables], &index = call.ops[2 + tables];
  const int64_t n = g.shape[1], d = g.shape[2];
  const Range mine = share(call.ops[1].shape[0], team);
  for (int k = 0; k < tables; ++k) {
    const T* from = data_of<T>(call, 1 + k);
    T* to = data_of<T>(call, call.n_in + k);
    if (from != to)
      for (int64_t i = mine.begin * d; i < mine.end * d; ++i) to[i] = from[i];
  }
  T* sums = reinterpret_cast<T*>(call.scratch);
  int32_t* first = reinterpret_cast<int32_t*>(call.scratch + sum_bytes(g));
  for (int64_t r = mine.begin; r < mine.end; ++r) first[r] = -1;
  for (int64_t j = 0; j < n; ++j) {
    const int64_t r = whole_at(index, j);
    if (r < mine.begin || r >= mine.end) continue;
    const bool fresh = first[r] < 0;
    if (fresh) first[r] = static_cast<int32_t>(j);
    T* sum = sums + first[r] * d;
    const T* one = static_cast<const T*>(g.data) + j * d;
    NNCORE_EACH(i, d) sum[i] = (fresh ? T(0) : sum[i]) + one[i];
  }
  for (int64_t j = 0; j < n; ++j) {
    const int64_t r = whole_at(index, j);
    if (r >= mine.begin && r < mine.end && first[r] == j) f(r * d, sums + j * d, d);
  }
}

template <class T>
void sgd_rows_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0);
  T* p = data_of<T>(call, call.n_in);
  each_touched<T>(call, team, 1, [=](int64_t at, const T* g, int64_t n) {
    NNCORE_EACH(i, n) p[at + i] = p[at + i] - lr * g[i];
  });
}

template <class T>
void adagrad_rows_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), eps = static_cast<T>(call.floats[0]);
  T *p = data_of<T>(call, call.n_in), *a = data_of<T>(call, call.n_in + 1);
  each_touched<T>(call, team, 2, [=](int64_t at, const T* g, int64_t n) {
    NNCORE_EACH(i, n) {
      const T sum = a[at + i] + g[i] * g[i];
      a[at + i] = sum;
      p[at + i] = p[at + i] - lr * g[i] / root(sum + eps);
    }
  });
}

const char* check_rows(const Call& call, int tables, int floats) {
  if (!has_counts(call, 3 + tables, tables, 0, floats))
    return "expects a learning rate, tables, gradients and indices";
  const Operand &p = call.ops[1], &g = call.ops[1 + tables], &index = call.ops[2 + tables];
  if (!is_float(p) || p.ndim != 2) return "expects a table (R, D), float32 or float64";
  if (call.ops[0].dtype != p.dtype || call.ops[0].ndim != 0)
    return "expects a learning rate of the table's dtype";
  for (int k = 0; k < tables; ++k)
    for (int i : {1 + k, call.n_in + k})
      if (call.ops[i].dtype != p.dtype || !same_shape(call.ops[i], p))
        return "expects tables of one shape and dtype";
  if (g.dtype != p.dtype || g.ndim != 3 || g.shape[0] != 1 || g.shape[2] != p.shape[1])
    return "expects gradients (1, N, D)";
  if (!is_index(index) || index.ndim != 1 || index.shape[0] != g.shape[1])
    return "expects indices (N) of int32 or int64";
  if (g.shape[1] > 0x7fffffff) return "expects fewer than 2^31 indices";
  return nullptr;
}

int64_t rows_scratch(const Call& call, int tables) {
  return sum_bytes(call.ops[1 + tables]) + call.ops[1].shape[0] * 4;
}
double rows_cost(const Call& call, int tables) {
  const double moved = static_cast<double>(element_count(call.ops[1 + tables])) * tables;
  return 50 + moved * 0.5 + static_cast<double>(call.ops[1].shape[0]) * 0.1;
}

}  // namespace

void sgd_rows_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(sgd_rows_typed); }
const char* sgd_rows_step_check(const Call& call) { return check_rows(call, 1, 0); }
int64_t sgd_rows_step_scratch(const Call& call, int) { return rows_scratch(call, 1); }
double sgd_rows_step_cost(const Call& call) { return rows_cost(call, 1); }

void adagrad_rows_step_run(const Call& call, const Team& team) {
  NNCORE_BY_TYPE(adagrad_rows_typed);
}
const char* adagrad_rows_step_check(const Call& call) { return check_rows(call, 2, 1); }
int64_t adagrad_rows_step_scratch(const Call& call, int) { return rows_scratch(call, 2); }
double adagrad_rows_step_cost(const Call& call) { return rows_cost(call, 2); }

}  // namespace nncore::NNCORE_ISA
