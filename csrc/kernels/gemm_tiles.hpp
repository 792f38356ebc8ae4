// The blocked product: panels of B and A, packed or in place, pass through the micro-kernels.
#pragma once

#include "kernels/gemm.hpp"
#include "kernels/gemm_epilogue.hpp"
#include "kernels/gemm_pack.hpp"
#include "kernels/gemm_tile.hpp"

namespace nncore::NNCORE_ISA {

// Vectors in the next panel of columns, of `left` columns. Widths for which there is no tile of
// `rows` rows are left out, and one lone vector is avoided: 4 = 2 + 2 rather than 3 + 1.
template <class T>
NNCORE_INLINE int panel_vectors(int64_t left, int vectors, int rows) {
  const int64_t have = (left + kLanes<T> - 1) / kLanes<T>;
  if (have >= vectors && !(vectors == 3 && have == 4)) return vectors;
  int nv = have >= vectors ? 2 : static_cast<int>(have);
  while (tile_rows(nv) < rows) --nv;
  return nv;
}

// A panel of columns: `pack` when its part of B must be copied first.
struct Panel {
  int64_t j;
  int columns, vectors;
  bool pack;
};

// The panel that begins at column j of a block that ends at `end`. In place only whole vectors can
// be read, so there a ragged last vector becomes a packed panel by itself.
template <class T>
NNCORE_INLINE Panel panel_at(const GemmPlan& plan, int64_t j, int64_t end) {
  constexpr int w = kLanes<T>;
  int vectors = panel_vectors<T>(end - j, plan.vectors, plan.rows);
  int columns = end - j < vectors * w ? static_cast<int>(end - j) : vectors * w;
  if (plan.pack_b || columns % w == 0) return {j, columns, vectors, plan.pack_b};
  if (columns < w) return {j, columns, vectors, true};
  vectors = panel_vectors<T>(columns / w * w, plan.vectors, plan.rows);
  return {j, vectors * w, vectors, false};
}

// The part of B that will be read for the first time after the current panel. Its rows lie pages
// apart, where the hardware does not look ahead, so it is fetched in slices between the tiles. With
// few tiles the slices would be so large that they hold up the tiles' own loads.
constexpr int64_t kTilesToLookAhead = 8;
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
};

template <class T>
alignas(64) inline constexpr T kZeros[kMaxVectors * 16] = {};

template <class T>
void TileRun<T>::direct(TileArgs<T>& t, TileFn<T> f, int64_t i, int64_t j, int rows,
                        int columns) const {
  T alike[kMaxVectors * kLanes<T>];
  t.c = g.c + i * g.c_row + j;
  t.c_row = g.c_row;
  t.init = kZeros<T>;
  t.init_row = 0;
  if (!first || g.accumulate) {
    t.init = t.c;
    t.init_row = t.c_row;
  } else if (g.bias && g.bias_per_row) {  // then C is a single row
    for (T& x : alike) x = *g.bias;
    t.init = alike;
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
  t.init = kZeros<T>;
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
      T* c = g.c + (j + j0) * g.c_row + i + r0;
      for (int s = 0; s < lines; ++s, c += g.c_row) {
        const Vec<T> from = add ? load_first(c, have) : bias;
        store_first(c, block[s] + from, have);
      }
    }
  }
  if (last) finish_block(g, i, j, rows, columns);
}

// All tiles of one panel of columns [j, j + columns) and the rows [i0, i1). The panel of B is the
// inner loop's constant: it stays in the second-level cache while A's smaller panels stream by.
template <class T>
void TileRun<T>::panel(const T* a, const T* b, int64_t b_row, int64_t k, int64_t i0, int64_t i1,
                       const Panel& at, const Ahead<T>& ahead) const {
  TileArgs<T> t;
  t.k = k;
  t.b = b;
  t.b_row = b_row;
  const int ragged = at.columns % kLanes<T>;
  const int64_t tiles = (i1 - i0 + plan.rows - 1) / plan.rows;
  for (int64_t tile = 0; tile < tiles; ++tile) {
    const int64_t i = i0 + tile * plan.rows, below = i + plan.rows;
    const int rows = i1 < below ? static_cast<int>(i1 - i) : plan.rows;
    t.tail = ragged ? ragged : kLanes<T>;
    t.a = a + (i - i0) * (plan.pack_a ? k : g.a_row);
    t.a_row = plan.pack_a ? 1 : g.a_row;
    t.a_col = plan.pack_a ? rows : g.a_col;
    t.next = below < i1 ? g.c + below * g.c_row + at.j : g.c + i0 * g.c_row + at.j + at.columns;
    if (tiles >= kTilesToLookAhead) ahead.fetch(tile, tiles);
    const TileFn<T> f = kTiles<T>.at[at.vectors][rows];
    if (g.transposed)
      indirect(t, f, i, at.j, rows, at.columns);
    else
      direct(t, f, i, at.j, rows, at.columns);
  }
}

