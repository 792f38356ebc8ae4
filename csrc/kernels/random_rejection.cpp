// random_gamma, random_binomial: distributions that are drawn by proposing and rejecting.
//
// Element i of the output depends on (key, counter, stream, i) and its own parameters alone: its
// proposals take their uniform numbers from Philox blocks (see random.cpp) whose counter is made of
// i and of the number of the proposal, so no element waits for how often another was rejected.
// Everything is computed in double, whatever the output.
//
// random_gamma: seed (2), alpha -> out, of alpha's shape and type. ints [stream, kind]:
//   0 a gamma variable of shape alpha and scale 1;   1 its logarithm, exact where it underflows
// random_binomial: seed (2), counts, probabilities -> out, all of one shape and type. ints
// [stream]. Parameters that name no distribution give NaN.
#include "kernels/check.hpp"
#include "kernels/random_gamma.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

uint32_t word_of(int64_t x, int which) {
  return static_cast<uint32_t>(static_cast<uint64_t>(x) >> (32 * which));
}

// The uniform numbers of one element, as many as it asks for.
class Uniforms {
 public:
  Uniforms(const int64_t* seed, int64_t stream, int64_t element)
      : key_{word_of(seed[0], 0), word_of(seed[0], 1)},
        counter_{word_of(element, 0), word_of(seed[1], 0), word_of(seed[1], 1) ^ word_of(stream, 1),
                 word_of(stream, 0) ^ word_of(element, 1) << 16} {}

  // In (0, 1), symmetric: 52 bits and a half.
  double next() {
    if (left_ == 0) {
      fill();
      left_ = 2;
    }
    --left_;
    const uint64_t word = uint64_t{words_[2 * left_ + 1]} << 32 | words_[2 * left_];
    return (static_cast<double>(word >> 12) + 0.5) * 0x1p-52;
  }

 private:
  void fill() {
    // Blocks follow each other in the stream's upper half; plain draws of a stream below 2^20 have
    // 0 there.
    ++block_;
    uint32_t a = counter_[0], b = counter_[1], c = counter_[2], d = counter_[3] ^ block_ << 20;
    uint32_t k0 = key_[0], k1 = key_[1];
    for (int round = 0; round < 10; ++round) {
      const uint64_t p = uint64_t{0xD2511F53} * a, q = uint64_t{0xCD9E8D57} * c;
      a = static_cast<uint32_t>(q >> 32) ^ b ^ k0;
      c = static_cast<uint32_t>(p >> 32) ^ d ^ k1;
      b = static_cast<uint32_t>(q);
      d = static_cast<uint32_t>(p);
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    words_[0] = a, words_[1] = b, words_[2] = c, words_[3] = d;
  }

  uint32_t key_[2], counter_[4], words_[4], block_ = 0;
  int left_ = 0;
};

// log k!: a sum below 16, Stirling's series above.
double log_factorial(double k) {
  if (k < 16) {
    double product = 1;
    for (int i = 2; i <= static_cast<int>(k); ++i) product *= i;
    return __builtin_log(product);
  }
  const double n = k + 1, n2 = n * n;
  const double series = (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / (1680 * n2)) / n2) / n2) / n;
  return (n - 0.5) * __builtin_log(n) - n + 0.91893853320467274178 + series;
}

// Few successes are expected: the distribution function is walked up from 0.
double binomial_by_walk(double n, double p, Uniforms& random) {
  const double odds = p / (1 - p);
  double u = random.next(), mass = __builtin_exp(n * __builtin_log1p(-p)), k = 0;
  while (u > mass && k < n) {
    u -= mass;
    ++k;
    mass *= odds * (n - k + 1) / k;
    if (mass < 1e-300) break;
  }
  return k;
}

// Hoermann, "The generation of binomial random variates" (1993), algorithm BTRS: a transformed
// table mountain covers the distribution, for n p >= 10 and p <= 1/2.
double binomial_by_rejection(double n, double p, Uniforms& random) {
  const double deviation = __builtin_sqrt(n * p * (1 - p)), b = 1.15 + 2.53 * deviation;
  const double a = -0.0873 + 0.0248 * b + 0.01 * p, centre = n * p + 0.5;
  const double sure = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * deviation;
  const double mode = __builtin_floor((n + 1) * p), odds = __builtin_log(p / (1 - p));
  const double at_mode = log_factorial(mode) + log_factorial(n - mode);
  for (int proposal = 0; proposal < kProposals; ++proposal) {
    const double u = random.next() - 0.5, v = random.next();
    const double edge = 0.5 - __builtin_fabs(u),
                 k = __builtin_floor((2 * a / edge + b) * u + centre);
    if (edge >= 0.07 && v <= sure) return k;
    if (k < 0 || k > n) continue;
    const double height = __builtin_log(v * alpha / (a / (edge * edge) + b));
    if (height <= at_mode - log_factorial(k) - log_factorial(n - k) + (k - mode) * odds) return k;
  }
  return mode;
}

