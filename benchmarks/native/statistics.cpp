// Normalisations: statistics of channels, and rows.
#include "runner.hpp"

namespace nncore::bench {
namespace {

std::string labelled(DType dtype, const std::vector<int64_t>& shape) {
  return std::string(name_of(dtype)) + "/" + join(shape);
}

void add_channels(DType dtype, const std::vector<int64_t>& shape) {
  const Argument x{dtype, shape, {-1, 1}}, one{dtype, {shape[0], shape[2]}};
  add({"moments", labelled(dtype, shape), {x}, {one, one}, {}, {}, Traffic::read});
  add({"centred_sums", labelled(dtype, shape), {x, x, one}, {one, one}, {}, {}, Traffic::read});
}

void add_norms(DType dtype, int64_t rows, int64_t columns) {
  const Argument x{dtype, {rows, columns}, {-1, 1}}, row{dtype, {columns}};
  const std::string label = labelled(dtype, x.shape);
  add({"layer_norm", label, {x, row, row}, {x}, {0, 1, 1}, {1e-3}});
  add({"layer_norm", "rms/" + label, {x, row}, {x}, {1, 1, 0}, {1e-6}});
  add({"layer_norm_grad", label, {x, x, row}, {x, row, row}, {0, 1, 1}, {1e-3}});
}

}  // namespace

void add_statistics() {
  std::vector<DType> dtypes = {f32};
  if (!options().quick) dtypes.push_back(f64);
  for (const DType dtype : dtypes) {
    add_channels(dtype, {1, 64 * 13 * 13, 32, 1});
    add_channels(dtype, {1, 32 * 16 * 16, 64, 1});
    add_channels(dtype, {1, 32, 64, 256});
    add_norms(dtype, 1024, 128);
    add_norms(dtype, 1024, 768);
  }
}

}  // namespace nncore::bench
