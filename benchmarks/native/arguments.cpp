#include "arguments.hpp"

#include "program/array.hpp"

namespace nncore::bench {
namespace {

// One block serves all benchmarks one after the other, so that none pays for fresh pages.
AlignedMemory& memory() {
  static AlignedMemory block;
  return block;
}

// Aligned as a planned program's buffers are, but not all at the same place of a page: equal
// low bits of several streams would make loads wait for stores that they do not depend on.
int64_t padded(int64_t nbytes) { return (nbytes + 63) / 64 * 64 + 192; }

template <class T>
void fill_as(char* data, int64_t n, const Fill& fill) {
  T* out = reinterpret_cast<T*>(data);
  uint64_t state = 0x9e3779b97f4a7c15;
  for (int64_t i = 0; i < n; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const double uniform = static_cast<double>(state >> 11) * 0x1p-53;
    out[i] = static_cast<T>(fill.low + (fill.high - fill.low) * uniform);
  }
}

void fill_memory(char* data, DType dtype, int64_t n, const Fill& fill) {
  switch (dtype) {
    case f32:
      return fill_as<float>(data, n, fill);
    case f64:
      return fill_as<double>(data, n, fill);
    case i32:
      return fill_as<int32_t>(data, n, fill);
    case i64:
      return fill_as<int64_t>(data, n, fill);
    default:
      return fill_as<uint8_t>(data, n, fill);
  }
}

}  // namespace

int64_t size_of(DType dtype) { return kItemSize[dtype]; }

int64_t count(const std::vector<int64_t>& shape) {
  int64_t n = 1;
  for (const int64_t length : shape) n *= length;
  return n;
}

std::string join(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t length : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(length);
  }
  return text;
}

Arguments::Arguments(const std::vector<Argument>& wanted) {
  int64_t total = 0;
  for (const Argument& a : wanted) total += padded(count(a.shape) * size_of(a.dtype));
  memory().reserve(total);
  char* next = memory().data();
  for (const Argument& a : wanted) {
    Operand x{};
    x.dtype = a.dtype;
    x.ndim = static_cast<int32_t>(a.shape.size());
    int64_t step = 1;
    for (size_t d = a.shape.size(); d-- > 0; step *= a.shape[d]) {
      x.shape[d] = a.shape[d];
      x.strides[d] = a.strides.empty() ? step : a.strides[d];
    }
    if (a.shares >= 0) {
      x.data = operands_[static_cast<size_t>(a.shares)].data;
    } else {
      x.data = next;
      fill_memory(next, a.dtype, count(a.shape), a.fill);
      next += padded(count(a.shape) * size_of(a.dtype));
    }
    operands_.push_back(x);
  }
}

}  // namespace nncore::bench
