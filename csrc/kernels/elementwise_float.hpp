// The element-wise operations on T = float and double; elementwise_f32.cpp and elementwise_f64.cpp
// each make a table of them. Comparisons and logic give 0 or 1, and any non-zero (NaN too) is true.
// Accuracies are those of math.hpp and math_wide.hpp; what goes through the C library is within
// 1 ULP.
#pragma once

#include "kernels/elementwise_ops.hpp"
#include "kernels/math.hpp"
#include "kernels/math_wide.hpp"
#include "kernels/scalar_math.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
struct FloatOps {
  using V = Vec<T>;

#define VECTOR_1(name, expression)                                                \
  static void name(void* d, const void* a, const void*, const void*, int64_t n) { \
    sweep<T, 1>(                                                                  \
        d, a, nullptr, nullptr, n,                                                \
        [](V x) __attribute__((always_inline))->V { return expression; });        \
  }
#define VECTOR_2(name, expression)                                                  \
  static void name(void* d, const void* a, const void* b, const void*, int64_t n) { \
    sweep<T, 2>(                                                                    \
        d, a, b, nullptr, n,                                                        \
        [](V x, V y) __attribute__((always_inline))->V { return expression; });     \
  }
#define VECTOR_3(name, expression)                                                    \
  static void name(void* d, const void* a, const void* b, const void* c, int64_t n) { \
    sweep<T, 3>(                                                                      \
        d, a, b, c, n,                                                                \
        [](V x, V y, V z) __attribute__((always_inline))->V { return expression; });  \
  }
#define SCALAR_2(name, expression)                                                  \
  static void name(void* d, const void* a, const void* b, const void*, int64_t n) { \
    each<T>(d, a, b, n, [](T x, T y) -> T { return expression; });                  \
  }
// Float takes vectors of double, double the C library: it only serves checks and rare models.
#define WIDE_1(name, expression)                                                              \
  static void name(void* d, const void* a, const void*, const void*, int64_t n) {             \
    if constexpr (sizeof(T) == 4)                                                             \
      sweep<T, 1>(                                                                            \
          d, a, a, a, n,                                                                      \
          [](V x) __attribute__((always_inline))->V { return nncore::NNCORE_ISA::name(x); }); \
    else                                                                                      \
      each<T>(d, a, a, n, [](T x, T) -> T { return expression; });                            \
  }
#define WIDE_2(name, expression)                                                    \
  static void name(void* d, const void* a, const void* b, const void*, int64_t n) { \
    if constexpr (sizeof(T) == 4)                                                   \
      sweep<T, 2>(                                                                  \
          d, a, b, b, n, [](V x, V y) __attribute__((always_inline))->V {           \
            return nncore::NNCORE_ISA::name(x, y);                                  \
          });                                                                       \
    else                                                                            \
      each<T>(d, a, b, n, [](T x, T y) -> T { return expression; });                \
  }
#define NNCORE_TRUTH(condition) ((condition) ? broadcast<T>(1) : V{})

