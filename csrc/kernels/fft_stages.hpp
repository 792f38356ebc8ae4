// The stages of a Fourier transform of n complex numbers; n has no prime factor above 13.
//
// Stockham's form: each stage takes a factor r of n, combines r elements that lie n / r apart, and
// writes results in their final order; so there is no shuffling, and the inner loop runs over
// neighbours. Roots of unity come as an operand, cos and sin of 2 pi k / n, rounded once.
#pragma once

#include "kernels/check.hpp"
#include "kernels/loops.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
struct Complex {
  T *re, *im;
};

// The roots exp(sign 2 pi i k / n).
template <class T>
struct Roots {
  const T *cos, *sin;
  T sign;
};

// 4 first: one stage for two factors of 2.
inline constexpr auto next_factor = [](int64_t n) -> int64_t {
  for (const int64_t r : {4, 2, 3, 5, 7, 11, 13})
    if (n % r == 0) return r;
  return 0;
};

// One stage for a factor R: `done` is the product of the factors before, `rest` what remains of n
// behind this one.
template <class T, int R>
void stage(const Complex<const T>& x, const Complex<T>& y, const Roots<T>& roots, int64_t done,
           int64_t rest) {
  const int64_t n = done * R * rest, part = n / R;
  T c[R], s[R];  // the R-th roots
  for (int j = 0; j < R; ++j) {
    c[j] = roots.cos[j * part];
    s[j] = roots.sign * roots.sin[j * part];
  }
  for (int64_t p = 0; p < rest; ++p) {
    T wc[R], ws[R];
    for (int k = 0; k < R; ++k) {
      wc[k] = roots.cos[p * k * done];
      ws[k] = roots.sign * roots.sin[p * k * done];
    }
    const T *re = x.re + p * done, *im = x.im + p * done;
    T *to_re = y.re + p * R * done, *to_im = y.im + p * R * done;
    NNCORE_INDEPENDENT
    for (int64_t q = 0; q < done; ++q) {
      T a[R], b[R];
      for (int j = 0; j < R; ++j) {
        a[j] = re[q + j * part];
        b[j] = im[q + j * part];
      }
      T u[R], v[R];
      if constexpr (R == 2) {
        u[0] = a[0] + a[1], v[0] = b[0] + b[1];
        u[1] = a[0] - a[1], v[1] = b[0] - b[1];
      } else if constexpr (R == 4) {
        const T e = a[0] + a[2], f = b[0] + b[2], g = a[0] - a[2], h = b[0] - b[2];
        const T i = a[1] + a[3], j = b[1] + b[3];
        const T k = roots.sign * (a[1] - a[3]), l = roots.sign * (b[1] - b[3]);
        u[0] = e + i, v[0] = f + j;
        u[1] = g - l, v[1] = h + k;
        u[2] = e - i, v[2] = f - j;
        u[3] = g + l, v[3] = h - k;
      } else {
        for (int k = 0; k < R; ++k) {
          T sum_re = a[0], sum_im = b[0];
          for (int j = 1; j < R; ++j) {
            const int at = j * k % R;
            sum_re += a[j] * c[at] - b[j] * s[at];
            sum_im += a[j] * s[at] + b[j] * c[at];
          }
          u[k] = sum_re, v[k] = sum_im;
        }
      }
      to_re[q] = u[0], to_im[q] = v[0];
      for (int k = 1; k < R; ++k) {
        to_re[q + k * done] = u[k] * wc[k] - v[k] * ws[k];
        to_im[q + k * done] = u[k] * ws[k] + v[k] * wc[k];
      }
    }
  }
}

template <class T>
void any_stage(int64_t factor, const Complex<const T>& x, const Complex<T>& y,
               const Roots<T>& roots, int64_t done, int64_t rest) {
  switch (factor) {
    case 2:
      return stage<T, 2>(x, y, roots, done, rest);
    case 3:
      return stage<T, 3>(x, y, roots, done, rest);
    case 4:
      return stage<T, 4>(x, y, roots, done, rest);
    case 5:
      return stage<T, 5>(x, y, roots, done, rest);
    case 7:
      return stage<T, 7>(x, y, roots, done, rest);
    case 11:
      return stage<T, 11>(x, y, roots, done, rest);
    default:
      return stage<T, 13>(x, y, roots, done, rest);
  }
}

// Stages go to and fro between the result and the spare memory, so that the last one meets the
// result.
template <class T>
void transform(const Complex<const T>& x, const Complex<T>& y, const Complex<T>& spare,
               const Roots<T>& roots, int64_t n) {
  int stages = 0;
  for (int64_t rest = n; rest > 1; rest /= next_factor(rest)) ++stages;
  if (stages == 0) {
    for (int64_t i = 0; i < n; ++i) y.re[i] = x.re[i], y.im[i] = x.im[i];
    return;
  }
  Complex<const T> from = x;
  int64_t done = 1, rest = n;
  for (int left = stages; left > 0; --left) {
    const int64_t factor = next_factor(rest);
    rest /= factor;
    const Complex<T>& to = left % 2 == 1 ? y : spare;
    any_stage(factor, from, to, roots, done, rest);
    from = {to.re, to.im};
    done *= factor;
  }
}

// Nanoseconds for a transform of length n, per element; 0 for a length that has none.
inline constexpr auto fft_cost_of_element = [](int64_t n) -> double {
  double factors = 0;
  for (int64_t rest = n; rest > 1;) {
    const int64_t factor = next_factor(rest);
    factors += static_cast<double>(factor);
    rest /= factor;
  }
  return 0.7 * factors;
};

inline constexpr auto has_small_factors = [](int64_t n) -> bool {
  while (n > 1) {
    const int64_t factor = next_factor(n);
    if (factor == 0) return false;
    n /= factor;
  }
  return true;
};

}  // namespace nncore::NNCORE_ISA
