// Choice of path and block sizes, from shapes and strides, never the team. The path and the blocks
// of k decide in which order a sum is added up, hence its bits; only what does not may follow the
// machine's caches.
#pragma once

#include "kernels/gemm_blocks.hpp"
#include "kernels/gemm_dots.hpp"
#include "kernels/gemm_outer.hpp"
#include "kernels/kernel.hpp"

namespace nncore::NNCORE_ISA {

// Block sizes in bytes. Those of k are constants: where operands are transposed or summed across
// lanes, the order of a sum follows them, and equal levels promise equal bits on every machine.
constexpr int64_t kBytesOfK = 2048;      // A's panel (rows x kc) takes part of the first level
constexpr int64_t kUnpackedK = 4096;     // operands read in place pay for k only in cache lines
constexpr int64_t kUnpackedFarK = 1024;  // which lie far apart when k does not run along them
constexpr int64_t kUnpackedSteps = 64;   // of k: so many rows of A's tile stay in the first level
constexpr int64_t kRowsOfStream = 8;

// The others follow the caches of a core: A's block (mc x kc) and a panel of B share the second,
// B's block (kc x nc) is a slice of the third. They never change the order of a sum.
NNCORE_INLINE int64_t bytes_of_a_block() { return cache_sizes.l2 / 16 * 5; }
NNCORE_INLINE int64_t bytes_of_whole_a() { return cache_sizes.l2 / 2; }
NNCORE_INLINE int64_t bytes_of_b_block() {
  const int64_t slice = cache_sizes.l3 / 16 * 3, least = cache_sizes.l2 / 2;
  return slice > least ? slice : least;
}
NNCORE_INLINE int64_t bytes_of_resident_b() { return cache_sizes.l2 / 4; }
NNCORE_INLINE int64_t bytes_of_near_b() { return cache_sizes.l1 / 2; }
NNCORE_INLINE int64_t bytes_of_far_b() { return cache_sizes.l2 * 4; }

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

// The sum over the lanes costs a dot product as much as some 16 of its steps.
template <class T>
bool worth_dots(const Gemm<T>& g, const GemmForm<T>& form) {
  constexpr int w = kLanes<T>;
  if (!form.a_along_k) return false;
  if (form.b_along_k && g.m <= 12 && g.k >= g.m * w) return true;
  if (g.k >= 4 * w && g.m >= 8 && g.n <= w / 2) return true;
  return g.k >= 8 * w && g.m >= 4 * w && g.n <= w * 3 / 4;  // B's few columns are packed along k
}

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
  const bool picked = g.a_picked != Picked::no || g.b_picked != Picked::no;
  if (g.k == 1 && form.b_along_n && !picked && !g.accumulate && !g.bias_per_row) {
    plan.path = GemmPath::outer;
    return;
  }
  const bool a_along_m_only = form.a_along_m && !form.a_along_k;
  // Few columns leave most lanes idle: rows go across the lanes where they lie along memory.
  if (a_along_m_only && g.n < 2 * w && g.n % w != 0 && g.m >= 2 * w && g.k >= w)
    plan.swap = true;
  else if (worth_dots(g, form))
    plan.path = GemmPath::dots;
  // Transposing costs a vector of B as much as half a dozen rows' multiplications, and a vector of
  // C about the same.
  else if (form.b_along_k && !form.b_along_n && g.m >= w && g.m <= 144 && g.n >= 2 * g.m &&
           g.k >= 2 * g.m)
    plan.swap = true;
}

template <class T>
void plan_dots(const Gemm<T>& g, GemmPlan& plan) {
  const GemmForm<T> form(g);
  plan.pack_a = !form.a_along_k || g.a_picked != Picked::no;
  plan.pack_b = !form.b_along_k || g.b_picked != Picked::no;
  plan.rows = g.m < kDotRows ? static_cast<int>(g.m) : kDotRows;
  plan.vectors = kDotColumns;
  plan.kc = g.k < kDotBlock ? g.k : kDotBlock;
  if (plan.kc < 1) plan.kc = 1;
  plan.mc = g.m;
  plan.strips = plan.fetch_b = plan.fetch_c = plan.copy_a = false;
  const int64_t lines = (128 << 10) / (plan.kc * static_cast<int64_t>(sizeof(T)));
  plan.nc = round_up(lines < 1 ? 1 : lines, kDotWide);
}

// x cut into equal blocks of at most `limit` (but no less than a unit), each a multiple of `unit`.
inline constexpr auto balanced = [](int64_t x, int64_t limit, int64_t unit) -> int64_t {
  if (limit < unit) limit = unit;
  if (x <= limit) return x > 1 ? x : 1;
  const int64_t blocks = (x + limit - 1) / limit;
  return round_up((x + blocks - 1) / blocks, unit);
};

