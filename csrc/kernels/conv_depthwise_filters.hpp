// The gradient to filters that see one channel each: sums over pixels, vectors along the channels.
#pragma once

#include "kernels/conv_shape.hpp"
#include "kernels/gemm_vector.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// Images are summed in so many parts, whatever the team, so that it has enough to share.
constexpr int64_t kDepthwiseParts = 8;
constexpr int kDepthwiseTaps = 3;  // of a row, summed at once

// w(t, c) = sum over images and pixels of x(n, o * stride + t * dilation - pad, c) y(n, o, c).
template <class T>
class DepthwiseFilters {
 public:
  DepthwiseFilters(const ConvShape& s, const T* x, const T* y, T* w)
      : s_(s), x_(x), y_(y), w_(w), channels_(s.groups) {
    s_.steps(s_.in, channels_, x_step_);
  }

  int64_t parts() const { return s_.images < kDepthwiseParts ? s_.images : kDepthwiseParts; }
  // Elements of the sums of all parts but the first, which begins in w.
  int64_t partial() const { return parts() > 1 ? (parts() - 1) * s_.tap_count() * channels_ : 0; }

  void run(const Team& team, T* partial) const {
    const int64_t vectors = (channels_ + kLanes<T> - 1) / kLanes<T>,
                  size = s_.tap_count() * channels_;
    const Range units = share(parts() * vectors, team);
    for (int64_t u = units.begin; u < units.end;) {
      const int64_t part = u / vectors, rest = (part + 1) * vectors;
      const int64_t end = rest < units.end ? rest : units.end;
      sums(part, {u % vectors, u % vectors + end - u},
           part == 0 ? w_ : partial + (part - 1) * size);
      u = end;
    }
    team.barrier();
    const Range mine = share(size, team);
    for (int64_t part = 1; part < parts(); ++part) {
      const T* from = partial + (part - 1) * size;
      for (int64_t i = mine.begin; i < mine.end; ++i) w_[i] += from[i];
    }
  }

 private:
  // One part's sums of some vectors of channels. All of them go through a row before the next row:
  // lines of one vector alone would be fetched from memory with large steps.
  void sums(int64_t part, const Range& vectors, T* to) const {
    const auto each = [&](auto f) __attribute__((always_inline)) {
      for (int64_t v = vectors.begin; v < vectors.end; ++v) {
        const int64_t c = v * kLanes<T>, left = channels_ - c;
        f(c, left < kLanes<T> ? static_cast<int>(left) : kLanes<T>);
      }
    };
    each([&](int64_t c, int lanes) {
      for (int64_t t = 0; t < s_.tap_count(); ++t) put(to + t * channels_ + c, Vec<T>{}, lanes);
    });
    const int64_t first = s_.images * part / parts(), last = s_.images * (part + 1) / parts();
    const T* y = y_ + first * s_.out[0] * s_.out[1] * s_.out[2] * channels_;
    for (int64_t n = first; n < last; ++n)
      for (int64_t d = 0; d < s_.out[0]; ++d)
        for (int64_t h = 0; h < s_.out[1]; ++h, y += s_.out[2] * channels_)
          each([&](int64_t c, int lanes) { row(n, d, h, y + c, c, lanes, to); });
  }

  // What one row of y adds to all taps. Meanwhile the next rows are fetched.
  void row(int64_t n, int64_t d, int64_t h, const T* y, int64_t c, int lanes, T* to) const {
    fetch(y + s_.out[2] * channels_, s_.out[2]);
    const int64_t below = ((h + 1) * s_.stride[1] + (s_.taps[1] - 1) * s_.dilation[1] - s_.pad[1]),
                  beside = d * s_.stride[0] + (s_.taps[0] - 1) * s_.dilation[0] - s_.pad[0];
    fetch(x_ + (n * s_.in[0] + beside) * x_step_[0] + below * x_step_[1] + c, s_.in[2]);
    for (int64_t td = 0; td < s_.taps[0]; ++td) {
      const int64_t xd = d * s_.stride[0] + td * s_.dilation[0] - s_.pad[0];
      if (xd < 0 || xd >= s_.in[0]) continue;
      for (int64_t th = 0; th < s_.taps[1]; ++th) {
        const int64_t xh = h * s_.stride[1] + th * s_.dilation[1] - s_.pad[1];
        if (xh < 0 || xh >= s_.in[1]) continue;
        const T* x = x_ + (n * s_.in[0] + xd) * x_step_[0] + xh * x_step_[1] + c;
        T* w = to + (td * s_.taps[1] + th) * s_.taps[2] * channels_ + c;
        int64_t t = 0;
        for (; t + kDepthwiseTaps <= s_.taps[2]; t += kDepthwiseTaps)
          taps<kDepthwiseTaps>(t, x, y, lanes, w + t * channels_);
        for (; t < s_.taps[2]; ++t) taps<1>(t, x, y, lanes, w + t * channels_);
      }
    }
  }

