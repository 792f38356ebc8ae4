// Functions of float that are computed in double precision, where short formulas lose nothing that
// float would keep: each is within 1 ULP of float. They cost about twice their price in double.
#pragma once

#include "kernels/math_circular.hpp"
#include "kernels/math_exp.hpp"
#include "kernels/math_log.hpp"

namespace nncore::NNCORE_ISA {

// f on both halves of one or two float vectors.
template <class F>
NNCORE_INLINE vf32 in_double(vf32 x, F f) {
  const Halves h = widen(x);
  return narrow({f(h.low), f(h.high)});
}
template <class F>
NNCORE_INLINE vf32 in_double(vf32 x, vf32 y, F f) {
  const Halves h = widen(x), k = widen(y);
  return narrow({f(h.low, k.low), f(h.high, k.high)});
}

// The angle of (x, y), relative error 2^-33; signed zeros and infinities as IEEE 754 has them.
NNCORE_INLINE vf64 wide_atan2(vf64 y, vf64 x) {
  static constexpr double p[] = {-0.333333322405,  0.199999323976,    -0.14284253752,
                                 0.110952239519,   -0.0898888656066,  0.0726964569255,
                                 -0.0547091692838, 0.03471007879,     -0.016475373326,
                                 0.0050009221291,  -0.000711589856894};
  const vf64 ay = abs(y), ax = abs(x);
  const vi64 steep = ay > ax;
  const vf64 a = steep ? ax : ay, b = steep ? ay : ax;
  // Infinities, like all equals, have the quotient 1; zeros 0.
  const vf64 t = a == b ? (b == 0 ? vf64{} : broadcast(1.)) : a / b, z = t * t;
  const vf64 low = fma(t * z, polynomial<double>(z, p), t);
  const vf64 half = steep ? 0x1.921fb54442d18p+0 - low : low;
  const vf64 whole = (vi64)x < 0 ? 0x1.921fb54442d18p+1 - half : half;
  return copysign(whole, y);
}

NNCORE_INLINE vf32 atan2(vf32 y, vf32 x) {
  return in_double(
      y, x, [](vf64 v, vf64 u) __attribute__((always_inline)) { return wide_atan2(v, u); });
}
NNCORE_INLINE vf32 atan(vf32 x) {
  return in_double(
      x, [](vf64 v) __attribute__((always_inline)) { return wide_atan2(v, broadcast(1.)); });
}
// Through the cosine or sine that belongs to x: the root of a negative number is NaN.
NNCORE_INLINE vf32 asin(vf32 x) {
  return in_double(
      x,
      [](vf64 v) __attribute__((always_inline)) { return wide_atan2(v, sqrt((1 - v) * (1 + v))); });
}
NNCORE_INLINE vf32 acos(vf32 x) {
  return in_double(
      x,
      [](vf64 v) __attribute__((always_inline)) { return wide_atan2(sqrt((1 - v) * (1 + v)), v); });
}

// asinh |x| = log(1 + |x| + x^2 / (1 + sqrt(1 + x^2)))
NNCORE_INLINE vf32 asinh(vf32 x) {
  const vf32 y = in_double(
      abs(x), [](vf64 v) __attribute__((always_inline)) {
        return log1p<double>(v + v * (v / (1 + sqrt(v * v + 1))));
      });
  return copysign(abs(x) < Float<float>::inf ? y : abs(x), x);
}
// With u = x - 1: log(1 + u + sqrt(2u + u^2)).
NNCORE_INLINE vf32 acosh(vf32 x) {
  return in_double(
      x, [](vf64 v) __attribute__((always_inline)) {
        const vf64 u = v - 1;
        const vf64 y = log1p<double>(u + sqrt(u * (u + 2)));
        return u < 0 ? broadcast(Float<double>::nan) : y;
      });
}
// log((1 + x) / (1 - x)) / 2
NNCORE_INLINE vf32 atanh(vf32 x) {
  const vf32 y = in_double(
      abs(x),
      [](vf64 v) __attribute__((always_inline)) { return 0.5 * log1p<double>((v + v) / (1 - v)); });
  return copysign(y, x);
}

// The x with erf(x) = y: polynomials in t = -log(1 - y^2), and in its root for the tails.
NNCORE_INLINE vf64 wide_erfinv(vf64 y) {
  static constexpr double centre[] = {0.886226928434,    0.232013514766,     0.0115506191348,
                                      -0.00233929238629, -0.000120995651459, 3.97152130395e-5,
                                      6.19435508964e-6,  -2.60082349921e-6,  3.2760801673e-7,
                                      -1.88641993401e-8, 4.04619505098e-10};
  static constexpr double tail[] = {-1.4443051342353,    6.8611724282457,     -7.9102874699471,
                                    4.510180132367,      -0.50450742286069,   -0.85985692004685,
                                    0.60044299641904,    -0.20329177296499,   0.04155004869498,
                                    -0.0052255685983776, 0.00037482785883078, -1.1799402701752e-5};
  const vf64 t = -log1p<double>(-(y * y));
  const vf64 x = y * (t <= 5 ? polynomial<double>(t, centre) : polynomial<double>(sqrt(t), tail));
  return abs(y) == 1 ? y * Float<double>::inf : x;
}
NNCORE_INLINE vf32 erfinv(vf32 y) {
  return in_double(
      y, [](vf64 v) __attribute__((always_inline)) { return wide_erfinv(v); });
}

// x^y by C's rules. What remains after rounding in double is far below float's last digit.
NNCORE_INLINE vf64 wide_pow(vf64 x, vf64 y) {
  const vf64 power = exp<double>(y * log<double>(abs(x)));
  const vf64 half = y * 0.5, whole = floor(y);
  const vi64 odd = (whole == y) & (floor(half) != half);
  const vi64 negative = (vi64)x < 0;
  vf64 r = negative & odd ? -power : power;
  // A negative number has no fractional power; infinity and zero have.
  r = (x < 0) & (whole != y) & (abs(x) < Float<double>::inf) ? broadcast(Float<double>::nan) : r;
  return (x == 1) | (y == 0) | ((x == -1) & (abs(y) == Float<double>::inf)) ? broadcast(1.) : r;
}
NNCORE_INLINE vf32 pow(vf32 x, vf32 y) {
  return in_double(
      x, y, [](vf64 u, vf64 v) __attribute__((always_inline)) { return wide_pow(u, v); });
}

// sin / cos, |x| <= kCircularRange.
NNCORE_INLINE vf32 tan(vf32 x) {
  return in_double(
      x,
      [](vf64 v) __attribute__((always_inline)) { return sin_shifted<0>(v) / sin_shifted<1>(v); });
}

}  // namespace nncore::NNCORE_ISA
