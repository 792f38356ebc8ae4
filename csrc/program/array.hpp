// Arrays as they come from the caller, and the element types' names and sizes.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "kernels/kernel.hpp"

namespace nncore {

// Python's TypeError; std::invalid_argument is its ValueError.
struct TypeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Unlike an Operand's, strides are in bytes, since a field of a record array need not be a multiple
// of its own size away from its neighbour.
struct ArrayView {
  char* data;
  int32_t dtype;
  int32_t ndim;
  bool contiguous;  // C order, and aligned to its elements
  int64_t shape[kMaxDims];
  int64_t strides[kMaxDims];
};

constexpr int64_t kItemSize[kDTypes] = {4, 8, 4, 8, 1, 1, 1, 2, 2, 4, 8, 2};
constexpr const char* kDTypeName[kDTypes] = {"float32", "float64", "int32",  "int64",
                                             "uint8",   "bool",    "int8",   "uint16",
                                             "int16",   "uint32",  "uint64", "float16"};

// "(3, 4)", "(3,)", "()"
std::string describe_shape(std::span<const int64_t> shape);
// "float32(3, 4)", with the strides when the operand is not C-contiguous.
std::string describe(const Operand& operand);
std::string describe(const ArrayView& array);

bool is_contiguous(const Operand& operand);
int64_t count(std::span<const int64_t> shape);

inline std::span<const int64_t> shape_of(const Operand& x) {
  return {x.shape, static_cast<size_t>(x.ndim)};
}
inline std::span<const int64_t> shape_of(const ArrayView& x) {
  return {x.shape, static_cast<size_t>(x.ndim)};
}

}  // namespace nncore
