// Circular functions.
#pragma once

#include "kernels/math_base.hpp"

namespace nncore::NNCORE_ISA {

// sin or cos of r + quadrant * pi/2 for |r| <= pi/4.
template <class T>
NNCORE_INLINE Vec<T> sin_of_quadrant(Vec<T> r, Mask<T> quadrant) {
  const Vec<T> z = r * r;
  const Vec<T> s = fma(r * z, polynomial<T>(z, Float<T>::sin_p), r);
  const Vec<T> c =
      fma(z * z, polynomial<T>(z, Float<T>::cos_p), fma(z, broadcast<T>(-0.5), broadcast<T>(1)));
  const Vec<T> y = (quadrant & 1) == 0 ? s : c;
  return (quadrant & 2) == 0 ? y : -y;
}

// sin(x + shift * pi/2), 1 ULP, |x| <= kCircularRange. pi/2 is taken off in three parts, of which
// n times the first two is exact; the rounding of the second difference is kept.
constexpr double kCircularRange = 8.0e5;
template <int Shift>
NNCORE_INLINE vf64 sin_shifted(vf64 x) {
  const vf64 n = round_even(x * 0x1.45f306dc9c883p-1);
  const vf64 a = x - n * 0x1.921fb544p+0, p = n * 0x1.0b4611a6p-34;
  const vf64 r = a - p, part = a - r, lost = (a - (r + part)) + (part - p);
  const vf64 y = sin_of_quadrant<double>(r + (lost - n * 0x1.3198a2e037073p-69), to_int(n) + Shift);
  return Shift == 0 ? (x == 0 ? x : y) : y;  // keeps the sign of zero
}

// Float goes through double: its reduction alone would need as much.
template <int Shift>
NNCORE_INLINE vf32 sin_shifted(vf32 x) {
  const Halves h = widen(x);
  return narrow({sin_shifted<Shift>(h.low), sin_shifted<Shift>(h.high)});
}

}  // namespace nncore::NNCORE_ISA
