// Micro-kernels: one tile of C held in registers while all of K passes by.
#pragma once

#include "kernels/gemm_vector.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
struct TileArgs {
  int64_t k;
  const T* a;  // A(i, p) = a[i * a_row + p * a_col]: any strides, so packed and plain operands
               // share the code
  int64_t a_row, a_col;
  const T* b;  // B(p, j) = b[p * b_row + j]: whole vectors are read
  int64_t b_row;
  const T* init;  // what the sum starts from: zeros or a bias (init_row = 0), or C itself
  int64_t init_row;
  T* c;
  int64_t c_row;
  const T* next;  // where the following tile of C lies: fetched while this one is computed
  int tail;       // valid columns in the last vector, 1..width
  bool relu;
};

template <class T>
using TileFn = void (*)(const TileArgs<T>&);

// The tile's sums start from `init`; a ragged last vector is read and written no further than its
// valid columns.
template <class T, int MR, int NV>
NNCORE_INLINE void tile_begin(const TileArgs<T>& t, Vec<T> (&acc)[MR][NV]) {
  constexpr int w = kLanes<T>;
  const bool whole = t.tail == w;
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    const T* from = t.init + i * t.init_row;
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) {
      if (v + 1 < NV || whole)
        acc[i][v] = load(from + v * w);
      else
        acc[i][v] = load_first(from + v * w, t.tail);
    }
  }
}

template <class T, int MR, int NV>
NNCORE_INLINE void tile_end(const TileArgs<T>& t, Vec<T> (&acc)[MR][NV]) {
  constexpr int w = kLanes<T>;
  if (t.relu) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i)
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) acc[i][v] = acc[i][v] < 0 ? Vec<T>{} : acc[i][v];  // keeps NaN
  }
  const bool whole = t.tail == w;
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    T* to = t.c + i * t.c_row;
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) {
      if (v + 1 < NV || whole)
        store(to + v * w, acc[i][v]);
      else
        store_first(to + v * w, acc[i][v], t.tail);
    }
  }
}

// C(i, j) = init(i, j) + sum_p A(i, p) B(p, j) for MR rows and NV vectors of columns.
// p is the only loop: each step broadcasts MR values of A against NV vectors of B, so that MR*NV
// sums stay in registers and the loads (MR + NV) stay far below the multiplications. Every sum is
// one chain of fused multiply-adds in the order of p: its bits do not depend on the tile's shape or
// place, nor on how K is blocked.
template <class T, int MR, int NV>
__attribute__((noinline)) void tile(const TileArgs<T>& t) {
  constexpr int w = kLanes<T>;
  constexpr int kGroups = (MR + 3) / 4;
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) __builtin_prefetch(t.next + i * t.c_row + v * w, 1);
  Vec<T> acc[MR][NV];
  tile_begin<T, MR, NV>(t, acc);
  // Rows are addressed as groups of four (base, base + r, base + 2r, base + 3r): few registers for
  // many rows. Strides are in bytes, so that the compiler makes no second loop for a stride of one
  // element.
  const char* a[kGroups];
  const int64_t a_row = t.a_row * int64_t(sizeof(T)), a_row3 = 3 * a_row,
                a_col = t.a_col * int64_t(sizeof(T));
  for (int g = 0; g < kGroups; ++g) a[g] = reinterpret_cast<const char*>(t.a) + 4 * g * a_row;
  const int64_t b_row = t.b_row;
  const T* b = t.b;
  for (int64_t p = t.k; p > 0; --p) {
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
  tile_end<T, MR, NV>(t, acc);
}

// Tile shapes: NV vectors of columns allow this many rows, so that sums, B's vectors and one of A
// fill the registers. A single row, or a few, takes more vectors of columns.
constexpr int kMaxVectors = 8;
constexpr int kMaxRows = 16;
constexpr int tile_rows(int nv) {
  if (nv == 5 || nv == 7 || nv > kMaxVectors || nv < 1) return 0;
  const int fit = (kVectorRegisters - nv - 1) / nv;
  const int multiple_of_4 = fit >= 8 ? fit / 4 * 4 : fit;
  return multiple_of_4 > kMaxRows ? kMaxRows : multiple_of_4;
}
// The shape of the large problems: 8 x 3 vectors with 32 registers, 6 x 2 with 16.
constexpr int kMainVectors = kVectorRegisters == 32 ? 3 : 2;

template <class T>
constexpr int kMaxTile = (kVectorRegisters == 32 ? 24 : 12) * kLanes<T>;  // elements

template <class T, int NV, int... I>
constexpr void fill_tiles(TileFn<T> (&column)[kMaxRows + 1], std::integer_sequence<int, I...>) {
  ((column[I + 1] = &tile<T, I + 1, NV>), ...);
}

template <class T>
struct TileTable {
  TileFn<T> at[kMaxVectors + 1][kMaxRows + 1] = {};
  constexpr TileTable() {
    fill_tiles<T, 1>(at[1], std::make_integer_sequence<int, tile_rows(1)>{});
    fill_tiles<T, 2>(at[2], std::make_integer_sequence<int, tile_rows(2)>{});
    fill_tiles<T, 3>(at[3], std::make_integer_sequence<int, tile_rows(3)>{});
    fill_tiles<T, 4>(at[4], std::make_integer_sequence<int, tile_rows(4)>{});
    fill_tiles<T, 6>(at[6], std::make_integer_sequence<int, tile_rows(6)>{});
    fill_tiles<T, 8>(at[8], std::make_integer_sequence<int, tile_rows(8)>{});
  }
};
template <class T>
inline constexpr TileTable<T> kTiles{};

}  // namespace nncore::NNCORE_ISA
