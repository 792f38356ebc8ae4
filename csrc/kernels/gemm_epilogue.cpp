#include "kernels/gemm_epilogue.hpp"

#include "kernels/math.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
inline constexpr T kSeluScale = T(1.0507009873554805);
template <class T>
inline constexpr T kSeluSlope = T(1.7580993408473766);  // 1.0507 * 1.6733

template <class T, class F>
NNCORE_INLINE void each_vector(const Lines<T>& at, F f) {
  for (int64_t line = 0; line < at.lines; ++line) {
    T* p = at.c + line * at.stride;
    int64_t i = 0;
    for (; i + kLanes<T> <= at.length; i += kLanes<T>) store(p + i, f(load(p + i)));
    if (const int left = static_cast<int>(at.length - i))
      store_partial(p + i, f(load_partial(p + i, left, Vec<T>{})), left);
  }
}

template <class T, class F>
NNCORE_INLINE void each_pair(const Lines<T>& at, F f) {
  for (int64_t line = 0; line < at.lines; ++line) {
    T* p = at.c + line * at.stride;
    const T* y = at.y + line * at.stride;
    int64_t i = 0;
    for (; i + kLanes<T> <= at.length; i += kLanes<T>) store(p + i, f(load(p + i), load(y + i)));
    if (const int left = static_cast<int>(at.length - i))
      store_partial(
          p + i, f(load_partial(p + i, left, Vec<T>{}), load_partial(y + i, left, Vec<T>{})), left);
  }
}

// Comparisons are written so that NaN falls through to x.
template <class T>
void apply(const Lines<T>& at, int act, T param) {
  using V = Vec<T>;
  const V zero{};
#define NNCORE_ACT(expression) \
  return each_vector(          \
      at, [=](V x) __attribute__((always_inline))->V { return expression; })
  switch (act) {
    case kActRelu:
      NNCORE_ACT(x < 0 ? zero : x);
    case kActSigmoid:
      NNCORE_ACT(sigmoid<T>(x));
    case kActTanh:
      NNCORE_ACT(tanh<T>(x));
    case kActElu:
      NNCORE_ACT(x > 0 ? x : param * expm1<T>(x));
    case kActSelu:
      NNCORE_ACT(x > 0 ? kSeluScale<T> * x : kSeluSlope<T> * expm1<T>(x));
    case kActLeakyRelu:
      NNCORE_ACT(x < 0 ? param * x : x);
    case kActSoftplus:
      NNCORE_ACT(softplus<T>(x));
    case kActExponential:
      NNCORE_ACT(exp<T>(x));
    case kActRelu6:
      NNCORE_ACT(x < 0 ? zero : (x > 6 ? zero + T(6) : x));
    case kActHardSigmoid:
      NNCORE_ACT(x < -3 ? zero : (x > 3 ? zero + T(1) : (x + T(3)) / T(6)));
    case kActSoftsign:
      NNCORE_ACT(x / (abs(x) + T(1)));
    default:
      return;
  }
#undef NNCORE_ACT
}

// x act'(y), rounded as the element-wise formula rounds: products from left to right.
template <class T>
void derive(const Lines<T>& at, int act, T param) {
  using V = Vec<T>;
  const V zero{}, one = zero + T(1);
#define NNCORE_ACT(expression) \
  return each_pair(            \
      at, [=](V x, V y) __attribute__((always_inline))->V { return expression; })
  switch (act) {
    case kActRelu:
      NNCORE_ACT(y > 0 ? x : zero);
    case kActSigmoid:
      NNCORE_ACT(x * y * (one - y));
    case kActTanh:
      NNCORE_ACT(x * (one - y * y));
    case kActElu:
      NNCORE_ACT(x * (y > 0 ? one : y + param));
    case kActSelu:
      NNCORE_ACT(x * (y > 0 ? zero + kSeluScale<T> : y + kSeluSlope<T>));
    case kActLeakyRelu:
      NNCORE_ACT(x * (y > 0 ? one : zero + param));
    case kActSoftplus:
      NNCORE_ACT(x * (zero - expm1<T>(zero - y)));
    case kActExponential:
      NNCORE_ACT(x * y);
    case kActRelu6:
      NNCORE_ACT((y > 0) & (y < 6) ? x : zero);
    case kActHardSigmoid:
      NNCORE_ACT((y > 0) & (y < 1) ? x / T(6) : zero);
    case kActSoftsign:
      NNCORE_ACT(x * (one - abs(y)) * (one - abs(y)));
    default:
      return;
  }
#undef NNCORE_ACT
}

template <class T>
void activate(const Lines<T>& at, int act, T param) {
  at.y ? derive(at, act, param) : apply(at, act, param);
}

template void activate(const Lines<float>&, int, float);
template void activate(const Lines<double>&, int, double);

}  // namespace nncore::NNCORE_ISA
