// Rows picked and scattered by index, and the gathering of batches.
#include <benchmark/benchmark.h>

#include "program/gather.hpp"
#include "runner.hpp"

namespace nncore::bench {
namespace {

Argument tensor(DType dtype, std::vector<int64_t> shape) {
  return {dtype, std::move(shape), {-1, 1}};
}
Argument index_of(std::vector<int64_t> shape, int64_t below) {
  return {i32, std::move(shape), {0, static_cast<double>(below)}};
}

// An embedding: `rows` of a table of `vocabulary` vectors, and the gradient back into it.
void add_table(DType dtype, int64_t vocabulary, int64_t width, int64_t rows) {
  const std::string label = std::string(name_of(dtype)) + "/" + join({vocabulary, width}) +
                            "/rows:" + std::to_string(rows);
  const Argument table = tensor(dtype, {1, vocabulary, width}),
                 picked = tensor(dtype, {1, rows, width});
  const double moved = static_cast<double>(rows * width * size_of(dtype));
  Case c{"gather", label, {table, index_of({rows}, vocabulary)}, {picked}};
  c.bytes = 2 * moved;
  c.elements = static_cast<double>(rows * width);
  add(c);
  Case back{"scatter_add", label, {picked, index_of({rows}, vocabulary)}, {table}};
  // The whole table is set to zero first; what is added to is read as well.
  back.bytes = 3 * moved + static_cast<double>(vocabulary * width * size_of(dtype));
  add(back);
  back.kernel = "scatter_reduce";
  back.label = "largest/" + back.label;
  back.ints = {1};
  add(back);
  const Argument rate{dtype, {}, {0.01, 0.02}}, whole{dtype, {vocabulary, width}, {0.5, 1}};
  const Argument index = index_of({rows}, vocabulary);
  add({"sgd_rows_step", label, {rate, whole, picked, index}, {whole}});
  add({"adagrad_rows_step",
       label,
       {rate, whole, whole, picked, index},
       {whole, whole},
       {},
       {1e-7}});
}

void add_along(DType dtype, int64_t rows, int64_t width) {
  const std::string label = std::string(name_of(dtype)) + "/" + join({rows, width});
  const Argument x = tensor(dtype, {rows, width, 1}), index = index_of({rows, width, 1}, width);
  add({"take_along", label, {x, index}, {x}});
  add({"put_along_add", label, {x, index}, {x}});
}

// Batches as a program gathers them: shuffled rows, converted to float32.
void gather_batch(const std::vector<Operand>& x, const Case&, int) {
  const Operand &source = x[0], &index = x[1], &batch = x[2];
  ArrayView from{static_cast<char*>(source.data), source.dtype, 2, true, {}, {}};
  const int64_t item = size_of(static_cast<DType>(source.dtype));
  for (int d = 0; d < 2; ++d) {
    from.shape[d] = source.shape[d];
    from.strides[d] = source.strides[d] * item;
  }
  const int64_t rows = batch.shape[0];
  const RowGather gather(from, f32);
  gather({static_cast<const int64_t*>(index.data), 0}, {0, rows, 0, gather.elements()},
         static_cast<char*>(batch.data));
}

void add_batches(DType dtype, int64_t samples, int64_t width, int64_t rows) {
  const Argument source{dtype, {samples, width}, {0, 255}};
  const Argument index{i64, {rows}, {0, static_cast<double>(samples)}};
  Case c{
      "gather_rows",
      std::string(name_of(dtype)) + "/" + join({samples, width}) + "/batch:" + std::to_string(rows),
      {source, index},
      {{f32, {rows, width}}}};
  c.bytes = static_cast<double>(rows * width * (size_of(dtype) + 4));
  c.elements = static_cast<double>(rows * width);
  add_foreign(c, gather_batch);
}

}  // namespace

void add_indexing() {
  add_table(f32, 10000, 64, 2048);
  if (!options().quick) add_table(f64, 10000, 64, 2048);
  add_along(f32, 128, 128);
  for (const DType dtype : {f32, f64, u8}) add_batches(dtype, 60000, 784, 128);
}

}  // namespace nncore::bench
