// Elementary functions on vectors, float and double.
//
// Each function states its largest error in units in the last place (ULP) of the exact result, for
// finite input anywhere in its domain, measured by tests/kernels/test_math_accuracy.py; where the
// two types differ, float comes first. NaN gives NaN, infinities and signed zeros give what IEEE
// 754 and NumPy give, overflow and gradual underflow are right. Levels without fused multiply-add
// (x86-64-v2) may lose another 0.5 ULP.
//
// The polynomials are minimax fits: tools/minimax.py prints every coefficient below.
#pragma once

#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
struct Float;  // what the formulas need to know of a type

template <>
struct Float<float> {
  static constexpr int mantissa = 23, bias = 127;
  static constexpr float tiny = 0x1p-126f;  // smallest normal
  static constexpr float inf = __builtin_inff(), nan = __builtin_nanf("");
  static constexpr float log2e = 0x1.715476p+0f;
  // ln 2 = hi + lo with so few bits in hi that hi times any exponent is exact.
  static constexpr float ln2_hi = 0.693359375f, ln2_lo = -2.12194440e-4f;
  static constexpr float exp_min = -104.f, exp_max = 89.f;  // beyond: 0, infinity
  static constexpr int32_t sqrt_half = 0x3f3504f3;          // bits of sqrt(1/2)
  static constexpr int32_t head = ~0xfff;                   // keeps 12 bits of mantissa
  // 1/ln 2 and 1/ln 10, their first 12 bits and the rest; log10(2) likewise.
  static constexpr float log2_of_e = 1.44269504f, log2_of_e_hi = 0x1.714p+0f,
                         log2_of_e_lo = 0x1.47652cp-12f;
  static constexpr float log10_of_e = 0.434294482f, log10_of_e_hi = 0x1.bcap-2f,
                         log10_of_e_lo = 0x1.7b1526p-14f;
  static constexpr float log10_2_hi = 0x1.344p-2f, log10_2_lo = 0x1.3509f8p-18f;
  static constexpr float exp_p[] = {0.5000000062f, 0.1666654312f, 0.04166628241f, 0.008366571572f,
                                    0.001394643131f};
  static constexpr float tanh_p[] = {-0.3333328383f, 0.133314874f, -0.05374310277f, 0.02064911702f,
                                     -0.005715235295f};
  static constexpr float sin_p[] = {-0.1666666664f, 0.008333329387f, -0.0001983933494f,
                                    2.718311596e-6f};
  static constexpr float cos_p[] = {0.04166664689f, -0.001388736822f, 2.443851506e-5f};
  static constexpr float erfinv_p[] = {0.8862269007f,    0.2320147358f,     0.01154176453f,
                                       -0.002314755991f, -0.0001545690231f, 6.49593386e-5f,
                                       -4.620957028e-6f};
};

