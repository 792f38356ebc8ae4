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
  int64_t depth() const { return taps[0] * taps[1] * taps[2] * channels; }
  int64_t rows() const { return images * out[0] * out[1]; }
  // Taps of a row that lie side by side in memory make one run of k.
  bool joined(int64_t step) const { return taps[2] == 1 || dilation[2] * step == channels; }
  bool inside() const {
    if (depth() == 0) return true;
    return pad[2] <= 0 && (out[2] - 1) * stride[2] + (taps[2] - 1) * dilation[2] - pad[2] < in[2];
  }
};

}  // namespace nncore::NNCORE_ISA
