// Optimizer updates: SGD, RMSprop, Adam and Adagrad. See optimizer_steps.hpp.
#include "kernels/optimizer_steps.hpp"

namespace nncore::NNCORE_ISA {

// sgd_step: p -= lr g

UpdateForm sgd_step_form(const Call&) { return {1, 2, 1, 0, 1, false}; }

template <class T>
void sgd_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), wd = static_cast<T>(call.floats[0]);
  each_piece<T>(call, team, sgd_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1];
    T* to = out[0];
    NNCORE_EACH(i, n) to[i] = decayed(p[i], wd, lr) - lr * g[i];
  });
}

// momentum_step: m = momentum m - lr g;  p += m, or with Nesterov p += momentum m - lr g.

UpdateForm momentum_step_form(const Call&) { return {1, 3, 2, 1, 2, false}; }

template <class T, bool Nesterov>
void momentum_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0);
  const T momentum = static_cast<T>(call.floats[0]), wd = static_cast<T>(call.floats[1]);
  each_piece<T>(call, team, momentum_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *m = in[2];
    T *to_p = out[0], *to_m = out[1];
    NNCORE_EACH(i, n) {
      const T step = lr * g[i];
      const T next = momentum * m[i] - step;
      const T start = decayed(p[i], wd, lr);
      to_m[i] = next;
      to_p[i] = start + (Nesterov ? momentum * next - step : next);
    }
  });
}

// rmsprop_step: v = rho v + (1 - rho) g^2;  d = v + eps;  p -= s with s = lr g / sqrt(d).
// Centered: a = rho a + (1 - rho) g;  d = v - a^2 + eps. Momentum: s = momentum s + lr g / sqrt(d).

UpdateForm rmsprop_step_form(const Call& call) {
  const int more = flag(call, 1) + flag(call, 2);
  return {1, 3 + more, 2 + more, 2, 4, true};
}

template <class T, bool Centered, bool Momentum>
void rmsprop_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), rho = static_cast<T>(call.floats[0]);
  const T rest = static_cast<T>(1 - call.floats[0]), momentum = static_cast<T>(call.floats[1]);
  const T eps = static_cast<T>(call.floats[2]), wd = static_cast<T>(call.floats[3]);
  constexpr int kSpeed = 2 + Centered;  // speed's output; input + 1
  each_piece<T>(call, team, rmsprop_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *v = in[2], *a = in[3], *s = in[kSpeed + 1];
    T *to_p = out[0], *to_v = out[1], *to_a = out[2], *to_s = out[kSpeed];
    NNCORE_EACH(i, n) {
      const T grad = g[i];
      const T square = rho * v[i] + rest * (grad * grad);
      to_v[i] = square;
      T d = square + eps;
      if constexpr (Centered) {
        const T mean = rho * a[i] + rest * grad;
        to_a[i] = mean;
        d = square - mean * mean + eps;
      }
      T step = lr * grad / root(d);
      const T start = decayed(p[i], wd, lr);
      if constexpr (Momentum) {
        step = momentum * s[i] + step;
        to_s[i] = step;
      }
      to_p[i] = start - step;
    }
  });
}

// adam_step: m += (1 - b1)(g - m);  v += (1 - b2)(g^2 - v);  p -= alpha m / (sqrt(v) + eps).
// amsgrad: u = max(u, v) takes v's place in the root. alpha carries the bias corrections.

UpdateForm adam_step_form(const Call& call) {
  const int more = flag(call, 1);
  return {2, 4 + more, 3 + more, 1, 4, true};
}

template <class T, bool Amsgrad>
void adam_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), alpha = scalar<T>(call, 1);
  const T rest1 = static_cast<T>(1 - call.floats[0]), rest2 = static_cast<T>(1 - call.floats[1]);
  const T eps = static_cast<T>(call.floats[2]), wd = static_cast<T>(call.floats[3]);
  each_piece<T>(call, team, adam_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *m = in[2], *v = in[3], *u = in[4];
    T *to_p = out[0], *to_m = out[1], *to_v = out[2], *to_u = out[3];
    NNCORE_EACH(i, n) {
      const T grad = g[i];
      const T mean = m[i] + (grad - m[i]) * rest1;
      const T square = v[i] + (grad * grad - v[i]) * rest2;
      const T start = decayed(p[i], wd, lr);
      to_m[i] = mean;
      to_v[i] = square;
      T under = square;
      if constexpr (Amsgrad) {
        under = u[i] > square ? u[i] : square;
        to_u[i] = under;
      }
      to_p[i] = start - mean * alpha / (root(under) + eps);
    }
  });
}

// adagrad_step: a += g^2;  p -= lr g / sqrt(a + eps)

UpdateForm adagrad_step_form(const Call&) { return {1, 3, 2, 0, 2, true}; }

template <class T>
void adagrad_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), eps = static_cast<T>(call.floats[0]);
  const T wd = static_cast<T>(call.floats[1]);
  each_piece<T>(call, team, adagrad_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *a = in[2];
    T *to_p = out[0], *to_a = out[1];
    NNCORE_EACH(i, n) {
      const T sum = a[i] + g[i] * g[i];
      const T start = decayed(p[i], wd, lr);
      to_a[i] = sum;
      to_p[i] = start - lr * g[i] / root(sum + eps);
    }
  });
}

void sgd_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(sgd_typed); }
NNCORE_UPDATE(sgd_step)

void momentum_step_run(const Call& call, const Team& team) {
  if (call.ints[1])
    NNCORE_BY_TYPE_(momentum_typed, true);
  else
    NNCORE_BY_TYPE_(momentum_typed, false);
}
NNCORE_UPDATE(momentum_step)

void rmsprop_step_run(const Call& call, const Team& team) {
  if (call.ints[1]) {
    if (call.ints[2])
      NNCORE_BY_TYPE_(rmsprop_typed, true, true);
    else
      NNCORE_BY_TYPE_(rmsprop_typed, true, false);
  } else {
    if (call.ints[2])
      NNCORE_BY_TYPE_(rmsprop_typed, false, true);
    else
      NNCORE_BY_TYPE_(rmsprop_typed, false, false);
  }
}
NNCORE_UPDATE(rmsprop_step)

void adam_step_run(const Call& call, const Team& team) {
  if (call.ints[1])
    NNCORE_BY_TYPE_(adam_typed, true);
  else
    NNCORE_BY_TYPE_(adam_typed, false);
}
NNCORE_UPDATE(adam_step)

void adagrad_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(adagrad_typed); }
NNCORE_UPDATE(adagrad_step)

}  // namespace nncore::NNCORE_ISA