template <>
struct Float<double> {
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double tiny = 0x1p-1022;
  static constexpr double inf = __builtin_inf(), nan = __builtin_nan("");
  static constexpr double log2e = 0x1.71547652b82fep+0;
  static constexpr double ln2_hi = 0x1.62e42feep-1, ln2_lo = 0x1.a39ef35793c76p-33;
  static constexpr double exp_min = -746., exp_max = 710.;
  static constexpr int64_t sqrt_half = 0x3fe6a09e667f3bcd;
  static constexpr int64_t head = ~0x7ffffff;  // keeps 26 bits
  static constexpr double log2_of_e = 0x1.71547652b82fep+0, log2_of_e_hi = 0x1.715476p+0,
                          log2_of_e_lo = 0x1.4ae0bf85ddf44p-26;
  static constexpr double log10_of_e = 0x1.bcb7b1526e50ep-2, log10_of_e_hi = 0x1.bcb7b1p-2,
                          log10_of_e_lo = 0x1.49b9438ca9aaep-28;
  static constexpr double log10_2_hi = 0x1.34413508p-2, log10_2_lo = 0x1.f79fef311f12bp-34;
  static constexpr double exp_p[] = {0.500000000000000549,   0.166666666666666859,
                                     0.0416666666665741072,  0.00833333333331461745,
                                     0.00138888889322544649, 0.000198412699029986856,
                                     0.0000248015045710648,  2.75572279679250968e-6,
                                     2.76262833504955423e-7, 2.51144717381549554e-8};
  static constexpr double tanh_p[] = {
      -0.333333333333328735,    0.133333333332643093,    -0.0539682539321998272,
      0.0218694875954890416,    -0.00886322123440911972, 0.00359199088613714514,
      -0.00145496695965759843,  0.000586340955276220383, -0.000228609889044332669,
      0.0000771925593604977589, -0.000016094487887949965};
  static constexpr double sin_p[] = {-0.166666666666666666,    0.00833333333333332282,
                                     -0.000198412698412551302, 2.75573192142235429e-6,
                                     -2.50521049203796924e-8,  1.60583677680216226e-10,
                                     -7.57875538785501171e-13};
  static constexpr double cos_p[] = {0.0416666666666666666,    -0.00138888888888888742,
                                     0.0000248015873015715331, -2.7557319215391705e-7,
                                     2.08767543697141239e-9,   -1.14702936679870263e-11,
                                     4.73812709669743836e-14};
  static constexpr double erfinv_p[] = {
      0.886226925452758058,     0.232013666534646196,     0.0115493420385280938,
      -0.00233510164478045308,  -0.000128043273563828143, 0.0000466113576384850956,
      2.02020990115768861e-6,   -1.0129716399277593e-6,   -3.67166894833105426e-8,
      2.21882365042304395e-8,   1.24116330891886622e-9,   -8.28648725214565512e-10,
      1.32598137125573257e-10,  -4.45932900190363557e-11, 1.71939527060845507e-11,
      -4.07508189346669894e-12, 6.11073761750947618e-13,  -6.01267714831595727e-14,
      3.82132556547003793e-15,  -1.43759009793881011e-16, 2.44935312161380914e-18};
};

// c[0] + c[1] x + c[2] x^2 + ...
template <class T, int N>
NNCORE_INLINE Vec<T> polynomial(Vec<T> x, const T (&c)[N]) {
  Vec<T> sum = broadcast(c[N - 1]);
  for (int i = N - 2; i >= 0; --i) sum = fma(sum, x, broadcast(c[i]));
  return sum;
}

// ---- exponentials ------------------------------------------------------------------------------

// p * 2^n, rounded once, for whole n within the range that exp's clamp leaves.
template <class T>
NNCORE_INLINE Vec<T> scale(Vec<T> p, Vec<T> n) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return (Vec<T>)_mm512_scalef_ps((__m512)p, (__m512)n);
  else
    return (Vec<T>)_mm512_scalef_pd((__m512d)p, (__m512d)n);
#else
  using F = Float<T>;
  const Mask<T> whole = to_int(n), half = whole >> 1;  // two steps, for 2^n alone may not be normal
  return p * (Vec<T>)((half + F::bias) << F::mantissa) *
         (Vec<T>)((whole - half + F::bias) << F::mantissa);
#endif
}

template <class T>
struct ExpParts {
  Vec<T> n, r, bend;  // exp(x) = 2^n (1 + r + bend), |r| <= ln(2)/2, bend = expm1(r) - r
};

template <class T>
NNCORE_INLINE ExpParts<T> exp_parts(Vec<T> x) {
  using F = Float<T>;
  x = max2(broadcast(F::exp_min), min2(broadcast(F::exp_max), x));  // in this order NaN survives
  const Vec<T> n = round_even(x * F::log2e);
  const Vec<T> r = fma(n, broadcast(-F::ln2_lo), fma(n, broadcast(-F::ln2_hi), x));
  return {n, r, r * r * polynomial<T>(r, F::exp_p)};
}

