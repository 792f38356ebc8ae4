// Reductions, running sums, sorting, soft maxima and losses, copies, random numbers.
#include "runner.hpp"

namespace nncore::bench {
namespace {

std::string labelled(const std::string& what, DType dtype, const std::vector<int64_t>& shape) {
  return (what.empty() ? "" : what + "/") + name_of(dtype) + "/" + join(shape);
}

void add_reductions(DType dtype, int64_t rows, int64_t columns) {
  constexpr const char* kNames[] = {"sum", "prod", "max", "min", "any", "all"};
  const Argument x{dtype, {rows, columns}, {0.9, 1.1}};
  for (int64_t op = 0; op < 6; ++op) {
    const DType out = op >= 4 ? b8 : dtype;
    const std::string name = kNames[op];
    add({"reduce",
         labelled(name + "/rows", dtype, x.shape),
         {x},
         {{out, {rows}}},
         {op, 1},
         {},
         Traffic::read});
    add({"reduce",
         labelled(name + "/columns", dtype, x.shape),
         {x},
         {{out, {columns}}},
         {op, 0},
         {},
         Traffic::read});
    add({"reduce",
         labelled(name + "/whole", dtype, x.shape),
         {x},
         {{out, {}}},
         {op, 0, 1},
         {},
         Traffic::read});
  }
  add({"argreduce",
       labelled("max/rows", dtype, x.shape),
       {x},
       {{i32, {rows}}},
       {1, 1},
       {},
       Traffic::read});
  add({"argreduce",
       labelled("max/columns", dtype, x.shape),
       {x},
       {{i32, {columns}}},
       {1, 0},
       {},
       Traffic::read});
  add({"cumulative", labelled("sum/rows", dtype, x.shape), {x}, {x}, {0, 1}});
  add({"cumulative", labelled("sum/columns", dtype, x.shape), {x}, {x}, {0, 0}});
}

void add_copies(DType dtype, int64_t rows, int64_t columns) {
  const Argument x{dtype, {rows, columns}};
  add({"copy", labelled("plain", dtype, x.shape), {x}, {x}});
  Argument turned = x;
  turned.strides = {1, rows};
  add({"copy", labelled("transpose", dtype, x.shape), {turned}, {x}});
  add({"bitcast", labelled("", dtype, x.shape), {x}, {{dtype == f32 ? i32 : i64, x.shape}}});
}

void add_sorting(DType dtype, int64_t rows, int64_t columns) {
  const Argument x{dtype, {rows, columns}, {-1, 1}};
  add({"sort", labelled("ascending", dtype, x.shape), {x}, {x, {i32, x.shape}}, {1, 0}});
}

void add_softmax(DType dtype, int64_t rows, int64_t classes) {
  const Argument z{dtype, {rows, classes}, {-4, 4}}, p{dtype, {rows, classes}, {0, 0.2}};
  const Argument label{i32, {rows}, {0, static_cast<double>(classes)}}, loss{dtype, {rows}};
  const std::string shape = labelled("", dtype, z.shape);
  add({"softmax", shape, {z}, {z}});
  add({"log_softmax", shape, {z}, {z}});
  add({"softmax_grad", shape, {p, z}, {z}});
  add({"log_softmax_grad", shape, {z, z}, {z}});
  add({"softmax_crossentropy", shape, {z, p}, {loss}, {}, {}, Traffic::read});
  add({"softmax_crossentropy_grad", shape, {z, p, loss}, {z}});
  add({"sparse_softmax_crossentropy", shape, {z, label}, {loss}, {}, {}, Traffic::read});
  add({"sparse_softmax_crossentropy_grad", shape, {z, label, loss}, {z}});
}

void add_random(DType dtype, int64_t n) {
  constexpr const char* kNames[] = {"uniform", "normal", "truncated", "raw"};
  const Argument seed{i64, {2}, {1, 1000}};
  for (int64_t kind = 0; kind < 3; ++kind)
    add({"random", labelled(kNames[kind], dtype, {n}), {seed}, {{dtype, {n}}}, {kind, 0}});
  // Drawn by rejection, an element at a time.
  const int64_t few = n < (1 << 18) ? n : 1 << 18;
  const Argument shape{dtype, {few}, {0.5, 8}}, counts{dtype, {few}, {20, 20.5}},
      chance{dtype, {few}, {0.1, 0.9}}, drawn{dtype, {few}};
  add({"random_gamma", labelled("", dtype, {few}), {seed, shape}, {drawn}, {0, 0}});
  add({"random_binomial", labelled("", dtype, {few}), {seed, counts, chance}, {drawn}, {0}});
  if (dtype == f32) {
    add({"random", labelled(kNames[3], i64, {n}), {seed}, {{i64, {n}}}, {3, 0}});
    add({"permutation", labelled("", i64, {n}), {{i64, {n}, {0, 4e9}}}, {{i64, {n}}}});
  }
}

}  // namespace

void add_rows() {
  std::vector<DType> dtypes = {f32};
  if (!options().quick) dtypes.push_back(f64);
  for (const DType dtype : dtypes) {
    for (const int64_t n : array_sizes()) {
      add_reductions(dtype, n / 128, 128);
      add_copies(dtype, n / 128, 128);
      add_softmax(dtype, n / 128, 128);
      add_random(dtype, n);
      // Sorting a cache-sized array shows all there is to see.
      if (n <= 1 << 14) add_sorting(dtype, n / 128, 128);
    }
    add_softmax(dtype, 128, 10);
    add_reductions(dtype, 128, 10);
  }
}

}  // namespace nncore::bench
