// Optimizer updates over all tensors of a network.
#include "runner.hpp"

namespace nncore::bench {
namespace {

struct Step {
  const char* kernel;
  const char* variant;
  int scalars;  // learning rate, and Adam's corrected one
  int read;     // tensors per group: parameter, gradient, slots
  std::vector<int64_t> flags;
  std::vector<double> floats;
};

// Every tensor of a group but the gradient is updated in place.
void add_step(const Step& step, DType dtype, const std::string& net,
              const std::vector<int64_t>& sizes) {
  Case c{step.kernel, std::string(step.variant) + "/" + name_of(dtype) + "/" + net, {}, {}};
  c.ints = {static_cast<int64_t>(sizes.size())};
  c.ints.insert(c.ints.end(), step.flags.begin(), step.flags.end());
  c.ints.insert(c.ints.end(), sizes.size(), 0);  // all gradients are given
  c.floats = step.floats;
  c.traffic = Traffic::update;
  // A tiny step: however often it is repeated, parameters stay ordinary numbers.
  for (int k = 0; k < step.scalars; ++k) c.inputs.push_back({dtype, {}, {1e-9, 1e-9}});
  for (const int64_t n : sizes) {
    const int first = static_cast<int>(c.inputs.size());
    for (int k = 0; k < step.read; ++k) c.inputs.push_back({dtype, {n}, {0.1, 0.9}});
    for (int k = 0; k < step.read; ++k)
      if (k != 1) c.outputs.push_back({dtype, {n}, {}, {}, first + k});
    c.elements += static_cast<double>(n);
  }
  add(c);
}

}  // namespace

void add_optimizers() {
  const std::vector<Step> steps = {
      {"sgd_step", "plain", 1, 2, {}, {0}},
      {"momentum_step", "plain", 1, 3, {0}, {0.9, 0}},
      {"momentum_step", "nesterov", 1, 3, {1}, {0.9, 0}},
      {"rmsprop_step", "plain", 1, 3, {0, 0}, {0.9, 0, 1e-7, 0}},
      {"rmsprop_step", "centered-momentum", 1, 5, {1, 1}, {0.9, 0.9, 1e-7, 0}},
      {"adam_step", "plain", 2, 4, {0}, {0.9, 0.999, 1e-7, 0}},
      {"adam_step", "amsgrad", 2, 5, {1}, {0.9, 0.999, 1e-7, 0}},
      {"adam_step", "decay", 2, 4, {0}, {0.9, 0.999, 1e-7, 0.01}},
      {"adagrad_step", "plain", 1, 3, {}, {1e-7, 0}},
      {"adadelta_step", "plain", 1, 4, {}, {0.95, 1e-7, 0}},
      {"adamax_step", "plain", 2, 4, {}, {0.9, 0.999, 1e-7, 0}},
      {"nadam_step", "plain", 4, 4, {}, {0.9, 0.999, 1e-7, 0}},
      {"lion_step", "plain", 1, 3, {}, {0.9, 0.99, 0}},
      {"ftrl_step", "plain", 1, 4, {}, {0, 0, 0, 0, 0}},
      {"lamb_step", "plain", 3, 4, {}, {0.9, 0.999, 1e-7, 0}},
  };
  std::vector<DType> dtypes = {f32};
  if (!options().quick) dtypes.push_back(f64);
  for (const DType dtype : dtypes)
    for (const Step& step : steps) {
      add_step(step, dtype, "784-32-10", {784 * 32, 32, 320, 10});
      if (!options().quick) add_step(step, dtype, "10-million", {10'000'000});
    }
}

}  // namespace nncore::bench
