// Convolution of each channel by itself: no sums over channels, so vectors run along them.
#pragma once

#include "kernels/conv_correlation.hpp"
#include "kernels/gemm_vector.hpp"

namespace nncore::NNCORE_ISA {

// Pixels whose sums are in registers while the taps pass by; a tap's weights are loaded once for
// all.
constexpr int kDepthwisePixels = 8;
constexpr int kPixelsAhead = 16;  // by which memory is asked for what comes

// Taps of one row: the image and the weights that its first one meets.
template <class T>
struct TapRow {
  const T *x, *w;
};

// Adds a row of taps to the sums of `Pixels` results of one vector of channels.
template <class T, int Pixels>
NNCORE_INLINE void depthwise_sums(Vec<T> (&sum)[Pixels], const T* x, const T* w, int64_t taps,
                                  int64_t tap_step, int64_t w_step, int64_t pixel_step, int lanes) {
  const auto all = [&](auto get) __attribute__((always_inline)) {
    for (int64_t t = 0; t < taps; ++t, x += tap_step, w += w_step) {
      const Vec<T> weights = get(w);
#pragma GCC unroll 8
      for (int i = 0; i < Pixels; ++i) sum[i] = fma(get(x + i * pixel_step), weights, sum[i]);
    }
  };
  if (lanes == kLanes<T>)
    all([](const T* p) __attribute__((always_inline)) { return load(p); });
  else
    all([lanes](const T* p)
            __attribute__((always_inline)) { return load_partial(p, lanes, Vec<T>{}); });
}

// `tap(t).base` is where the weights of tap t lie, one for each channel.
template <class T>
class DepthwiseRun {
 public:
  template <class Taps>
  DepthwiseRun(const Correlation<T>& p, const Taps& tap)
      : p_(p), w_step_(p.depth() > 0 && p.taps[2] > 1 ? tap(1).base - tap(0).base : 0) {
    // Results [inner0, inner1) see all taps of a row within the image.
    const int64_t reach = (p.taps[2] - 1) * p.dilation[2], s = p.stride[2];
    inner0_ = p.pad[2] > 0 ? (p.pad[2] + s - 1) / s : 0;
    const int64_t last = p.in[2] - 1 - reach + p.pad[2];
    inner1_ = last < 0 ? 0 : last / s + 1;
    if (inner1_ > p.out[2]) inner1_ = p.out[2];
    if (inner0_ > inner1_) inner0_ = inner1_;
  }

  // Rows [first, last) of y; `rows` has room for the rows of taps.
  template <class Taps>
  void run(int64_t first, int64_t last, const Taps& tap, TapRow<T>* rows) const {
    for (int64_t r = first; r < last; ++r) {
      const auto at = p_.row(r);
      int64_t count = 0;
      if (p_.taps[2] > 0)
        p_.for_tap_rows(at, [&](const auto& x, int64_t taps) {
          rows[count++] = {p_.x_row(x), tap(taps * p_.taps[2]).base};
        });
      T* y = p_.y_row(at);
      // All channels of some pixels, then the next pixels: the lines of a row's one vector of
      // channels would crowd into few sets of the first-level cache.
      int64_t i = 0;
      for (; i < inner0_; ++i) edge(y, rows, count, i);
      for (; i + kDepthwisePixels <= inner1_; i += kDepthwisePixels)
        block<kDepthwisePixels>(y, rows, count, i, 0, p_.taps[2]);
      for (; i < inner1_; ++i) block<1>(y, rows, count, i, 0, p_.taps[2]);
      for (; i < p_.out[2]; ++i) edge(y, rows, count, i);
      p_.finish(y, p_.y_step[2], p_.out[2], p_.columns);
    }
  }

 private:
  void edge(T* y, const TapRow<T>* rows, int64_t count, int64_t i) const {
    const int64_t at = i * p_.stride[2] - p_.pad[2], d = p_.dilation[2];
    const int64_t first = at < 0 ? (-at + d - 1) / d : 0;
    const int64_t end = at < p_.in[2] ? (p_.in[2] - 1 - at) / d + 1 : 0;
    const int64_t last = end < p_.taps[2] ? end : p_.taps[2];
    block<1>(y, rows, first < last ? count : 0, i, first, last - first);
  }

  template <int Pixels>
  void block(T* y, const TapRow<T>* rows, int64_t count, int64_t i, int64_t tap,
             int64_t taps) const {
    for (int64_t c = 0; c < p_.columns; c += kLanes<T>) {
      const int64_t left = p_.columns - c;
      if (left >= kLanes<T>)
        vector<Pixels>(y, rows, count, i, tap, taps, c, kLanes<T>);
      else
        vector<Pixels>(y, rows, count, i, tap, taps, c, static_cast<int>(left));
    }
  }

  // What is needed some pixels on: of the image the lowest row of taps, which is met for the first
  // time.
  template <int Pixels>
  __attribute__((always_inline)) void fetch(const T* y, const T* x, int64_t i, int64_t c) const {
    const int64_t step = p_.stride[2] * p_.x_step[2];
#pragma GCC unroll 8
    for (int k = 0; k < Pixels; ++k) {
      __builtin_prefetch(y + (i + k) * p_.y_step[2] + c, 1);
      __builtin_prefetch(x + (i + k) * step + c);
    }
  }

  template <int Pixels>
  __attribute__((always_inline)) void vector(T* y, const TapRow<T>* rows, int64_t count, int64_t i,
                                             int64_t tap, int64_t taps, int64_t c,
                                             int lanes) const {
    if constexpr (Pixels > 1)
      if (count > 0) fetch<Pixels>(y, rows[count - 1].x, i + kPixelsAhead, c);
    Vec<T> sum[Pixels];
    const Vec<T> bias = p_.bias ? load_first(p_.bias + c, lanes) : Vec<T>{};
#pragma GCC unroll 8
    for (int k = 0; k < Pixels; ++k) sum[k] = bias;
    const int64_t at = i * p_.stride[2] - p_.pad[2] + tap * p_.dilation[2], step = p_.x_step[2];
    for (int64_t r = 0; r < count; ++r)
      depthwise_sums<T, Pixels>(sum, rows[r].x + at * step + c, rows[r].w + tap * w_step_ + c, taps,
                                p_.dilation[2] * step, w_step_, p_.stride[2] * step, lanes);
#pragma GCC unroll 8
    for (int k = 0; k < Pixels; ++k) {
      if (p_.relu()) sum[k] = sum[k] < 0 ? Vec<T>{} : sum[k];
      store_first(y + (i + k) * p_.y_step[2] + c, sum[k], lanes);
    }
  }

  const Correlation<T>& p_;
  int64_t w_step_, inner0_, inner1_;
};

}  // namespace nncore::NNCORE_ISA
