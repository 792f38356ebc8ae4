// Optimizer updates: all parameters of a model in one instruction, one flat pass, in place.
//
// Operands: scalars (learning rate first), then for each tensor its input group (p, g, state...);
// outputs: for each tensor its state group, which shares memory with the inputs of the same name.
// The parameters of all tensors form one line that is cut evenly between the threads, whatever the
// tensors' sizes. Every element is computed alone, in T, each operation rounded correctly: the
// bits depend neither on the team nor on whether an element falls into a vector or a remainder.
// The kernels are bound by memory: each value is read once and written once.
#include "kernels/check.hpp"
#include "kernels/loops.hpp"
#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

constexpr int kMaxGroup = 5;

template <class T>
T scalar(const Call& call, int i) {
  return *static_cast<const T*>(call.ops[i].data);
}

// Calls f(inputs, outputs, count) for every piece of a tensor in this thread's part of the line.
template <class T, class F>
NNCORE_INLINE void each_piece(const Call& call, const Team& team, int scalars, int group_in,
                              int group_out, F f) {
  const int64_t tensors = call.ints[0];
  int64_t total = 0;
  for (int64_t t = 0; t < tensors; ++t) total += element_count(call.ops[scalars + t * group_in]);
  const int64_t unit = 64;  // elements: no two threads write to one cache line
  const int64_t units = (total + unit - 1) / unit;
  const int64_t first = units * team.tid / team.size * unit;
  const int64_t last = units * (team.tid + 1) / team.size * unit;
  int64_t start = 0;  // of the tensor in the line
  for (int64_t t = 0; t < tensors && start < last; ++t) {
    const Operand* in = call.ops + scalars + t * group_in;
    const Operand* out = call.ops + call.n_in + t * group_out;
    const int64_t count = element_count(in[0]);
    const int64_t from = first > start ? first - start : 0;
    const int64_t to = last - start < count ? last - start : count;
    if (from < to) {
      const T* inputs[kMaxGroup] = {};
      T* outputs[kMaxGroup] = {};
      for (int i = 0; i < group_in; ++i) inputs[i] = static_cast<const T*>(in[i].data) + from;
      for (int i = 0; i < group_out; ++i) outputs[i] = static_cast<T*>(out[i].data) + from;
      f(inputs, outputs, to - from);
    }
    start += count;
  }
}

// Outputs are the inputs' memory, element for element, so no iteration depends on another.
#define NNCORE_EACH(i, n) NNCORE_INDEPENDENT for (int64_t i = 0; i < n; ++i)

NNCORE_INLINE float root(float x) { return __builtin_sqrtf(x); }
NNCORE_INLINE double root(double x) { return __builtin_sqrt(x); }

// Decoupled weight decay: p (1 - wd lr), written as Keras does. wd = 0 leaves every p as it is,
// infinities included.
template <class T>
NNCORE_INLINE T decayed(T p, T wd, T lr) {
  return wd != 0 ? p - p * wd * lr : p;
}

// ---- sgd_step: p -= lr g ------------------------------------------------------------------------

template <class T>
void sgd_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), wd = static_cast<T>(call.floats[0]);
  each_piece<T>(call, team, 1, 2, 1, [=](const T** in, T** out, int64_t n) {
    const T *p = in[0], *g = in[1];
    T* to = out[0];
    NNCORE_EACH(i, n) to[i] = decayed(p[i], wd, lr) - lr * g[i];
  });
}

// ---- momentum_step: m = momentum m - lr g;  p += m, or with Nesterov p += momentum m - lr g
// -------