// e^x, 1 ULP.
template <class T>
NNCORE_INLINE Vec<T> exp(Vec<T> x) {
  const ExpParts<T> e = exp_parts<T>(x);
  return scale<T>(e.bend + e.r + 1, e.n);
}

// e^x - 1, 2 ULP. Above 40 the 1 is lost, and 2^n could overflow by itself.
template <class T>
NNCORE_INLINE Vec<T> expm1(Vec<T> x) {
  const ExpParts<T> e = exp_parts<T>(x);
  const Vec<T> power = scale<T>(broadcast<T>(1), e.n);
  const Vec<T> near = fma(power, e.bend, fma(power, e.r, power - 1));
  return copysign(x > 40 ? scale<T>(e.bend + e.r + 1, e.n) : near, x);
}

// tanh x, 2 ULP: an odd polynomial near 0, beyond it 1 - 2 / (e^2x + 1).
template <class T>
NNCORE_INLINE Vec<T> tanh(Vec<T> x) {
  const Vec<T> a = abs(x), z = x * x;
  const Vec<T> near = fma(a * z, polynomial<T>(z, Float<T>::tanh_p), a);
  const Vec<T> far = 1 - 2 / (exp<T>(a + a) + 1);
  return copysign(a < T(0.625) ? near : far, x);
}

// 1 / (1 + e^-x), 2 ULP, also where it is tiny: with e = e^-|x| and t = e / (1 + e) it is e - e t
// for negative x and 1 - t otherwise.
template <class T>
NNCORE_INLINE Vec<T> sigmoid(Vec<T> x) {
  const Vec<T> e = exp<T>(-abs(x)), whole = x < 0 ? e : broadcast<T>(1);
  return fma(-whole, e / (e + 1), whole);
}

// ---- logarithms --------------------------------------------------------------------------------

template <class T>
struct LogParts {
  Vec<T> exponent, f;  // x = 2^exponent (1 + f), sqrt(1/2) <= 1 + f < sqrt(2)
};

template <class T>
NNCORE_INLINE LogParts<T> log_parts(Vec<T> x) {
  using F = Float<T>;
  const Mask<T> small = x < F::tiny;  // denormals: scaled up by 2^(mantissa + 2), exactly
  const Vec<T> up = broadcast(static_cast<T>(int64_t{1} << (F::mantissa + 2)));
  const Mask<T> bits = (Mask<T>)(small ? x * up : x);
  const Mask<T> e = (bits - F::sqrt_half) >> F::mantissa;
  const Vec<T> m = (Vec<T>)(bits - (e << F::mantissa));
  const Vec<T> shift = small ? broadcast(static_cast<T>(F::mantissa + 2)) : Vec<T>{};
  return {to_float(e) - shift, m - 1};
}

// log(1 + f) - f on the interval above.
NNCORE_INLINE vf32 log_tail(vf32 f) {
  static constexpr float p[] = {0.3333331673f, -0.2500080898f, 0.2000228571f, -0.1662459652f,
                                0.1418121998f, -0.1312840862f, 0.1288136756f, -0.07860147694f};
  const vf32 z = f * f;
  return fma(z * f, polynomial<float>(f, p), z * -0.5f);
}
NNCORE_INLINE vf64 log_tail(vf64 f) {  // through atanh: log(1 + f) = 2 atanh(f / (2 + f))
  static constexpr double p[] = {0.666666666666673453, 0.399999999994135832, 0.285714287426808462,
                                 0.222221985388306907, 0.181835663074525624, 0.153139952896088572,
                                 0.147965451435731671};
  const vf64 s = f / (f + 2), z = s * s, half = f * f * 0.5;
  return fma(s, fma(z, polynomial<double>(z, p), half), -half);
}

// What every logarithm does at the ends of its domain, `y` being right for 0 < x < infinity.
template <class T>
NNCORE_INLINE Vec<T> log_ends(Vec<T> x, Vec<T> y) {
  y = x < Float<T>::inf ? y : x;  // infinity and NaN
  y = x < 0 ? broadcast(Float<T>::nan) : y;
  return x == 0 ? broadcast(-Float<T>::inf) : y;
}

