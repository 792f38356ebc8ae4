// Panels of B and A, packed or in place, and the tiles that they pass through.
#pragma once

#include "kernels/gemm.hpp"
#include "kernels/gemm_epilogue.hpp"
#include "kernels/gemm_pack.hpp"
#include "kernels/gemm_tile.hpp"

namespace nncore::NNCORE_ISA {

// A panel of columns: `pack` when its part of B must be copied first.
struct Panel {
  int64_t j;
  int columns, vectors;
  bool pack;
};

// The panel that begins at column j of a block that ends at `end`. A ragged last vector of a B that
// is read in place becomes a panel by itself: read up to its end, or packed where that is slow.
template <class T>
NNCORE_INLINE Panel panel_at(const GemmPlan& plan, int64_t j, int64_t end) {
  constexpr int w = kLanes<T>;
  int vectors = panel_vectors<T>(end - j, {plan.rows, plan.vectors});
  int columns = end - j < vectors * w ? static_cast<int>(end - j) : vectors * w;
  if (plan.pack_b || columns % w == 0) return {j, columns, vectors, plan.pack_b};
  if (columns < w) return {j, columns, 1, !kMaskedLoads};
  vectors = panel_vectors<T>(columns / w * w, {plan.rows, plan.vectors});
  return {j, vectors * w, vectors, false};
}

// The part of B that will be read for the first time after the current panel. Its rows lie pages
// apart, where the hardware does not look ahead, so it is fetched in slices between the tiles. With
// few tiles the slices would be so large that they hold up the tiles' own loads.
constexpr int64_t kTilesToLookAhead = 8;
constexpr int64_t kStepsAhead = 24;  // of k, by which a tile fetches a B that is not cached
template <class T>
struct Ahead {
  const T* at;
  int64_t rows, stride, length;  // of memory: length elements side by side, from row to row stride

  void fetch(int64_t part, int64_t parts) const {
    constexpr int64_t line = 64 / sizeof(T);
    for (int64_t r = rows * part / parts; r < rows * (part + 1) / parts; ++r)
      for (int64_t x = 0; x < length; x += line) __builtin_prefetch(at + r * stride + x, 0, 2);
  }
};

// One product's tiles: the operands of the current blocks, and where their sums go.
template <class T>
struct TileRun {
  const Gemm<T>& g;
  const GemmPlan& plan;
  bool first, last;  // block of k

