// Logarithms.
#pragma once

#include "kernels/math_exp.hpp"

namespace nncore::NNCORE_ISA {

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
#if defined(__AVX512F__)
// By class of x, four bits each: NaNs stay, 0 gives -infinity, what is negative NaN.
constexpr int kLogEnds = 0x03530422;
NNCORE_INLINE vf32 log_ends(vf32 x, vf32 y) {
  const __m512i ends = _mm512_set1_epi32(kLogEnds);
  return (vf32)_mm512_fixupimm_ps((__m512)y, (__m512)x, ends, 0);
}
NNCORE_INLINE vf64 log_ends(vf64 x, vf64 y) {
  const __m512i ends = _mm512_set1_epi64(kLogEnds);
  return (vf64)_mm512_fixupimm_pd((__m512d)y, (__m512d)x, ends, 0);
}
#else
template <class V>
NNCORE_INLINE V log_ends(V x, V y) {
  using F = Float<std::remove_reference_t<decltype(x[0])> >;
  y = x < F::inf ? y : x;  // infinity and NaN
  y = x < 0 ? V{} + F::nan : y;
  return x == 0 ? V{} - F::inf : y;
}
#endif

// log x, 1 ULP.
template <class T>
NNCORE_INLINE Vec<T> log(Vec<T> x) {
  using F = Float<T>;
  const LogParts<T> a = log_parts<T>(x);
  const Vec<T> low = a.f + fma(a.exponent, broadcast(F::ln2_lo), log_tail(a.f));
  return log_ends(x, fma(a.exponent, broadcast(F::ln2_hi), low));
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
  return log_ends(
      x, times_constant<T>(a.exponent, a.f, F::log2_of_e, F::log2_of_e_hi, F::log2_of_e_lo));
}

// log10 x, 2 ULP.
template <class T>
NNCORE_INLINE Vec<T> log10(Vec<T> x) {
  using F = Float<T>;
  const LogParts<T> a = log_parts<T>(x);
  const Vec<T> y = times_constant<T>(a.exponent * F::log10_2_hi, a.f, F::log10_of_e,
                                     F::log10_of_e_hi, F::log10_of_e_lo);
  return log_ends(x, fma(a.exponent, broadcast(F::log10_2_lo), y));
}

// log(1 + e^x), 2 ULP: max(x, 0) + log(1 + e) with e = e^-|x| in (0, 1], where 1 + e needs no more
// than halving above sqrt(2).
template <class T>
NNCORE_INLINE Vec<T> softplus(Vec<T> x) {
  using F = Float<T>;
  const Vec<T> e = exp<T>(minus_abs(x));
  const Mask<T> halve = e > T(0.41421356);
  const Vec<T> f = halve ? (e - 1) * T(0.5) : e;
  const Vec<T> low = f + ((halve ? broadcast(F::ln2_lo) : Vec<T>{}) + log_tail(f));
  return max2(Vec<T>{}, x) + ((halve ? broadcast(F::ln2_hi) : Vec<T>{}) + low);
}

}  // namespace nncore::NNCORE_ISA
