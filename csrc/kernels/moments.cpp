// Statistics of normalisations, over x (A, R, K, S), contiguous, float or double:
//
//   moments        mean[a, k] = sum over r, s of x / N,  variance[a, k] = sum (x - mean)^2 / N
//   centred_sums   s0[a, k] = sum over r, s of g,  s1[a, k] = sum g (x - mean[a, k])
//
// with N = R S; over nothing mean and variance are NaN. Channels at the end are (1, rows, C, 1),
// channels in front of pixels (1, B, C, pixels), the statistics of each sample (B, pixels, C, 1).
//
// Memory is read once. moments takes blocks that stay in the first-level cache: first their mean,
// then the deviations from it; blocks are combined in double with the parallel form of Welford's
// update. So the error of the variance is a few roundings, however far the mean is from 0. Sums are
// kept in float for one block and in double beyond.
//
// S = 1: strips of up to four vectors of channels go down the rows. Otherwise each output's runs of
// S numbers are walked in vectors. Few outputs of much work are cut along R into parts that depend
// on the shape alone; their results wait in scratch and are combined in order.
#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

constexpr int64_t kBlockRows = 64, kBlockRun = 2048;  // of a strip; of a run
constexpr int kStrip = 4;                             // vectors
constexpr int kStripLanes = kStrip * kLanes<float>;
constexpr int64_t kPartWork = 1 << 15, kMostParts = 64, kEnoughItems = 16;

struct Shape {
  int64_t a, r, k, s;
  int64_t strips, width;  // S = 1: strips of `width` channels; otherwise K strips of one channel
  int64_t parts;
};

Shape shape_of(const Operand& x) {
  Shape p{x.shape[0], x.shape[1], x.shape[2], x.shape[3], 0, 1, 1};
  const int64_t lanes = kVecBytes / (x.dtype == f32 ? 4 : 8);
  if (p.s == 1) p.width = kStrip * lanes;
  p.strips = (p.k + p.width - 1) / p.width;
  const int64_t items = p.a * p.strips;
  const int64_t work = p.r * p.s * (p.k < p.width ? p.k : p.width);
  if (items > 0 && items < kEnoughItems && work > kPartWork) {
    p.parts = work / kPartWork;
    if (p.parts > kMostParts) p.parts = kMostParts;
    if (p.parts > p.r) p.parts = p.r;
  }
  return p;
}

// Count, sum and sum of squared deviations from the mean of what has been seen, for one output.
struct Seen {
  double n = 0, sum = 0, squares = 0;
  __attribute__((always_inline)) void add(const Seen& block) {
    if (block.n == 0) return;
    const double delta = block.sum / block.n - (n > 0 ? sum / n : 0);
    squares += block.squares + delta * delta * (n * block.n / (n + block.n));
    sum += block.sum;
    n += block.n;
  }
};

// The same for the channels of a strip, which have been seen equally often.
struct SeenStrip {
  double n = 0, sum[kStripLanes] = {}, squares[kStripLanes] = {};
  Seen operator[](int64_t i) const { return {n, sum[i], squares[i]}; }
};

// The sum of deviations from a rounded mean corrects it; it is NaN where the mean is infinite.
NNCORE_INLINE double known(double correction) { return correction == correction ? correction : 0; }

struct Sums {
  double s0 = 0, s1 = 0;
  __attribute__((always_inline)) void add(const Sums& other) {
    s0 += other.s0;
    s1 += other.s1;
  }
};

struct SumsStrip {
  double s0[kStripLanes] = {}, s1[kStripLanes] = {};
  Sums operator[](int64_t i) const { return {s0[i], s1[i]}; }
};

template <class T>
NNCORE_INLINE void spill(double* to, Vec<T> v) {
  T lane[kLanes<T>];
  store(lane, v);
  for (int i = 0; i < kLanes<T>; ++i) to[i] = static_cast<double>(lane[i]);
}

template <class T>
NNCORE_INLINE double total_of(Vec<T> a, Vec<T> b) {
  return static_cast<double>(sum_lanes<T>(a + b)[0]);
}

// ---- moments -----------------------------------------------------------------------------------

template <class T>
struct Moments {
  using Result = Seen;
  using Strip = SeenStrip;
  using V = Vec<T>;
  static constexpr int lanes = kLanes<T>;
  const T* x;