  // A tile of a transposed C, or one whose bias lies along the rows, goes through a small buffer.
  void indirect(TileArgs<T>& t, TileFn<T> f, int64_t i, int64_t j, int rows, int columns) const;
  void direct(TileArgs<T>& t, TileFn<T> f, int64_t i, int64_t j, int rows, int columns) const;
  void panel(const T* a, const T* b, int64_t b_row, int64_t k, int64_t i0, int64_t i1,
             const Panel& at, const Ahead<T>& ahead) const;
  TileArgs<T> arguments(const T* b, int64_t b_row, int64_t k, const Panel& at) const;
  void rows_of_a(TileArgs<T>& t, const T* a, int rows) const;
};

template <class T>
NNCORE_INLINE TileFn<T> tile_for(const Panel& at, int rows) {
  const bool masked = kMaskedLoads && !at.pack && at.columns < kLanes<T>;
  return masked ? kTiles<T>.masked[rows] : kTiles<T>.at[at.vectors][rows];
}

template <class T>
void TileRun<T>::direct(TileArgs<T>& t, TileFn<T> f, int64_t i, int64_t j, int rows,
                        int columns) const {
  T alike[kMaxVectors * kLanes<T>];
  t.c = g.c + g.place(i, j);
  t.c_row = g.c_row;
  t.init = nullptr;
  t.init_row = 0;
  t.init_next = columns / t.tiles;  // tiles side by side are of one width
  if (!first || g.accumulate) {
    t.init = t.c;
    t.init_row = t.c_row;
  } else if (g.bias && g.bias_per_row) {  // then C is a single row
    for (T& x : alike) x = *g.bias;
    t.init = alike;
    t.init_next = 0;
  } else if (g.bias) {
    t.init = g.bias + j;
  }
  t.relu = last && g.act == kActRelu && g.y == nullptr;
  f(t);
  if (last && !t.relu) finish_block(g, i, j, rows, columns);
}

template <class T>
void TileRun<T>::indirect(TileArgs<T>& t, TileFn<T> f, int64_t i, int64_t j, int rows,
                          int columns) const {
  constexpr int w = kLanes<T>;
  alignas(64) T sums[kMaxTile<T>];
  const int64_t width = round_up(columns, w);
  t.c = sums;
  t.next = sums;
  t.c_row = width;
  t.init = nullptr;
  t.init_row = 0;
  t.tail = w;
  t.relu = false;
  f(t);
  const bool add = !first || g.accumulate;
  for (int r0 = 0; r0 < rows; r0 += w) {
    const int have = rows - r0 < w ? rows - r0 : w;
    Vec<T> bias{};
    if (g.bias && !add) bias = load_first(g.bias + i + r0, have);
    for (int j0 = 0; j0 < columns; j0 += w) {
      Vec<T> block[w];
      for (int r = 0; r < w; ++r)
        block[r] = r < have ? load(sums + (r0 + r) * width + j0) : Vec<T>{};
      transpose<T>(block);
      const int lines = columns - j0 < w ? columns - j0 : w;
      T* c = g.c + g.place(i + r0, j + j0);
      for (int s = 0; s < lines; ++s, c += g.c_row) {
        const Vec<T> from = add ? load_first(c, have) : bias;
        store_first(c, block[s] + from, have);
      }
    }
  }
  if (last) finish_block(g, i, j, rows, columns);
}

// What the tiles of a panel have in common.
template <class T>
TileArgs<T> TileRun<T>::arguments(const T* b, int64_t b_row, int64_t k, const Panel& at) const {
  TileArgs<T> t;
  t.k = k;
  t.b = b;
  t.b_row = b_row;
  t.b_ahead = plan.fetch_b && !at.pack ? kStepsAhead * b_row : 0;
  const int ragged = at.columns % kLanes<T>;
  t.tail = ragged ? ragged : kLanes<T>;
  t.tiles = 1;
  t.b_next = t.init_next = 0;
  return t;
}

template <class T>
void TileRun<T>::rows_of_a(TileArgs<T>& t, const T* a, int rows) const {
  t.a = a;
  const bool packed = plan.pack_a && !plan.copy_a;
  t.a_row = packed ? 1 : plan.copy_a ? copied_row<T>(t.k) : g.a_row;
  t.a_col = packed ? rows : plan.copy_a ? 1 : g.a_col;
}

// All tiles of one panel of columns [j, j + columns) and the rows [i0, i1). The panel of B is the
// inner loop's constant: it stays in the second-level cache while A's smaller panels stream by.
template <class T>
void TileRun<T>::panel(const T* a, const T* b, int64_t b_row, int64_t k, int64_t i0, int64_t i1,
                       const Panel& at, const Ahead<T>& ahead) const {
  TileArgs<T> t = arguments(b, b_row, k, at);
  const int64_t row = plan.copy_a ? copied_row<T>(k) : plan.pack_a ? k : g.a_row;
  const int64_t tiles = (i1 - i0 + plan.rows - 1) / plan.rows;
  for (int64_t tile = 0; tile < tiles; ++tile) {
    const int64_t i = i0 + tile * plan.rows, below = i + plan.rows;
    const int rows = i1 < below ? static_cast<int>(i1 - i) : plan.rows;
    rows_of_a(t, a + (i - i0) * row, rows);
    t.next = g.c + (below < i1 ? g.place(below, at.j) : g.place(i0, at.j + at.columns));
    if (tiles >= kTilesToLookAhead) ahead.fetch(tile, tiles);
    const TileFn<T> f = tile_for<T>(at, rows);
    if (g.transposed)
      indirect(t, f, i, at.j, rows, at.columns);
    else
      direct(t, f, i, at.j, rows, at.columns);
  }
}

}  // namespace nncore::NNCORE_ISA
