// Functions of single numbers that need no speed: Python's division rules, powers, and erfinv.
#pragma once

#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

// ---- floating point ----------------------------------------------------------------------------

// The remainder with the divisor's sign, exact; x mod 0 is NaN.
template <class T>
NNCORE_INLINE T scalar_mod(T x, T y) {
  const T r = sizeof(T) == 4 ? T(__builtin_fmodf(x, y)) : T(__builtin_fmod(x, y));
  if (r != 0) return (r < 0) != (y < 0) ? r + y : r;
  return y == 0 ? r : T(__builtin_copysign(0.0, y));
}

// floor(x / y) without the rounding of x / y: taken from the exact remainder.
template <class T>
NNCORE_INLINE T scalar_floor_div(T x, T y) {
  if (y == 0) return x / y;
  const T r = sizeof(T) == 4 ? T(__builtin_fmodf(x, y)) : T(__builtin_fmod(x, y));
  T quotient = (x - r) / y;  // whole, up to rounding
  if (r != 0 && (r < 0) != (y < 0)) quotient -= 1;
  if (quotient == 0) return T(__builtin_copysign(0.0, double(x / y)));
  const T whole = T(__builtin_floor(quotient));
  return quotient - whole > T(0.5) ? whole + 1 : whole;
}

// The x with erf(x) = y; 4 ULP. In the middle a polynomial in t = -log(1 - y^2); in the tails
// another starts two Newton steps on erfc.
[[maybe_unused]] static double scalar_erfinv(double y) {
  static constexpr double centre[] = {
      0.886226925452758058,     0.232013666534646196,     0.0115493420385280938,
      -0.00233510164478045308,  -0.000128043273563828143, 0.0000466113576384850956,
      2.02020990115768861e-6,   -1.0129716399277593e-6,   -3.67166894833105426e-8,
      2.21882365042304395e-8,   1.24116330891886622e-9,   -8.28648725214565512e-10,
      1.32598137125573257e-10,  -4.45932900190363557e-11, 1.71939527060845507e-11,
      -4.07508189346669894e-12, 6.11073761750947618e-13,  -6.01267714831595727e-14,
      3.82132556547003793e-15,  -1.43759009793881011e-16, 2.44935312161380914e-18};
  static constexpr double tail[] = {
      2.39060829129853599,      -3.0572297592791571,    2.50762229474218465,
      -0.604811081564445065,    -0.0959688935205027605, 0.110924150460529644,
      -0.0356775826680740525,   0.00634575268782627458, -0.000669151078234242941,
      0.0000393384570606285228, -9.98054099543145879e-7};
  const double a = __builtin_fabs(y);
  if (!(a < 1)) return a == 1 ? y * __builtin_inf() : __builtin_nan("");
  const double t = -__builtin_log1p(-a * a);
  if (t <= 5) {
    double p = 0;
    for (int i = 20; i >= 0; --i) p = p * t + centre[i];
    return y * p;
  }
  const double s = __builtin_sqrt(t), complement = 1 - a;
  double p = 0;
  for (int i = 10; i >= 0; --i) p = p * s + tail[i];
  double x = a * p;
  for (int step = 0; step < 2; ++step)
    x += (__builtin_erfc(x) - complement) * 0.88622692545275801365 * __builtin_exp(x * x);
  return __builtin_copysign(x, y);
}

// ---- 64-bit integers: NumPy's rules, every case defined
// -------------------------------------------

NNCORE_INLINE int64_t wrap(uint64_t x) { return static_cast<int64_t>(x); }

NNCORE_INLINE int64_t scalar_mod(int64_t x, int64_t y) {
  if (y == 0 || y == -1) return 0;
  const int64_t r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

NNCORE_INLINE int64_t scalar_floor_div(int64_t x, int64_t y) {
  if (y == 0) return 0;
  if (y == -1) return wrap(0 - static_cast<uint64_t>(x));  // the smallest integer stays itself
  const int64_t q = x / y;
  return q * y != x && (x < 0) != (y < 0) ? q - 1 : q;
}

// The greatest common divisor of absolute values; gcd(0, 0) is 0.
NNCORE_INLINE int64_t scalar_gcd(int64_t x, int64_t y) {
  uint64_t a = static_cast<uint64_t>(x), b = static_cast<uint64_t>(y);
  if (x < 0) a = 0 - a;
  if (y < 0) b = 0 - b;
  while (b != 0) {
    const uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return wrap(a);
}

// Wraps on overflow; a negative power is the reciprocal truncated to an integer (0 for base 0).
NNCORE_INLINE int64_t scalar_pow(int64_t x, int64_t y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y & 1 ? -1 : 1) : 0;
  uint64_t power = 1, base = static_cast<uint64_t>(x);
  for (; y != 0; y >>= 1, base *= base)
    if (y & 1) power *= base;
  return wrap(power);
}

}  // namespace nncore::NNCORE_ISA
