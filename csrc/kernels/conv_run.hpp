// Runs correlations: chooses how each is computed, packs weights, shares the work in a team.
#pragma once

#include "kernels/conv_depthwise.hpp"
#include "kernels/conv_engine.hpp"
#include "kernels/conv_narrow.hpp"
#include "kernels/conv_winograd.hpp"
#include "kernels/gemm_pack.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// Packs a correlation's weights: panels of columns, each with all of k. Tap t's element (c, j) is
// *tap(t).at(j, c). Part `part` of `parts` parts of the work.
template <class T, class Taps>
void pack_weights(const Correlation<T>& p, const Taps& tap, T* to, int64_t part, int64_t parts) {
  const TileShape shape = tile_shape<T>(p.out[2], p.columns);
  const int64_t taps = p.tap_count();
  const int64_t first = taps * part / parts, last = taps * (part + 1) / parts;
  for (int64_t j = 0; j < p.columns;) {
    const int64_t width = int64_t{panel_vectors<T>(p.columns - j, shape)} * kLanes<T>;
    const int64_t columns = p.columns - j < width ? p.columns - j : width;
    for (int64_t t = first; t < last; ++t)
      pack_panel<T>(tap(t), j, columns, width, 0, p.channels,
                    to + j * p.depth() + t * p.channels * width);
    j += columns;
  }
}

template <class T>
int64_t packed_weights(const Correlation<T>& p) {
  return round_up(p.depth() * round_up_lanes<T>(p.columns), 64 / static_cast<int64_t>(sizeof(T)));
}

// Bytes that one thread needs for a correlation, and elements of packed weights that all share.
template <class T>
struct CorrelationNeeds {
  int64_t own = 0, packed = 0;
  CorrelationNeeds() = default;
  explicit CorrelationNeeds(const Correlation<T>& p) {
    if (p.depthwise) {
      own = round_up(p.taps[0] * p.taps[1] * static_cast<int64_t>(sizeof(TapRow<T>)), 64);
    } else if (narrow_fits(p)) {
      own = NarrowRun<T>(p).bytes();
      packed = round_up(p.depth() * p.columns, 64 / int64_t(sizeof(T)));
    } else if (winograd_fits(p)) {
      own = WinogradRun<T>(p).elements() * static_cast<int64_t>(sizeof(T));
      packed = winograd_packed(p);
    } else {
      own = CorrelationMemory<T>(p).bytes();
      packed = p.b_row ? 0 : packed_weights(p);
    }
  }
};

// Of all correlations that `problem` lists: each uses the thread's memory in its turn.
template <class T, class Problem>
CorrelationNeeds<T> needs_of_all(const Problem& problem) {
  CorrelationNeeds<T> all;
  problem([&](const Correlation<T>& p, const auto&) {
    const CorrelationNeeds<T> needs(p);
    if (needs.own > all.own) all.own = needs.own;
    all.packed += needs.packed;
  });
  return all;
}

// Runs the correlations that `problem` lists by calling its argument with each and with the reader
// of its taps: the team packs all weights, meets, and shares the rows or tiles of each.
template <class T, class Problem>
void run_correlations(const Problem& problem, char* scratch, const Team& team) {
  const CorrelationNeeds<T> all = needs_of_all<T>(problem);
  T* packed = reinterpret_cast<T*>(scratch);
  T* mine = packed + all.packed + team.tid * (all.own / static_cast<int64_t>(sizeof(T)));
  problem([&](const Correlation<T>& p, const auto& tap) {
    const CorrelationNeeds<T> needs(p);
    if (needs.packed == 0) return;
    if (narrow_fits(p))
      narrow_pack(p, tap, packed, team.tid, team.size);
    else if (winograd_fits(p))
      winograd_pack(p, tap, packed, mine, team.tid, team.size);
    else
      pack_weights(p, tap, packed, team.tid, team.size);
    packed += needs.packed;
  });
  if (all.packed > 0) team.barrier();
  packed = reinterpret_cast<T*>(scratch);
  problem([&](Correlation<T>& p, const auto& tap) {
    const CorrelationNeeds<T> needs(p);
    if (needs.packed > 0) p.b = packed;
    packed += needs.packed;
    if (p.depthwise) {
      const Range rows = share(p.rows(), team);
      DepthwiseRun<T>(p, tap).run(rows.begin, rows.end, tap, reinterpret_cast<TapRow<T>*>(mine));
    } else if (narrow_fits(p)) {
      const Range rows = share(p.rows(), team);
      NarrowRun<T>(p).run(rows.begin, rows.end, mine);
    } else if (winograd_fits(p)) {
      const WinogradRun<T> run(p);
      const Range groups = share(run.groups(), team);
      run.run(groups.begin, groups.end, mine);
    } else {
      const CorrelationRun<T> run(p, reinterpret_cast<char*>(mine));
      const Range tiles = share(run.tiles(), team);
      run.run(tiles.begin, tiles.end);
    }
  });
}

template <class T, class Problem>
int64_t correlations_scratch(const Problem& problem, int team) {
  const CorrelationNeeds<T> all = needs_of_all<T>(problem);
  return all.packed * static_cast<int64_t>(sizeof(T)) + team * all.own;
}

}  // namespace nncore::NNCORE_ISA
