// Choice of path and block sizes. Only shapes and strides count, never the team: the path decides
// in which order a sum is added up, hence its bits.
#pragma once

#include "kernels/gemm_dots.hpp"
#include "kernels/gemm_tiles.hpp"

namespace nncore::NNCORE_ISA {

// Block sizes in bytes, for a first-level cache of 32 KB or more and a second level of 512 KB or
// more. A's panel (rows x kc) takes part of the first level, A's block (mc x kc) and a panel of B
// share the second, B's block (kc x nc) is a slice of the third.
constexpr int64_t kBytesOfK = 2048;
constexpr int64_t kBytesOfABlock = 320 << 10;
constexpr int64_t kBytesOfBBlock = 3 << 20;
constexpr int64_t kBytesOfResidentB = 256 << 10;
constexpr int64_t kUnpackedK = 4096;  // operands read in place pay for k only in cache lines

// Copying an operand costs as much as a few uses of it.
constexpr int64_t kRowsWorthPackingB = 6 * tile_rows(kMainVectors);
constexpr int64_t kPanelsWorthPackingA = 4;

template <class T>
struct GemmForm {
  bool a_along_k, a_along_m, b_along_n, b_along_k;
  explicit GemmForm(const Gemm<T>& g)
      : a_along_k(g.a_col == 1 || g.k <= 1),
        a_along_m(g.a_row == 1 || g.m <= 1),
        b_along_n(g.b_col == 1 || g.n <= 1),
        b_along_k(g.b_row == 1 || g.k <= 1) {}
};

// One row of C is a matrix times a vector; a few rows or columns are dot products when k lies along
// memory; a wide transposed B (dX = dY W^T at small batch) is better broadcast in place than
// packed.
template <class T>
void choose_path(const Gemm<T>& g, GemmPlan& plan) {
  constexpr int w = kLanes<T>;
  const GemmForm<T> form(g);
  plan.path = GemmPath::tiles;
  plan.swap = false;
  if (g.n == 1 && g.m > 1) {
    plan.swap = true;
    if (form.a_along_k) plan.path = GemmPath::dots;
    return;
  }
  if (g.m == 1 && form.b_along_k && !form.b_along_n) {
    plan.path = GemmPath::dots;
    return;
  }
  // The sum over the lanes costs a dot product as much as some 16 of its steps. Transposing costs
  // a vector of B as much as half a dozen rows' multiplications, and a vector of C about the same.
  if (form.a_along_k && form.b_along_k && g.m <= 12 && g.k >= g.m * w)
    plan.path = GemmPath::dots;
  else if (form.a_along_k && g.k >= 4 * w && g.m >= 8 && g.n <= w / 2)
    plan.path = GemmPath::dots;
  else if (form.b_along_k && !form.b_along_n && g.m >= w && g.m <= 144 && g.n >= 2 * g.m &&
           g.k >= 2 * g.m)
    plan.swap = true;
}

template <class T>
void plan_dots(const Gemm<T>& g, GemmPlan& plan) {
  const GemmForm<T> form(g);
  plan.pack_a = !form.a_along_k;
  plan.pack_b = !form.b_along_k;
  plan.rows = g.m < kDotRows ? static_cast<int>(g.m) : kDotRows;
  plan.vectors = kDotColumns;
  plan.kc = g.k < kDotBlock ? g.k : kDotBlock;
  if (plan.kc < 1) plan.kc = 1;
  plan.mc = g.m;
  const int64_t lines = (128 << 10) / (plan.kc * static_cast<int64_t>(sizeof(T)));
  plan.nc = round_up(lines < 1 ? 1 : lines, kDotWide);
}

// x cut into equal blocks of at most `limit`, each a multiple of `unit`.
inline constexpr auto balanced = [](int64_t x, int64_t limit, int64_t unit) -> int64_t {
  if (x <= limit) return x > 1 ? x : 1;
  const int64_t blocks = (x + limit - 1) / limit;
  return round_up((x + blocks - 1) / blocks, unit);
};

template <class T>
void plan_tiles(const Gemm<T>& g, GemmPlan& plan) {
  constexpr int w = kLanes<T>;
  constexpr int64_t size = sizeof(T);
  const GemmForm<T> form(g);
  const int64_t vectors = (g.n + w - 1) / w;
  plan.vectors = kMainVectors;
  if (g.m <= tile_rows(kMainVectors)) {
    plan.vectors = kMaxVectors;
    while (tile_rows(plan.vectors) < g.m) --plan.vectors;
  } else if (vectors == 2 || vectors == 4) {
    plan.vectors = 2;
  }
  while (plan.vectors > 1 && (plan.vectors > vectors || tile_rows(plan.vectors) == 0))
    --plan.vectors;
  const int64_t most = tile_rows(plan.vectors);
  const int64_t panels = g.m > most ? (g.m + most - 1) / most : 1;
  plan.rows = static_cast<int>(g.m > 0 ? (g.m + panels - 1) / panels : 1);
  plan.pack_a = g.n > kPanelsWorthPackingA * kMainVectors * w && g.m > plan.rows;
  plan.pack_b = !form.b_along_n || g.m > kRowsWorthPackingB;
  const bool packs = plan.pack_a || plan.pack_b;
  plan.kc = balanced(g.k, packs ? kBytesOfK / size : kUnpackedK, 8);
  plan.mc = g.m;
  if (plan.pack_a)
    plan.mc = balanced(g.m, round_up(kBytesOfABlock / (plan.kc * size), plan.rows), plan.rows);
  // A B that fits into half of the second level stays there; then rows go outside, and C, which
  // bounds a product of small k, is written along its rows.
  if (plan.kc >= g.k && g.k * g.n * size <= kBytesOfResidentB && !g.transposed &&
      g.m > 4 * plan.rows)
    plan.mc = 2 * plan.rows;
  if (plan.mc < 1) plan.mc = 1;
  const int64_t panel = static_cast<int64_t>(plan.vectors) * w;
  plan.nc = balanced(g.n, round_up(kBytesOfBBlock / (plan.kc * size), panel), panel);
}

}  // namespace nncore::NNCORE_ISA