  // Rows of N vectors (the last one `width` lanes) from `at` on.
  template <int N>
  __attribute__((noinline)) void block(int64_t at, int64_t rows, int64_t stride, int width,
                                       int64_t ch, Strip& to) const {
    const T* from = x + at;
    const auto in = [&](int64_t r, int v) __attribute__((always_inline)) {
      return N > 1 ? load(from + r * stride + v * lanes) : get(from + r * stride, width, T(0));
    };
    V even[N] = {}, odd[N] = {}, mean[N], d_even[N] = {}, d_odd[N] = {};
    int64_t r = 0;
    for (; r + 2 <= rows; r += 2)
      for (int v = 0; v < N; ++v) even[v] += in(r, v), odd[v] += in(r + 1, v);
    if (r < rows)
      for (int v = 0; v < N; ++v) even[v] += in(r, v);
    for (int v = 0; v < N; ++v) {
      mean[v] = (even[v] + odd[v]) / static_cast<T>(rows);
      even[v] = odd[v] = V{};
    }
    const auto add = [&](V value, int v, V& sum, V& squares) __attribute__((always_inline)) {
      const V d = value - mean[v];
      sum += d;
      squares = fma(d, d, squares);
    };
    for (r = 0; r + 2 <= rows; r += 2)
      for (int v = 0; v < N; ++v) {
        add(in(r, v), v, d_even[v], even[v]);
        add(in(r + 1, v), v, d_odd[v], odd[v]);
      }
    if (r < rows)
      for (int v = 0; v < N; ++v) add(in(r, v), v, d_even[v], even[v]);
    const auto n = static_cast<double>(rows);
    const double before = to.n > 0 ? 1 / to.n : 0, weight = to.n * n / (to.n + n);
    for (int v = 0; v < N; ++v) {
      double centre[lanes], error[lanes], square[lanes];
      spill<T>(centre, mean[v]);
      spill<T>(error, d_even[v] + d_odd[v]);
      spill<T>(square, even[v] + odd[v]);
      double *sums = to.sum + ch + v * lanes, *squares = to.squares + ch + v * lanes;
      for (int i = 0; i < lanes; ++i) {
        const double correction = error[i] / n;
        const double delta = centre[i] + correction - sums[i] * before;
        squares[i] += square[i] - error[i] * correction + delta * delta * weight;
        sums[i] += centre[i] * n + known(error[i]);
      }
    }
  }

  // A run of n numbers from `at` on, of output `ak`.
  void run(int64_t at, int64_t n, int64_t, Result& to) const {
    for (; n > 0; at += kBlockRun, n -= kBlockRun) {
      const int64_t length = n < kBlockRun ? n : kBlockRun;
      const T* from = x + at;
      V sum{}, more{};
      int64_t i = 0;
      for (; i + 2 * lanes <= length; i += 2 * lanes)
        sum += load(from + i), more += load(from + i + lanes);
      for (; i < length; i += lanes)
        sum += get(from + i, static_cast<int>(length - i < lanes ? length - i : lanes), T(0));
      const auto count = static_cast<double>(length);
      const T mean = static_cast<T>(total_of<T>(sum, more) / count);
      V d_sum{}, d_more{}, squares{}, more_squares{};
      for (i = 0; i + 2 * lanes <= length; i += 2 * lanes) {
        const V d = load(from + i) - mean, e = load(from + i + lanes) - mean;
        d_sum += d;
        d_more += e;
        squares = fma(d, d, squares);
        more_squares = fma(e, e, more_squares);
      }
      for (; i < length; i += lanes) {
        const int width = static_cast<int>(length - i < lanes ? length - i : lanes);
        const V d = get(from + i, width, mean) - mean;
        d_sum += d;
        squares = fma(d, d, squares);
      }
      const double error = total_of<T>(d_sum, d_more);
      to.add({count, static_cast<double>(mean) * count + known(error),
              total_of<T>(squares, more_squares) - error * error / count});
    }
  }

  static void finish(const Call& c, int64_t ak, const Result& seen) {
    const double nan = static_cast<double>(Float<T>::nan);
    data_of<T>(c, 1)[ak] = static_cast<T>(seen.n > 0 ? seen.sum / seen.n : nan);
    data_of<T>(c, 2)[ak] = static_cast<T>(seen.n > 0 ? seen.squares / seen.n : nan);
  }
  explicit Moments(const Call& c) : x(data_of<T>(c, 0)) {}
  void enter(int64_t) {}
  void leave(int64_t rows, Strip& to) { to.n += static_cast<double>(rows); }
};

