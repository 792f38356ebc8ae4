// Normalisation of rows, x (R, C), contiguous, float or double, and its gradient.
//
//   layer_norm       y[r, c] = (x[r, c] - m[r]) i[r] gamma[c] + beta[c]
//   layer_norm_grad  dx[r, c] = i[r] (h - mean over c of h - n mean over c of (h n))
//                    dgamma[c] = sum over r of g n,  dbeta[c] = sum over r of g
//
// with m the row's mean, i = 1 / sqrt(variance + epsilon), n = (x - m) i, h = g gamma. With `rms` m
// is 0 and the variance the mean square, and the mean of h is left out.
//   ints [rms, factor, offset]: inputs x, then gamma and beta if the flags say so; of the gradient
//   x, g, then gamma, and with any flag outputs dgamma, dbeta after dx. floats [epsilon].
//
// A row is walked several times while it lies in the first-level cache: mean, then deviations from
// it (no cancellation), then the result; memory sees it once. Members take whole rows. Sums over
// rows are kept by parts of rows that depend on the shape alone, in T for up to 64 rows and in
// double beyond, and combined in order.
#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

constexpr int64_t kRowsInFloat = 64, kMostParts = 32;

int64_t parts_of(const Operand& x) {
  const int64_t parts = (x.shape[0] + kRowsInFloat - 1) / kRowsInFloat;
  return parts < kMostParts ? parts : kMostParts;
}

int64_t padded(int64_t n) { return (n + 15) / 16 * 16; }

template <class T>
struct LayerNorm {
  using V = Vec<T>;
  const int64_t n;
  const bool rms;
  const T epsilon;

  explicit LayerNorm(const Call& c)
      : n(c.ops[0].shape[1]), rms(c.ints[0] != 0), epsilon(static_cast<T>(c.floats[0])) {}

  // `shift` is what rounding took from the mean.
  struct Row {
    V mean, shift, inverse;
    __attribute__((always_inline)) V normal(V x) const { return (x - mean - shift) * inverse; }
  };

  // NaN for rows without elements, which nobody reads.
  Row statistics(const T* x) const {
    const T count = static_cast<T>(n);
    V mean{}, error{}, squares{};
    if (!rms)
      mean = row_sum<T>(
                 n, [&](int64_t i, int lanes)
                        __attribute__((always_inline)) { return get(x + i, lanes, T(0)); }) /
             count;
    constexpr int64_t block = 64 * kLanes<T>;
    for (int64_t start = 0; start < n; start += block) {
      V sum{}, square{};
      for_vectors<T>(
          n - start < block ? n - start : block, [&](int64_t i,
                                                     int lanes) __attribute__((always_inline)) {
            const V d = get(x + start + i, lanes, mean[0]) - mean;
            sum += d;
            square += d * d;
          });
      error += sum;
      squares += square;
    }
    squares = sum_lanes<T>(squares) / count;
    if (rms) return {mean, V{}, 1 / sqrt(squares + epsilon)};
    error = sum_lanes<T>(error) / count;
    return {mean, error, 1 / sqrt(max2(V{}, squares - error * error) + epsilon)};
  }

  void forward(const Call& c, const Team& team) const {
    const bool factor = c.ints[1] != 0, offset = c.ints[2] != 0;
    const T* gamma = data_of<T>(c, 1);
    const T* beta = data_of<T>(c, 1 + factor);
    const Range rows = share(c.ops[0].shape[0], team);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const T* x = data_of<T>(c, 0) + r * n;
      T* y = data_of<T>(c, c.n_in) + r * n;
      const Row row = statistics(x);
      for_vectors<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            V value = row.normal(get(x + i, lanes, T(0)));
            if (factor) value = value * get(gamma + i, lanes, T(0));
            if (offset) value = value + get(beta + i, lanes, T(0));
            put(y + i, value, lanes);
          });
    }
  }

  // One row of dx; adds the row's terms to the sums unless they are null.
  void backward_row(const T* x, const T* g, const T* gamma, T* dx, T* dgamma, T* dbeta) const {
    const Row row = statistics(x);
    const auto before = [&](int64_t i, int lanes) __attribute__((always_inline)) {
      const V gradient = get(g + i, lanes, T(0));
      return gamma != nullptr ? gradient * get(gamma + i, lanes, T(0)) : gradient;
    };
    const auto normal = [&](int64_t i, int lanes) __attribute__((always_inline)) {
      return row.normal(get(x + i, lanes, row.mean[0]));
    };
    const T count = static_cast<T>(n);
    V shift{};
    if (!rms) shift = row_sum<T>(n, before) / count;
    const V slope =
        row_sum<T>(
            n, [&](int64_t i, int lanes)
                   __attribute__((always_inline)) { return before(i, lanes) * normal(i, lanes); }) /
        count;
    for_vectors<T>(
        n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
          const V value = normal(i, lanes);
          put(dx + i, row.inverse * (before(i, lanes) - (shift + value * slope)), lanes);
          if (dgamma == nullptr) return;
          const V gradient = get(g + i, lanes, T(0));
          put(dgamma + i, get(dgamma + i, lanes, T(0)) + gradient * value, lanes);
          put(dbeta + i, get(dbeta + i, lanes, T(0)) + gradient, lanes);
        });
  }

  // The sums of one part: 2 C in double, and as many in T for the rows at hand.
  void backward(const Call& c, const Team& team) const {
    const T *x = data_of<T>(c, 0), *g = data_of<T>(c, 1);
    const T* gamma = c.ints[1] != 0 ? data_of<T>(c, 2) : nullptr;
    T* dx = data_of<T>(c, c.n_in);
    const int64_t all = c.ops[0].shape[0], parts = parts_of(c.ops[0]), room = 2 * padded(n);
    if (c.n_out == 1) {
      const Range rows = share(all, team);
      for (int64_t r = rows.begin; r < rows.end; ++r)
        backward_row(x + r * n, g + r * n, gamma, dx + r * n, nullptr, nullptr);
      return;
    }
    double* sums = reinterpret_cast<double*>(c.scratch);  // [part][dgamma, dbeta]
    T* here = reinterpret_cast<T*>(sums + parts * room) + team.tid * room;
    const Range mine = share(parts, team);
    for (int64_t part = mine.begin; part < mine.end; ++part) {
      double* total = sums + part * room;
      for (int64_t i = 0; i < room; ++i) total[i] = 0;
      const int64_t stop = all * (part + 1) / parts;
      for (int64_t r = all * part / parts; r < stop; r += kRowsInFloat) {
        for (int64_t i = 0; i < room; ++i) here[i] = T(0);
        for (int64_t k = r; k < stop && k < r + kRowsInFloat; ++k)
          backward_row(x + k * n, g + k * n, gamma, dx + k * n, here, here + room / 2);
        for (int64_t i = 0; i < room; ++i) total[i] += static_cast<double>(here[i]);
      }
    }
    team.barrier();
    const Range columns = share(n, team);
    for (int64_t i = columns.begin; i < columns.end; ++i) {
      double dgamma = 0, dbeta = 0;
      for (int64_t part = 0; part < parts; ++part) {
        dgamma += sums[part * room + i];
        dbeta += sums[part * room + room / 2 + i];
      }
      data_of<T>(c, c.n_in + 1)[i] = static_cast<T>(dgamma);
      data_of<T>(c, c.n_in + 2)[i] = static_cast<T>(dbeta);
    }
  }
};

