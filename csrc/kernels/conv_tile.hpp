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
  TileArgs<T> t = tile.c;
  t.b_ahead = 0;
  Vec<T> acc[MR][NV];
  tile_begin<T, MR, NV>(t, t.init, acc);
  for (const Piece<T>*piece = tile.pieces, *end = piece + tile.count; piece != end; ++piece) {
    t.a = piece->a + tile.a_shift;
    t.k = piece->k;
    tile_sums<T, MR, NV, false, false>(t, t.b + piece->b * t.b_row, acc);
  }
  tile_end<T, MR, NV>(t, t.c, acc);
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

}  // namespace nncore::NNCORE_ISA
