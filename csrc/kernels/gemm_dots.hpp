// Products of few rows or columns whose operands both run along k: k goes across the lanes.
#pragma once

#include "kernels/gemm.hpp"
#include "kernels/gemm_epilogue.hpp"
#include "kernels/gemm_pack.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
struct DotArgs {
  int64_t k;
  const T* a;  // row i at a + i * a_row
  int64_t a_row;
  const T* b;  // column j at b + j * b_line
  int64_t b_line;
  T* sums;  // (MR, NR), contiguous
};
template <class T>
using DotFn = void (*)(const DotArgs<T>&);

// sums(i, j) = sum_p a(i, p) b(j, p). Lane l sums the products of p = l, l + lanes, ...; the lanes
// are then added as a tree. So the bits of a sum do not depend on the tile it is computed in.
template <class T, int MR, int NR>
__attribute__((noinline)) void dots(const DotArgs<T>& t) {
  constexpr int w = kLanes<T>;
  Vec<T> acc[MR][NR] = {};
  const auto step = [&](auto get, int64_t p) __attribute__((always_inline)) {
    Vec<T> b[NR];
#pragma GCC unroll 16
    for (int j = 0; j < NR; ++j) b[j] = get(t.b + j * t.b_line + p);
#pragma GCC unroll 8
    for (int i = 0; i < MR; ++i) {
      const Vec<T> a = get(t.a + i * t.a_row + p);
#pragma GCC unroll 16
      for (int j = 0; j < NR; ++j) acc[i][j] = fma(a, b[j], acc[i][j]);
    }
  };
  int64_t p = 0;
  for (; p + w <= t.k; p += w)
    step(
        [](const T* x) __attribute__((always_inline)) { return load(x); }, p);
  if (const int left = static_cast<int>(t.k - p))
    step(
        [left](const T* x)
            __attribute__((always_inline)) { return load_partial(x, left, Vec<T>{}); },
        p);
  alignas(64) T sums[round_up_lanes<T>(MR * NR)];
#pragma GCC unroll 8
  for (int s = 0; s < MR * NR; s += w) {
    Vec<T> group[w];
#pragma GCC unroll 16
    for (int l = 0; l < w; ++l)
      group[l] = s + l < MR * NR ? acc[(s + l) / NR % MR][(s + l) % NR] : Vec<T>{};
    store(sums + s, sums_of<T>(group));
  }
  for (int s = 0; s < MR * NR; ++s) t.sums[s] = sums[s];
}

// 4 x 4 sums with 32 registers, 2 x 4 with 16; a single row takes more columns.
constexpr int kDotRows = kVectorRegisters == 32 ? 4 : 2;
constexpr int kDotColumns = 4;
constexpr int kDotWide = kVectorRegisters == 32 ? 16 : 8;
// From this length on, summing over the lanes no longer counts, and fewer streams are read faster.
constexpr int64_t kLongDot = 128;
// Of k: bounds the packed copies, and keeps the few rows in the first-level cache.
constexpr int64_t kDotBlock = 2048;

template <class T, int NR, int... I>
constexpr void fill_dots(DotFn<T> (&row)[5][kDotWide + 1], std::integer_sequence<int, I...>) {
  ((row[I + 1][NR] = &dots<T, I + 1, NR>), ...);
}
template <class T>
struct DotTable {
  DotFn<T> at[5][kDotWide + 1] = {};
  constexpr DotTable() {
    constexpr auto rows = std::make_integer_sequence<int, kDotRows>{};
    fill_dots<T, 1>(at, rows);
    fill_dots<T, 2>(at, rows);
    fill_dots<T, 3>(at, rows);
    fill_dots<T, 4>(at, rows);
    at[1][8] = &dots<T, 1, 8>;
    at[1][kDotWide] = &dots<T, 1, kDotWide>;
  }
};
template <class T>
inline constexpr DotTable<T> kDots{};

// Moves one row of sums into a row of C.
template <class T>
NNCORE_INLINE void finish_row(const Gemm<T>& g, const T* sums, T* c, int64_t i, int64_t j,
                              int columns, bool add) {
  for (int s = 0; s < columns; s += kLanes<T>) {
    const int n = columns - s < kLanes<T> ? columns - s : kLanes<T>;
    Vec<T> v = load_first(sums + s, n);
    if (add)
      v += load_first(c + s, n);
    else if (g.bias)
      v += g.bias_per_row ? broadcast(g.bias[i]) : load_first(g.bias + j + s, n);
    store_first(c + s, v, n);
  }
}

// Moves a tile of sums into C.
template <class T>
void finish_dots(const Gemm<T>& g, const T* sums, int64_t i, int64_t j, int rows, int columns,
                 bool first, bool last) {
  const bool add = !first || g.accumulate;
  if (!g.transposed) {
    for (int r = 0; r < rows; ++r)
      finish_row(g, sums + r * columns, g.c + g.place(i + r, j), i + r, j, columns, add);
  } else {
    for (int s = 0; s < columns; ++s) {
      T* c = g.c + g.place(i, j + s);
      for (int r = 0; r < rows; ++r) {
        T from = add ? c[r] : T(0);
        if (!add && g.bias) from = g.bias[g.bias_per_row ? i + r : j + s];
        c[r] = sums[r * columns + s] + from;
      }
    }
  }
  if (last) finish_block(g, i, j, rows, columns);
}