// What is packed, and how k is cut: the same on every machine.
template <class T>
void plan_packing(const Gemm<T>& g, GemmPlan& plan) {
  constexpr int w = kLanes<T>;
  const GemmForm<T> form(g);
  // A B of one panel lies as packing would lay it.
  const bool as_packed = g.b_row <= plan.vectors * w && (g.n % w == 0 || (kMaskedLoads && g.n < w));
  plan.pack_a = g.n > kPanelsWorthPackingA * kMainVectors * w && g.m > plan.rows;
  plan.pack_b = !form.b_along_n || (g.m > kRowsWorthPackingB && !as_packed);
  const int64_t unpacked = form.a_along_k ? kUnpackedK : kUnpackedFarK;
  const int64_t bytes = plan.pack_a || plan.pack_b ? kBytesOfK : unpacked;
  plan.kc = balanced(g.k, bytes / static_cast<int64_t>(sizeof(T)), 8);
  // Picked rows are packed; blocks of k stay those of rows that were copied first, and so the bits.
  plan.copy_a = g.a_picked == Picked::lines && !plan.pack_a;
  plan.pack_a = plan.pack_a || g.a_picked != Picked::no;
  plan.pack_b = plan.pack_b || g.b_picked != Picked::no;
}

// The order of the loops, and the blocks of rows and columns: what the caches hold. C is an
// unbroken chain through the blocks of k, so none of this shows in a result.
template <class T>
void plan_blocks(const Gemm<T>& g, GemmPlan& plan) {
  constexpr int64_t size = sizeof(T);
  const int64_t b_bytes = g.k * g.n * size;
  plan.mc = g.m > 0 ? g.m : 1;
  plan.nc = g.n > 0 ? g.n : 1;
  plan.fetch_b = !plan.pack_b && b_bytes > bytes_of_far_b();
  plan.fetch_c = g.m * g.n * size > cache_sizes.l2;
  if (!g.transposed && g.m == 1 && plan.fetch_b) {
    // A vector times a large matrix: the matrix streams by, a few whole rows at a time.
    plan.strips = true;
    plan.fetch_b = false;
    plan.kc = kRowsOfStream < g.k ? kRowsOfStream : g.k;
    return;
  }
  // A B that fits into part of the second level stays there; then rows go outside.
  plan.strips = !g.transposed && plan.kc >= g.k && b_bytes <= bytes_of_resident_b() &&
                (g.m > 4 * plan.rows || b_bytes <= bytes_of_near_b() || g.k <= kUnpackedSteps);
  if (plan.strips) {
    plan.copy_a = g.a_picked == Picked::lines && (plan.copy_a || g.k <= kUnpackedSteps);
    plan.pack_a = g.a_picked != Picked::no || (plan.pack_a && g.k > kUnpackedSteps);
    return;
  }
  const int64_t column = plan.kc * size, panel = static_cast<int64_t>(plan.vectors) * kLanes<T>;
  // Rows that fit at once let B pass by once, which is worth a larger share.
  if (plan.pack_a && g.m * column > bytes_of_whole_a())
    plan.mc = balanced(g.m, round_up(bytes_of_a_block() / column, plan.rows), plan.rows);
  plan.nc = balanced(g.n, round_up(bytes_of_b_block() / column, panel), panel);
}

// Of a piece of C that a taker reads while it is in the second level, beside A, B and what else the
// taker needs. Where B passes by from afar, it does so for more rows of a larger piece.
NNCORE_INLINE int64_t bytes_of_piece(bool b_is_near) {
  return cache_sizes.l2 / (b_is_near ? 32 : 8);
}
constexpr int64_t kRowsOfPiece = 32;

template <class T>
bool finished_in_pieces(const Gemm<T>& g, const GemmPlan& plan) {
  return plan.path == GemmPath::outer || (plan.path == GemmPath::tiles && plan.kc >= g.k);
}

template <class T>
void plan_pieces(const Gemm<T>& g, GemmPlan& plan) {
  const int64_t area = bytes_of_piece(plan.strips) / static_cast<int64_t>(sizeof(T));
  const int64_t panel = static_cast<int64_t>(plan.vectors) * kLanes<T>;
  if (!plan.strips && plan.path == GemmPath::tiles) {
    const int64_t columns = balanced(g.n, round_up(area / kRowsOfPiece, panel), panel);
    plan.nc = columns < plan.nc ? columns : plan.nc;
  }
  const int64_t nc = plan.nc > 0 ? plan.nc : 1;
  const int64_t rows = balanced(g.m, area / nc / plan.rows * plan.rows, plan.rows);
  plan.mc = rows < plan.mc ? rows : plan.mc;
  plan.fetch_c = false;
}

template <class T>
void plan_tiles(const Gemm<T>& g, GemmPlan& plan) {
  const TileShape shape = tile_shape<T>(g.m, g.n);
  plan.rows = shape.rows;
  plan.vectors = shape.vectors;
  plan_packing(g, plan);
  plan_blocks(g, plan);
}

}  // namespace nncore::NNCORE_ISA