  VECTOR_1(neg, -x)
  VECTOR_1(abs, nncore::NNCORE_ISA::abs(x))
  VECTOR_1(sign, x > 0 ? broadcast<T>(1) : x < 0 ? broadcast<T>(-1) : x == 0 ? V{} : x)
  VECTOR_1(square, x* x)
  VECTOR_1(sqrt, nncore::NNCORE_ISA::sqrt(x))
  VECTOR_1(rsqrt, 1 / nncore::NNCORE_ISA::sqrt(x))
  VECTOR_1(reciprocal, 1 / x)
  VECTOR_1(exp, nncore::NNCORE_ISA::exp<T>(x))
  VECTOR_1(expm1, nncore::NNCORE_ISA::expm1<T>(x))
  VECTOR_1(log, nncore::NNCORE_ISA::log<T>(x))
  VECTOR_1(log1p, nncore::NNCORE_ISA::log1p<T>(x))
  VECTOR_1(log2, nncore::NNCORE_ISA::log2<T>(x))
  VECTOR_1(log10, nncore::NNCORE_ISA::log10<T>(x))
  VECTOR_1(sinh, nncore::NNCORE_ISA::sinh<T>(x))
  VECTOR_1(cosh, nncore::NNCORE_ISA::cosh<T>(x))
  VECTOR_1(tanh, nncore::NNCORE_ISA::tanh<T>(x))
  VECTOR_1(sigmoid, nncore::NNCORE_ISA::sigmoid<T>(x))
  VECTOR_1(softplus, nncore::NNCORE_ISA::softplus<T>(x))
  VECTOR_1(floor, nncore::NNCORE_ISA::floor(x))
  VECTOR_1(ceil, nncore::NNCORE_ISA::ceil(x))
  VECTOR_1(round, round_even(x))
  VECTOR_1(trunc, nncore::NNCORE_ISA::trunc(x))
  VECTOR_1(isnan, NNCORE_TRUTH(x != x))
  VECTOR_1(isinf, NNCORE_TRUTH(nncore::NNCORE_ISA::abs(x) == Float<T>::inf))
  VECTOR_1(isfinite, NNCORE_TRUTH(nncore::NNCORE_ISA::abs(x) < Float<T>::inf))
  VECTOR_1(logical_not, NNCORE_TRUTH(x == 0))
  VECTOR_1(relu, max2(V{}, x))
  VECTOR_1(silu, x* nncore::NNCORE_ISA::sigmoid<T>(x))
  // x sigmoid(2u) is x (1 + tanh u) / 2; u = sqrt(2/pi) (x + 0.044715 x^3).
  VECTOR_1(gelu_tanh, x* nncore::NNCORE_ISA::sigmoid<T>(x*(T(1.5957691216057308) +
                                                           T(0.071354816272600249) * (x * x))))
  VECTOR_1(mish, mish_of(x))
  VECTOR_1(log_sigmoid, -nncore::NNCORE_ISA::softplus<T>(-x))
  VECTOR_1(selu, T(1.0507009873554805) *
                     (x > 0 ? x : T(1.6732632423543772) * nncore::NNCORE_ISA::expm1<T>(x)))

  VECTOR_2(add, x + y)
  VECTOR_2(sub, x - y)
  VECTOR_2(mul, x* y)
  VECTOR_2(div, x / y)
  VECTOR_2(div_no_nan, y == 0 ? V{} : x / y)
  VECTOR_2(min, smaller(x, y))
  VECTOR_2(max, larger(x, y))
  VECTOR_2(copysign, nncore::NNCORE_ISA::copysign(x, y))
  VECTOR_2(eq, NNCORE_TRUTH(x == y))
  VECTOR_2(ne, NNCORE_TRUTH(x != y))
  VECTOR_2(lt, NNCORE_TRUTH(x < y))
  VECTOR_2(le, NNCORE_TRUTH(x <= y))
  VECTOR_2(gt, NNCORE_TRUTH(x > y))
  VECTOR_2(ge, NNCORE_TRUTH(x >= y))
  VECTOR_2(logical_and, NNCORE_TRUTH((x != 0) & (y != 0)))
  VECTOR_2(logical_or, NNCORE_TRUTH((x != 0) | (y != 0)))
  VECTOR_2(logical_xor, NNCORE_TRUTH((x != 0) ^ (y != 0)))
  VECTOR_2(leaky_relu, x < 0 ? x * y : x)
  VECTOR_2(elu, x > 0 ? x : y * nncore::NNCORE_ISA::expm1<T>(x))
  VECTOR_3(where, x != 0 ? y : z)
  VECTOR_3(clip, smaller(larger(x, y), z))

  // Float takes vectors, double the C library: it only serves checks and rare models.
  static void erf(void* d, const void* a, const void*, const void*, int64_t n) {
    if constexpr (sizeof(T) == 4)
      sweep<T, 1>(
          d, a, a, a, n,
          [](V x) __attribute__((always_inline))->V { return nncore::NNCORE_ISA::erf(x); });
    else
      each<T>(d, a, a, n, [](T x, T) { return __builtin_erf(x); });
  }
  static void gelu(void* d, const void* a, const void*, const void*, int64_t n) {
    if constexpr (sizeof(T) == 4)
      sweep<T, 1>(
          d, a, a, a, n, [](V x) __attribute__((always_inline))->V { return x * normal_cdf(x); });
    else
      each<T>(d, a, a, n,
              [](T x, T) { return x * (0.5 * __builtin_erfc(x * -0.70710678118654752440)); });
  }
  static void sin(void* d, const void* a, const void*, const void*, int64_t n) {
    circular(
        d, a, n, [](V x) __attribute__((always_inline))->V { return sin_shifted<0>(x); },
        [](T x) { return T(__builtin_sin(x)); });
  }
  static void cos(void* d, const void* a, const void*, const void*, int64_t n) {
    circular(
        d, a, n, [](V x) __attribute__((always_inline))->V { return sin_shifted<1>(x); },
        [](T x) { return T(__builtin_cos(x)); });
  }
  static void tan(void* d, const void* a, const void*, const void*, int64_t n) {
    if constexpr (sizeof(T) == 4)
      circular(
          d, a, n, [](V x) __attribute__((always_inline))->V { return nncore::NNCORE_ISA::tan(x); },
          [](T x) { return T(__builtin_tan(x)); });
    else
      each<T>(d, a, a, n, [](T x, T) -> T { return __builtin_tan(x); });
  }

