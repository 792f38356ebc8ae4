// Matrix products: squares, and the three that a Dense layer (K inputs, N outputs) does per batch.
#include "peers.hpp"
#include "runner.hpp"

namespace nncore::bench {
namespace {

enum class Form {
  forward,  // Y (B, N) = X (B, K) W (K, N)
  dx,       // dX (B, K) = dY (B, N) W^T
  dw        // dW (K, N) = X^T dY
};
constexpr const char* kFormName[] = {"forward", "dX", "dW"};

struct Layer {
  int64_t inputs, outputs;
};

Argument matrix(DType dtype, int64_t rows, int64_t columns) {
  return {dtype, {rows, columns}, {-1, 1}};
}

// Stored as (columns, rows).
Argument transposed(DType dtype, int64_t rows, int64_t columns) {
  return {dtype, {rows, columns}, {-1, 1}, {1, rows}};
}

void add_product(Form form, int64_t batch, Layer layer, DType dtype, const std::string& shape) {
  const int64_t k = layer.inputs, n = layer.outputs;
  Case c{"matmul",
         std::string(kFormName[static_cast<int>(form)]) + "/" + shape + "/" + name_of(dtype),
         {},
         {},
         {0, 0, 0},
         {0.0}};
  switch (form) {
    case Form::forward:
      c.inputs = {matrix(dtype, batch, k), matrix(dtype, k, n)};
      c.outputs = {matrix(dtype, batch, n)};
      break;
    case Form::dx:
      c.inputs = {matrix(dtype, batch, n), transposed(dtype, n, k)};
      c.outputs = {matrix(dtype, batch, k)};
      break;
    case Form::dw:
      c.inputs = {transposed(dtype, k, batch), matrix(dtype, batch, n)};
      c.outputs = {matrix(dtype, k, n)};
      break;
  }
  c.flops = 2.0 * static_cast<double>(batch) * static_cast<double>(k) * static_cast<double>(n);
  add(c);
  for (const Peer& peer : peers()) {
    if (dtype == f64 && !peer.has_f64) continue;
    c.kernel = peer.name;
    add_foreign(c, peer.gemm);
    c.kernel = "matmul";
  }
}

// Rows of a table that a layer reads through an index.
void add_picked(int64_t rows, int64_t picked, Layer layer, DType dtype) {
  const int64_t k = layer.inputs, n = layer.outputs;
  const Argument index{i32, {picked}, {0, static_cast<double>(rows)}};
  Case c{"matmul_picked",
         join({rows, k}) + "/picked:" + std::to_string(picked) + "/" + std::to_string(n) + "/" +
             name_of(dtype),
         {matrix(dtype, rows, k), matrix(dtype, k, n), index},
         {matrix(dtype, picked, n)},
         {0, 0, 0},
         {0.0}};
  c.flops = 2.0 * static_cast<double>(picked) * static_cast<double>(k) * static_cast<double>(n);
  add(c);
}

// dX as it leaves the product: times relu's derivative at the previous layer's result.
void add_gradient(int64_t batch, Layer layer, DType dtype) {
  const int64_t k = layer.inputs, n = layer.outputs;
  Case c{"matmul_grad",
         join({k, n}) + "/batch:" + std::to_string(batch) + "/" + name_of(dtype),
         {matrix(dtype, batch, n), transposed(dtype, n, k), matrix(dtype, batch, k)},
         {matrix(dtype, batch, k)},
         {1},
         {0.0}};
  c.flops = 2.0 * static_cast<double>(batch) * static_cast<double>(k) * static_cast<double>(n);
  add(c);
}

}  // namespace

void add_gemm() {
  const bool quick = options().quick;
  const std::vector<DType> dtypes = quick ? std::vector{f32} : std::vector{f32, f64};
  const std::vector<int64_t> sides =
      quick ? std::vector<int64_t>{256, 512} : std::vector<int64_t>{256, 512, 1024, 2048};
  const std::vector<Layer> layers =
      quick ? std::vector<Layer>{{784, 32}, {512, 512}}
            : std::vector<Layer>{{784, 32}, {32, 10},     {784, 512},  {512, 512},
                                 {512, 10}, {2048, 2048}, {4096, 4096}};
  const std::vector<int64_t> batches =
      quick ? std::vector<int64_t>{32, 128} : std::vector<int64_t>{1, 8, 32, 128, 256, 1024, 4096};
  for (const DType dtype : dtypes) {
    for (const int64_t side : sides)
      for (const Form form : {Form::forward, Form::dx, Form::dw})
        add_product(form, side, {side, side}, dtype, join({side, side, side}));
    for (const Layer layer : {Layer{32, 10}, Layer{512, 512}}) add_gradient(128, layer, dtype);
    for (const int64_t n : {64, 512}) add_picked(10000, 512, {128, n}, dtype);
    for (const Layer layer : layers)
      for (const int64_t batch : batches)
        for (const Form form : {Form::forward, Form::dx, Form::dw})
          add_product(form, batch, layer, dtype,
                      join({layer.inputs, layer.outputs}) + "/batch:" + std::to_string(batch));
  }
}

}  // namespace nncore::bench
