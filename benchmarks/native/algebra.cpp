// Factors of matrices and Fourier transforms.
#include "runner.hpp"

namespace nncore::bench {
namespace {

std::string labelled(DType dtype, const std::vector<int64_t>& shape) {
  return std::string(name_of(dtype)) + "/" + join(shape);
}

// Values near 1 make symmetric factors fail and pivots small, which takes no other time.
void add_matrices(DType dtype, int64_t count, int64_t n) {
  const Argument x{dtype, {count, n, n}, {-1, 1}}, row{dtype, {count, n}};
  const Argument places{i32, {count, n}};
  const std::string label = labelled(dtype, x.shape);
  add({"cholesky", label, {x}, {x}});
  add({"lu", label, {x}, {x, places, places}});
  add({"triangular_solve", label, {{dtype, x.shape, {1, 2}}, x}, {x}, {1, 0, 0}});
  add({"qr", label, {x}, {x, x}, {0}});
  add({"eigh", label, {{dtype, x.shape, {0, 1e-3}}}, {row, x}});
  add({"svd", label, {x}, {x, row, x}, {0}});
}

void add_transforms(DType dtype, int64_t rows, int64_t n) {
  const Argument x{dtype, {rows, n}, {-1, 1}}, roots{dtype, {2, n}, {-1, 1}};
  add({"fft", labelled(dtype, x.shape), {x, x, roots}, {x, x}, {0}});
  const Argument part{dtype, {rows, n / 2 + 1}, {-1, 1}}, halves{dtype, {2, n / 2}, {-1, 1}};
  add({"rfft", labelled(dtype, x.shape), {x, halves, halves}, {part, part}});
  add({"irfft", labelled(dtype, x.shape), {part, part, halves, halves}, {x}});
}

}  // namespace

void add_algebra() {
  std::vector<DType> dtypes = {f32};
  if (!options().quick) dtypes.push_back(f64);
  for (const DType dtype : dtypes) {
    add_matrices(dtype, 64, 8);
    add_matrices(dtype, 2, 64);
    for (const int64_t n : {256, 1000, 4096}) add_transforms(dtype, 64, n);
  }
}

}  // namespace nncore::bench
