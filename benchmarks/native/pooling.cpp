// Pooling of images and its gradients.
#include "runner.hpp"

namespace nncore::bench {
namespace {

// Square images and windows; padding as much as keeps `out` windows within the image.
void add_pools(DType dtype, int64_t batch, int64_t size, int64_t channels, int64_t window,
               int64_t stride, int64_t low) {
  const int64_t out = (size + 2 * low - window) / stride + 1;
  const Argument x{dtype, {batch, size, size, channels}, {-1, 1}};
  const Argument y{dtype, {batch, out, out, channels}, {-1, 1}};
  const std::string label = std::string(name_of(dtype)) + "/" + join(x.shape) +
                            "/window:" + std::to_string(window) +
                            "/stride:" + std::to_string(stride);
  const std::vector<int64_t> ints = {window, stride, low, window, stride, low};
  add({"max_pool", label, {x}, {y}, ints});
  add({"max_pool_grad", label, {x, y, y}, {x}, ints});
  add({"max_pool_pick", label, {x, y, x}, {y}, ints});
  add({"average_pool", label, {x}, {y}, ints});
  add({"average_pool_grad", label, {y}, {x}, ints});
}

}  // namespace

void add_pooling() {
  add_pools(f32, 64, 26, 32, 2, 2, 0);
  add_pools(f32, 64, 11, 64, 2, 2, 0);
  add_pools(f32, 32, 16, 128, 3, 2, 1);
  if (options().quick) return;
  add_pools(f64, 64, 26, 32, 2, 2, 0);
  add_pools(f32, 8, 32, 3, 2, 2, 0);
}

}  // namespace nncore::bench
