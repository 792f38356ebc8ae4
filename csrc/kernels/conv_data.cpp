// conv_data: the gradient of conv with respect to its image, which is also the transposed
// convolution: x(n, i, c) = act(bias(c) + sum over taps t and filters f of y(n, o, f) w(t, c, f)),
// where o * stride + t * dilation - pad = i, in every dimension.
//
// ints = [groups, (stride, dilation, pad) by dimension, act, extra], floats = [act_param].
#include "kernels/conv_run.hpp"
#include "kernels/conv_shape.hpp"

namespace nncore::NNCORE_ISA {

// The indices i with (i + pad) % stride == phase. The same taps reach all of them, one step of y
// apart, so they are a correlation of stride 1 with these taps, the last one first.
struct Phase {
  int64_t first, count;         // indices first, first + stride, ...
  int64_t tap, tap_step, taps;  // the taps, from the one that meets the lowest index of y
  int64_t dilation, pad;
};
inline constexpr auto phase_of = [](const ConvShape& s, int d, int64_t phase) -> Phase {
  const int64_t stride = s.stride[d];
  int64_t a = stride, common = s.dilation[d];  // greatest common divisor
  while (a != 0) {
    const int64_t rest = common % a;
    common = a;
    a = rest;
  }
  Phase r{};
  const int64_t beyond = (phase - s.pad[d] % stride + stride) % stride;
  r.first = beyond;
  r.count = s.in[d] > beyond ? (s.in[d] - beyond + stride - 1) / stride : 0;
  r.tap_step = -stride / common;
  r.dilation = s.dilation[d] / common;
  if (phase % common != 0) return r;
  int64_t tap = 0;
  while (tap < s.taps[d] && tap * s.dilation[d] % stride != phase) ++tap;
  if (tap == s.taps[d]) return r;
  r.taps = (s.taps[d] - 1 - tap) / -r.tap_step + 1;
  // At index `first`, tap number `tap` meets this index of y, and each further tap one dilation
  // less.
  const int64_t meets = (beyond + s.pad[d] - tap * s.dilation[d]) / stride;
  r.tap = tap - (r.taps - 1) * r.tap_step;
  r.pad = (r.taps - 1) * r.dilation - meets;
  return r;
};

template <class T>
struct ConvDataProblem {
  const Call& call;
  ConvShape s;
  explicit ConvDataProblem(const Call& c)
      : call(c), s(conv_shape(c.ops[c.n_in], c.ops[1], c.ops[0], c.ints)) {}

  template <class F>
  void operator()(const F& f) const {
    const int64_t all_filters = s.filters * s.groups, all_channels = s.channels * s.groups;
    Correlation<T> p{};
    p.images = s.images;
    p.channels = s.filters;
    p.depthwise = s.depthwise();
    p.columns = p.depthwise ? s.groups : s.channels;
    s.steps(s.out, all_filters, p.x_step);
    p.x_image = p.x_step[0] * s.out[0];
    int64_t step[kSpatial];
    s.steps(s.in, all_channels, step);
    p.y_image = step[0] * s.in[0];
    p.act = static_cast<int>(call.ints[call.n_ints - 2]);
    p.act_param = static_cast<T>(call.floats[0]);
    const auto* bias = static_cast<const T*>(conv_third(call, kConvBias));
    const auto* result = static_cast<const T*>(conv_third(call, kConvSlope));
    for (int d = 0; d < kSpatial; ++d) {
      p.in[d] = s.out[d];
      p.stride[d] = 1;
      p.y_step[d] = step[d] * s.stride[d];
    }
    const int64_t phases = s.stride[0] * s.stride[1] * s.stride[2];
    for (int64_t index = 0; index < phases; ++index) {
      const Phase phase[] = {phase_of(s, 0, index / s.stride[2] / s.stride[1]),
                             phase_of(s, 1, index / s.stride[2] % s.stride[1]),
                             phase_of(s, 2, index % s.stride[2])};
      int64_t at = 0;
      for (int d = 0; d < kSpatial; ++d) {
        p.out[d] = phase[d].count;
        p.taps[d] = phase[d].taps;
        p.dilation[d] = phase[d].dilation;
        p.pad[d] = phase[d].pad;
        at += phase[d].first * step[d];
      }
      if (p.out[0] * p.out[1] * p.out[2] == 0) continue;
      for (int64_t g = 0; g < (p.depthwise ? 1 : s.groups); ++g) {
        p.x = static_cast<const T*>(call.ops[0].data) + g * s.filters;
        p.y = static_cast<T*>(call.ops[call.n_in].data) + at + g * s.channels;
        p.bias = bias ? bias + g * s.channels : nullptr;
        p.result = result ? result + at + g * s.channels : nullptr;
        p.b_row = 0;
        f(p, [&](int64_t t) {
          const int64_t tap[] = {t / p.taps[2] / p.taps[1], t / p.taps[2] % p.taps[1],
                                 t % p.taps[2]};
          int64_t k = 0;
          for (int d = 0; d < kSpatial; ++d)
            k = k * s.taps[d] + phase[d].tap + tap[d] * phase[d].tap_step;
          return StridedReader<T>{static_cast<const T*>(call.ops[1].data) +
                                      k * s.channels * all_filters + g * s.filters,
                                  all_filters, 1};
        });
      }
    }
  }
};

void conv_data_run(const Call& call, const Team& team) {
  if (element_count(call.ops[call.n_in]) == 0) return;
  if (call.ops[0].dtype == f32)
    run_correlations<float>(ConvDataProblem<float>(call), call.scratch, team);
  else
    run_correlations<double>(ConvDataProblem<double>(call), call.scratch, team);
}

int64_t conv_data_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32
             ? correlations_scratch<float>(ConvDataProblem<float>(call), team)
             : correlations_scratch<double>(ConvDataProblem<double>(call), team);
}

double conv_data_cost(const Call& call) {
  const Operand &y = call.ops[0], &x = call.ops[call.n_in];
  return conv_nanoseconds(conv_shape(x, call.ops[1], y, call.ints), x, y);
}

const char* conv_data_check(const Call& call) {
  if (call.n_ints < 3 || call.n_floats != 1 || call.n_out != 1 || call.n_in < 2)
    return "expects results, filters, bias or results as the epilogue asks, one output, and floats "
           "[act_param]";
  const Operand& x = call.ops[call.n_in];
  const char* wrong = conv_check_shapes(call, x, call.ops[1], call.ops[0], 2);
  if (!wrong) wrong = conv_check_epilogue(call, x);
  if (wrong) return wrong;
  double phases = static_cast<double>(call.ints[0]);
  for (int d = 0; d < x.ndim - 2; ++d) phases *= static_cast<double>(call.ints[1 + 3 * d]);
  return phases > 0x1p20 ? "expects fewer strides and groups" : nullptr;
}

}  // namespace nncore::NNCORE_ISA