  WIDE_1(asin, __builtin_asin(x))
  WIDE_1(acos, __builtin_acos(x))
  WIDE_1(atan, __builtin_atan(x))
  WIDE_1(asinh, __builtin_asinh(x))
  WIDE_1(acosh, T(__builtin_acoshl(x)))  // acosh itself errs by 2 ULP and more
  WIDE_1(atanh, __builtin_atanh(x))
  WIDE_1(erfinv, scalar_erfinv(x))
  WIDE_2(pow, __builtin_pow(x, y))
  WIDE_2(atan2, __builtin_atan2(x, y))
  SCALAR_2(floor_div, scalar_floor_div(x, y))
  SCALAR_2(mod, scalar_mod(x, y))
  SCALAR_2(hypot, T(__builtin_hypot(x, y)))
  SCALAR_2(nextafter, sizeof(T) == 4 ? T(__builtin_nextafterf(float(x), float(y)))
                                     : T(__builtin_nextafter(x, y)))
  static void erfc(void* d, const void* a, const void*, const void*, int64_t n) {
    each<T>(d, a, a, n, [](T x, T) { return T(__builtin_erfc(x)); });
  }

  static constexpr ElementwiseFn bit_and = nullptr, bit_or = nullptr, bit_xor = nullptr,
                                 shift_left = nullptr, shift_right = nullptr, gcd = nullptr;

#undef VECTOR_1
#undef VECTOR_2
#undef VECTOR_3
#undef SCALAR_2
#undef WIDE_1
#undef WIDE_2
#undef NNCORE_TRUTH

 private:
  // min and max give the NaN when either operand is one.
  NNCORE_MEMBER V smaller(V x, V y) { return x != x ? x : min2(x, y); }
  NNCORE_MEMBER V larger(V x, V y) { return x != x ? x : max2(x, y); }
  // x tanh(softplus x) = x n / (n + 2) with n = e^x (e^x + 2); the quotient is 1 beyond 20.
  NNCORE_MEMBER V mish_of(V x) {
    const V e = nncore::NNCORE_ISA::exp<T>(min2(broadcast<T>(20), x)), n = e * (e + 2);
    return x * (n / (n + 2));
  }
  // Vectors for all, then the C library for what lies beyond the reduction's range. Each element by
  // itself: its bits must not depend on its neighbours, which the cut into tiles decides. d may be
  // a.
  template <class F, class G>
  NNCORE_MEMBER void circular(void* d, const void* a, int64_t n, F vector, G scalar) {
    if (!beyond_circular_range(a, n)) return sweep<T, 1>(d, a, a, a, n, vector);
    constexpr int64_t kPiece = 64;
    T kept[kPiece];
    T* out = static_cast<T*>(d);
    for (int64_t i = 0; i < n; i += kPiece) {
      const int64_t m = n - i < kPiece ? n - i : kPiece;
      __builtin_memcpy(kept, static_cast<const T*>(a) + i, static_cast<size_t>(m) * sizeof(T));
      sweep<T, 1>(out + i, kept, kept, kept, m, vector);
      for (int64_t j = 0; j < m; ++j)
        if (beyond_circular_range(kept + j, 1)) out[i + j] = scalar(kept[j]);
    }
  }
  NNCORE_MEMBER bool beyond_circular_range(const void* a, int64_t n) {
    const T* p = static_cast<const T*>(a);
    bool found = false;
    for (int64_t i = 0; i < n; ++i) found |= !(__builtin_fabs(p[i]) <= kCircularRange);
    return found;
  }
};

}  // namespace nncore::NNCORE_ISA
