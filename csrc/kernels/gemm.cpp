#include "kernels/gemm.hpp"

#include "kernels/gemm_plan.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
void gemm_swap(Gemm<T>& g) {
  const Gemm<T> o = g;
  g.m = o.n;
  g.n = o.m;
  g.a = o.b;
  g.a_row = o.b_col;
  g.a_col = o.b_row;
  g.b = o.a;
  g.b_row = o.a_col;
  g.b_col = o.a_row;
  g.a_picked = o.b_picked;
  g.a_at = o.b_at;
  g.b_picked = o.a_picked;
  g.b_at = o.a_at;
  g.transposed = !o.transposed;
  g.bias_per_row = !o.bias_per_row;
  if (g.m == 1 && g.c_row == 1) {  // a column of C is a row of C^T
    g.transposed = false;
    g.c_row = g.n;
  }
}

template <class T>
GemmPlan gemm_plan(const Gemm<T>& g) {
  GemmPlan plan;
  choose_path(g, plan);
  Gemm<T> s = g;
  if (plan.swap) gemm_swap(s);
  if (plan.path == GemmPath::dots)
    plan_dots(s, plan);
  else if (plan.path == GemmPath::outer)
    plan_outer(s, plan);
  else
    plan_tiles(s, plan);
  return plan;
}

template <class T>
int64_t gemm_scratch(const Gemm<T>& g, const GemmPlan& plan) {
  if (plan.path == GemmPath::outer) return 0;
  return plan.path == GemmPath::dots ? dots_scratch(g, plan) : tiles_scratch(g, plan);
}

template <class T>
void gemm_block(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block, T* scratch) {
  if (block.m0 >= block.m1 || block.n0 >= block.n1) return;
  if (plan.path == GemmPath::dots)
    dots_block(g, plan, block, scratch);
  else if (plan.path == GemmPath::outer)
    outer_block(g, block);
  else if (block.m1 - block.m0 <= plan.rows && is_one_tile(g, plan, block))
    one_tile(g, plan, block);
  else
    tiles_block(g, plan, block, scratch);
}

template <class T>
void gemm_plan_pieces(const Gemm<T>& g, GemmPlan& plan) {
  if (finished_in_pieces(g, plan)) plan_pieces(g, plan);
}

// The scratch of the blocks comes first, then the room for a piece.
template <class T>
int64_t gemm_pieces_scratch(const Gemm<T>& g, const GemmPlan& plan) {
  const bool pieces = finished_in_pieces(g, plan);
  const int64_t rows = pieces && plan.mc < g.m ? plan.mc : g.m;
  const int64_t columns = pieces && plan.nc < g.n ? plan.nc : g.n;
  return round_up_scratch<T>(gemm_scratch(g, plan)) + rows * columns;
}

template <class T>
void gemm_pieces(const Gemm<T>& g, const GemmPlan& plan, const GemmBlock& block, T* scratch,
                 const GemmTaker<T>& taker) {
  if (block.m0 >= block.m1 || block.n0 >= block.n1) return;
  T* room = scratch + round_up_scratch<T>(gemm_scratch(g, plan));
  const bool pieces = finished_in_pieces(g, plan);
  if (pieces && plan.path == GemmPath::tiles)
    return tiles_block(g, plan, block, scratch, &taker, room);
  const int64_t rows = pieces ? plan.mc : block.m1 - block.m0;
  for (int64_t i0 = block.m0; i0 < block.m1; i0 += rows) {
    const GemmBlock piece{i0, i0 + rows < block.m1 ? i0 + rows : block.m1, block.n0, block.n1};
    Gemm<T> to = g;
    begin_piece(to, piece, room);
    gemm_block(to, plan, piece, scratch);
    taker.take(taker.self, room, to.c_row, piece);
  }
}

constexpr double kWorthRows = 50000;  // multiplications that waiting costs

// Every part packs the operands it reads, so a part costs its area plus its packing: the grid with
// the cheapest largest part wins, or whole rows where these cost hardly more: whoever keeps to rows
// need not wait for others.
template <class T>
GemmBlock gemm_share(const Gemm<T>& g, const GemmPlan& plan, int tid, int size) {
  const int64_t row_unit = plan.rows;
  const int64_t column_unit = plan.path == GemmPath::dots ? kDotWide : plan.vectors * kLanes<T>;
  const int64_t row_units = (g.m + row_unit - 1) / row_unit;
  const int64_t column_units = (g.n + column_unit - 1) / column_unit;
  int best_down = 1;
  double best = -1;
  for (int down = 1; down <= size; ++down) {
    const int64_t across = size / down;
    const double rows = static_cast<double>((row_units + down - 1) / down * row_unit);
    const double columns = static_cast<double>((column_units + across - 1) / across * column_unit);
    const double cost =
        rows * columns + 8 * (plan.pack_a ? rows : 1) + 8 * (plan.pack_b ? columns : 1);
    const double worth = down == size ? kWorthRows / static_cast<double>(g.k) : 0;
    if (best < 0 || cost < best + worth) best = cost, best_down = down;
  }
  const int down = best_down, across = size / best_down;
  const int64_t y = tid / across, x = tid % across;
  const auto cut = [](int64_t units, int64_t unit, int64_t part, int64_t parts, int64_t end) {
    const int64_t at = units * part / parts * unit;
    return at < end ? at : end;
  };
  if (y >= down) return {0, 0, 0, 0};
  return {cut(row_units, row_unit, y, down, g.m), cut(row_units, row_unit, y + 1, down, g.m),
          cut(column_units, column_unit, x, across, g.n),
          cut(column_units, column_unit, x + 1, across, g.n)};
}

#define NNCORE_GEMM(T)                                                             \
  template void gemm_swap(Gemm<T>&);                                               \
  template GemmPlan gemm_plan(const Gemm<T>&);                                     \
  template int64_t gemm_scratch(const Gemm<T>&, const GemmPlan&);                  \
  template void gemm_block(const Gemm<T>&, const GemmPlan&, const GemmBlock&, T*); \
  template void gemm_plan_pieces(const Gemm<T>&, GemmPlan&);                       \
  template int64_t gemm_pieces_scratch(const Gemm<T>&, const GemmPlan&);           \
  template void gemm_pieces(const Gemm<T>&, const GemmPlan&, const GemmBlock&, T*, \
                            const GemmTaker<T>&);                                  \
  template GemmBlock gemm_share(const Gemm<T>&, const GemmPlan&, int, int);
NNCORE_GEMM(float)
NNCORE_GEMM(double)

}  // namespace nncore::NNCORE_ISA
