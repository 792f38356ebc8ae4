// Exponentials: exp, expm1, sinh, cosh, tanh, sigmoid.
//
// All start from e^x = 2^n s (1 + r + bend). With AVX-512 n counts in sixteenths (float) or eighths
// (double), s = 2^(its fraction) comes out of one register that holds all of them, and bend takes a
// short polynomial; elsewhere n is whole, s = 1, and the polynomial is longer.
#pragma once

#include "kernels/math_base.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
struct ExpParts {
  Vec<T> n, s, r, bend;  // bend is e^r - 1 - r, and what s has lost in rounding
};

enum ExpCare {
  kGood,      // within 1 ULP
  kRelative,  // e^r - 1 with few errors beside itself, not only beside 1; x moderate or NaN
};

#if defined(__AVX512F__)

template <class T>
struct ExpTable;  // 2^(k / steps) = s[k] (1 + rest[k])

template <>
struct ExpTable<float> {
  static constexpr float shift = 0x1.8p19f;  // a number added to it is rounded to sixteenths
  alignas(64) static constexpr float s[] = {
      0x1p+0f,        0x1.0b5586p+0f, 0x1.172b84p+0f, 0x1.2387a6p+0f,
      0x1.306fe0p+0f, 0x1.3dea64p+0f, 0x1.4bfdaep+0f, 0x1.5ab07ep+0f,
      0x1.6a09e6p+0f, 0x1.7a1148p+0f, 0x1.8ace54p+0f, 0x1.9c4918p+0f,
      0x1.ae89fap+0f, 0x1.c199bep+0f, 0x1.d5818ep+0f, 0x1.ea4afap+0f};
  alignas(64) static constexpr float rest[] = {0.f,
                                               0x1.8d96d2p-25f,
                                               -0x1.9c0c22p-27f,
                                               0x1.964902p-25f,
                                               0x1.125002p-25f,
                                               0x1.370be4p-25f,
                                               -0x1.0a3552p-25f,
                                               -0x1.00d8acp-27f,
                                               0x1.26055cp-26f,
                                               -0x1.05cb44p-25f,
                                               0x1.67a1cap-28f,
                                               0x1.a3b5e4p-28f,
                                               -0x1.f9c306p-27f,
                                               -0x1.6961b4p-28f,
                                               -0x1.a5217cp-28f,
                                               0x1.61428ep-28f};
  static constexpr float p[] = {0.5000161824f, 0.1666705774f};
  static constexpr float relative_p[] = {0.4999999999f, 0.1666698948f, 0.04166758497f};
};

template <>
struct ExpTable<double> {
  static constexpr double shift = 0x1.8p49;
  alignas(64) static constexpr double s[] = {0x1p+0,
                                             0x1.172b83c7d517bp+0,
                                             0x1.306fe0a31b715p+0,
                                             0x1.4bfdad5362a27p+0,
                                             0x1.6a09e667f3bcdp+0,
                                             0x1.8ace5422aa0dbp+0,
                                             0x1.ae89f995ad3adp+0,
                                             0x1.d5818dcfba487p+0};
  alignas(64) static constexpr double rest[] = {0.,
                                                -0x1.01b15eaa59348p-55,
                                                0x1.34d754db0abb6p-55,
                                                0x1.690cebb7aafb0p-56,
                                                -0x1.3b3efbf5e2229p-54,
                                                0x1.db72fc1f0eab4p-55,
                                                0x1.c1a7792cb3386p-55,
                                                0x1.4a385a63d07a7p-56};
  static constexpr double p[] = {0.5,
                                 0.166666666666669956,
                                 0.0416666666666677374,
                                 0.00833333332260711481,
                                 0.00138888888697173997,
                                 0.000198422603979567841,
                                 0.0000248028443828005915};
  static constexpr auto& relative_p = p;
};

// The table's entry named by the lowest bits of each lane.
NNCORE_INLINE vf32 pick(vf32 k, const float (&table)[16]) {
  return (vf32)_mm512_permutexvar_ps((__m512i)k, (__m512)load(table));
}
NNCORE_INLINE vf64 pick(vf64 k, const double (&table)[8]) {
  return (vf64)_mm512_permutexvar_pd((__m512i)k, (__m512d)load(table));
}

// Cuts |r| to a half; that of a NaN becomes a half.
NNCORE_INLINE vf32 at_most_half(vf32 r) {
  return (vf32)_mm512_range_ps((__m512)r, _mm512_set1_ps(0.5f), 2);
}
NNCORE_INLINE vf64 at_most_half(vf64 r) {
  return (vf64)_mm512_range_pd((__m512d)r, _mm512_set1_pd(0.5), 2);
}

// Any x: beyond the type's range n alone decides, NaN and infinities included.
template <class T, ExpCare Care>
NNCORE_INLINE ExpParts<T> exp_parts(Vec<T> x) {
  using F = Float<T>;
  using Table = ExpTable<T>;
  const Vec<T> k = fma(x, broadcast(F::log2e), broadcast(Table::shift)), n = k - Table::shift;
  Vec<T> r = fma(n, broadcast(-F::ln2_lo), fma(n, broadcast(-F::ln2_hi), x));
  if constexpr (Care != kRelative) r = at_most_half(r);
  const Vec<T> rest = pick(k, Table::rest);
  const Vec<T> p =
      Care == kRelative ? polynomial<T>(r, Table::relative_p) : polynomial<T>(r, Table::p);
  return {n, pick(k, Table::s), r, fma(r * r, p, rest)};
}

template <class T>
NNCORE_INLINE Vec<T> mantissa_of(const ExpParts<T>& e) {
  return fma(e.s, e.bend + e.r, e.s);
}

