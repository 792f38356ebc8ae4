// From a kernel, its arguments and what is to be counted to a row of the report.
#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"
#include "limits.hpp"

namespace nncore::bench {

struct Options {
  bool quick = false;
  std::vector<int> threads = {1};
};
Options& options();

struct Case {
  std::string kernel;
  std::string label;  // what distinguishes it from the kernel's other rows: "float32/512x512"
  std::vector<Argument> inputs, outputs;
  std::vector<int64_t> ints = {};
  std::vector<double> floats = {};
  Traffic traffic = Traffic::copy;
  double flops = 0;     // 0: the row shows time per element instead of GFLOP/s
  double bytes = 0;     // 0: every input read once and every output written once
  double elements = 0;  // 0: of the largest operand
};

// Registers one row per number of threads.
void add(const Case& c);
// The same for what is no kernel: `run` is called with the operands.
using RunFn = void (*)(const std::vector<Operand>& operands, const Case& c, int threads);
void add_foreign(const Case& c, RunFn run);

// Kernels of the library's table without a row.
std::vector<std::string> kernels_without_rows();

constexpr const char* name_of(DType dtype) {
  constexpr const char* kNames[] = {"float32", "float64", "int32", "int64", "uint8", "bool"};
  return kNames[dtype];
}

// The sizes of arrays that an operation is timed with: within the second-level cache, where the
// arithmetic shows, and (not in quick runs) far beyond all caches, where the memory does.
std::vector<int64_t> array_sizes();

// Each registers the rows of its family.
void add_algebra();
void add_convolutions();
void add_elementwise();
void add_gemm();
void add_indexing();
void add_optimizers();
void add_pooling();
void add_recurrent();
void add_rows();
void add_statistics();

}  // namespace nncore::bench
