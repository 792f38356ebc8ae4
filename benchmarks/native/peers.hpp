// Other libraries' matrix products, where they are installed. They are loaded at run time, so that
// nothing depends on them.
#pragma once

#include <string>
#include <vector>

#include "runner.hpp"

namespace nncore::bench {

struct Peer {
  std::string name;
  std::string description;  // version, kernels, and advice when it doesn't use its best
  bool has_f64;
  RunFn gemm;  // operands A, B, C as of the matmul kernel, two-dimensional
};

// Those that were found. NNCORE_OPENBLAS and NNCORE_ONEDNN name a library file that is not on the
// loader's path.
const std::vector<Peer>& peers();

}  // namespace nncore::bench
