// Cross-entropy straight from logits, and its gradient; float or double. Logits z (R, C), loss (R).
//
//   softmax_crossentropy              loss = -sum_i t_i log_softmax(z)_i       targets t (R, C)
//   softmax_crossentropy_grad         dz_i = g (softmax(z)_i sum_j t_j - t_i)  g (R)
//   sparse_softmax_crossentropy       loss = -log_softmax(z)_label             labels (R)
//   sparse_softmax_crossentropy_grad  dz_i = g (softmax(z)_i - [i = label])
//
// With m = max z and S = sum exp(z - m), log_softmax is (z - m) - log S: nothing overflows, and a
// confident right answer keeps its small loss. A target of exactly 0 contributes 0 whatever its
// logit, so that logits masked with -infinity do no harm. A label outside [0, C) gives NaN. Loss
// within 2 ULP of max(loss, log C).
// Members of the team take whole rows; a row is walked while it lies in the first-level cache.
#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

int64_t label_at(const Operand& labels, int64_t r) {
  switch (labels.dtype) {
    case i32:
      return static_cast<const int32_t*>(labels.data)[r];
    case i64:
      return static_cast<const int64_t*>(labels.data)[r];
    default:
      return static_cast<const uint8_t*>(labels.data)[r];
  }
}

template <class T>
struct Crossentropy {
  using V = Vec<T>;

  static V sum_exp(const T* z, V m, int64_t n) {
    return row_sum<T>(
        n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
          return exp<T>(get(z + i, lanes, -Float<T>::inf) - m);
        });
  }

  // loss = mass log(sum) - dot of every row, the logarithms of a vector of rows at once.
  template <class F>
  NNCORE_MEMBER void per_row(const Call& c, const Team& team, F f) {
    const Range rows = share(row_count(c.ops[0]), team);
    T* loss = data_of<T>(c, 2);
    for (int64_t first = rows.begin; first < rows.end; first += kLanes<T>) {
      const int64_t count = rows.end - first < kLanes<T> ? rows.end - first : kLanes<T>;
      T sum[kLanes<T>], mass[kLanes<T>], dot[kLanes<T>];
      for (int64_t k = count; k < kLanes<T>; ++k) sum[k] = mass[k] = dot[k] = 1;
      for (int64_t k = 0; k < count; ++k) f(first + k, sum[k], mass[k], dot[k]);
      put(loss + first, load(mass) * log<T>(load(sum)) - load(dot), static_cast<int>(count));
    }
  }

  static void dense(const Call& c, const Team& team) {
    const int64_t n = row_length(c.ops[0]);
    per_row(
        c, team, [&](int64_t r, T & sum, T & mass, T & dot) __attribute__((always_inline)) {
          const T *z = data_of<T>(c, 0) + r * n, *t = data_of<T>(c, 1) + r * n;
          const V m = row_max(z, n);
          sum = sum_exp(z, m, n)[0];
          mass = row_sum<T>(
              n, [&](int64_t i, int lanes)
                     __attribute__((always_inline)) { return get(t + i, lanes, T(0)); })[0];
          dot = row_sum<T>(
              n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
                const V target = get(t + i, lanes, T(0));
                return target == 0 ? V{} : target * (get(z + i, lanes, T(0)) - m);
              })[0];
        });
  }

  // The exponentials wait in the output, unless it lies on the targets, which are still needed.
  static void dense_grad(const Call& c, const Team& team) {
    const int64_t n = row_length(c.ops[0]);
    const Range rows = share(row_count(c.ops[0]), team);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const T *z = data_of<T>(c, 0) + r * n, *t = data_of<T>(c, 1) + r * n;
      T* dz = data_of<T>(c, 3) + r * n;
      const bool keep = dz != t;
      const V m = row_max(z, n), g = broadcast(data_of<T>(c, 2)[r]);
      const V mass = row_sum<T>(
          n, [&](int64_t i, int lanes)
                 __attribute__((always_inline)) { return get(t + i, lanes, T(0)); });
      const V sum = row_sum<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            const V e = exp<T>(get(z + i, lanes, -Float<T>::inf) - m);
            if (keep) put(dz + i, e, lanes);
            return e;
          });
      const V factor = mass / sum;
      for_vectors<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            const V e = keep ? get(dz + i, lanes, T(0)) : exp<T>(get(z + i, lanes, T(0)) - m);
            put(dz + i, g * (e * factor - get(t + i, lanes, T(0))), lanes);
          });
    }
  }

  static void sparse(const Call& c, const Team& team) {
    const int64_t n = row_length(c.ops[0]);
    per_row(
        c, team, [&](int64_t r, T & sum, T & mass, T & dot) __attribute__((always_inline)) {
          const T* z = data_of<T>(c, 0) + r * n;
          const int64_t label = label_at(c.ops[1], r);
          const bool valid = label >= 0 && label < n;
          const V m = row_max(z, n);
          sum = sum_exp(z, m, n)[0];
          mass = valid ? T(1) : Float<T>::nan;
          dot = valid ? z[label] - m[0] : T(0);
        });
  }

  static void sparse_grad(const Call& c, const Team& team) {
    const int64_t n = row_length(c.ops[0]);
    const Range rows = share(c.ops[0].shape[0], team);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const T* z = data_of<T>(c, 0) + r * n;
      T* dz = data_of<T>(c, 3) + r * n;
      const int64_t label = label_at(c.ops[1], r);
      const bool valid = label >= 0 && label < n;
      const V m = row_max(z, n);
      const T g = valid ? data_of<T>(c, 2)[r] : Float<T>::nan;
      const V sum = row_sum<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            const V e = exp<T>(get(z + i, lanes, -Float<T>::inf) - m);
            put(dz + i, e, lanes);
            return e;
          });
      const V factor = g / sum;
      for_vectors<T>(
          n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            using Lane = typename Bits<T>::type;
            const V taken = iota<Lane>() == static_cast<Lane>(label - i) ? sum : V{};
            put(dz + i, (get(dz + i, lanes, T(0)) - taken) * factor, lanes);
          });
    }
  }
};

