// Pooling: the largest or the mean value of each window; see pool_window.hpp for the geometry.
//
//   max_pool       y[b, o, c] = max over the window of x[b, i, c]; NaN when there is one
//   average_pool   y[b, o, c] = sum over the window / number of its inputs (padding doesn't count)
//   max_pool_pick  v[b, o, c] = u[b, i, c] at the window's first i with x[b, i, c] = y[b, o, c]
//                  (the first NaN if y is one); y is max_pool of x
//
// Up to four vectors of channels are kept in registers while a window is walked, so each input is
// read once per window and each output written once. Members of the team take lines of outputs.
#include "kernels/pool_window.hpp"

namespace nncore::NNCORE_ISA {
namespace {

template <class T>
struct Pool {
  using V = Vec<T>;
  static constexpr int lanes = kLanes<T>;

  struct Largest {
    V best = broadcast(-Float<T>::inf);
    __attribute__((always_inline)) void take(V x) {
      const V larger = max2(x, best);  // a NaN in `best` stays
      best = x != x ? x : larger;
    }
    __attribute__((always_inline)) void end_line() {}
    __attribute__((always_inline)) V result(V) const { return best; }
  };

  // Lines are summed apart, so that errors of large windows don't pile up.
  struct Mean {
    V total{}, sum{};
    __attribute__((always_inline)) void take(V x) { sum += x; }
    __attribute__((always_inline)) void end_line() {
      total += sum;
      sum = V{};
    }
    __attribute__((always_inline)) V result(V count) const { return total / count; }
  };

  template <class Kind, int N>
  NNCORE_MEMBER void window(const Pooling& p, const Row& row, const Range& columns, const T* x,
                            V count, int width, T* y) {
    Kind kept[N];
    for_runs_of(
        p, row, columns, [&](int64_t pixel, int64_t n) __attribute__((always_inline)) {
          const T* from = x + pixel * p.channels;
          for (int64_t i = 0; i < n; ++i, from += p.channels)
            for (int v = 0; v < N; ++v)
              kept[v].take(N > 1 ? load(from + v * lanes) : get(from, width, T(0)));
          for (int v = 0; v < N; ++v) kept[v].end_line();
        });
    for (int v = 0; v < N; ++v) {
      if constexpr (N > 1)
        store(y + v * lanes, kept[v].result(count));
      else
        put(y, kept[v].result(count), width);
    }
  }

  template <class Kind>
  static void run(const Call& c, const Team& team) {
    const Pooling p = pooling_of(c, c.ops[0], c.ops[1]);
    if (p.outputs() == 0 || p.channels == 0) return;
    const T* x = data_of<T>(c, 0);
    const Range rows = share(p.batch * p.out[0] * p.out[1], team);
    for (int64_t outer = rows.begin; outer < rows.end; ++outer) {
      const Row row = row_of(p, outer);
      const int64_t across =
          (row.planes.end - row.planes.begin) * (row.lines.end - row.lines.begin);
      for (int64_t o = 0; o < p.out[2]; ++o) {
        const Range columns = p.range(2, o);
        const V count = broadcast(static_cast<T>(across * (columns.end - columns.begin)));
        T* y = data_of<T>(c, 1) + (row.first + o) * p.channels;
        int64_t ch = 0;
        for (; ch + 4 * lanes <= p.channels; ch += 4 * lanes)
          window<Kind, 4>(p, row, columns, x + ch, count, lanes, y + ch);
        for (; ch + 2 * lanes <= p.channels; ch += 2 * lanes)
          window<Kind, 2>(p, row, columns, x + ch, count, lanes, y + ch);
        for (; ch < p.channels; ch += lanes) {
          const int64_t left = p.channels - ch;
          window<Kind, 1>(p, row, columns, x + ch, count,
                          static_cast<int>(left < lanes ? left : lanes), y + ch);
        }
      }
    }
  }

  static void pick(const Call& c, const Team& team) {
    const Pooling p = pooling_of(c, c.ops[0], c.ops[1]);
    if (p.outputs() == 0 || p.channels == 0) return;
    const T *x = data_of<T>(c, 0), *y = data_of<T>(c, 1), *u = data_of<T>(c, 2);
    const Range rows = share(p.batch * p.out[0] * p.out[1], team);
    for (int64_t outer = rows.begin; outer < rows.end; ++outer) {
      const Row row = row_of(p, outer);
      for (int64_t o = 0; o < p.out[2]; ++o) {
        const Range columns = p.range(2, o);
        const int64_t at = (row.first + o) * p.channels;
        for_vectors<T>(
            p.channels, [&](int64_t ch, int width) __attribute__((always_inline)) {
              const V largest = get(y + at + ch, width, T(0));
              Mask<T> found{};
              V picked{};
              for_runs_of(
                  p, row, columns, [&](int64_t pixel, int64_t n) __attribute__((always_inline)) {
                    for (int64_t i = pixel * p.channels + ch; n > 0; --n, i += p.channels) {
                      const V value = get(x + i, width, T(0));
                      const Mask<T> here = ((value == largest) | (value != value)) & ~found;
                      picked = here ? get(u + i, width, T(0)) : picked;
                      found |= here;
                    }
                  });
              put(data_of<T>(c, 3) + at + ch, picked, width);
            });
      }
    }
  }
};

double pool_cost(const Call& c) { return 50 + 0.06 * windows_elements(c, c.ops[0], c.ops[1]); }

const char* check_pool(const Call& c) {
  if (c.n_in != 1 || c.n_out != 1 || !same_float(c))
    return "expects one input and one output of one dtype, float32 or float64";
  return check_windows(c, c.ops[0], c.ops[1]);
}

}  // namespace

const char* max_pool_check(const Call& c) { return check_pool(c); }
const char* average_pool_check(const Call& c) { return check_pool(c); }
const char* max_pool_pick_check(const Call& c) {
  if (c.n_in != 3 || c.n_out != 1 || !same_float(c))
    return "expects inputs x, y, u and one output of one dtype, float32 or float64";
  if (!same_shape(c.ops[0], c.ops[2]) || !same_shape(c.ops[1], c.ops[3]))
    return "expects u of x's shape and an output of y's";
  return check_windows(c, c.ops[0], c.ops[1]);
}
double max_pool_cost(const Call& c) { return pool_cost(c); }
double average_pool_cost(const Call& c) { return pool_cost(c); }
double max_pool_pick_cost(const Call& c) { return 2 * pool_cost(c); }

void max_pool_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    Pool<float>::run<Pool<float>::Largest>(c, team);
  else
    Pool<double>::run<Pool<double>::Largest>(c, team);
}

void average_pool_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    Pool<float>::run<Pool<float>::Mean>(c, team);
  else
    Pool<double>::run<Pool<double>::Mean>(c, team);
}

void max_pool_pick_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    Pool<float>::pick(c, team);
  else
    Pool<double>::pick(c, team);
}

}  // namespace nncore::NNCORE_ISA
