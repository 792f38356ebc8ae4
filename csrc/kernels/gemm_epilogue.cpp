#include "kernels/gemm_epilogue.hpp"

#include "kernels/math.hpp"

namespace nncore::NNCORE_ISA {

template <class T, class F>
NNCORE_INLINE void each_vector(T* p, int64_t n, F f) {
  int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) store(p + i, f(load(p + i)));
  if (const int left = static_cast<int>(n - i))
    store_partial(p + i, f(load_partial(p + i, left, Vec<T>{})), left);
}

// Comparisons are written so that NaN falls through to x.
template <class T>
void activate(T* p, int64_t n, int act, T param) {
  using V = Vec<T>;
  const V zero{};
#define NNCORE_ACT(expression) \
  return each_vector(          \
      p, n, [=](V x) __attribute__((always_inline))->V { return expression; })
  switch (act) {
    case kActRelu:
      NNCORE_ACT(x < 0 ? zero : x);
    case kActSigmoid:
      NNCORE_ACT(sigmoid<T>(x));
    case kActTanh:
      NNCORE_ACT(tanh<T>(x));
    case kActElu:
      NNCORE_ACT(x > 0 ? x : param * expm1<T>(x));
    case kActSelu: {
      const T scale = T(1.0507009873554805), alpha = T(1.7580993408473766);  // 1.0507 * 1.6733
      NNCORE_ACT(x > 0 ? scale * x : alpha * expm1<T>(x));
    }
    case kActLeakyRelu:
      NNCORE_ACT(x < 0 ? param * x : x);
    case kActSoftplus:
      NNCORE_ACT(softplus<T>(x));
    case kActExponential:
      NNCORE_ACT(exp<T>(x));
    case kActRelu6:
      NNCORE_ACT(x < 0 ? zero : (x > 6 ? zero + T(6) : x));
    case kActHardSigmoid: {
      NNCORE_ACT(x < -3 ? zero : (x > 3 ? zero + T(1) : (x + T(3)) / T(6)));
    }
    case kActSoftsign:
      NNCORE_ACT(x / (abs(x) + T(1)));
    default:
      return;
  }
#undef NNCORE_ACT
}

template void activate(float*, int64_t, int, float);
template void activate(double*, int64_t, int, double);

}  // namespace nncore::NNCORE_ISA