// ---- centred_sums ------------------------------------------------------------------------------

template <class T>
struct CentredSums {
  using Result = Sums;
  using Strip = SumsStrip;
  using V = Vec<T>;
  static constexpr int lanes = kLanes<T>;
  const T *g, *x, *means;
  const T* mean = nullptr;  // of the strip

  template <int N>
  __attribute__((noinline)) void block(int64_t at, int64_t rows, int64_t stride, int width,
                                       int64_t ch, Strip& to) const {
    V centre[N], s0[N] = {}, s1[N] = {}, odd0[N] = {}, odd1[N] = {};
    for (int v = 0; v < N; ++v) centre[v] = N > 1 ? load(mean + v * lanes) : get(mean, width, T(0));
    const auto add = [&](int64_t r, int v, V& sum, V& product) __attribute__((always_inline)) {
      const int64_t i = at + r * stride + v * lanes;
      const V gradient = N > 1 ? load(g + i) : get(g + i, width, T(0));
      const V value = N > 1 ? load(x + i) : get(x + i, width, T(0));
      sum += gradient;
      product = fma(gradient, value - centre[v], product);
    };
    int64_t r = 0;
    for (; r + 2 <= rows; r += 2)
      for (int v = 0; v < N; ++v) {
        add(r, v, s0[v], s1[v]);
        add(r + 1, v, odd0[v], odd1[v]);
      }
    if (r < rows)
      for (int v = 0; v < N; ++v) add(r, v, s0[v], s1[v]);
    for (int v = 0; v < N; ++v) {
      double first[lanes], second[lanes];
      spill<T>(first, s0[v] + odd0[v]);
      spill<T>(second, s1[v] + odd1[v]);
      for (int i = 0; i < lanes; ++i) {
        to.s0[ch + v * lanes + i] += first[i];
        to.s1[ch + v * lanes + i] += second[i];
      }
    }
  }

  void run(int64_t at, int64_t n, int64_t ak, Result& to) const {
    const V centre = broadcast(means[ak]);
    for (; n > 0; at += kBlockRun, n -= kBlockRun) {
      const int64_t length = n < kBlockRun ? n : kBlockRun;
      V s0{}, s1{}, more0{}, more1{};
      const auto add = [&](int64_t i, int width, V& sum, V& product)
          __attribute__((always_inline)) {
        const V gradient = get(g + at + i, width, T(0));
        sum += gradient;
        product = fma(gradient, get(x + at + i, width, T(0)) - centre, product);
      };
      int64_t i = 0;
      for (; i + 2 * lanes <= length; i += 2 * lanes) {
        add(i, lanes, s0, s1);
        add(i + lanes, lanes, more0, more1);
      }
      for (; i < length; i += lanes)
        add(i, static_cast<int>(length - i < lanes ? length - i : lanes), s0, s1);
      to.add({total_of<T>(s0, more0), total_of<T>(s1, more1)});
    }
  }

  static void finish(const Call& c, int64_t ak, const Result& sums) {
    data_of<T>(c, 3)[ak] = static_cast<T>(sums.s0);
    data_of<T>(c, 4)[ak] = static_cast<T>(sums.s1);
  }
  explicit CentredSums(const Call& c)
      : g(data_of<T>(c, 0)), x(data_of<T>(c, 1)), means(data_of<T>(c, 2)) {}
  void enter(int64_t ak) { mean = means + ak; }
  void leave(int64_t, Strip&) {}
};

// ---- the walk that both share ------------------------------------------------------------------

template <class T, class Kind>
void walk_strip(Kind& kind, const Shape& p, int64_t a, int64_t k, int64_t width, const Range& rows,
                typename Kind::Strip& to) {
  constexpr int lanes = kLanes<T>;
  for (int64_t r = rows.begin; r < rows.end; r += kBlockRows) {
    const int64_t n = rows.end - r < kBlockRows ? rows.end - r : kBlockRows;
    const int64_t at = (a * p.r + r) * p.k + k;
    int64_t ch = 0;
    for (; ch + 4 * lanes <= width; ch += 4 * lanes) {
      kind.enter(a * p.k + k + ch);
      kind.template block<4>(at + ch, n, p.k, lanes, ch, to);
    }
    for (; ch + 2 * lanes <= width; ch += 2 * lanes) {
      kind.enter(a * p.k + k + ch);
      kind.template block<2>(at + ch, n, p.k, lanes, ch, to);
    }
    for (; ch < width; ch += lanes) {
      const int filled = static_cast<int>(width - ch < lanes ? width - ch : lanes);
      kind.enter(a * p.k + k + ch);
      kind.template block<1>(at + ch, n, p.k, filled, ch, to);
    }
    kind.leave(n, to);
  }
}

