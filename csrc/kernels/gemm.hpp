// The GEMM engine: C = act(init + A B) for one matrix product, on one thread, over any block of C.
//
// The engine never splits K between threads and chooses its path from shapes and strides alone, so
// the bits of C do not depend on how the blocks are cut.
#pragma once

#include <cstdint>

namespace nncore::NNCORE_ISA {

// C (m, n) = act(A (m, k) B (k, n) + bias), or C += A B, or C = (A B) act'(y).
// Operands whose rows are picked from a table: they are found through pointers, one for each line
// (row of A, column of B) or one for each step of k. What such a pointer leads to lies side by
// side.
enum class Picked { no, lines, steps };
// So many lines behind a block's last have pointers too: they are asked for ahead.
constexpr int64_t kLinesAhead = 4;

template <class T>
struct Gemm {
  int64_t m, n, k;
  const T* a;  // A(i, p) = a[i * a_row + p * a_col]
  int64_t a_row, a_col;
  const T* b;  // B(p, j) = b[p * b_row + j * b_col]
  int64_t b_row, b_col;
  T* c;  // C(i, j) = c[i * c_row + j], or c[j * c_row + i] when transposed
  int64_t c_row;
  bool transposed;
  const T* bias;      // null: none
  bool bias_per_row;  // bias[i] instead of bias[j]
  bool accumulate;
  int act;
  T act_param;
  // Laid out as C; null: none. The result of act somewhere else, from which the derivative follows.
  const T* y = nullptr;
  // When picked, A(i, p) = a_at[i][p] or a_at[p][i], B(p, j) = b_at[j][p] or b_at[p][j]; strides
  // are then those of the rows copied one after the other, which the plan follows.
  Picked a_picked = Picked::no, b_picked = Picked::no;
  const T *const *a_at = nullptr, *const *b_at = nullptr;
  int64_t c_i = 0, c_j = 0;  // the element that c points to

  int64_t place(int64_t i, int64_t j) const {
    return transposed ? (j - c_j) * c_row + i - c_i : (i - c_i) * c_row + j - c_j;
  }
};

enum class GemmPath {
  tiles,  // sums of a tile in registers, columns across the lanes
  dots,   // both operands run along k: k across the lanes
  outer   // k is 1: C is written row by row
};

// How a product is computed: a function of its shape and strides alone.
struct GemmPlan {
  GemmPath path;
  bool swap;  // compute C^T = B^T A^T instead
  bool pack_a, pack_b;
  bool copy_a;            // picked rows of A, for which packing is too much: just copied
  int rows, vectors;      // of a tile; dots choose their columns themselves
  int64_t kc, mc, nc;     // blocks of k, rows and columns that are packed at a time
  bool strips;            // rows outermost: a row of tiles is finished before the next begins
  bool fetch_b, fetch_c;  // ask for B's next steps, for C's next tile: where they come from afar
};

// A block of C: rows [m0, m1), columns [n0, n1).
struct GemmBlock {
  int64_t m0, m1, n0, n1;
};

template <class T>
GemmPlan gemm_plan(const Gemm<T>& g);

// C^T = B^T A^T: the same memory, the roles of rows and columns exchanged.
template <class T>
void gemm_swap(Gemm<T>& g);

// Elements of T one thread needs as scratch (g as swapped by the plan).
template <class T>
int64_t gemm_scratch(const Gemm<T>& g, const GemmPlan& plan);

// Scratch of one thread, rounded so that each thread's share begins on a cache line.
template <class T>
constexpr int64_t round_up_scratch(int64_t elements) {
  return (elements + 127) / 64 * 64;
}

// Computes one block of C; `scratch` is the calling thread's own, 64-byte aligned.
template <class T>
void gemm_block(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block, T* scratch);

// Takes C piece by piece, while a piece is still in the second-level cache: where nobody needs C as
// a whole, it is never in memory. A piece is laid out as C, with rows `c_row` apart.
template <class T>
struct GemmTaker {
  void* self;
  void (*take)(void* self, const T* c, int64_t c_row, const GemmBlock& piece);
};

// Makes the plan's blocks pieces that a taker can have (g as swapped by the plan). Products that
// are finished only all at once remain one piece.
template <class T>
void gemm_plan_pieces(const Gemm<T>& g, GemmPlan& plan);

// Elements of T one thread needs as scratch for pieces.
template <class T>
int64_t gemm_pieces_scratch(const Gemm<T>& g, const GemmPlan& plan);

// As gemm_block, with the same bits; but the block goes to `taker` in pieces, each element once.
template <class T>
void gemm_pieces(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block, T* scratch,
                 const GemmTaker<T>& taker);

// Part `tid` of `size` parts of C, cut along tile borders into a grid that packs least twice.
template <class T>
GemmBlock gemm_share(const Gemm<T>& g, const GemmPlan& plan, int tid, int size);

}  // namespace nncore::NNCORE_ISA