// Operands: logits, targets or labels, [gradient (R)], then loss (R) or the gradient (R, C).
const char* check_loss(const Call& c, bool sparse, bool grad) {
  const int n_in = grad ? 3 : 2;
  if (!has_counts(c, n_in, 1, 0, 0)) return "expects logits, targets, then loss or gradients";
  const Operand &z = c.ops[0], &t = c.ops[1], &out = c.ops[n_in];
  const Operand& per_row = grad ? c.ops[2] : out;
  if (!is_float(z) || out.dtype != z.dtype || per_row.dtype != z.dtype)
    return "expects logits, loss and gradients of one dtype, float32 or float64";
  if (z.ndim != 2) return "expects logits (R, C)";
  if (per_row.ndim != 1 || per_row.shape[0] != z.shape[0]) return "expects one loss per row (R)";
  if (grad && !same_shape(out, z)) return "expects gradients of the logits' shape";
  if (!sparse) {
    if (t.dtype != z.dtype || !same_shape(t, z)) return "expects targets like the logits";
    return nullptr;
  }
  if (!is_index(t) && t.dtype != u8) return "expects labels of int32, int64 or uint8";
  if (t.ndim != 1 || t.shape[0] != z.shape[0]) return "expects one label per row (R)";
  return nullptr;
}

double loss_cost(const Call& c) {
  return 30 + static_cast<double>(element_count(c.ops[0])) * (c.ops[0].dtype == f32 ? 0.9 : 2.2);
}

}  // namespace

#define LOSS(name, function, sparse, grad)                                        \
  const char* name##_check(const Call& c) { return check_loss(c, sparse, grad); } \
  double name##_cost(const Call& c) { return loss_cost(c); }                      \
  Parts name##_parts(const Call& c, int) { return all_operands(c); }              \
  void name##_run(const Call& c, const Team& team) {                              \
    c.ops[0].dtype == f32 ? Crossentropy<float>::function(c, team)                \
                          : Crossentropy<double>::function(c, team);              \
  }
LOSS(softmax_crossentropy, dense, false, false)
LOSS(softmax_crossentropy_grad, dense_grad, false, true)
LOSS(sparse_softmax_crossentropy, sparse, true, false)
LOSS(sparse_softmax_crossentropy_grad, sparse_grad, true, true)
#undef LOSS

}  // namespace nncore::NNCORE_ISA