template <class T, class Kind>
void walk(const Call& c, const Team& team, const Operand& x) {
  using Result = typename Kind::Result;
  const Shape p = shape_of(x);
  Kind kind(c);
  Result* waiting = reinterpret_cast<Result*>(c.scratch);  // [output][part]
  const Range items = share(p.a * p.strips * p.parts, team);
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int64_t part = item % p.parts, k = item / p.parts % p.strips * p.width;
    const int64_t a = item / p.parts / p.strips;
    const Range rows{p.r * part / p.parts, p.r * (part + 1) / p.parts};
    const int64_t width = p.k - k < p.width ? p.k - k : p.width;
    const auto keep = [&](int64_t ak, const Result& result) {
      if (p.parts == 1)
        Kind::finish(c, ak, result);
      else
        waiting[ak * p.parts + part] = result;
    };
    if (p.s == 1) {
      typename Kind::Strip results;
      walk_strip<T>(kind, p, a, k, width, rows, results);
      for (int64_t i = 0; i < width; ++i) keep(a * p.k + k + i, results[i]);
    } else {
      Result result;
      for (int64_t r = rows.begin; r < rows.end; ++r)
        kind.run(((a * p.r + r) * p.k + k) * p.s, p.s, a * p.k + k, result);
      keep(a * p.k + k, result);
    }
  }
  if (p.parts == 1) return;
  team.barrier();
  const Range outputs = share(p.a * p.k, team);
  for (int64_t ak = outputs.begin; ak < outputs.end; ++ak) {
    Result all = waiting[ak * p.parts];
    for (int64_t part = 1; part < p.parts; ++part) all.add(waiting[ak * p.parts + part]);
    Kind::finish(c, ak, all);
  }
}

const char* check_statistics(const Call& c, int n_in, const Operand& x) {
  if (!has_counts(c, n_in, 2, 0, 0)) return "expects no attributes, and two outputs";
  if (!same_float(c)) return "expects operands of one dtype, float32 or float64";
  if (x.ndim != 4) return "expects x (A, R, K, S)";
  for (int i = n_in; i < n_in + 2; ++i)
    if (c.ops[i].ndim != 2 || c.ops[i].shape[0] != x.shape[0] || c.ops[i].shape[1] != x.shape[2])
      return "expects outputs (A, K)";
  return nullptr;
}

int64_t scratch_of(const Operand& x, int64_t each) {
  const Shape p = shape_of(x);
  return p.parts == 1 ? 0 : p.a * p.k * p.parts * each;
}

double cost_of(const Operand& x, double ns) {
  return 60 + 4 * static_cast<double>(x.shape[0] * x.shape[2]) +
         static_cast<double>(element_count(x)) * (x.dtype == f32 ? ns : 2 * ns);
}

}  // namespace

const char* moments_check(const Call& c) { return check_statistics(c, 1, c.ops[0]); }

const char* centred_sums_check(const Call& c) {
  if (c.n_in != 3) return "expects inputs g, x and mean";
  if (!same_shape(c.ops[0], c.ops[1])) return "expects g of x's shape";
  if (const char* wrong = check_statistics(c, 3, c.ops[1])) return wrong;
  return same_shape(c.ops[2], c.ops[3]) ? nullptr : "expects mean (A, K)";
}

int64_t moments_scratch(const Call& c, int) { return scratch_of(c.ops[0], sizeof(Seen)); }
int64_t centred_sums_scratch(const Call& c, int) { return scratch_of(c.ops[1], sizeof(Sums)); }
double moments_cost(const Call& c) { return cost_of(c.ops[0], 0.08); }
double centred_sums_cost(const Call& c) { return cost_of(c.ops[1], 0.1); }

void moments_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    walk<float, Moments<float>>(c, team, c.ops[0]);
  else
    walk<double, Moments<double>>(c, team, c.ops[0]);
}

void centred_sums_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    walk<float, CentredSums<float>>(c, team, c.ops[1]);
  else
    walk<double, CentredSums<double>>(c, team, c.ops[1]);
}

}  // namespace nncore::NNCORE_ISA
