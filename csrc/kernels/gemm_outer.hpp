// Products of one step of k: every element of C is one multiplication, and writing C is the work.
#pragma once

#include "kernels/gemm.hpp"
#include "kernels/gemm_epilogue.hpp"

namespace nncore::NNCORE_ISA {

constexpr int kOuterVectors = 4;    // of a row, that stay in registers
constexpr int64_t kOuterRows = 16;  // so many are finished before an epilogue passes over them

template <class T>
void plan_outer(const Gemm<T>& g, GemmPlan& plan) {
  plan.pack_a = plan.pack_b = plan.copy_a = plan.strips = plan.fetch_b = plan.fetch_c = false;
  plan.rows = plan.vectors = 1;
  plan.kc = 1;
  plan.mc = g.m;
  plan.nc = g.n;
}

// Rows [i0, i1) of NV vectors of columns from j: init + a b, rounded once as a tile's only step.
// From row `exact` on, the last vector is written no further than its `tail` columns; before, what
// it spills is overwritten by the next row.
template <class T, int NV>
__attribute__((noinline)) void outer_rows(const Gemm<T>& g, int64_t i0, int64_t i1, int64_t exact,
                                          int64_t j, int tail) {
  constexpr int w = kLanes<T>;
  Vec<T> b[NV], init[NV];
#pragma GCC unroll 4
  for (int v = 0; v < NV; ++v) {
    const int have = v + 1 < NV ? w : tail;
    b[v] = load_first(g.b + j + v * w, have);
    init[v] = g.bias ? load_first(g.bias + j + v * w, have) : Vec<T>{};
  }
  const T* a = g.a + i0 * g.a_row;
  T* c = g.c + g.place(i0, j);
  const int64_t a_row = g.a_row, c_row = g.c_row;
  for (int64_t i = i0; i < i1; ++i, a += a_row, c += c_row) {
    const Vec<T> x = broadcast(*a);
#pragma GCC unroll 4
    for (int v = 0; v + 1 < NV; ++v) store(c + v * w, fma(x, b[v], init[v]));
    const Vec<T> last = fma(x, b[NV - 1], init[NV - 1]);
    if (i < exact)
      store(c + (NV - 1) * w, last);
    else
      store_first(c + (NV - 1) * w, last, tail);
  }
}

template <class T>
void outer_group(const Gemm<T>& g, const GemmBlock& at, int64_t exact) {
  constexpr int64_t w = kLanes<T>, chunk = kOuterVectors * w;
  for (int64_t j = at.n0; j < at.n1; j += chunk) {
    const int64_t columns = at.n1 - j < chunk ? at.n1 - j : chunk, vectors = (columns + w - 1) / w;
    const int tail = static_cast<int>(columns - (vectors - 1) * w);
    if (vectors == 1)
      outer_rows<T, 1>(g, at.m0, at.m1, exact, j, tail);
    else if (vectors == 2)
      outer_rows<T, 2>(g, at.m0, at.m1, exact, j, tail);
    else if (vectors == 3)
      outer_rows<T, 3>(g, at.m0, at.m1, exact, j, tail);
    else
      outer_rows<T, 4>(g, at.m0, at.m1, exact, j, tail);
  }
}

template <class T>
void outer_block(const Gemm<T>& g, const GemmBlock& block) {
  // Rows of one piece that lie end to end: a spilled vector reaches that many of the next ones.
  const bool gapless = g.c_row == g.n && block.n0 == 0 && block.n1 == g.n;
  const bool spills = gapless && g.n <= kOuterVectors * kLanes<T>;
  const int64_t exact = spills ? block.m1 - (kLanes<T> + g.n - 1) / g.n : block.m0;
  const int64_t rows = g.act == kActLinear ? block.m1 - block.m0 : kOuterRows;
  for (int64_t i = block.m0; i < block.m1; i += rows) {
    const int64_t end = i + rows < block.m1 ? i + rows : block.m1;
    outer_group(g, {i, end, block.n0, block.n1}, exact);
    finish_block(g, i, block.n0, end - i, block.n1 - block.n0);
  }
}

}  // namespace nncore::NNCORE_ISA
