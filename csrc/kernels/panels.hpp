// Products of a few rows with packed panels of columns: what the kernels use that multiply the same
// small matrices many times (recurrent steps, attention).
#pragma once

#include "kernels/check.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kPanelRegisters = 32;
#else
constexpr int kPanelRegisters = 16;
#endif

// Rows of a tile: its sums, NV vectors of weights and one value fill the registers.
template <int NV>
constexpr int kPanelRows = (kPanelRegisters - NV - 1) / NV > 8 ? 8
                                                               : (kPanelRegisters - NV - 1) / NV;

// z(i, v) = sum_p a(i, p) panel(p, v), a(i, p) = a[i * a_row + p * a_col], each sum one chain of
// multiply-adds in the order of p: the bits of a row do not depend on the tile that it falls into.
template <class T, int NV, int R>
__attribute__((noinline)) void panel_tile(const T* a, int64_t a_row, int64_t a_col, int64_t depth,
                                          const T* panel, T* z) {
  constexpr int w = kLanes<T>;
  constexpr int kGroups = (R + 3) / 4;
  Vec<T> acc[R][NV] = {};
  const char* row[kGroups];
  const int64_t step = a_row * int64_t(sizeof(T)), step3 = 3 * step,
                along = a_col * int64_t(sizeof(T));
  for (int g = 0; g < kGroups; ++g) row[g] = reinterpret_cast<const char*>(a) + 4 * g * step;
  for (int64_t p = depth; p > 0; --p) {
    Vec<T> weight[NV];
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) weight[v] = load(panel + v * w);
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      const int64_t offset = i % 4 == 3 ? step3 : (i % 4) * step;
      const Vec<T> x = broadcast(*reinterpret_cast<const T*>(row[i / 4] + offset));
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) acc[i][v] = fma(x, weight[v], acc[i][v]);
    }
    panel += NV * w;
#pragma GCC unroll 2
    for (int g = 0; g < kGroups; ++g) row[g] += along;
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) store(z + (i * NV + v) * w, acc[i][v]);
}

template <class T, int NV, int R>
NNCORE_INLINE void panel_rows(int64_t rows, const T* a, int64_t a_row, int64_t a_col, int64_t depth,
                              const T* panel, T* z) {
  if constexpr (R > 0) {
    if (rows == R)
      panel_tile<T, NV, R>(a, a_row, a_col, depth, panel, z);
    else
      panel_rows<T, NV, R - 1>(rows, a, a_row, a_col, depth, panel, z);
  }
}

// Which rows take part in a step: those whose mask is set, or all without a mask.
struct Live {
  const uint8_t* mask;  // of the first row at this step; null: all
  int64_t stride;       // to the next row's
  bool operator()(int64_t row) const { return mask == nullptr || mask[row * stride] != 0; }
  bool none(int64_t first, int64_t count) const {
    if (mask == nullptr) return false;
    for (int64_t i = first; i < first + count; ++i)
      if (mask[i * stride] != 0) return false;
    return true;
  }
};

// z (rows, NV vectors) = a (rows, depth) panel; tiles of which no row is alive are left out.
template <class T, int NV>
NNCORE_INLINE void multiply(int64_t rows, const T* a, int64_t a_row, int64_t depth, const T* panel,
                            const Live& live, T* z) {
  // As even as possible: 16 rows are 6 + 5 + 5, not 6 + 6 + 4.
  const int64_t tiles = (rows + kPanelRows<NV> - 1) / kPanelRows<NV>;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t first = rows * i / tiles, count = rows * (i + 1) / tiles - first;
    if (live.none(first, count)) continue;
    panel_rows<T, NV, kPanelRows<NV>>(count, a + first * a_row, a_row, 1, depth, panel,
                                      z + first * NV * kLanes<T>);
  }
}

// ---- packed weights -----------------------------------------------------------------------------

template <class T>
constexpr int64_t blocks_of(int64_t units) {
  return (units + kLanes<T> - 1) / kLanes<T>;
}
template <class T>
constexpr int64_t padded(int64_t units) {
  return blocks_of<T>(units) * kLanes<T>;
}

// Panel j holds, for each row p of `weights` (depth, G * units), the G gates' columns of the units
// of block j; columns beyond the last unit are 0.
template <class T>
NNCORE_INLINE void pack_gates(const T* weights, int64_t depth, int64_t units, int64_t columns,
                              int gates, const Team& team, T* packed) {
  constexpr int w = kLanes<T>;
  const Range mine = share(blocks_of<T>(units), team);
  for (int64_t j = mine.begin; j < mine.end; ++j) {
    const int lanes = static_cast<int>(units - j * w < w ? units - j * w : w);
    T* to = packed + j * depth * gates * w;
    for (int64_t p = 0; p < depth; ++p)
      for (int g = 0; g < gates; ++g, to += w)
        store(to, get(weights + p * columns + g * units + j * w, lanes, T(0)));
  }
}

// The same for the product with the transpose: panel j holds, for each column p of `weights`
// (units, columns), the rows of NV vectors of units; rows beyond the last unit are 0.
template <class T, int NV>
NNCORE_INLINE void pack_transposed(const T* weights, int64_t units, int64_t columns, int64_t stride,
                                   const Team& team, T* packed) {
  constexpr int64_t width = NV * kLanes<T>;
  const Range mine = share((units + width - 1) / width, team);
  for (int64_t j = mine.begin; j < mine.end; ++j) {
    T* to = packed + j * columns * width;
    for (int64_t i = 0; i < width; ++i) {
      const int64_t unit = j * width + i;
      const T* from = weights + unit * stride;
      for (int64_t p = 0; p < columns; ++p) to[p * width + i] = unit < units ? from[p] : T(0);
    }
  }
}

// Shapes and dtypes of operands, for the checks.
NNCORE_INLINE bool has_shape(const Operand& x, int32_t dtype, int64_t a, int64_t b) {
  return x.dtype == dtype && x.ndim == 2 && x.shape[0] == a && x.shape[1] == b;
}
NNCORE_INLINE bool has_shape(const Operand& x, int32_t dtype, int64_t a, int64_t b, int64_t c) {
  return x.dtype == dtype && x.ndim == 3 && x.shape[0] == a && x.shape[1] == b && x.shape[2] == c;
}

}  // namespace nncore::NNCORE_ISA
