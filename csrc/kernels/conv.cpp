// conv: y = act(x * w + bias), images channels-last; see conv_shape.hpp for the equation.
//
// ints = [groups, (stride, dilation, pad) by dimension, act, extra], floats = [act_param].
#include "kernels/conv_run.hpp"
#include "kernels/conv_shape.hpp"

namespace nncore::NNCORE_ISA {

// Few results are computed faster than all weights are copied.
constexpr int64_t kPixelsWorthPacking = 64;

template <class T>
struct ConvProblem {
  const Call& call;
  ConvShape s;
  explicit ConvProblem(const Call& c)
      : call(c), s(conv_shape(c.ops[0], c.ops[1], c.ops[c.n_in], c.ints)) {}

  template <class F>
  void operator()(const F& f) const {
    const int64_t filters = s.filters * s.groups,
                  pixels = s.images * s.out[0] * s.out[1] * s.out[2];
    const bool in_place = s.filters % kLanes<T> == 0 && pixels <= kPixelsWorthPacking;
    const T* w = static_cast<const T*>(call.ops[1].data);
    Correlation<T> p{};
    p.images = s.images;
    p.channels = s.channels;
    p.columns = s.filters;
    for (int d = 0; d < kSpatial; ++d) {
      p.in[d] = s.in[d], p.out[d] = s.out[d], p.taps[d] = s.taps[d];
      p.stride[d] = s.stride[d], p.dilation[d] = s.dilation[d], p.pad[d] = s.pad[d];
    }
    s.steps(s.in, s.channels * s.groups, p.x_step);
    s.steps(s.out, filters, p.y_step);
    p.x_image = p.x_step[0] * s.in[0];
    p.y_image = p.y_step[0] * s.out[0];
    p.act = static_cast<int>(call.ints[call.n_ints - 2]);
    p.act_param = static_cast<T>(call.floats[0]);
    const auto* bias = static_cast<const T*>(conv_third(call, kConvBias));
    const auto* result = static_cast<const T*>(conv_third(call, kConvSlope));
    p.depthwise = s.depthwise();
    if (p.depthwise) p.columns = s.groups;
    for (int64_t g = 0; g < (p.depthwise ? 1 : s.groups); ++g) {
      p.x = static_cast<const T*>(call.ops[0].data) + g * s.channels;
      p.y = static_cast<T*>(call.ops[call.n_in].data) + g * s.filters;
      p.bias = bias ? bias + g * s.filters : nullptr;
      p.result = result ? result + g * s.filters : nullptr;
      p.b = w + g * s.filters;
      p.b_row = in_place ? filters : 0;
      f(p, [&](int64_t t) {
        return StridedReader<T>{w + g * s.filters + t * s.channels * filters, 1, filters};
      });
    }
  }
};

void conv_run(const Call& call, const Team& team) {
  if (element_count(call.ops[call.n_in]) == 0) return;
  if (call.ops[0].dtype == f32)
    run_correlations<float>(ConvProblem<float>(call), call.scratch, team);
  else
    run_correlations<double>(ConvProblem<double>(call), call.scratch, team);
}

int64_t conv_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? correlations_scratch<float>(ConvProblem<float>(call), team)
                                  : correlations_scratch<double>(ConvProblem<double>(call), team);
}

double conv_cost(const Call& call) {
  const Operand &x = call.ops[0], &y = call.ops[call.n_in];
  return conv_nanoseconds(conv_shape(x, call.ops[1], y, call.ints), x, y);
}

const char* conv_check(const Call& call) {
  if (call.n_ints < 3 || call.n_floats != 1 || call.n_out != 1 || call.n_in < 2)
    return "expects image, filters, bias or results as the epilogue asks, one output, and floats "
           "[act_param]";
  const Operand& y = call.ops[call.n_in];
  const char* wrong = conv_check_shapes(call, call.ops[0], call.ops[1], y, 2);
  return wrong ? wrong : conv_check_epilogue(call, y);
}

}  // namespace nncore::NNCORE_ISA
