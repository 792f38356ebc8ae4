// Gradients of pooling: each output's gradient goes back to the inputs of its window; see
// pool_window.hpp for the geometry.
//
//   max_pool_grad      dx[b, i, c] = sum of g[b, o, c] over the windows o whose first largest input
//                      (x = y; the first NaN if y is one) is i
//   average_pool_grad  dx[b, i, c] = sum of g[b, o, c] / number of o's inputs over the windows with
//   i
//
// Windows that don't overlap: members of the team take lines of outputs with the inputs up to the
// next line's, and every element is written once (inputs that no window has are set to zero first).
// Windows that overlap: members take whole images, or parts of their channels, set them to zero and
// add window by window in order, so that sums do not depend on the team.
#include "kernels/pool_window.hpp"

namespace nncore::NNCORE_ISA {
namespace {

constexpr int64_t kChannelVectors = 4;  // of a part

bool disjoint(const Pooling& p) {
  for (int d = 0; d < kSpatial; ++d)
    if (p.stride[d] == 0 ? p.in[d] % p.out[d] != 0 : p.stride[d] < p.window[d]) return false;
  return true;
}

// Whether every input is in a window; of windows that don't overlap.
bool covering(const Pooling& p) {
  for (int d = 0; d < kSpatial; ++d)
    if (p.stride[d] != 0 &&
        (p.stride[d] > p.window[d] || p.out[d] * p.stride[d] - p.low[d] < p.in[d]))
      return false;
  return true;
}

template <class T, bool Max>
struct PoolGrad {
  using V = Vec<T>;
  static constexpr int lanes = kLanes<T>;
  const Pooling p;
  const T *x, *y, *g;
  T* dx;

  explicit PoolGrad(const Call& c)
      : p(Max ? pooling_of(c, c.ops[0], c.ops[1]) : pooling_of(c, c.ops[1], c.ops[0])),
        x(Max ? data_of<T>(c, 0) : nullptr),
        y(Max ? data_of<T>(c, 1) : nullptr),
        g(data_of<T>(c, Max ? 2 : 0)),
        dx(data_of<T>(c, Max ? 3 : 1)) {}

  void clear(int64_t pixel, int64_t pixels, int64_t ch, int64_t n) const {
    T* to = dx + pixel * p.channels + ch;
    if (n == p.channels) {
      for_vectors<T>(
          pixels * n, [&](int64_t i, int width)
                          __attribute__((always_inline)) { put(to + i, V{}, width); });
      return;
    }
    for (; pixels > 0; --pixels, to += p.channels)
      for_vectors<T>(
          n, [&](int64_t i, int width) __attribute__((always_inline)) { put(to + i, V{}, width); });
  }

  // One line of outputs, channels ch .. ch + n.
  template <bool Add>
  void line(const Row& row, int64_t ch, int64_t n) const {
    const int64_t around = (row.planes.end - row.planes.begin) * (row.lines.end - row.lines.begin);
    for (int64_t o = 0; o < p.out[2]; ++o) {
      const Range columns = p.range(2, o);
      const V count = broadcast(static_cast<T>(around * (columns.end - columns.begin)));
      const int64_t at = (row.first + o) * p.channels + ch;
      for_vectors<T>(
          n, [&](int64_t v, int width) __attribute__((always_inline)) {
            V gradient = get(g + at + v, width, T(0)), largest{};
            Mask<T> open = V{} == V{};
            if constexpr (Max)
              largest = get(y + at + v, width, T(0));
            else
              gradient = gradient / count;
            for_runs_of(
                p, row, columns, [&](int64_t pixel, int64_t pixels) __attribute__((always_inline)) {
                  for (int64_t i = pixel * p.channels + ch + v; pixels > 0;
                       --pixels, i += p.channels) {
                    V here = gradient;
                    if constexpr (Max) {
                      const V value = get(x + i, width, T(0));
                      const Mask<T> found = ((value == largest) | (value != value)) & open;
                      here = found ? gradient : V{};
                      open &= ~found;
                    }
                    put(dx + i, Add ? get(dx + i, width, T(0)) + here : here, width);
                  }
                });
          });
    }
  }

  // Inputs from window o's first to the next one's, those before the first and after the last
  // window included.
  Range territory(int d, int64_t o) const {
    return {o == 0 ? 0 : p.range(d, o).begin,
            o + 1 == p.out[d] ? p.in[d] : p.range(d, o + 1).begin};
  }

  void run_disjoint(const Team& team) const {
    const bool whole = covering(p);
    const Range rows = share(p.batch * p.out[0] * p.out[1], team);
    for (int64_t outer = rows.begin; outer < rows.end; ++outer) {
      const Row row = row_of(p, outer);
      if (!whole) {
        const Range planes = territory(0, row.o0), lines = territory(1, row.o1);
        for (int64_t i = planes.begin; i < planes.end; ++i)
          clear(((row.image * p.in[0] + i) * p.in[1] + lines.begin) * p.in[2],
                (lines.end - lines.begin) * p.in[2], 0, p.channels);
      }
      line<false>(row, 0, p.channels);
    }
  }

  void run_overlapping(const Team& team) const {
    constexpr int64_t part = kChannelVectors * lanes;
    const int64_t parts = (p.channels + part - 1) / part, lines = p.out[0] * p.out[1];
    const Range items = share(p.batch * parts, team);
    for (int64_t item = items.begin; item < items.end; ++item) {
      const int64_t image = item / parts, ch = item % parts * part;
      const int64_t n = p.channels - ch < part ? p.channels - ch : part;
      clear(image * p.inputs(), p.inputs(), ch, n);
      for (int64_t r = 0; r < lines; ++r) line<true>(row_of(p, image * lines + r), ch, n);
    }
  }

  void run(const Team& team) const {
    if (p.channels == 0 || p.inputs() == 0) return;
    if (p.outputs() == 0) {
      const Range images = share(p.batch, team);
      return clear(images.begin * p.inputs(), (images.end - images.begin) * p.inputs(), 0,
                   p.channels);
    }
    if (disjoint(p))
      run_disjoint(team);
    else
      run_overlapping(team);
  }
};

}  // namespace

const char* max_pool_grad_check(const Call& c) {
  if (c.n_in != 3 || c.n_out != 1 || !same_float(c))
    return "expects inputs x, y, g and one output of one dtype, float32 or float64";
  if (!same_shape(c.ops[0], c.ops[3]) || !same_shape(c.ops[1], c.ops[2]))
    return "expects g of y's shape and an output of x's";
  return check_windows(c, c.ops[0], c.ops[1]);
}

const char* average_pool_grad_check(const Call& c) {
  if (c.n_in != 1 || c.n_out != 1 || !same_float(c))
    return "expects one input and one output of one dtype, float32 or float64";
  return check_windows(c, c.ops[1], c.ops[0]);
}

double max_pool_grad_cost(const Call& c) {
  return 50 + 0.12 * windows_elements(c, c.ops[0], c.ops[1]);
}
double average_pool_grad_cost(const Call& c) {
  return 50 + 0.08 * windows_elements(c, c.ops[1], c.ops[0]);
}

void max_pool_grad_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    PoolGrad<float, true>(c).run(team);
  else
    PoolGrad<double, true>(c).run(team);
}

void average_pool_grad_run(const Call& c, const Team& team) {
  if (c.ops[0].dtype == f32)
    PoolGrad<float, false>(c).run(team);
  else
    PoolGrad<double, false>(c).run(team);
}

}  // namespace nncore::NNCORE_ISA
