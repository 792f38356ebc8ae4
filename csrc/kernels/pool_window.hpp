// The geometry that the pooling kernels share, and the check of their operands.
//
// x (B, I..., C) and y (B, O..., C) with one to three spatial dimensions, contiguous, of one float
// dtype. ints: [window, stride, low padding] of each spatial dimension. Output o of a dimension
// looks at inputs o * stride - low ... + window, as far as there are any. A stride of 0 stands for
// windows that divide the dimension evenly (adaptive pooling): from floor(o I / O) to ceil((o + 1)
// I / O).
#pragma once

#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

struct Pooling {
  int64_t batch, channels;
  int64_t in[kSpatial], out[kSpatial], window[kSpatial], stride[kSpatial], low[kSpatial];

  __attribute__((always_inline)) Range range(int d, int64_t o) const {
    if (stride[d] == 0) return {o * in[d] / out[d], ((o + 1) * in[d] + out[d] - 1) / out[d]};
    const int64_t start = o * stride[d] - low[d], stop = start + window[d];
    return {start < 0 ? 0 : start, stop > in[d] ? in[d] : stop};
  }
  int64_t outputs() const { return out[0] * out[1] * out[2]; }
  int64_t inputs() const { return in[0] * in[1] * in[2]; }
};

[[maybe_unused]] Pooling pooling_of(const Call& c, const Operand& x, const Operand& y) {
  Pooling p{x.shape[0], x.shape[x.ndim - 1], {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  const int n = x.ndim - 2;
  for (int d = 0; d < n; ++d) {
    const int at = kSpatial - n + d;
    p.in[at] = x.shape[1 + d];
    p.out[at] = y.shape[1 + d];
    p.window[at] = c.ints[3 * d];
    p.stride[at] = c.ints[3 * d + 1];
    p.low[at] = c.ints[3 * d + 2];
  }
  return p;
}

[[maybe_unused]] const char* check_windows(const Call& c, const Operand& x, const Operand& y) {
  constexpr int64_t most = int64_t(1) << 40;
  if (x.ndim < 3 || x.ndim > 2 + kSpatial || y.ndim != x.ndim)
    return "expects operands (batch, 1 to 3 spatial dimensions, channels)";
  const int n = x.ndim - 2;
  if (c.n_ints != 3 * n || c.n_floats != 0)
    return "expects ints [window, stride, padding] of each spatial dimension";
  if (x.shape[0] != y.shape[0] || x.shape[n + 1] != y.shape[n + 1])
    return "expects the same batch and channels before and after";
  for (int d = 0; d < n; ++d) {
    const int64_t in = x.shape[1 + d], out = y.shape[1 + d];
    const int64_t window = c.ints[3 * d], stride = c.ints[3 * d + 1], low = c.ints[3 * d + 2];
    if (out > 0 && in < 1) return "expects inputs for every window";
    if (stride == 0) {
      if (window != 0 || low != 0) return "expects no window and padding with a stride of 0";
      if (in >= most || out >= most) return "too many inputs";
      continue;
    }
    if (window < 1 || window > most || stride < 0 || low < 0 || low >= window)
      return "expects positive windows and strides, and less padding than window";
    if (out > 1 && out - 1 > (in - 1 + low) / stride) return "expects windows that meet the input";
  }
  return nullptr;
}

// Elements looked at: what the cost of a pooling kernel follows.
[[maybe_unused]] double windows_elements(const Call& c, const Operand& x, const Operand& y) {
  const Pooling p = pooling_of(c, x, y);
  auto n = static_cast<double>(p.batch * p.channels);
  for (int d = 0; d < kSpatial; ++d) {
    const auto in = static_cast<double>(p.in[d]), out = static_cast<double>(p.out[d]);
    const auto window = static_cast<double>(p.window[d]);
    n *= p.stride[d] == 0 || window > in ? in + out : window * out;
  }
  return n * (x.dtype == f32 ? 1 : 2);
}

// The line of outputs that `outer` = (b out[0] + o0) out[1] + o1 names, and what its windows span
// in the first two dimensions.
struct Row {
  int64_t image, first;  // index of the sample; of the first output pixel
  int64_t o0, o1;
  Range planes, lines;
};
[[maybe_unused]] Row row_of(const Pooling& p, int64_t outer) {
  const int64_t o1 = outer % p.out[1], o0 = outer / p.out[1] % p.out[0];
  return {outer / p.out[1] / p.out[0], outer * p.out[2], o0, o1, p.range(0, o0), p.range(1, o1)};
}

// Calls f(index of the first input pixel, number of pixels) for each run of a window.
template <class F>
NNCORE_INLINE void for_runs_of(const Pooling& p, const Row& row, const Range& columns, F f) {
  for (int64_t i = row.planes.begin; i < row.planes.end; ++i)
    for (int64_t j = row.lines.begin; j < row.lines.end; ++j)
      f(((row.image * p.in[0] + i) * p.in[1] + j) * p.in[2] + columns.begin,
        columns.end - columns.begin);
}

}  // namespace
}  // namespace nncore::NNCORE_ISA