  // Asks for one vector of each of some pixels.
  void fetch(const T* from, int64_t pixels) const {
    for (int64_t i = 0; i < pixels; ++i) __builtin_prefetch(from + i * channels_, 0, 2);
  }

  // Results [first, end) meet tap t of a row within the image.
  Range meeting(int64_t t) const {
    const int64_t shift = t * s_.dilation[2] - s_.pad[2], step = s_.stride[2];
    const int64_t first = shift < 0 ? (-shift + step - 1) / step : 0;
    int64_t end = s_.in[2] > shift ? (s_.in[2] - 1 - shift) / step + 1 : 0;
    if (end > s_.out[2]) end = s_.out[2];
    return {first < end ? first : end, end};
  }

  // The taps [t, t + Taps): where all meet the image together, y is read once for all. Two sums for
  // each, of every other pixel, keep the adders busy.
  template <int Taps>
  void taps(int64_t t, const T* x, const T* y, int lanes, T* w) const {
    Vec<T> sum[2][Taps] = {};
    const int64_t step = s_.stride[2] * channels_, tap = s_.dilation[2] * channels_;
    const T* from = x + (t * s_.dilation[2] - s_.pad[2]) * channels_;
    Range inner{0, s_.out[2]};
    for (int k = 0; k < Taps; ++k) {
      const Range r = meeting(t + k);
      if (r.begin > inner.begin) inner.begin = r.begin;
      if (r.end < inner.end) inner.end = r.end;
    }
    if (inner.end < inner.begin) inner.end = inner.begin;
    const auto add = [&](auto get) __attribute__((always_inline)) {
      for (int k = 0; k < Taps; ++k) {
        const Range r = meeting(t + k);
        for (int64_t i = r.begin; i < r.end; ++i) {
          if (i == inner.begin) i = inner.end;  // those that all taps share come below
          if (i >= r.end) break;
          sum[0][k] = fma(get(from + i * step + k * tap), get(y + i * channels_), sum[0][k]);
        }
      }
      int64_t i = inner.begin;
      for (; i + 2 <= inner.end; i += 2) {
        const Vec<T> y0 = get(y + i * channels_), y1 = get(y + (i + 1) * channels_);
#pragma GCC unroll 4
        for (int k = 0; k < Taps; ++k) {
          sum[0][k] = fma(get(from + i * step + k * tap), y0, sum[0][k]);
          sum[1][k] = fma(get(from + (i + 1) * step + k * tap), y1, sum[1][k]);
        }
      }
      if (i < inner.end)
        for (int k = 0; k < Taps; ++k)
          sum[0][k] = fma(get(from + i * step + k * tap), get(y + i * channels_), sum[0][k]);
      for (int k = 0; k < Taps; ++k)
        put(w + k * channels_, get(w + k * channels_) + (sum[0][k] + sum[1][k]), lanes);
    };
    if (lanes == kLanes<T>)
      add([](const T* p) __attribute__((always_inline)) { return load(p); });
    else
      add([lanes](const T* p)
              __attribute__((always_inline)) { return load_partial(p, lanes, Vec<T>{}); });
  }

  const ConvShape& s_;
  const T *x_, *y_;
  T* w_;
  int64_t channels_, x_step_[kSpatial];
};

}  // namespace nncore::NNCORE_ISA
