// What convolution and its gradient with respect to the image have in common.
#pragma once

#include "kernels/gemm_epilogue.hpp"

namespace nncore::NNCORE_ISA {

// y(n, o, j) = act(bias(j) + sum over t and c of x(n, o * stride + t * dilation - pad, c) B(t, c,
// j)), x being 0 outside; or, in a gradient, the sum times act'(result(n, o, j)). Both convolution
// and its gradient with respect to the image are of this form.
template <class T>
struct Correlation {
  int64_t images, channels, columns;
  int64_t in[3], out[3], taps[3], stride[3], dilation[3], pad[3];  // pad may be negative
  const T* x;
  int64_t x_image, x_step[3];  // elements from image to image, from index to index
  T* y;
  int64_t y_image, y_step[3];
  const T* bias;    // null: none
  const T* result;  // of an activation whose derivative is asked for, beside y; null: none
  int act;
  T act_param;
  const T* b;      // packed in panels, or in place
  int64_t b_row;   // 0: packed
  bool depthwise;  // column j sees channel j alone; `channels` is 1
  bool relu() const { return act == kActRelu && result == nullptr; }
  // What relu() does not say of sums that are in y, `lines` of them `stride` apart.
  void finish(T* sums, int64_t stride, int64_t lines, int64_t length) const {
    if (act == kActLinear || relu()) return;
    activate<T>({sums, result ? result + (sums - y) : nullptr, stride, lines, length}, act,
                act_param);
  }
  int64_t tap_count() const { return taps[0] * taps[1] * taps[2]; }
  int64_t depth() const { return tap_count() * channels; }

  // A row of y: its image, and where it lies there.
  struct Row {
    int64_t n, d, h;
  };
  int64_t rows() const { return images * out[0] * out[1]; }
  Row row(int64_t r) const { return {r / out[1] / out[0], r / out[1] % out[0], r % out[1]}; }
  T* y_row(const Row& at) const { return y + at.n * y_image + at.d * y_step[0] + at.h * y_step[1]; }
  const T* x_row(const Row& at) const {
    return x + at.n * x_image + at.d * x_step[0] + at.h * x_step[1];
  }
  // Calls f(row of x, number of the row of taps) for each row of taps that a row of y has within
  // the image.
  template <class F>
  void for_tap_rows(const Row& at, F f) const {
    for (int64_t td = 0; td < taps[0]; ++td) {
      const int64_t d = at.d * stride[0] + td * dilation[0] - pad[0];
      if (d < 0 || d >= in[0]) continue;
      for (int64_t th = 0; th < taps[1]; ++th) {
        const int64_t h = at.h * stride[1] + th * dilation[1] - pad[1];
        if (h >= 0 && h < in[1]) f(Row{at.n, d, h}, td * taps[1] + th);
      }
    }
  }
  // Taps of a row that lie side by side in memory make one run of k.
  bool joined(int64_t step) const { return taps[2] == 1 || dilation[2] * step == channels; }
  bool inside() const {
    if (depth() == 0) return true;
    return pad[2] <= 0 && (out[2] - 1) * stride[2] + (taps[2] - 1) * dilation[2] - pad[2] < in[2];
  }
};

}  // namespace nncore::NNCORE_ISA
