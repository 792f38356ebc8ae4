// What the GEMM engine needs of vectors beyond simd.hpp: partial access of any length, and the
// transpose that packing and the sums of dot products rest on.
#pragma once

#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kVectorRegisters = 32;
#else
constexpr int kVectorRegisters = 16;
#endif

// Where a vector's first lanes can be read as fast as all of them.
#if defined(__AVX2__)
constexpr bool kMaskedLoads = true;
#else
constexpr bool kMaskedLoads = false;
#endif

constexpr int64_t round_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }
template <class T>
constexpr int64_t round_up_lanes(int64_t x) {
  return round_up(x, kLanes<T>);
}

// The first n (any n <= lanes) elements, zeros behind them; nothing beyond p[n - 1] is touched.
template <class T>
NNCORE_INLINE Vec<T> load_first(const T* p, int n) {
  if (n >= kLanes<T>) return load(p);
  return n > 0 ? load_partial(p, n, Vec<T>{}) : Vec<T>{};
}
template <class T>
NNCORE_INLINE void store_first(T* p, Vec<T> v, int n) {
  if (n >= kLanes<T>) return store(p, v);
  if (n > 0) store_partial(p, v, n);
}

// a0 b0 a1 b1 ... of the lower, of the upper halves.
template <class V, int... I>
NNCORE_INLINE V interleave_low(V a, V b, std::integer_sequence<int, I...>) {
  constexpr int n = sizeof...(I);
  return __builtin_shufflevector(a, b, (I % 2 ? n + I / 2 : I / 2)...);
}
template <class V, int... I>
NNCORE_INLINE V interleave_high(V a, V b, std::integer_sequence<int, I...>) {
  constexpr int n = sizeof...(I);
  return __builtin_shufflevector(a, b, (I % 2 ? n + n / 2 + I / 2 : n / 2 + I / 2)...);
}

// R rows of as many lanes as a vector has become one run of memory in the order of columns: element
// (row i, column p) goes to p * R + i of the R vectors laid end to end. R is a power of two, up to
// the lanes. A perfect shuffle of the rows, with their lanes
// interleaved, moves one bit of the row number into the lane number: log2(R) rounds, one shuffle
// per vector and round.
template <class T, int R>
NNCORE_INLINE void interleave_rows(Vec<T> (&r)[R]) {
  constexpr auto lanes = std::make_integer_sequence<int, kLanes<T>>{};
#pragma GCC unroll 8
  for (int round = 1; round < R; round *= 2) {
    Vec<T> t[R];
#pragma GCC unroll 16
    for (int i = 0; i < R / 2; ++i) {
      t[2 * i] = interleave_low(r[i], r[i + R / 2], lanes);
      t[2 * i + 1] = interleave_high(r[i], r[i + R / 2], lanes);
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) r[i] = t[i];
  }
}

// The even (Odd = 0) or odd 16-byte parts of a, then those of b.
template <int Odd, class V, int... I>
NNCORE_INLINE V every_other_part(V a, V b, std::integer_sequence<int, I...>) {
  constexpr int e = 16 / sizeof(a[0]), n = sizeof...(I);
  return __builtin_shufflevector(a, b,
                                 (I / (n / 2) * n + (2 * (I % (n / 2) / e) + Odd) * e + I % e)...);
}
// a0 b0 a1 b1 of the lower (High = 0) or upper half of every 16-byte part.
template <int High, class V, int... I>
NNCORE_INLINE V interleave_parts(V a, V b, std::integer_sequence<int, I...>) {
  constexpr int e = 16 / sizeof(a[0]), n = sizeof...(I);
  return __builtin_shufflevector(a, b, (I % 2 * n + I / e * e + High * (e / 2) + I % e / 2)...);
}

// r becomes its transpose. First squares within the 16-byte parts, then whole parts: these shuffles
// are the cheapest that processors have.
template <class T>
NNCORE_INLINE void transpose(Vec<T> (&r)[kLanes<T>]) {
  constexpr int w = kLanes<T>, e = 16 / sizeof(T), parts = w / e;
  constexpr auto lanes = std::make_integer_sequence<int, w>{};
  Vec<T> t[w];
#pragma GCC unroll 2
  for (int round = 1; round < e; round *= 2) {
#pragma GCC unroll 16
    for (int i = 0; i < w / 2; ++i) {
      const int g = i / (e / 2) * e, s = i % (e / 2);
      t[g + 2 * s] = interleave_parts<0>(r[g + s], r[g + s + e / 2], lanes);
      t[g + 2 * s + 1] = interleave_parts<1>(r[g + s], r[g + s + e / 2], lanes);
    }
#pragma GCC unroll 16
    for (int i = 0; i < w; ++i) r[i] = t[i];
  }
  // Now part l of r[g * e + i] is column l * e + i of the rows [g * e, g * e + e).
#pragma GCC unroll 16
  for (int i = 0; i < w; ++i) t[i % e * parts + i / e] = r[i];
  if constexpr (parts > 1) {
#pragma GCC unroll 2
    for (int round = 1; round < parts; round *= 2) {
#pragma GCC unroll 16
      for (int i = 0; i < w / 2; ++i) {
        const int g = i / (parts / 2) * parts, s = i % (parts / 2);
        r[g + s] = every_other_part<0>(t[g + 2 * s], t[g + 2 * s + 1], lanes);
        r[g + s + parts / 2] = every_other_part<1>(t[g + 2 * s], t[g + 2 * s + 1], lanes);
      }
#pragma GCC unroll 16
      for (int i = 0; i < w; ++i) t[i] = r[i];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < w; ++i) r[i] = t[i % e * parts + i / e];
}

// Lane i of the result is the sum of the lanes of r[i], in a fixed order: halves are added until
// one lane is left. Destroys r.
template <class T>
NNCORE_INLINE Vec<T> sums_of(Vec<T> (&r)[kLanes<T>]) {
  constexpr auto lanes = std::make_integer_sequence<int, kLanes<T>>{};
#pragma GCC unroll 8
  for (int half = kLanes<T> / 2; half > 0; half /= 2)
#pragma GCC unroll 16
    for (int i = 0; i < half; ++i)
      r[i] = interleave_low(r[i], r[i + half], lanes) + interleave_high(r[i], r[i + half], lanes);
  return r[0];
}

}  // namespace nncore::NNCORE_ISA
