// Whether a team is worth having right now, judged by what runs took.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace nncore {

// The cost model's choice holds for a quiet machine. On a busy one a member may lose its processor
// for milliseconds while the others wait for it, instruction after instruction, and a small program
// takes a hundred times longer with a team than alone. So both ways are timed, the faster one is
// used, and the other is tried again from time to time, for a small share of the time. Results do
// not depend on the way: every team gives the same bits.
//
// Several threads may run a program at once. They may then overwrite each other's judgement, which
// the next runs correct.
class Pace {
 public:
  enum Way { team = 0, alone = 1 };

  Way choose() const {
    // The very first run touches memory for the first time and tells nothing. It and the first that
    // is timed are made alone: nobody waits for a team to be called together before the first step.
    if (runs_.load(std::memory_order_relaxed) == 0 || step_ns(alone) == 0) return alone;
    if (step_ns(team) == 0) return team;
    const Way best = faster();
    return until_probe_.load(std::memory_order_relaxed) > 0 ? best : other(best);
  }

  // How many steps to run before choosing again.
  int64_t chunk(Way way) const {
    const double step = step_ns(way);
    if (step == 0) return 1;
    const double chunk_ns = step_ns(other(way)) != 0 && way == faster() ? kChunk : kProbe;
    return std::max<int64_t>(1, static_cast<int64_t>(chunk_ns / step));
  }

  void record(Way way, int64_t steps, double ns) {
    if (runs_.fetch_add(1, std::memory_order_relaxed) == 0 || steps == 0) return;
    const double step = std::max(1.0, ns / static_cast<double>(steps));
    const double before = step_ns(way);
    const bool probed = step_ns(other(way)) == 0 || before == 0 || way != faster();
    step_ns_[way].store(before == 0 ? step : (before + step) / 2, std::memory_order_relaxed);
    const double rest = until_probe_.load(std::memory_order_relaxed) - ns;
    until_probe_.store(probed ? std::max(kBetweenProbes, kProbeShare * ns) : rest,
                       std::memory_order_relaxed);
  }

 private:
  static constexpr double kChunk = 10e6;           // ns
  static constexpr double kProbe = 0.5e6;          // ns; at least one step
  static constexpr double kBetweenProbes = 100e6;  // ns of running
  static constexpr double kProbeShare = 50;        // or this often the time of the last probe

  static Way other(Way way) { return way == team ? alone : team; }
  double step_ns(Way way) const { return step_ns_[way].load(std::memory_order_relaxed); }
  Way faster() const { return step_ns(team) <= step_ns(alone) ? team : alone; }

  std::atomic<int64_t> runs_{0};
  std::atomic<double> step_ns_[2] = {0, 0};  // running mean per step; 0: not known
  std::atomic<double> until_probe_{0};
};

}  // namespace nncore
