// Optimizer updates: Adadelta, Adamax, Nadam, Lion and Ftrl. See optimizer_steps.hpp.
#include "kernels/optimizer_steps.hpp"

namespace nncore::NNCORE_ISA {

// adadelta_step: a = rho a + (1 - rho) g^2;  s = -g (sqrt(d + eps) / sqrt(a + eps));
// d = rho d + (1 - rho) s^2;  p += lr s

UpdateForm adadelta_step_form(const Call&) { return {1, 4, 3, 0, 3, true}; }

template <class T>
void adadelta_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), rho = static_cast<T>(call.floats[0]);
  const T rest = static_cast<T>(1 - call.floats[0]);
  const T eps = static_cast<T>(call.floats[1]), wd = static_cast<T>(call.floats[2]);
  each_piece<T>(call, team, adadelta_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *a = in[2], *d = in[3];
    T *to_p = out[0], *to_a = out[1], *to_d = out[2];
    NNCORE_EACH(i, n) {
      const T square = rho * a[i] + rest * (g[i] * g[i]);
      const T step = -g[i] * (root(d[i] + eps) / root(square + eps));
      const T start = decayed(p[i], wd, lr);
      to_a[i] = square;
      to_d[i] = rho * d[i] + rest * (step * step);
      to_p[i] = start + lr * step;
    }
  });
}

// adamax_step: m += (1 - b1)(g - m);  u = max(b2 u, |g|);  p -= alpha m / (u + eps)

UpdateForm adamax_step_form(const Call&) { return {2, 4, 3, 0, 4, true}; }

template <class T>
void adamax_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), alpha = scalar<T>(call, 1);
  const T rest1 = static_cast<T>(1 - call.floats[0]), b2 = static_cast<T>(call.floats[1]);
  const T eps = static_cast<T>(call.floats[2]), wd = static_cast<T>(call.floats[3]);
  each_piece<T>(call, team, adamax_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *m = in[2], *u = in[3];
    T *to_p = out[0], *to_m = out[1], *to_u = out[2];
    NNCORE_EACH(i, n) {
      const T mean = m[i] + (g[i] - m[i]) * rest1;
      const T size = larger(b2 * u[i], g[i] < 0 ? -g[i] : g[i]);
      const T start = decayed(p[i], wd, lr);
      to_m[i] = mean;
      to_u[i] = size;
      to_p[i] = start - alpha * mean / (size + eps);
    }
  });
}

// nadam_step: m and v as Adam's;  p -= (of_m m + of_g g) / (sqrt(v of_v) + eps), where the three
// scalars carry the learning rate and the bias corrections.

UpdateForm nadam_step_form(const Call&) { return {4, 4, 3, 0, 4, true}; }

template <class T>
void nadam_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), of_m = scalar<T>(call, 1), of_g = scalar<T>(call, 2);
  const T of_v = scalar<T>(call, 3);
  const T rest1 = static_cast<T>(1 - call.floats[0]), rest2 = static_cast<T>(1 - call.floats[1]);
  const T eps = static_cast<T>(call.floats[2]), wd = static_cast<T>(call.floats[3]);
  each_piece<T>(call, team, nadam_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *m = in[2], *v = in[3];
    T *to_p = out[0], *to_m = out[1], *to_v = out[2];
    NNCORE_EACH(i, n) {
      const T grad = g[i];
      const T mean = m[i] + (grad - m[i]) * rest1;
      const T square = v[i] + (grad * grad - v[i]) * rest2;
      const T start = decayed(p[i], wd, lr);
      to_m[i] = mean;
      to_v[i] = square;
      to_p[i] = start - (of_m * mean + of_g * grad) / (root(square * of_v) + eps);
    }
  });
}

// lion_step: p -= lr sign(b1 m + (1 - b1) g);  m = b2 m + (1 - b2) g

UpdateForm lion_step_form(const Call&) { return {1, 3, 2, 0, 3, false}; }

template <class T>
void lion_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0);
  const T b1 = static_cast<T>(call.floats[0]), rest1 = static_cast<T>(1 - call.floats[0]);
  const T b2 = static_cast<T>(call.floats[1]), rest2 = static_cast<T>(1 - call.floats[1]);
  const T wd = static_cast<T>(call.floats[2]);
  each_piece<T>(call, team, lion_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *m = in[2];
    T *to_p = out[0], *to_m = out[1];
    NNCORE_EACH(i, n) {
      const T way = m[i] * b1 + g[i] * rest1;
      const T sign = way > 0 ? T(1) : way < 0 ? T(-1) : way;  // 0 and NaN are their own
      const T start = decayed(p[i], wd, lr);
      to_m[i] = m[i] * b2 + g[i] * rest2;
      to_p[i] = start - lr * sign;
    }
  });
}

// ftrl_step: a' = a + g^2;  z += g + 2 shrinkage p - (sqrt(a') - sqrt(a)) / lr p;
// p = (clip(z, -l1, l1) - z) / (sqrt(a') / lr + 2 l2 + beta / lr)

UpdateForm ftrl_step_form(const Call&) { return {1, 4, 3, 0, 5, true}; }

template <class T>
void ftrl_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), l1 = static_cast<T>(call.floats[0]);
  const T shrink = static_cast<T>(2 * call.floats[2]), wd = static_cast<T>(call.floats[4]);
  const T rest = static_cast<T>(2 * call.floats[1]) + static_cast<T>(call.floats[3]) / lr;
  const T per_lr = 1 / lr;
  each_piece<T>(call, team, ftrl_step_form(call), [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1], *a = in[2], *z = in[3];
    T *to_p = out[0], *to_a = out[1], *to_z = out[2];
    NNCORE_EACH(i, n) {
      const T start = decayed(p[i], wd, lr);
      const T total = a[i] + g[i] * g[i], rise = root(total);
      const T linear = z[i] + (g[i] + shrink * start - (rise - root(a[i])) * per_lr * start);
      const T inside = linear < -l1 ? -l1 : linear > l1 ? l1 : linear;
      to_a[i] = total;
      to_z[i] = linear;
      to_p[i] = (inside - linear) / (rise * per_lr + rest);
    }
  });
}

void adadelta_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(adadelta_typed); }
NNCORE_UPDATE(adadelta_step)

void adamax_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(adamax_typed); }
NNCORE_UPDATE(adamax_step)

void nadam_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(nadam_typed); }
NNCORE_UPDATE(nadam_step)

void lion_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(lion_typed); }
NNCORE_UPDATE(lion_step)

void ftrl_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(ftrl_typed); }
NNCORE_UPDATE(ftrl_step)

}  // namespace nncore::NNCORE_ISA
