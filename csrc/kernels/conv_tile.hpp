// The convolution's micro-kernel: the engine's tile, with a sum over several pieces of both
// operands.
#pragma once

#include "kernels/gemm_tile.hpp"

namespace nncore::NNCORE_ISA {

// A run of k: kernel rows, or rows of an image.
template <class T>
struct Piece {
  const T* a;  // A(i, p) = a[i * a_row + p * a_col] for p < k
  int64_t b;   // the row of B that p = 0 meets
  int64_t k;
};

template <class T>
struct ConvTile {
  TileArgs<T> c;  // init, c, tail and relu are used, and a_row and a_col; b is row 0 of B
  const Piece<T>* pieces;
  int64_t count;
  int64_t a_shift;  // added to every piece's a
};
template <class T>
using ConvTileFn = void (*)(const ConvTile<T>&);

// C(i, j) = init(i, j) + sum over pieces and p of A(i, p) B(p, j): one chain of fused multiply-adds
// per sum, in the order of the pieces, while all sums stay in registers.
template <class T, int MR, int NV>
__attribute__((noinline)) void conv_tile(const ConvTile<T>& tile) {
  constexpr int w = kLanes<T>;
  constexpr int kGroups = (MR + 3) / 4;
  const TileArgs<T>& t = tile.c;
  Vec<T> acc[MR][NV];
  tile_begin<T, MR, NV>(t, acc);
  const int64_t a_row = t.a_row * int64_t(sizeof(T)), a_row3 = 3 * a_row,
                a_col = t.a_col * int64_t(sizeof(T)), b_row = t.b_row;
  for (const Piece<T>*piece = tile.pieces, *end = piece + tile.count; piece != end; ++piece) {
    const char* a[kGroups];
    for (int g = 0; g < kGroups; ++g)
      a[g] = reinterpret_cast<const char*>(piece->a + tile.a_shift) + 4 * g * a_row;
    const T* b = t.b + piece->b * b_row;
    for (int64_t p = piece->k; p > 0; --p) {
      Vec<T> col[NV];
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) col[v] = load(b + v * w);
#pragma GCC unroll 16
      for (int i = 0; i < MR; ++i) {
        const int64_t offset = i % 4 == 3 ? a_row3 : (i % 4) * a_row;
        const Vec<T> x = broadcast(*reinterpret_cast<const T*>(a[i / 4] + offset));
#pragma GCC unroll 8
        for (int v = 0; v < NV; ++v) acc[i][v] = fma(x, col[v], acc[i][v]);
      }
      b += b_row;
#pragma GCC unroll 4
      for (int g = 0; g < kGroups; ++g) a[g] += a_col;
    }
  }
  tile_end<T, MR, NV>(t, acc);
}

template <class T, int NV, int... I>
constexpr void fill_conv_tiles(ConvTileFn<T> (&column)[kMaxRows + 1],
                               std::integer_sequence<int, I...>) {
  ((column[I + 1] = &conv_tile<T, I + 1, NV>), ...);
}

template <class T>
struct ConvTileTable {
  ConvTileFn<T> at[kMaxVectors + 1][kMaxRows + 1] = {};
  constexpr ConvTileTable() {
    fill_conv_tiles<T, 1>(at[1], std::make_integer_sequence<int, tile_rows(1)>{});
    fill_conv_tiles<T, 2>(at[2], std::make_integer_sequence<int, tile_rows(2)>{});
    fill_conv_tiles<T, 3>(at[3], std::make_integer_sequence<int, tile_rows(3)>{});
    fill_conv_tiles<T, 4>(at[4], std::make_integer_sequence<int, tile_rows(4)>{});
    fill_conv_tiles<T, 6>(at[6], std::make_integer_sequence<int, tile_rows(6)>{});
    fill_conv_tiles<T, 8>(at[8], std::make_integer_sequence<int, tile_rows(8)>{});
  }
};
template <class T>
inline constexpr ConvTileTable<T> kConvTiles{};

// The shape of the tiles of m rows and n columns.
struct TileShape {
  int rows, vectors;
};
template <class T>
NNCORE_INLINE TileShape conv_tile_shape(int64_t m, int64_t n) {
  const int64_t have = (n + kLanes<T> - 1) / kLanes<T>;
  int vectors = kMainVectors;
  if (m <= tile_rows(kMainVectors)) {
    vectors = kMaxVectors;
    while (tile_rows(vectors) < m) --vectors;
  } else if (have == 2 || have == 4) {
    vectors = 2;
  }
  while (vectors > 1 && (vectors > have || tile_rows(vectors) == 0)) --vectors;
  const int64_t most = tile_rows(vectors), panels = m > most ? (m + most - 1) / most : 1;
  return {static_cast<int>(m > 0 ? (m + panels - 1) / panels : 1), vectors};
}

// Vectors of the panel that begins with `left` columns to go: no lone one where two panels of two
// do, and only widths that have tiles of that many rows.
template <class T>
NNCORE_INLINE int conv_panel_vectors(int64_t left, TileShape shape) {
  const int64_t have = (left + kLanes<T> - 1) / kLanes<T>;
  if (have >= shape.vectors && !(shape.vectors == 3 && have == 4)) return shape.vectors;
  int vectors = have >= shape.vectors ? 2 : static_cast<int>(have);
  while (tile_rows(vectors) < shape.rows) --vectors;
  return vectors;
}

template <class T>
alignas(64) inline constexpr T kNoBias[kMaxVectors * kLanes<T>] = {};

}  // namespace nncore::NNCORE_ISA