template <class T>
int64_t packed_b_columns(const GemmPlan& plan, int64_t n, bool reused) {
  const int64_t panel = static_cast<int64_t>(plan.vectors) * kLanes<T>;
  if (!plan.pack_b || !reused) return panel;
  return round_up(n < plan.nc ? n : plan.nc, kLanes<T>);
}
template <class T>
int64_t packed_a_elements(const GemmPlan& plan, int64_t m) {
  if (!plan.pack_a) return 0;
  return round_up((m < plan.mc ? m : plan.mc) * plan.kc + kLanes<T>, 16);
}

template <class T>
void pack_a_block(const Gemm<T>& g, const GemmPlan& plan, int64_t i0, int64_t i1, int64_t p0,
                  int64_t kc, T* to) {
  const StridedReader<T> reader{g.a, g.a_row, g.a_col};
  for (int64_t i = i0; i < i1; i += plan.rows) {
    const int64_t rows = i1 - i < plan.rows ? i1 - i : plan.rows;
    constexpr int kPanels = kPackPanels;
    if (reader.adjacent() && plan.rows == kPackRows && i + kPanels * kPackRows <= i1) {
      pack_across_exact<T, kPackRows, kPanels>(reader, i, p0, kc, to + (i - i0) * kc,
                                               kPackRows * kc);
      i += (kPanels - 1) * kPackRows;
      continue;
    }
    pack_panel<T>(reader, i, rows, rows, p0, kc, to + (i - i0) * kc);
  }
}

// What B holds for `panel` in the block of k that begins at p0.
template <class T>
Ahead<T> ahead_of(const Gemm<T>& g, const Panel& panel, int64_t p0, int64_t kc) {
  const T* at = g.b + p0 * g.b_row + panel.j * g.b_col;
  if (g.b_col == 1) return {at, kc, g.b_row, panel.columns};
  if (g.b_row == 1) return {at, panel.columns, g.b_col, kc};
  return {at, 0, 0, 0};
}

// All panels of the columns [j0, j1) for one block of rows and one of k. A panel of B is packed
// just before its first use; when `keep` is false that is the only one, and all share one buffer.
template <class T>
void tiles_of_rows(const TileRun<T>& run, const T* a, int64_t i0, int64_t i1, int64_t j0,
                   int64_t j1, int64_t p0, int64_t kc, bool fresh, bool keep, T* packed_b) {
  const Gemm<T>& g = run.g;
  const StridedReader<T> reader{g.b, g.b_col, g.b_row};
  for (int64_t j = j0; j < j1;) {
    const Panel panel = panel_at<T>(run.plan, j, j1);
    Ahead<T> ahead{g.b, 0, 0, 0};
    if (fresh && j + panel.columns < j1)
      ahead = ahead_of(g, panel_at<T>(run.plan, j + panel.columns, j1), p0, kc);
    if (panel.pack) {
      const int64_t width = panel.vectors * kLanes<T>;
      T* to = packed_b + (keep ? (j - j0) * run.plan.kc : 0);
      if (fresh || !keep) pack_panel<T>(reader, j, panel.columns, width, p0, kc, to);
      run.panel(a, to, width, kc, i0, i1, panel, ahead);
    } else {
      run.panel(a, g.b + p0 * g.b_row + j, g.b_row, kc, i0, i1, panel, ahead);
    }
    j += panel.columns;
  }
}

// Loops, outermost first: columns by nc, k by kc, rows by mc, panels of columns, panels of rows.
// A's block (mc x kc) is packed once per block of k and lives in the second-level cache.
template <class T>
void tiles_block(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block, T* scratch) {
  const bool keep = plan.pack_b && block.m1 - block.m0 > plan.mc;
  T* packed_a = scratch;
  T* packed_b = scratch + packed_a_elements<T>(plan, block.m1 - block.m0);
  for (int64_t j0 = block.n0; j0 < block.n1; j0 += plan.nc) {
    const int64_t j1 = j0 + plan.nc < block.n1 ? j0 + plan.nc : block.n1;
    for (int64_t p0 = 0; p0 == 0 || p0 < g.k; p0 += plan.kc) {
      const int64_t kc = g.k - p0 < plan.kc ? g.k - p0 : plan.kc;
      const TileRun<T> run{g, plan, p0 == 0, p0 + plan.kc >= g.k};
      for (int64_t i0 = block.m0; i0 < block.m1; i0 += plan.mc) {
        const int64_t i1 = i0 + plan.mc < block.m1 ? i0 + plan.mc : block.m1;
        if (plan.pack_a) pack_a_block(g, plan, i0, i1, p0, kc, packed_a);
        const T* a = plan.pack_a ? packed_a : g.a + i0 * g.a_row + p0 * g.a_col;
        tiles_of_rows(run, a, i0, i1, j0, j1, p0, kc, i0 == block.m0, keep, packed_b);
      }
    }
  }
}

template <class T>
int64_t tiles_scratch(const Gemm<T>& g, const GemmPlan& plan) {
  const int64_t b = packed_b_columns<T>(plan, g.n, g.m > plan.mc) * plan.kc + kLanes<T>;
  return packed_a_elements<T>(plan, g.m) + round_up(b, 16);
}

}  // namespace nncore::NNCORE_ISA
