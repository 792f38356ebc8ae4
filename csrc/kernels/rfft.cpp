// rfft: X[k] = sum over j < n of x[j] exp(-2 pi i j k / n) for k <= n / 2, of real x (..., n).
// irfft: x[j] = sum over k < n of X[k] exp(2 pi i j k / n), where X[n - k] is the conjugate of X[k]
// and the imaginary parts of X[0] and X[n / 2] count for nothing. Not scaled.
//
// n = 2 m is even: even and odd elements are the parts of m complex numbers z, whose transform Z
// gives X through one more step of roots. m has no prime factor above 13. Operands beside the
// numbers: the roots of m (2, m) and those of n (2, m), cos and sin of 2 pi k / n for k < m.
#include "kernels/fft_stages.hpp"

namespace nncore::NNCORE_ISA {
namespace {

// One member's memory: three arrays of m complex numbers.
template <class T>
struct HalfTransform {
  int64_t m;
  const T *roots, *twice;  // cos of the roots of m and of n; their sin lies m further on
  T* own;

  Complex<T> part(int k) const { return {own + 2 * k * m, own + (2 * k + 1) * m}; }
  Complex<T> input() const { return part(0); }
  Complex<T> output() const { return part(1); }
  void run(bool inverse) const {
    const Complex<T> z = input();
    transform<T>({z.re, z.im}, output(), part(2), {roots, roots + m, T(inverse ? 1 : -1)}, m);
  }

  void forward(const T* x, T* re, T* im) const {
    const Complex<T> z = input(), y = output();
    NNCORE_INDEPENDENT
    for (int64_t j = 0; j < m; ++j) z.re[j] = x[2 * j], z.im[j] = x[2 * j + 1];
    run(false);
    const T *cos = twice, *sin = twice + m;
    re[0] = y.re[0] + y.im[0], im[0] = 0;
    re[m] = y.re[0] - y.im[0], im[m] = 0;
    NNCORE_INDEPENDENT
    for (int64_t k = 1; k < m; ++k) {
      const T a = y.re[k], b = y.im[k], c = y.re[m - k], d = y.im[m - k];
      re[k] = T(0.5) * ((a + c) + (cos[k] * (b + d) - sin[k] * (a - c)));
      im[k] = T(0.5) * ((b - d) - (cos[k] * (a - c) + sin[k] * (b + d)));
    }
  }

  void backward(const T* re, const T* im, T* x) const {
    const Complex<T> z = input(), y = output();
    const T *cos = twice, *sin = twice + m;
    z.re[0] = re[0] + re[m], z.im[0] = re[0] - re[m];
    NNCORE_INDEPENDENT
    for (int64_t k = 1; k < m; ++k) {
      const T a = re[k], b = im[k], c = re[m - k], d = im[m - k];
      z.re[k] = (a + c) - (sin[k] * (a - c) + cos[k] * (b + d));
      z.im[k] = (b - d) + (cos[k] * (a - c) - sin[k] * (b + d));
    }
    run(true);
    NNCORE_INDEPENDENT
    for (int64_t j = 0; j < m; ++j) x[2 * j] = y.re[j], x[2 * j + 1] = y.im[j];
  }
};

const Operand& real_of(const Call& call, bool inverse) {
  return inverse ? call.ops[call.n_in] : call.ops[0];
}

template <class T>
void run_halves(const Call& call, const Team& team, bool inverse) {
  const Operand& real = real_of(call, inverse);
  const int64_t n = row_length(real), m = n / 2, half = m + 1;
  const int roots = call.n_in - 2;
  const HalfTransform<T> at{m, data_of<T>(call, roots), data_of<T>(call, roots + 1),
                            reinterpret_cast<T*>(call.scratch) + team.tid * 6 * m};
  const Range range = share(row_count(real), team);
  for (int64_t row = range.begin; row < range.end; ++row) {
    if (inverse)
      at.backward(data_of<T>(call, 0) + row * half, data_of<T>(call, 1) + row * half,
                  data_of<T>(call, 4) + row * n);
    else
      at.forward(data_of<T>(call, 0) + row * n, data_of<T>(call, 3) + row * half,
                 data_of<T>(call, 4) + row * half);
  }
}

void run_halves(const Call& call, const Team& team, bool inverse) {
  if (call.ops[0].dtype == f32)
    run_halves<float>(call, team, inverse);
  else
    run_halves<double>(call, team, inverse);
}

const char* check_halves(const Call& call, bool inverse) {
  const int n_in = inverse ? 4 : 3, n_out = inverse ? 1 : 2;
  if (!has_counts(call, n_in, n_out, 0, 0) || !same_float(call))
    return "expects floats of one type: numbers, the roots of N / 2 and of N; no attributes";
  const Operand& real = real_of(call, inverse);
  if (real.ndim < 1) return "expects arrays of at least one dimension";
  const int64_t n = row_length(real), m = n / 2;
  if (n < 2 || n % 2 != 0 || !has_small_factors(m))
    return "expects an even length without prime factors above 13";
  for (int k = 0; k < 2; ++k) {
    const Operand& part = inverse ? call.ops[k] : call.ops[n_in + k];
    if (part.ndim != real.ndim || row_length(part) != m + 1)
      return "expects parts of N / 2 + 1 numbers";
    for (int d = 0; d + 1 < real.ndim; ++d)
      if (part.shape[d] != real.shape[d]) return "expects as many rows of parts as of numbers";
    const Operand& roots = call.ops[n_in - 2 + k];
    if (roots.ndim != 2 || roots.shape[0] != 2 || roots.shape[1] != m)
      return "expects roots (2, N / 2)";
  }
  return nullptr;
}

double cost_of_halves(const Call& call, bool inverse) {
  const Operand& real = real_of(call, inverse);
  return 50 + static_cast<double>(element_count(real)) *
                  (1 + fft_cost_of_element(row_length(real) / 2) / 2);
}

int64_t scratch_of_halves(const Call& call, bool inverse, int team) {
  const Operand& real = real_of(call, inverse);
  return team * 3 * row_length(real) * (real.dtype == f32 ? 4 : 8);
}

}  // namespace

#define NNCORE_HALVES(name, inverse)                                           \
  void name##_run(const Call& c, const Team& t) { run_halves(c, t, inverse); } \
  const char* name##_check(const Call& c) { return check_halves(c, inverse); } \
  double name##_cost(const Call& c) { return cost_of_halves(c, inverse); }     \
  int64_t name##_scratch(const Call& c, int team) { return scratch_of_halves(c, inverse, team); }
NNCORE_HALVES(rfft, false)
NNCORE_HALVES(irfft, true)
#undef NNCORE_HALVES

}  // namespace nncore::NNCORE_ISA