bool is_row(const Operand& v, const Operand& x) { return v.ndim == 1 && v.shape[0] == x.shape[1]; }

const char* check_operands(const Call& c) {
  if (c.n_ints != 3 || c.n_floats != 1) return "expects ints [rms, factor, offset], float epsilon";
  for (int k = 0; k < 3; ++k)
    if (c.ints[k] != 0 && c.ints[k] != 1) return "expects flags of 0 or 1";
  if (c.n_in < 1 || c.ops[0].ndim != 2) return "expects x (R, C)";
  if (!same_float(c)) return "expects operands of one dtype, float32 or float64";
  return nullptr;
}

double cost_of(const Call& c, double ns) {
  return 60 + 10 * static_cast<double>(c.ops[0].shape[0]) +
         static_cast<double>(element_count(c.ops[0])) * (c.ops[0].dtype == f32 ? ns : 2 * ns);
}

}  // namespace

const char* layer_norm_check(const Call& c) {
  if (const char* wrong = check_operands(c)) return wrong;
  if (c.n_in != 1 + c.ints[1] + c.ints[2] || c.n_out != 1)
    return "expects x, gamma and beta by the flags, and one output";
  for (int i = 1; i < c.n_in; ++i)
    if (!is_row(c.ops[i], c.ops[0])) return "expects gamma and beta (C)";
  return same_shape(c.ops[0], c.ops[c.n_in]) ? nullptr : "expects an output of x's shape";
}

const char* layer_norm_grad_check(const Call& c) {
  if (const char* wrong = check_operands(c)) return wrong;
  const bool sums = c.ints[1] != 0 || c.ints[2] != 0;
  if (c.n_in != 2 + c.ints[1] || c.n_out != (sums ? 3 : 1))
    return "expects x, g, gamma by the flag; dx, and with any flag dgamma and dbeta";
  if (!same_shape(c.ops[0], c.ops[1]) || !same_shape(c.ops[0], c.ops[c.n_in]))
    return "expects g and dx of x's shape";
  if (c.ints[1] != 0 && !is_row(c.ops[2], c.ops[0])) return "expects gamma (C)";
  for (int i = 1; i < c.n_out; ++i)
    if (!is_row(c.ops[c.n_in + i], c.ops[0])) return "expects dgamma and dbeta (C)";
  return nullptr;
}

int64_t layer_norm_grad_scratch(const Call& c, int team) {
  if (c.n_out == 1) return 0;
  const int64_t room = 2 * padded(c.ops[0].shape[1]);
  return parts_of(c.ops[0]) * room * 8 + team * room * (c.ops[0].dtype == f32 ? 4 : 8);
}

double layer_norm_cost(const Call& c) { return cost_of(c, 0.2); }
double layer_norm_grad_cost(const Call& c) { return cost_of(c, 0.4); }

void layer_norm_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    LayerNorm<float>(c).forward(c, team);
  else
    LayerNorm<double>(c).forward(c, team);
}

void layer_norm_grad_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    LayerNorm<float>(c).backward(c, team);
  else
    LayerNorm<double>(c).backward(c, team);
}

}  // namespace nncore::NNCORE_ISA