// The operands of one block of k, packed or in place, both running along k.
template <class T>
struct DotRun {
  const Gemm<T>& g;
  int64_t a_row, b_line, k;
  bool first, last;

  // Some rows, of which `row` is the first, against the columns [j0, j1), which begin at `from`.
  void columns_of(int64_t i, int rows, int64_t j0, int64_t j1, const T* row, const T* from) const {
    alignas(64) T sums[kDotRows * kDotColumns + kDotWide];
    // One row's sums are a piece of C as they are.
    const bool straight = rows == 1 && !g.transposed && first && !g.accumulate && !g.bias;
    for (int64_t j = j0; j < j1;) {
      int columns = j1 - j < kDotColumns ? static_cast<int>(j1 - j) : kDotColumns;
      if (rows == 1 && j1 - j >= 8) columns = j1 - j >= kDotWide && k < kLongDot ? kDotWide : 8;
      const T* column = from + (j - j0) * b_line;
      T* to = straight ? g.c + g.place(i, j) : sums;
      kDots<T>.at[rows][columns]({k, row, a_row, column, b_line, to});
      if (!straight)
        finish_dots(g, sums, i, j, rows, columns, first, last);
      else if (last)
        finish_block(g, i, j, 1, columns);
      j += columns;
    }
  }
};

// Packing with the roles of line and step exchanged writes out an operand that runs along k.
template <class T>
void pack_lines(const T* from, int64_t along, int64_t across, int64_t p0, int64_t kc, int64_t lines,
                T* to) {
  if (lines > 0)
    pack_panel<T>(StridedReader<T>{from, along, across}, p0, kc, round_up_lanes<T>(kc), 0, lines,
                  to);
}

// Elements for packed rows: of picked ones, those of one group.
template <class T>
int64_t dots_packed_a(const GemmPlan& plan, bool picked, int64_t m) {
  if (!plan.pack_a) return 0;
  return round_up_lanes<T>(plan.kc) * (picked ? plan.rows : m) + kLanes<T>;
}

// Loops, outermost first: k by kc, columns by nc, groups of rows, groups of columns. A block of
// columns stays in cache while the few groups of rows pass by; so B is read from afar once.
template <class T>
void dots_block(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block, T* scratch) {
  const int64_t m = block.m1 - block.m0, n = block.n1 - block.n0;
  const bool pick_a = g.a_picked != Picked::no, pick_b = g.b_picked != Picked::no;
  T* packed_a = scratch;
  T* packed_b = scratch + dots_packed_a<T>(plan, pick_a, m);
  const T *a = pick_a ? nullptr : g.a + block.m0 * g.a_row,
          *b = pick_b ? nullptr : g.b + block.n0 * g.b_col;
  for (int64_t p0 = 0; p0 == 0 || p0 < g.k; p0 += plan.kc) {
    const int64_t kc = g.k - p0 < plan.kc ? g.k - p0 : plan.kc, width = round_up_lanes<T>(kc);
    if (plan.pack_a && !pick_a) pack_lines(a, g.a_col, g.a_row, p0, kc, m, packed_a);
    if (plan.pack_b && !pick_b) pack_lines(b, g.b_row, g.b_col, p0, kc, n, packed_b);
    const DotRun<T> run{g,
                        plan.pack_a ? width : g.a_row,
                        plan.pack_b ? width : g.b_col,
                        kc,
                        p0 == 0,
                        p0 + plan.kc >= g.k};
    for (int64_t j0 = block.n0; j0 < block.n1; j0 += plan.nc) {
      const int64_t j1 = j0 + plan.nc < block.n1 ? j0 + plan.nc : block.n1;
      const T* column =
          (plan.pack_b ? packed_b : b + p0) + (pick_b ? 0 : j0 - block.n0) * run.b_line;
      if (pick_b)
        with_reader_of_b(g, [&](const auto& reader) {
          copy_lines<T>(reader, j0, j1 - j0, p0, kc, width, packed_b);
        });
      for (int64_t i = block.m0; i < block.m1; i += plan.rows) {
        const int rows = block.m1 - i < plan.rows ? static_cast<int>(block.m1 - i) : plan.rows;
        if (pick_a)
          with_reader_of_a(g, [&](const auto& reader) {
            copy_lines<T>(reader, i, rows, p0, kc, width, packed_a);
          });
        const T* row = (plan.pack_a ? packed_a : a + p0) + (pick_a ? 0 : i - block.m0) * run.a_row;
        run.columns_of(i, rows, j0, j1, row, column);
      }
    }
  }
}

template <class T>
int64_t dots_scratch(const Gemm<T>& g, const GemmPlan& plan) {
  const int64_t columns = g.b_picked != Picked::no && plan.nc < g.n ? plan.nc : g.n;
  int64_t size = dots_packed_a<T>(plan, g.a_picked != Picked::no, g.m);
  if (plan.pack_b) size += round_up_lanes<T>(plan.kc) * columns + kLanes<T>;
  return size;
}

}  // namespace nncore::NNCORE_ISA