// log x, 1 ULP.
template <class T>
NNCORE_INLINE Vec<T> log(Vec<T> x) {
  using F = Float<T>;
  const LogParts<T> a = log_parts<T>(x);
  const Vec<T> low = a.f + fma(a.exponent, broadcast(F::ln2_lo), log_tail(a.f));
  return log_ends<T>(x, fma(a.exponent, broadcast(F::ln2_hi), low));
}

// log(1 + x), 2 ULP. What 1 + x loses in rounding is given back to f.
template <class T>
NNCORE_INLINE Vec<T> log1p(Vec<T> x) {
  using F = Float<T>;
  const Vec<T> u = x + 1, x_part = u - 1, lost = (1 - (u - x_part)) + (x - x_part);
  const Mask<T> bits = (Mask<T>)u, e = (bits - F::sqrt_half) >> F::mantissa;
  const Vec<T> m = (Vec<T>)(bits - (e << F::mantissa)), exponent = to_float(e);
  const Vec<T> inverse = (Vec<T>)((F::bias - e) << F::mantissa);  // 2^-e
  const Vec<T> f = (m - 1) + (u < T(0x1p60) ? lost * inverse : Vec<T>{});
  const Vec<T> low = f + fma(exponent, broadcast(F::ln2_lo), log_tail(f));
  const Vec<T> y = fma(exponent, broadcast(F::ln2_hi), low);
  const Vec<T> inside = x < F::inf ? y : x;
  const Vec<T> ends = x == -1 ? broadcast(-F::inf) : broadcast(F::nan);
  return x == 0 ? x : (x <= -1 ? ends : inside);
}

// (f + tail) * k with k = hi + lo in full precision: the product of the heads is exact.
template <class T>
NNCORE_INLINE Vec<T> times_constant(Vec<T> base, Vec<T> f, T k, T hi, T lo) {
  const Vec<T> head = (Vec<T>)((Mask<T>)f & Float<T>::head), rest = f - head;
  const Vec<T> low = fma(rest, broadcast(hi), fma(f, broadcast(lo), log_tail(f) * k));
  return (base + head * hi) + low;
}

// log2 x, 2 ULP; exact for powers of two.
template <class T>
NNCORE_INLINE Vec<T> log2(Vec<T> x) {
  using F = Float<T>;
  const LogParts<T> a = log_parts<T>(x);
  return log_ends<T>(
      x, times_constant<T>(a.exponent, a.f, F::log2_of_e, F::log2_of_e_hi, F::log2_of_e_lo));
}

// log10 x, 2 ULP.
template <class T>
NNCORE_INLINE Vec<T> log10(Vec<T> x) {
  using F = Float<T>;
  const LogParts<T> a = log_parts<T>(x);
  const Vec<T> y = times_constant<T>(a.exponent * F::log10_2_hi, a.f, F::log10_of_e,
                                     F::log10_of_e_hi, F::log10_of_e_lo);
  return log_ends<T>(x, fma(a.exponent, broadcast(F::log10_2_lo), y));
}

// log(1 + e^x), 2 ULP: max(x, 0) + log(1 + e) with e = e^-|x| in (0, 1], where 1 + e needs no more
// than halving above sqrt(2).
template <class T>
NNCORE_INLINE Vec<T> softplus(Vec<T> x) {
  using F = Float<T>;
  const Vec<T> e = exp<T>(-abs(x));
  const Mask<T> halve = e > T(0.41421356);
  const Vec<T> f = halve ? (e - 1) * T(0.5) : e;
  const Vec<T> low = f + ((halve ? broadcast(F::ln2_lo) : Vec<T>{}) + log_tail(f));
  return max2(Vec<T>{}, x) + ((halve ? broadcast(F::ln2_hi) : Vec<T>{}) + low);
}

// ---- circular functions ------------------------------------------------------------------------

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

// ---- error function ----------------------------------------------------------------------------

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
