// Products whose B stays in cache, row of tiles by row of tiles.
#pragma once

#include "kernels/gemm_tiles.hpp"

namespace nncore::NNCORE_ISA {

// Rows [i0, i1) of A in the block of k that begins at p0.
template <class T, class Reader>
void pack_a_block(const Reader& reader, const GemmPlan& plan, int64_t i0, int64_t i1, int64_t p0,
                  int64_t kc, T* to) {
  if (plan.copy_a) return copy_lines<T>(reader, i0, i1 - i0, p0, kc, copied_row<T>(kc), to);
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

// Neighbouring panels of one width.
struct Panels {
  Panel first;
  int64_t count;
};
constexpr int kMaxPanels = 4;  // whole ones, two halves, a single vector, a ragged one

template <class T>
int split_columns(const GemmPlan& plan, int64_t j0, int64_t j1, Panels (&parts)[kMaxPanels]) {
  int n = 0;
  for (int64_t j = j0; j < j1;) {
    const Panel panel = panel_at<T>(plan, j, j1);
    Panels* last = n > 0 ? &parts[n - 1] : nullptr;
    const bool whole = panel.columns == panel.vectors * kLanes<T>;
    if (last && whole && last->first.columns == panel.columns && last->first.pack == panel.pack)
      ++last->count;
    else
      parts[n++] = {panel, 1};
    j += panel.columns;
  }
  return n;
}

// The columns [j0, j1) with the rows outermost, for a B whose block stays in cache: C is written
// along its rows, which is what bounds a product of small k, and one call computes many tiles.
template <class T>
struct Strips {
  const TileRun<T>& run;
  int64_t j0, p0, kc;
  int n;
  Panels parts[kMaxPanels];
  TileArgs<T> args[kMaxPanels];

  Strips(const TileRun<T>& run, int64_t j0, int64_t j1, int64_t p0, int64_t kc, T* packed_b);
  void rows(int64_t i0, int64_t i1, T* packed_a) const;
};

template <class T>
Strips<T>::Strips(const TileRun<T>& run, int64_t j0, int64_t j1, int64_t p0, int64_t kc,
                  T* packed_b)
    : run(run), j0(j0), p0(p0), kc(kc), n(split_columns<T>(run.plan, j0, j1, parts)) {
  const Gemm<T>& g = run.g;
  const GemmPlan& plan = run.plan;
  for (int x = 0; x < n; ++x) {
    const auto [panel, count] = parts[x];
    const int64_t width = panel.vectors * kLanes<T>;
    if (!panel.pack) {
      args[x] = run.arguments(g.b + p0 * g.b_row + panel.j, g.b_row, kc, panel);
      args[x].b_next = width;
    } else {
      T* to = packed_b + (plan.pack_b ? (panel.j - j0) * kc : 0);
      args[x] = run.arguments(to, width, kc, panel);
      args[x].b_next = width * kc;
      with_reader_of_b(g, [&](const auto& reader) {
        for (int64_t k = 0; k < count; ++k, to += width * kc)
          pack_panel<T>(reader, panel.j + k * panel.columns, panel.columns, width, p0, kc, to);
      });
    }
    args[x].tiles = count;
  }
}

template <class T>
void Strips<T>::rows(int64_t i0, int64_t i1, T* packed_a) const {
  const Gemm<T>& g = run.g;
  const GemmPlan& plan = run.plan;
  for (int64_t i = i0; i < i1; i += plan.rows) {
    const int rows = i1 - i < plan.rows ? static_cast<int>(i1 - i) : plan.rows;
    const T* a = packed_a;
    if (!plan.pack_a) {
      a = g.a + i * g.a_row + p0 * g.a_col;
    } else {
      with_reader_of_a(g, [&](const auto& reader) {
        pack_a_block<T>(reader, plan, i, i + rows, p0, kc, packed_a);
      });
    }
    for (int x = 0; x < n; ++x) {
      const Panel& panel = parts[x].first;
      TileArgs<T> t = args[x];
      run.rows_of_a(t, a, rows);
      t.next = plan.fetch_c ? g.c + g.place(i + rows, j0) : nullptr;
      run.direct(t, tile_for<T>(panel, rows), i, panel.j, rows,
                 static_cast<int>(panel.columns * parts[x].count));
    }
  }
}

}  // namespace nncore::NNCORE_ISA
