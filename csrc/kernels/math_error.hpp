// The error function and its kin.
#pragma once

#include "kernels/math_exp.hpp"
#include "kernels/math_log.hpp"

namespace nncore::NNCORE_ISA {

// erf(x) / x - 1 by z = x^2, for |x| <= 0.92.
NNCORE_INLINE vf32 erf_near(vf32 z) {
  static constexpr float p[] = {0.128379167f,    -0.3761263429f,    0.1128370327f,  -0.02685979574f,
                                0.005201952908f, -0.0008152542926f, 8.409554466e-5f};
  return polynomial<float>(z, p);
}

// erf x, 2 ULP: an odd polynomial to 0.92, beyond it 1 - exp(h(|x|) - x^2).
NNCORE_INLINE vf32 erf(vf32 x) {
  static constexpr float p[] = {-0.0004858551263f, -1.126397453f,  0.360520319f,
                                -0.1017772296f,    0.02111656364f, -0.002745286644f,
                                0.0001634512287f};
  const vf32 z = x * x, a = min2(broadcast(4.f), abs(x));
  const vf32 far = 1 - exp<float>(fma(-a, a, polynomial<float>(a, p)));
  return a < 0.92f ? fma(x, erf_near(z), x) : copysign(far, x);
}

// The normal distribution function (1 + erf(x / sqrt 2)) / 2 = erfc(a) / 2 at x = -a sqrt 2, and
// erfc(a) = exp(h(a) - a^2) with h(a) a polynomial in u = a / (1 + a/5). Absolute error 1e-7;
// relative error 3e-7 (1 + x^2 / 4), down to where it underflows.
NNCORE_INLINE vf32 normal_cdf(vf32 x) {
  static constexpr float p[] = {
      -1.128378569f,    0.1376953839f,     -0.002513225103f, -0.008039913962f, 0.000730660631f,
      0.0005097029454f, -0.0001654033742f, 3.207844134e-6f,  5.1494377e-6f,    -6.907804767e-7f};
  const vf32 a = min2(broadcast(10.f), abs(x) * 0.70710678f), u = a / (a * 0.2f + 1);
  const vf32 upper = 0.5f * exp<float>(fma(u, polynomial<float>(u, p), x * x * -0.5f));
  return x < 0 ? upper : 1 - upper;
}

// erfinv(x) for -log(1 - x^2) <= 2.5 (|x| <= 0.958): 4 ULP.
template <class T>
NNCORE_INLINE Vec<T> erfinv_centre(Vec<T> x) {
  return x * polynomial<T>(-log1p<T>(-x * x), Float<T>::erfinv_p);
}

}  // namespace nncore::NNCORE_ISA
