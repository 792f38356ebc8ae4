// The loops around the tiles: what is packed when, and in which order it passes by.
#pragma once

#include "kernels/gemm_strips.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
int64_t packed_b_columns(const GemmPlan& plan, int64_t n, bool reused) {
  const int64_t panel = static_cast<int64_t>(plan.vectors) * kLanes<T>;
  if (!plan.pack_b || !reused) return panel;
  return round_up(n < plan.nc ? n : plan.nc, kLanes<T>);
}
template <class T>
int64_t packed_a_elements(const GemmPlan& plan, int64_t m) {
  if (!plan.pack_a) return 0;
  const int64_t rows = plan.strips ? plan.rows : plan.mc;
  const int64_t row = plan.copy_a ? copied_row<T>(plan.kc) : plan.kc;
  return round_up((m < rows ? m : rows) * row + kLanes<T>, 16);
}

// What B holds for `panel` in the block of k that begins at p0.
template <class T>
Ahead<T> ahead_of(const Gemm<T>& g, const Panel& panel, int64_t p0, int64_t kc) {
  if (g.b_picked != Picked::no) return {nullptr, 0, 0, 0};
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
  for (int64_t j = j0; j < j1;) {
    const Panel panel = panel_at<T>(run.plan, j, j1);
    Ahead<T> ahead{g.b, 0, 0, 0};
    if (fresh && j + panel.columns < j1)
      ahead = ahead_of(g, panel_at<T>(run.plan, j + panel.columns, j1), p0, kc);
    if (panel.pack) {
      const int64_t width = panel.vectors * kLanes<T>;
      T* to = packed_b + (keep ? (j - j0) * run.plan.kc : 0);
      if (fresh || !keep)
        with_reader_of_b(g, [&](const auto& reader) {
          pack_panel<T>(reader, j, panel.columns, width, p0, kc, to);
        });
      run.panel(a, to, width, kc, i0, i1, panel, ahead);
    } else {
      run.panel(a, g.b + p0 * g.b_row + j, g.b_row, kc, i0, i1, panel, ahead);
    }
    j += panel.columns;
  }
}

// Where the rows and columns of a piece go: a memory of their own in place of C.
template <class T>
void begin_piece(Gemm<T>& g, const GemmBlock& piece, T* room) {
  g.c = room;
  g.c_row = g.transposed ? piece.m1 - piece.m0 : piece.n1 - piece.n0;
  g.c_i = piece.m0;
  g.c_j = piece.n0;
}

// Loops, outermost first: columns by nc, k by kc, rows by mc, panels of columns, panels of rows.
// A's block (mc x kc) is packed once per block of k and lives in the second-level cache. With a
// taker, the rows of such a block are a piece, in `room`.
template <class T>
void tiles_block(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block, T* scratch,
                 const GemmTaker<T>* taker = nullptr, T* room = nullptr) {
  const bool keep = plan.pack_b && block.m1 - block.m0 > plan.mc;
  Gemm<T> piece;
  if (taker) piece = g;
  T* packed_a = scratch;
  T* packed_b = scratch + packed_a_elements<T>(plan, block.m1 - block.m0);
  for (int64_t j0 = block.n0; j0 < block.n1; j0 += plan.nc) {
    const int64_t j1 = j0 + plan.nc < block.n1 ? j0 + plan.nc : block.n1;
    for (int64_t p0 = 0; p0 == 0 || p0 < g.k; p0 += plan.kc) {
      const int64_t kc = g.k - p0 < plan.kc ? g.k - p0 : plan.kc;
      const TileRun<T> run{taker ? piece : g, plan, p0 == 0, p0 + plan.kc >= g.k};
      const auto by_rows = [&](auto compute) {
        for (int64_t i0 = block.m0; i0 < block.m1; i0 += plan.mc) {
          const int64_t i1 = i0 + plan.mc < block.m1 ? i0 + plan.mc : block.m1;
          const GemmBlock rows{i0, i1, j0, j1};
          if (taker) begin_piece(piece, rows, room);
          compute(i0, i1);
          if (taker) taker->take(taker->self, room, piece.c_row, rows);
        }
      };
      if (plan.strips) {
        const Strips<T> strips(run, j0, j1, p0, kc, packed_b);
        by_rows([&](int64_t i0, int64_t i1) { strips.rows(i0, i1, packed_a); });
        continue;
      }
      by_rows([&](int64_t i0, int64_t i1) {
        if (plan.pack_a)
          with_reader_of_a(g, [&](const auto& reader) {
            pack_a_block<T>(reader, plan, i0, i1, p0, kc, packed_a);
          });
        const T* a = plan.pack_a ? packed_a : g.a + i0 * g.a_row + p0 * g.a_col;
        tiles_of_rows(run, a, i0, i1, j0, j1, p0, kc, i0 == block.m0, keep, packed_b);
      });
    }
  }
}

// A small product that one call of a micro-kernel computes, from where the operands lie.
template <class T>
bool is_one_tile(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block) {
  constexpr int w = kLanes<T>;
  const int64_t n = block.n1 - block.n0;
  return !g.transposed && !plan.pack_a && !plan.pack_b && plan.kc >= g.k && n <= plan.vectors * w &&
         n <= plan.nc && (n % w == 0 || (n < w && kMaskedLoads)) &&
         kTileRows[(n + w - 1) / w] >= plan.rows;
}

template <class T>
void one_tile(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block) {
  const int rows = static_cast<int>(block.m1 - block.m0);
  const int columns = static_cast<int>(block.n1 - block.n0);
  const Panel panel{block.n0, columns, (columns + kLanes<T> - 1) / kLanes<T>, false};
  const TileRun<T> run{g, plan, true, true};
  TileArgs<T> t = run.arguments(g.b + block.n0, g.b_row, g.k, panel);
  run.rows_of_a(t, g.a + block.m0 * g.a_row, rows);
  t.next = nullptr;
  run.direct(t, tile_for<T>(panel, rows), block.m0, block.n0, rows, columns);
}

template <class T>
int64_t tiles_scratch(const Gemm<T>& g, const GemmPlan& plan) {
  const int64_t b =
      packed_b_columns<T>(plan, g.n, plan.strips || g.m > plan.mc) * plan.kc + kLanes<T>;
  return packed_a_elements<T>(plan, g.m) + round_up(b, 16);
}

}  // namespace nncore::NNCORE_ISA
