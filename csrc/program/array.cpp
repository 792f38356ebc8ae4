#include "program/array.hpp"

namespace nncore {
namespace {

std::string dtype_name(int32_t dtype) {
  return dtype >= 0 && dtype < kDTypes ? kDTypeName[dtype] : "dtype " + std::to_string(dtype);
}

}  // namespace

std::string describe_shape(std::span<const int64_t> shape) {
  std::string text = "(";
  for (size_t d = 0; d < shape.size(); ++d) {
    if (d > 0) text += ", ";
    text += std::to_string(shape[d]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string describe(const Operand& operand) {
  std::string text = dtype_name(operand.dtype) + describe_shape(shape_of(operand));
  if (!is_contiguous(operand))
    text += " strides " + describe_shape({operand.strides, static_cast<size_t>(operand.ndim)});
  return text;
}

std::string describe(const ArrayView& array) {
  return dtype_name(array.dtype) + describe_shape(shape_of(array));
}

bool is_contiguous(const Operand& operand) {
  int64_t expected = 1;
  bool contiguous = true;
  for (int d = operand.ndim - 1; d >= 0; --d) {
    if (operand.shape[d] == 0) return true;
    if (operand.shape[d] != 1 && operand.strides[d] != expected) contiguous = false;
    // Error messages describe shapes that no memory could hold.
    if (__builtin_mul_overflow(expected, operand.shape[d], &expected)) contiguous = false;
  }
  return contiguous;
}

int64_t count(std::span<const int64_t> shape) {
  int64_t n = 1;
  for (const int64_t dim : shape) n *= dim;
  return n;
}

}  // namespace nncore
