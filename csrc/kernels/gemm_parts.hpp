// Products that are summed in parts of k.
//
// Where the weights of x (m, k) W (k, n) have many rows and few columns, a team that shares the
// rows of x has every member read all of W, which the members have just updated a part of each:
// those lines travel from cache to cache, and back when they are written again. Summed in parts, a
// member multiplies the columns of x by the rows of W that it updates, and gathers only these
// columns; m n sums travel instead. How many parts there are, hence the bits, follows from the
// shape alone.
#pragma once

#include "kernels/gemm.hpp"
#include "kernels/gemm_epilogue.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

constexpr int64_t kSumParts = 4;  // teams of 2 and 4 have whole parts for each member
// Less than this need not be kept apart, and more does not stay in a core's caches anyway.
constexpr int64_t kLeastBytesOfParts = 64 << 10, kMostBytesOfParts = 512 << 10;

template <class T>
bool summed_in_parts(const Gemm<T>& g) {
  const int64_t bytes = g.k * g.n * static_cast<int64_t>(sizeof(T));
  return g.a_col == 1 && g.b_col == 1 && !g.accumulate && g.m >= 16 && g.m <= g.k && g.n > 1 &&
         4 * g.n <= g.k && bytes >= kLeastBytesOfParts && bytes <= kMostBytesOfParts;
}

// Whether each member of the team has parts of its own; otherwise they share the rows.
inline bool parts_for_all(int team) { return kSumParts % team == 0; }

template <class T>
Gemm<T> part_of_sum(const Gemm<T>& g, int64_t part, T* sums) {
  const int64_t begin = g.k * part / kSumParts, end = g.k * (part + 1) / kSumParts;
  Gemm<T> p = g;
  p.k = end - begin;
  p.a += begin * g.a_col;
  p.b += begin * g.b_row;
  p.c = sums + part * round_up_scratch<T>(g.m * g.n);
  p.c_row = g.n;
  p.bias = nullptr;
  p.act = kActLinear;
  p.y = nullptr;
  return p;
}

// One plan for all parts: the longest one's.
template <class T>
GemmPlan gemm_plan_of_parts(Gemm<T> g) {
  g.k = (g.k + kSumParts - 1) / kSumParts;
  return gemm_plan(g);
}

// The sums of all parts, which the team shares, are followed by what each member needs for itself.
template <class T>
int64_t shared_scratch(const Gemm<T>& g) {
  return kSumParts * round_up_scratch<T>(g.m * g.n);
}
template <class T>
int64_t own_scratch(const Gemm<T>& g) {
  Gemm<T> longest = g;
  longest.k = (g.k + kSumParts - 1) / kSumParts;
  return round_up_scratch<T>(gemm_scratch(longest, gemm_plan_of_parts(g)));
}

// The rows' sums of all parts, added in their order, the bias and the activation.
template <class T>
void add_parts(const Gemm<T>& g, const T* sums, Range rows) {
  const int64_t distance = round_up_scratch<T>(g.m * g.n);
  for (int64_t i = rows.begin; i < rows.end; ++i) {
    const T* from = sums + i * g.n;
    T* to = g.c + i * g.c_row;
    for_vectors<T>(
        g.n, [&](int64_t j, int lanes) __attribute__((always_inline)) {
          Vec<T> sum = get(from + j, lanes, T(0));
          for (int64_t part = 1; part < kSumParts; ++part)
            sum += get(from + part * distance + j, lanes, T(0));
          if (g.bias != nullptr) sum += get(g.bias + j, lanes, T(0));
          put(to + j, sum, lanes);
        });
  }
  finish_block(g, rows.begin, 0, rows.end - rows.begin, g.n);
}

// `own` is the member's part of the scratch memory.
template <class T>
void run_in_parts(const Gemm<T>& g, const GemmPlan& plan, const Team& team, T* scratch, T* own) {
  const bool apart = parts_for_all(team.size);
  const Range rows = share(g.m, team);
  const Range parts = apart ? share(kSumParts, team) : Range{0, kSumParts};
  const GemmBlock block =
      apart ? GemmBlock{0, g.m, 0, g.n} : GemmBlock{rows.begin, rows.end, 0, g.n};
  for (int64_t part = parts.begin; part < parts.end; ++part) {
    const Gemm<T> p = part_of_sum(g, part, scratch);
    gemm_block(p, plan, block, own);
  }
  if (apart) team.barrier();
  add_parts(g, scratch, rows);
}

}  // namespace nncore::NNCORE_ISA
