// A kernel's operands, described before there is memory for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/kernel.hpp"
#include "program/memory.hpp"

namespace nncore::bench {

struct Fill {
  double low = 0.1, high = 0.9;  // uniform between them; integers from low to below high
};

struct Argument {
  DType dtype;
  std::vector<int64_t> shape;
  Fill fill = {};
  std::vector<int64_t> strides = {};  // in elements; empty: C order
  int shares = -1;                    // the earlier argument whose memory this one is
};

// The arguments' memory and the operands that point into it.
class Arguments {
 public:
  explicit Arguments(const std::vector<Argument>& wanted);
  const std::vector<Operand>& operands() const { return operands_; }

 private:
  std::vector<Operand> operands_;
};

int64_t count(const std::vector<int64_t>& shape);
int64_t size_of(DType dtype);
// "512x784"
std::string join(const std::vector<int64_t>& shape);

}  // namespace nncore::bench
