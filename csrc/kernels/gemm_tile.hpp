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
  const T* init;  // what the sum starts from: a bias (init_row = 0) or C itself; null: zeros
  int64_t init_row;
  T* c;
  int64_t c_row;
  const T* next;  // where the following tile of C lies: fetched while this one is computed
  int tail;       // valid columns in the last vector, 1..width
  bool relu;
  // Several tiles side by side in one call; from one to the next B and init advance by these, C by
  // the tile's width.
  int64_t tiles, b_next, init_next;
  int64_t b_ahead;  // how far beyond the current step B is fetched, in elements; 0: not at all
};

template <class T>
using TileFn = void (*)(const TileArgs<T>&);

// The tile's sums start from `init`; a ragged last vector is read and written no further than its
// valid columns.
template <class T, int MR, int NV>
NNCORE_INLINE void tile_begin(const TileArgs<T>& t, const T* init, Vec<T> (&acc)[MR][NV]) {
  constexpr int w = kLanes<T>;
  const bool whole = t.tail == w;
  if (init == nullptr) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i)
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) acc[i][v] = Vec<T>{};
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    const T* from = init + i * t.init_row;
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
NNCORE_INLINE void tile_end(const TileArgs<T>& t, T* c, Vec<T> (&acc)[MR][NV]) {
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
    T* to = c + i * t.c_row;
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
// place, nor on how K is blocked. `Masked`: the last vector of B is read no further than its valid
// columns either.
template <class T, int MR, int NV, bool Masked, bool Fetch>
NNCORE_INLINE void tile_sums(const TileArgs<T>& t, const T* b, Vec<T> (&acc)[MR][NV]) {
  constexpr int w = kLanes<T>;
  constexpr int kGroups = (MR + 3) / 4;
  // Rows are addressed as groups of four (base, base + r, base + 2r, base + 3r): few registers for
  // many rows. Strides are in bytes, so that the compiler makes no second loop for a stride of one
  // element.
  const char* a[kGroups];
  const int64_t a_row = t.a_row * int64_t(sizeof(T)), a_row3 = 3 * a_row,
                a_col = t.a_col * int64_t(sizeof(T));
  for (int g = 0; g < kGroups; ++g) a[g] = reinterpret_cast<const char*>(t.a) + 4 * g * a_row;
  const int64_t b_row = t.b_row, b_ahead = t.b_ahead;
  for (int64_t p = t.k; p > 0; --p) {
    Vec<T> col[NV];
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) {
      if constexpr (Masked)
        col[v] = v + 1 < NV ? load(b + v * w) : load_partial(b + v * w, t.tail, Vec<T>{});
      else
        col[v] = load(b + v * w);
      if (Fetch && v * sizeof(Vec<T>) % 64 == 0) __builtin_prefetch(b + b_ahead + v * w, 0, 2);
    }
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

template <class T, int MR, int NV, bool Masked>
__attribute__((noinline)) void tile(const TileArgs<T>& t) {
  constexpr int w = kLanes<T>;
  const T *b = t.b, *init = t.init;
  T* c = t.c;
  for (int64_t left = t.tiles; left > 0; --left) {
    if (const T* next = left > 1 && t.next != nullptr ? c + NV * w : t.next) {
#pragma GCC unroll 16
      for (int i = 0; i < MR; ++i)
#pragma GCC unroll 8
        for (int v = 0; v < NV; ++v) __builtin_prefetch(next + i * t.c_row + v * w, 1);
    }
    Vec<T> acc[MR][NV];
    tile_begin<T, MR, NV>(t, init, acc);
    if (t.b_ahead != 0)
      tile_sums<T, MR, NV, Masked, true>(t, b, acc);
    else
      tile_sums<T, MR, NV, Masked, false>(t, b, acc);
    tile_end<T, MR, NV>(t, c, acc);
    b += t.b_next;
    c += NV * w;
    if (init != nullptr) init += t.init_next;
  }
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
constexpr int kTileRows[kMaxVectors + 1] = {tile_rows(0), tile_rows(1), tile_rows(2),
                                            tile_rows(3), tile_rows(4), tile_rows(5),
                                            tile_rows(6), tile_rows(7), tile_rows(8)};

// The shape of the tiles of m rows and n columns: as many rows as registers allow for the vectors
// of columns, evenly used.
struct TileShape {
  int rows, vectors;
};
template <class T>
NNCORE_INLINE TileShape tile_shape(int64_t m, int64_t n) {
  const int64_t have = (n + kLanes<T> - 1) / kLanes<T>;
  int vectors = kMainVectors;
  if (m <= kTileRows[kMainVectors]) {
    vectors = kMaxVectors;
    while (kTileRows[vectors] < m) --vectors;
  } else if (have == 2 || have == 4 || m <= kTileRows[2]) {
    vectors = 2;
  }
  while (vectors > 1 && (vectors > have || kTileRows[vectors] == 0)) --vectors;
  const int64_t most = kTileRows[vectors], panels = m > most ? (m + most - 1) / most : 1;
  return {static_cast<int>(m > 0 ? (m + panels - 1) / panels : 1), vectors};
}

// Vectors in the next panel of columns, of `left` columns. Widths for which there is no tile of so
// many rows are left out, and one lone vector is avoided: 4 = 2 + 2 rather than 3 + 1.
template <class T>
NNCORE_INLINE int panel_vectors(int64_t left, TileShape shape) {
  const int64_t have = (left + kLanes<T> - 1) / kLanes<T>;
  if (have >= shape.vectors && !(shape.vectors == 3 && have == 4)) return shape.vectors;
  int vectors = have >= shape.vectors ? 2 : static_cast<int>(have);
  while (kTileRows[vectors] < shape.rows) --vectors;
  return vectors;
}

template <class T>
constexpr int kMaxTile = (kVectorRegisters == 32 ? 24 : 12) * kLanes<T>;  // elements

template <class T, int NV, bool Masked, int... I>
constexpr void fill_tiles(TileFn<T> (&column)[kMaxRows + 1], std::integer_sequence<int, I...>) {
  ((column[I + 1] = &tile<T, I + 1, NV, Masked>), ...);
}

template <class T>
struct TileTable {
  TileFn<T> at[kMaxVectors + 1][kMaxRows + 1] = {};
  TileFn<T> masked[kMaxRows + 1] = {};  // one vector, of which only some columns are there
  template <int NV, bool Masked = false>
  constexpr void fill(TileFn<T> (&column)[kMaxRows + 1]) {
    fill_tiles<T, NV, Masked>(column, std::make_integer_sequence<int, tile_rows(NV)>{});
  }
  constexpr TileTable() {
    fill<1>(at[1]);
    fill<2>(at[2]);
    fill<3>(at[3]);
    fill<4>(at[4]);
    fill<6>(at[6]);
    fill<8>(at[8]);
    if constexpr (kMaskedLoads) fill<1, true>(masked);
  }
};
template <class T>
inline constexpr TileTable<T> kTiles{};

}  // namespace nncore::NNCORE_ISA