template <class T, bool Nesterov>
void momentum_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0);
  const T momentum = static_cast<T>(call.floats[0]), wd = static_cast<T>(call.floats[1]);
  each_piece<T>(call, team, 1, 3, 2, [=](const T** in, T** out, int64_t n) {
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

// ---- rmsprop_step: v = rho v + (1 - rho) g^2
// ------------------------------------------------------ d = v + eps, or centered: a = rho a + (1 -
// rho) g, d = v - a^2 + eps; s = lr g / sqrt(d), or with momentum: s = momentum s + lr g / sqrt(d);
// p -= s

template <class T, bool Centered, bool Momentum>
void rmsprop_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), rho = static_cast<T>(call.floats[0]);
  const T rest = static_cast<T>(1 - call.floats[0]), momentum = static_cast<T>(call.floats[1]);
  const T eps = static_cast<T>(call.floats[2]), wd = static_cast<T>(call.floats[3]);
  constexpr int kIn = 3 + Centered + Momentum, kSpeed = 2 + Centered;  // speed's output; input + 1
  each_piece<T>(call, team, 1, kIn, kIn - 1, [=](const T** in, T** out, int64_t n) {
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

// ---- adam_step: m += (1 - b1)(g - m);  v += (1 - b2)(g^2 - v);  p -= alpha m / (sqrt(v) + eps)
// ---- amsgrad: u = max(u, v) takes v's place in the root. alpha carries the bias corrections.

template <class T, bool Amsgrad>
void adam_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), alpha = scalar<T>(call, 1);
  const T rest1 = static_cast<T>(1 - call.floats[0]), rest2 = static_cast<T>(1 - call.floats[1]);
  const T eps = static_cast<T>(call.floats[2]), wd = static_cast<T>(call.floats[3]);
  each_piece<T>(call, team, 2, 4 + Amsgrad, 3 + Amsgrad, [=](const T** in, T** out, int64_t n) {
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

// ---- adagrad_step: a += g^2;  p -= lr g / sqrt(a + eps)
// -------------------------------------------

template <class T>
void adagrad_typed(const Call& call, const Team& team) {
  const T lr = scalar<T>(call, 0), eps = static_cast<T>(call.floats[0]);
  const T wd = static_cast<T>(call.floats[1]);
  each_piece<T>(call, team, 1, 3, 2, [=](const T** in, T** out, int64_t n) {
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

// ---- entries ------------------------------------------------------------------------------------

const char* check_groups(const Call& call, int scalars, int group_in, int group_out, int n_ints,
                         int n_floats) {
  if (call.n_ints != n_ints || call.n_floats != n_floats)
    return "expects ints [n_tensors, flags...] and its hyper-parameters as floats";
  const int64_t n = call.ints[0];
  if (n < 0 || call.n_in != scalars + n * group_in || call.n_out != n * group_out)
    return "expects the scalars, n_tensors input groups and n_tensors output groups";
  const int32_t dtype = call.ops[0].dtype;
  if (dtype != f32 && dtype != f64) return "expects float32 or float64";
  for (int i = 0; i < call.n_in + call.n_out; ++i)
    if (call.ops[i].dtype != dtype) return "expects operands of one type";
  for (int i = 0; i < scalars; ++i)
    if (element_count(call.ops[i]) != 1) return "expects scalars of one element";
  for (int64_t t = 0; t < n; ++t) {
    const Operand& p = call.ops[scalars + t * group_in];
    for (int i = 1; i < group_in; ++i)
      if (!same_shape(p, call.ops[scalars + t * group_in + i]))
        return "expects groups of one shape";
    for (int i = 0; i < group_out; ++i)
      if (!same_shape(p, call.ops[call.n_in + t * group_out + i]))
        return "expects groups of one shape";
  }
  return nullptr;
}

// A core streams about 90 bytes a nanosecond from its own caches, half of that from memory; a root
// and a division take longer than the former.
double step_cost(const Call& call, int scalars, int group_in, bool root) {
  double bytes = 0, slow = 0;
  for (int i = scalars; i < call.n_in + call.n_out; ++i) {
    const double size = call.ops[i].dtype == f32 ? 4 : 8;
    const double n = static_cast<double>(element_count(call.ops[i])) * size;
    bytes += n;
    if (i < call.n_in) slow += n;
  }
  const double streamed = bytes / (bytes < 8e6 ? 90 : 48);
  const double divided = root ? slow / group_in * 0.08 * (64.0 / kVecBytes) : 0;
  return 100 + (streamed > divided ? streamed : divided);
}

#define NNCORE_BY_TYPE(f) call.ops[0].dtype == f32 ? f<float>(call, team) : f<double>(call, team)
#define NNCORE_BY_TYPE_(f, ...) \
  call.ops[0].dtype == f32 ? f<float, __VA_ARGS__>(call, team) : f<double, __VA_ARGS__>(call, team)

void sgd_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(sgd_typed); }
const char* sgd_step_check(const Call& call) { return check_groups(call, 1, 2, 1, 1, 1); }
double sgd_step_cost(const Call& call) { return step_cost(call, 1, 2, false); }

void momentum_step_run(const Call& call, const Team& team) {
  if (call.ints[1])
    NNCORE_BY_TYPE_(momentum_typed, true);
  else
    NNCORE_BY_TYPE_(momentum_typed, false);
}
const char* momentum_step_check(const Call& call) { return check_groups(call, 1, 3, 2, 2, 2); }
double momentum_step_cost(const Call& call) { return step_cost(call, 1, 3, false); }

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
const char* rmsprop_step_check(const Call& call) {
  const int more = call.n_ints == 3 ? (call.ints[1] != 0) + (call.ints[2] != 0) : 0;
  return check_groups(call, 1, 3 + more, 2 + more, 3, 4);
}
double rmsprop_step_cost(const Call& call) { return step_cost(call, 1, 3, true); }

void adam_step_run(const Call& call, const Team& team) {
  if (call.ints[1])
    NNCORE_BY_TYPE_(adam_typed, true);
  else
    NNCORE_BY_TYPE_(adam_typed, false);
}
const char* adam_step_check(const Call& call) {
  const int more = call.n_ints == 2 && call.ints[1] != 0;
  return check_groups(call, 2, 4 + more, 3 + more, 2, 4);
}
double adam_step_cost(const Call& call) { return step_cost(call, 2, 4, true); }

void adagrad_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(adagrad_typed); }
const char* adagrad_step_check(const Call& call) { return check_groups(call, 1, 3, 2, 1, 2); }
double adagrad_step_cost(const Call& call) { return step_cost(call, 1, 3, true); }

}  // namespace nncore::NNCORE_ISA
