// What the elementary functions know of float and double, and polynomials.
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
  static constexpr float sinh_max = 89.5f;                  // where sinh is infinite already
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
  static constexpr float sinh_p[] = {0.1666666649f, 0.008333350592f, 0.0001983606712f,
                                     2.817435437e-6f};
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
  static constexpr double sinh_max = 710.5;
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
  static constexpr double sinh_p[] = {0.166666666666666674,    0.00833333333333313882,
                                      0.000198412698414376726, 2.75573191553391895e-6,
                                      2.50521233982350295e-8,  1.605724036307525e-10,
                                      7.75931162153413606e-13};
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

}  // namespace nncore::NNCORE_ISA