// p * 2^n for n rounded down, rounded once.
NNCORE_INLINE vf32 scale(vf32 p, vf32 n) { return (vf32)_mm512_scalef_ps((__m512)p, (__m512)n); }
NNCORE_INLINE vf64 scale(vf64 p, vf64 n) { return (vf64)_mm512_scalef_pd((__m512d)p, (__m512d)n); }
template <class T>
NNCORE_INLINE Vec<T> scale_normal(Vec<T> p, Vec<T> n) {
  return scale(p, n);
}

#else

template <class T, ExpCare Care>
NNCORE_INLINE ExpParts<T> exp_parts(Vec<T> x) {
  using F = Float<T>;
  // Moderate numbers first; in this order NaN survives.
  if constexpr (Care != kRelative) x = max2(broadcast(F::exp_min), min2(broadcast(F::exp_max), x));
  const Vec<T> n = round_even(x * F::log2e);
  const Vec<T> r = fma(n, broadcast(-F::ln2_lo), fma(n, broadcast(-F::ln2_hi), x));
  return {n, broadcast<T>(1), r, r * r * polynomial<T>(r, F::exp_p)};
}

template <class T>
NNCORE_INLINE Vec<T> mantissa_of(const ExpParts<T>& e) {
  return e.bend + e.r + 1;
}

// p * 2^n, rounded once, for whole n within the range that exp's limits leave: in two steps, for
// 2^n alone may not be normal.
template <class V>
NNCORE_INLINE V scale(V p, V n) {
  using F = Float<std::remove_reference_t<decltype(p[0])> >;
  const auto whole = to_int(n), half = whole >> 1;
  return p * (V)((half + F::bias) << F::mantissa) * (V)((whole - half + F::bias) << F::mantissa);
}
// s * 2^n for s = 1 and normal 2^n.
template <class T>
NNCORE_INLINE Vec<T> scale_normal(Vec<T>, Vec<T> n) {
  return (Vec<T>)((to_int(n) + Float<T>::bias) << Float<T>::mantissa);
}

#endif

// e^x, 1 ULP.
template <class T>
NNCORE_INLINE Vec<T> exp(Vec<T> x) {
  const ExpParts<T> e = exp_parts<T, kGood>(x);
  return scale(mantissa_of(e), e.n);
}

// (e^x - 1) / 2 for -40 <= x <= Float<T>::sinh_max, or NaN: a half does not overflow before the
// whole does. Small x keep their digits.
template <class T>
NNCORE_INLINE Vec<T> half_expm1(Vec<T> x) {
  const ExpParts<T> e = exp_parts<T, kRelative>(x);
  const Vec<T> s = scale_normal<T>(e.s, e.n - 1);
  return fma(s, e.bend, fma(s, e.r, s - T(0.5)));
}

// e^x - 1, 2 ULP.
template <class T>
NNCORE_INLINE Vec<T> expm1(Vec<T> x) {
  const Vec<T> inside = max2(broadcast<T>(-40), min2(broadcast(Float<T>::exp_max), x));
  const Vec<T> y = half_expm1<T>(inside);
  return copysign(y + y, x);
}

// e^x / 4 for 0 <= x <= Float<T>::sinh_max, or NaN.
template <class T>
NNCORE_INLINE Vec<T> quarter_exp(Vec<T> x) {
  const ExpParts<T> e = exp_parts<T, kRelative>(x);
  const Vec<T> s = scale_normal<T>(e.s, e.n - 2);
  return fma(s, e.bend + e.r, s);
}

// sinh x, 2 ULP: an odd polynomial to 1, beyond it (e^|x| - e^-|x|) / 2.
template <class T>
NNCORE_INLINE Vec<T> sinh(Vec<T> x) {
  const Vec<T> a = abs(x), z = x * x;
  const Vec<T> q = quarter_exp<T>(min2(broadcast(Float<T>::sinh_max), a));
  const Vec<T> near = fma(a * z, polynomial<T>(z, Float<T>::sinh_p), a);
  return copysign(a < 1 ? near : fma(q, broadcast<T>(2), T(-0.125) / q), x);
}

// cosh x = (e^|x| + e^-|x|) / 2, 2 ULP.
template <class T>
NNCORE_INLINE Vec<T> cosh(Vec<T> x) {
  const Vec<T> q = quarter_exp<T>(min2(broadcast(Float<T>::sinh_max), abs(x)));
  return fma(q, broadcast<T>(2), T(0.125) / q);
}

// tanh x, 2 ULP: an odd polynomial near 0, beyond it 1 - 2 / (e^2x + 1).
template <class T>
NNCORE_INLINE Vec<T> tanh(Vec<T> x) {
  const Vec<T> a = abs(x), z = x * x;
  const Vec<T> near = fma(a * z, polynomial<T>(z, Float<T>::tanh_p), a);
  const Vec<T> far = 1 - 2 / (exp<T>(a + a) + 1);
  return copysign(a < T(0.625) ? near : far, x);
}

// -|x|, but NaN as it is: where two NaNs meet later, they are the same, and their order no matter.
template <class V>
NNCORE_INLINE V minus_abs(V x) {
  return min2(-x, x);
}

// 1 / (1 + e^-x), 2 ULP, also where it is tiny: with e = e^-|x| and t = e / (1 + e) it is e - e t
// for negative x and 1 - t otherwise.
template <class T>
NNCORE_INLINE Vec<T> sigmoid(Vec<T> x) {
  const Vec<T> e = exp<T>(minus_abs(x)), whole = x < 0 ? e : broadcast<T>(1);
  return fma(-whole, e / (e + 1), whole);
}

}  // namespace nncore::NNCORE_ISA
