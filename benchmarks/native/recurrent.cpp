// Recurrent layers over whole sequences, attention, temporal classification, and their gradients.
#include "runner.hpp"

namespace nncore::bench {
namespace {

double flops(int64_t batch, int64_t steps, int64_t units, int64_t gates) {
  return 2.0 * static_cast<double>(batch * steps * units * units * gates);
}

void add_layer(DType dtype, int64_t b, int64_t t, int64_t u) {
  const auto sequence = [&](int64_t columns) {
    return Argument{dtype, {b, t, columns}, {-0.9, 0.9}};
  };
  const Argument state{dtype, {b, u}, {-0.9, 0.9}};
  const auto weights = [&](int64_t gates) {
    return Argument{dtype, {u, gates * u}, {-0.05, 0.05}};
  };
  const std::string shape = std::string(name_of(dtype)) + "/" + join({b, t, u});
  add({"lstm",
       shape,
       {sequence(4 * u), weights(4), state, state},
       {sequence(u), state, state, sequence(u), sequence(4 * u)},
       {3, 2, 0, 1, 0},
       {},
       Traffic::copy,
       flops(b, t, u, 4)});
  add({"lstm_grad",
       shape,
       {weights(4), state, sequence(u), sequence(4 * u), sequence(u)},
       {sequence(4 * u), state, state},
       {3, 2, 0, 1, 0, 0, 0},
       {},
       Traffic::copy,
       flops(b, t, u, 4)});
  add({"gru",
       shape,
       {sequence(3 * u), weights(3), {dtype, {3 * u}, {-0.1, 0.1}}, state},
       {sequence(u), state, sequence(4 * u)},
       {3, 2, 0, 1, 0},
       {},
       Traffic::copy,
       flops(b, t, u, 3)});
  add({"gru_grad",
       shape,
       {weights(3), state, sequence(u), sequence(4 * u), sequence(u)},
       {sequence(3 * u), sequence(3 * u), state},
       {3, 2, 0, 1, 0, 0},
       {},
       Traffic::copy,
       flops(b, t, u, 3)});
  add({"simple_rnn",
       shape,
       {sequence(u), weights(1), state},
       {sequence(u), state},
       {3, 0, 0},
       {},
       Traffic::copy,
       flops(b, t, u, 1)});
  add({"simple_rnn_grad",
       shape,
       {weights(1), sequence(u), sequence(u)},
       {sequence(u), state},
       {3, 0, 1, 0, 0},
       {},
       Traffic::copy,
       flops(b, t, u, 1)});
}

void add_attention(DType dtype, int64_t b, int64_t t, int64_t heads, int64_t depth) {
  const Argument x{dtype, {b, t, heads, depth}, {-1, 1}};
  const Argument sums{dtype, {b, heads, t, 2}, {0.5, 1}};
  const std::string shape = std::string(name_of(dtype)) + "/" + join(x.shape);
  const double scores = 2.0 * static_cast<double>(b * heads * t * t * depth);
  add({"attention", shape, {x, x, x}, {x, sums}, {0, 0}, {0.25}, Traffic::copy, 2 * scores});
  add({"attention_grad",
       shape,
       {x, x, x, x, sums, x},
       {x, x, x},
       {0, 0},
       {0.25},
       Traffic::copy,
       5 * scores});
}

// Lengths are drawn: half of the steps and of the labels count on average.
void add_ctc(DType dtype, int64_t b, int64_t t, int64_t c, int64_t labels) {
  const Argument z{dtype, {b, t, c}, {-3, 3}}, rows{dtype, {b}, {1, 2}};
  const Argument target{i32, {b, labels}, {1, static_cast<double>(c)}};
  const Argument counts{i32, {b}, {0, static_cast<double>(labels)}};
  const Argument steps{i32, {b}, {static_cast<double>(labels), static_cast<double>(t)}};
  const Argument states{dtype, {b, t, 2 * labels + 1}, {-9, 0}}, sums{dtype, {b, t}, {2, 3}};
  const std::string shape = std::string(name_of(dtype)) + "/" + join({b, t, c, labels});
  add({"ctc", shape, {z, target, counts, steps}, {rows, states, sums}, {0, 1}});
  add({"ctc_grad", shape, {z, target, counts, steps, rows, states, sums, rows}, {z}, {0}});
  add({"ctc_beam", shape, {z, steps}, {{i32, {1, b, t}}, {dtype, {b, 1}}}, {20, 0}});
}

}  // namespace

void add_recurrent() {
  std::vector<DType> dtypes = {f32};
  if (!options().quick) dtypes.push_back(f64);
  for (const DType dtype : dtypes) {
    add_layer(dtype, 32, 100, 128);
    add_layer(dtype, 64, 100, 32);
    add_attention(dtype, 32, 64, 4, 16);
    add_attention(dtype, 4, 512, 8, 64);
    add_ctc(dtype, 32, 100, 30, 20);
  }
}

}  // namespace nncore::bench
