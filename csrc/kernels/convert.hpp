// Reading and writing runs of any graph dtype in one arithmetic type T (float, double, int64_t).
//
// Bools count as 0 and 1. Floating point to integer truncates, to bool asks for != 0; integers wrap
// to narrower ones. Contiguous runs become vector code by themselves.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

NNCORE_INLINE int64_t dtype_size(int32_t dtype) {
  constexpr int8_t size[kGraphDTypes] = {4, 8, 4, 8, 1, 1};
  return size[dtype];
}

template <class T>
constexpr int32_t kDTypeOf = sizeof(T) == 4 ? f32 : f64;
template <>
constexpr int32_t kDTypeOf<int64_t> = i64;

// One row of n elements, `stride` apart, into contiguous T. Short repeated rows are written in
// whole vectors: `to` must have room for kLanes<T> elements beyond.
template <class T, class S>
NNCORE_INLINE void load_row(T* to, const S* from, int64_t stride, int64_t n) {
  if (stride == 0) {
    const Vec<T> value = broadcast(static_cast<T>(*from));
    for (int64_t i = 0; i < n; i += kLanes<T>) store(to + i, value);
  } else if (stride == 1) {
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(from[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(from[i * stride]);
  }
}

template <class T>
static void store_run(void* to, int32_t dtype, const T* from, int64_t n) {
  switch (dtype) {
    case f32:
      for (int64_t i = 0; i < n; ++i) static_cast<float*>(to)[i] = static_cast<float>(from[i]);
      break;
    case f64:
      for (int64_t i = 0; i < n; ++i) static_cast<double*>(to)[i] = static_cast<double>(from[i]);
      break;
    case i32:
      for (int64_t i = 0; i < n; ++i) static_cast<int32_t*>(to)[i] = static_cast<int32_t>(from[i]);
      break;
    case i64:
      for (int64_t i = 0; i < n; ++i) static_cast<int64_t*>(to)[i] = static_cast<int64_t>(from[i]);
      break;
    case u8:  // through a signed integer, so that -1 becomes 255
      for (int64_t i = 0; i < n; ++i)
        static_cast<uint8_t*>(to)[i] = static_cast<uint8_t>(static_cast<int32_t>(from[i]));
      break;
    default:
      for (int64_t i = 0; i < n; ++i) static_cast<uint8_t*>(to)[i] = from[i] != 0;
  }
}

}  // namespace nncore::NNCORE_ISA
