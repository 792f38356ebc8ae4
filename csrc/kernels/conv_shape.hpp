// What a convolution instruction asks for: sizes, strides, paddings, groups.
//
// Images are channels-last, (N, spatial..., C), with one to three spatial dimensions; filters are
// (taps..., C / groups, F). With x the image, w the filters and y the result,
//   y(n, o, f) = sum over taps t and the C / groups channels c of f's group of
//                x(n, o * stride + t * dilation - pad, c) w(t, c, f),
// where x is 0 outside. Only the padding before is given: that behind follows from the size of y.
#pragma once

#include "kernels/check.hpp"
#include "kernels/gemm_epilogue.hpp"

namespace nncore::NNCORE_ISA {

// Dimensions that the instruction lacks are ones in front.
struct ConvShape {
  int64_t images, groups;
  int64_t channels, filters;  // of one group
  int64_t in[kSpatial], out[kSpatial], taps[kSpatial];
  int64_t stride[kSpatial], dilation[kSpatial], pad[kSpatial];

  // Every channel is by itself.
  bool depthwise() const { return groups > 1 && channels == 1 && filters == 1; }
  int64_t tap_count() const { return taps[0] * taps[1] * taps[2]; }
  // Elements from one index of x or y to the next, by dimension.
  void steps(const int64_t (&size)[kSpatial], int64_t channels_of_all,
             int64_t (&step)[kSpatial]) const {
    step[2] = channels_of_all;
    step[1] = step[2] * size[2];
    step[0] = step[1] * size[1];
  }
  double madds() const {
    double n = static_cast<double>(images * groups * channels * filters);
    for (int d = 0; d < kSpatial; ++d)
      n *= static_cast<double>(out[d]) * static_cast<double>(taps[d]);
    return n;
  }
};

// ints = [groups, (stride, dilation, pad) of each spatial dimension, ...].
inline constexpr auto conv_shape = [](const Operand& x, const Operand& w, const Operand& y,
                                      const int64_t* ints) -> ConvShape {
  ConvShape s;
  const int rank = x.ndim - 2, lead = kSpatial - rank;
  s.images = x.shape[0];
  s.groups = ints[0];
  s.channels = w.shape[rank];
  s.filters = w.shape[rank + 1] / s.groups;
  for (int d = 0; d < kSpatial; ++d) {
    s.in[d] = s.out[d] = s.taps[d] = s.stride[d] = s.dilation[d] = 1;
    s.pad[d] = 0;
    if (d < lead) continue;
    const int64_t* p = ints + 1 + 3 * (d - lead);
    s.in[d] = x.shape[1 + d - lead];
    s.out[d] = y.shape[1 + d - lead];
    s.taps[d] = w.shape[d - lead];
    s.stride[d] = p[0];
    s.dilation[d] = p[1];
    s.pad[d] = p[2];
  }
  return s;
};

// What is wrong with the operands of a convolution; `extra` ints follow the geometry.
inline constexpr auto conv_check_shapes = [](const Call& call, const Operand& x, const Operand& w,
                                             const Operand& y, int extra) -> const char* {
  const int rank = x.ndim - 2;
  if (rank < 1 || rank > kSpatial || w.ndim != x.ndim || y.ndim != x.ndim)
    return "expects images (N, spatial..., C), filters (taps..., C / groups, F) and results "
           "(N, spatial..., F) of one to three spatial dimensions";
  if (!is_float(x) || w.dtype != x.dtype || y.dtype != x.dtype)
    return "expects operands of one type, float32 or float64";
  if (call.n_ints != 1 + 3 * rank + extra)
    return "expects ints [groups, (stride, dilation, pad) by dimension, ...]";
  const int64_t groups = call.ints[0];
  if (groups < 1 || x.shape[0] != y.shape[0] || x.shape[rank + 1] != w.shape[rank] * groups ||
      w.shape[rank + 1] != y.shape[rank + 1] || w.shape[rank + 1] % groups != 0)
    return "expects images (N, ..., C), filters (..., C / groups, F) and results (N, ..., F)";
  constexpr int64_t most = int64_t{1} << 24;
  double window = static_cast<double>(x.shape[rank + 1] + w.shape[rank + 1]);
  for (int d = 0; d < rank; ++d) {
    const int64_t* p = call.ints + 1 + 3 * d;
    if (p[0] < 1 || p[0] > most || p[1] < 1 || p[1] > most || p[2] < 0 || p[2] > most)
      return "expects strides and dilations of at least 1 and paddings of at least 0, all up to "
             "2^24";
    if (w.shape[d] < 1 || w.shape[d] > most || x.shape[1 + d] > most || y.shape[1 + d] > most)
      return "expects at least one tap, and spatial sizes up to 2^24";
    // Windows that begin behind the image see nothing: such a result is a mistake.
    if (y.shape[1 + d] > 0 && (y.shape[1 + d] - 1) * p[0] - p[2] > x.shape[1 + d])
      return "expects every window to begin within the padded image";
    window *= static_cast<double>((w.shape[d] - 1) * p[1] + 16 * p[0]) +
              static_cast<double>(d + 1 == rank ? x.shape[1 + d] + y.shape[1 + d] : 0);
  }
  if (window > 0x1p40) return "expects windows that fit in memory";
  return nullptr;
};

// What else an epilogue reads, by the last int: nothing, a bias with one element per channel of the
// result, or the array of an activation's results, whose derivative multiplies the sums.
enum ConvExtra : int { kConvPlain = 0, kConvBias = 1, kConvSlope = 2 };

// Of the ints [..., act, extra] and the operand that `extra` asks for.
inline constexpr auto conv_check_epilogue = [](const Call& call,
                                               const Operand& result) -> const char* {
  const int64_t act = call.ints[call.n_ints - 2], extra = call.ints[call.n_ints - 1];
  if (extra < kConvPlain || extra > kConvSlope) return "expects an epilogue of 0, 1 or 2";
  if (call.n_in != (extra ? 3 : 2)) return "expects a third operand exactly for a bias or a slope";
  if (act < 0 || act >= kActCount) return "unknown activation code";
  if (extra == kConvPlain) return nullptr;
  const Operand& b = call.ops[2];
  if (extra == kConvSlope)
    return same_shape(b, result) && b.dtype == result.dtype
               ? nullptr
               : "expects an activation's results like the result";
  if (b.dtype != result.dtype || b.ndim != 1 || b.shape[0] != result.shape[result.ndim - 1])
    return "expects a bias with one element per channel of the result";
  return nullptr;
};

// The third operand if it is what `extra` says.
inline constexpr auto conv_third = [](const Call& call, ConvExtra extra) -> const void* {
  return call.ints[call.n_ints - 1] == extra ? call.ops[2].data : nullptr;
};

// Nanoseconds on one thread: of the multiplications, at most of a common core's peak, or of the
// bytes.
inline constexpr auto conv_nanoseconds = [](const ConvShape& s, const Operand& x,
                                            const Operand& y) -> double {
  const double size = x.dtype == f32 ? 4 : 8;
  const double arithmetic = s.madds() / (kVecBytes / size * 2.5);
  const double bytes = size * static_cast<double>(element_count(x) + element_count(y));
  const double memory = bytes / 20;
  return 300 + (arithmetic > memory ? arithmetic : memory);
};

}  // namespace nncore::NNCORE_ISA