double binomial_variable(double n, double p, Uniforms& random) {
  n = __builtin_floor(n);
  if (!(n >= 0) || !(p >= 0) || p > 1 || n > 0x1p53) return __builtin_nan("");
  const double rare = p > 0.5 ? 1 - p : p;
  const double k =
      n * rare < 10 ? binomial_by_walk(n, rare, random) : binomial_by_rejection(n, rare, random);
  return p > 0.5 ? n - k : k;
}

const char* check_draw(const Call& c, int n_in, int n_ints) {
  if (!has_counts(c, n_in, 1, n_ints, 0)) return "expects seed (2,), parameters, one output";
  const Operand &seed = c.ops[0], &out = c.ops[n_in];
  if (seed.dtype != i64 || seed.ndim != 1 || seed.shape[0] != 2)
    return "expects an int64 seed of shape (2,): key and counter";
  for (int i = 1; i < n_in; ++i)
    if (c.ops[i].dtype != out.dtype || !same_shape(c.ops[i], out))
      return "expects parameters of the output's type and shape";
  return is_float(out) ? nullptr : "expects a float32 or float64 output";
}

template <class T>
void run_gamma(const Call& c, const Team& team) {
  const int64_t* seed = data_of<int64_t>(c, 0);
  const int64_t stream = c.ints[0];
  const RandomSource source{
      {word_of(seed[0], 0), word_of(seed[0], 1)},
      {word_of(seed[1], 0), word_of(seed[1], 1) ^ word_of(stream, 1), word_of(stream, 0)}};
  const T* alpha = data_of<T>(c, 1);
  T* out = data_of<T>(c, 2);
  GammaQueue queue;
  const Range part = share(element_count(c.ops[2]), team);
  for (int64_t i = part.begin; i < part.end; ++i) {
    const double a = static_cast<double>(alpha[i]);
    if (a > 0 && a <= 1.7e308)
      queue.add(i, a);
    else
      out[i] = static_cast<T>(__builtin_nan(""));
    if (queue.count == GammaQueue::kLength) draw_gamma(source, queue, c.ints[1] != 0, out);
  }
  draw_gamma(source, queue, c.ints[1] != 0, out);
}

template <class T>
void run_binomial(const Call& c, const Team& team) {
  const int64_t* seed = data_of<int64_t>(c, 0);
  const Range part = share(element_count(c.ops[3]), team);
  for (int64_t i = part.begin; i < part.end; ++i) {
    Uniforms random(seed, c.ints[0], i);
    const double n = static_cast<double>(data_of<T>(c, 1)[i]);
    const double p = static_cast<double>(data_of<T>(c, 2)[i]);
    data_of<T>(c, 3)[i] = static_cast<T>(binomial_variable(n, p, random));
  }
}

}  // namespace

const char* random_gamma_check(const Call& c) {
  if (const char* wrong = check_draw(c, 2, 2)) return wrong;
  return c.ints[1] == 0 || c.ints[1] == 1 ? nullptr : "expects kind 0 or 1";
}
double random_gamma_cost(const Call& c) {
  return 50 + 15 * static_cast<double>(element_count(c.ops[1]));
}
void random_gamma_run(const Call& c, const Team& team) {
  c.ops[1].dtype == f32 ? run_gamma<float>(c, team) : run_gamma<double>(c, team);
}

const char* random_binomial_check(const Call& c) { return check_draw(c, 3, 1); }
double random_binomial_cost(const Call& c) {
  return 50 + 150 * static_cast<double>(element_count(c.ops[1]));
}
void random_binomial_run(const Call& c, const Team& team) {
  c.ops[1].dtype == f32 ? run_binomial<float>(c, team) : run_binomial<double>(c, team);
}

}  // namespace nncore::NNCORE_ISA
