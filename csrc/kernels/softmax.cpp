// softmax, log_softmax and their gradients along the last axis; operands (R..., C), contiguous,
// float or double. Within about 3 ULP (softmax); log_softmax within 2 ULP of max(|x - max|, log C).
//
//   softmax           y_i = exp(x_i - m) / S           with m = max_j x_j, S = sum_j exp(x_j - m)
//   log_softmax       y_i = (x_i - m) - log S
//   softmax_grad      dx_i = y_i (g_i - sum_j y_j g_j)     from softmax's output y and its gradient
//   g log_softmax_grad  dx_i = g_i - exp(y_i) sum_j g_j      from log_softmax's output y
//
// Subtracting the maximum keeps exp within (0, 1]. A row is walked three times while it lies in the
// first-level cache, so memory sees it once; the exponentials wait in the output. Members of the
// team take whole rows.
#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

template <class T>
struct SoftmaxRows {
  using V = Vec<T>;

  static void softmax(const Call& c, const Team& team) {
    const int64_t n = row_length(c.ops[0]);
    const Range rows = share(row_count(c.ops[0]), team);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const T* x = data_of<T>(c, 0) + r * n;
      T* y = data_of<T>(c, 1) + r * n;
      const V m = row_max(x, n);
      if (n <= kLanes<T>) {  // one vector: nothing waits
        const int lanes = static_cast<int>(n);
        const V e = exp<T>(get(x, lanes, -Float<T>::inf) - m);
        put(y, e / sum_lanes<T>(e), lanes);
        continue;
      }
      const V sum = row_sum<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            const V e = exp<T>(get(x + i, lanes, -Float<T>::inf) - m);
            put(y + i, e, lanes);
            return e;
          });
      const V inverse = 1 / sum;
      for_vectors<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            put(y + i, get(y + i, lanes, T(0)) * inverse, lanes);
          });
    }
  }

  static void log_softmax(const Call& c, const Team& team) {
    const int64_t n = row_length(c.ops[0]);
    const Range rows = share(row_count(c.ops[0]), team);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const T* x = data_of<T>(c, 0) + r * n;
      T* y = data_of<T>(c, 1) + r * n;
      const V m = row_max(x, n);
      const V sum = row_sum<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            return exp<T>(get(x + i, lanes, -Float<T>::inf) - m);
          });
      const V log_sum = log<T>(sum);
      for_vectors<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            put(y + i, (get(x + i, lanes, T(0)) - m) - log_sum, lanes);
          });
    }
  }

  static void softmax_grad(const Call& c, const Team& team) {
    const int64_t n = row_length(c.ops[0]);
    const Range rows = share(row_count(c.ops[0]), team);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const T *y = data_of<T>(c, 0) + r * n, *g = data_of<T>(c, 1) + r * n;
      T* dx = data_of<T>(c, 2) + r * n;
      const V dot = row_sum<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            return get(y + i, lanes, T(0)) * get(g + i, lanes, T(0));
          });
      for_vectors<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            put(dx + i, get(y + i, lanes, T(0)) * (get(g + i, lanes, T(0)) - dot), lanes);
          });
    }
  }

  static void log_softmax_grad(const Call& c, const Team& team) {
    const int64_t n = row_length(c.ops[0]);
    const Range rows = share(row_count(c.ops[0]), team);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const T *y = data_of<T>(c, 0) + r * n, *g = data_of<T>(c, 1) + r * n;
      T* dx = data_of<T>(c, 2) + r * n;
      const V sum = row_sum<T>(
          n, [&](int64_t i, int lanes)
                 __attribute__((always_inline)) { return get(g + i, lanes, T(0)); });
      for_vectors<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            put(dx + i, get(g + i, lanes, T(0)) - exp<T>(get(y + i, lanes, T(0))) * sum, lanes);
          });
    }
  }
};

const char* check_rows(const Call& c, int n_in) {
  if (!has_counts(c, n_in, 1, 0, 0)) return "expects no attributes, and one output";
  if (!same_float(c)) return "expects operands of one dtype, float32 or float64";
  for (int i = 0; i <= n_in; ++i)
    if (c.ops[i].ndim < 1 || !same_shape(c.ops[i], c.ops[0]))
      return "expects operands of one shape with at least one dimension";
  return nullptr;
}

double cost_per_element(const Call& c, double ns) {
  return 30 +
         static_cast<double>(element_count(c.ops[0])) * (c.ops[0].dtype == f32 ? ns : 2.5 * ns);
}

}  // namespace

const char* softmax_check(const Call& c) { return check_rows(c, 1); }
const char* log_softmax_check(const Call& c) { return check_rows(c, 1); }
const char* softmax_grad_check(const Call& c) { return check_rows(c, 2); }
const char* log_softmax_grad_check(const Call& c) { return check_rows(c, 2); }
double softmax_cost(const Call& c) { return cost_per_element(c, 0.8); }
double log_softmax_cost(const Call& c) { return cost_per_element(c, 0.8); }
double softmax_grad_cost(const Call& c) { return cost_per_element(c, 0.3); }
double log_softmax_grad_cost(const Call& c) { return cost_per_element(c, 0.6); }

#define RUN(name)                                               \
  Parts name##_parts(const Call& c, int) {                      \
    return c.ops[0].ndim == 2 ? all_operands(c) : Parts{};      \
  }                                                             \
  void name##_run(const Call& c, const Team& team) {            \
    c.ops[0].dtype == f32 ? SoftmaxRows<float>::name(c, team)   \
                          : SoftmaxRows<double>::name(c, team); \
  }
RUN(softmax)
RUN(log_softmax)
RUN(softmax_grad)
RUN(log_softmax_grad)
#undef RUN

}  // namespace nncore::NNCORE_ISA
