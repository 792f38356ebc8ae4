// Whether a team is worth having right now, judged by what runs took.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace nncore {

// The cost model's choice holds for a quiet machine. On a busy one a member may lose its processor
// for milliseconds while the others wait for it, instruction after instruction, and a small program
// takes a hundred times longer with a team than alone. So both ways are timed, the faster one is
// used, and the other is tried again from time to time. Results do not depend on the way: every
// team gives the same bits.
//
// A single time says little: it may hold a thread's start, cold caches or a stolen moment. So the
// first run of a way is not judged; a way that is tried again is judged by that trial alone, not by
// how it once was; and after a change of mind the other way gets its next chance soon. Trials that
// keep confirming the choice become rare, the rarer the more they lose.
//
// Several threads may run a program at once. They may then overwrite each other's judgement, which
// the next runs correct.
class Pace {
 public:
  enum Way { team = 0, alone = 1 };

  // Nobody waits for a team to be called together before the first steps: they are made alone.
  Way choose() const {
    if (runs(alone) < kRunsToKnow) return alone;
    if (runs(team) < kRunsToKnow) return team;
    const Way best = faster();
    return until_trial_.load(std::memory_order_relaxed) > 0 ? best : other(best);
  }

  // How many steps to run before choosing again.
  int64_t chunk(Way way) const {
    const double step = step_ns(way);
    if (step == 0) return 1;  // nothing is known of this way
    const bool chosen = known() && way == faster();
    return std::max<int64_t>(1, static_cast<int64_t>((chosen ? kChunk : kTrial) / step));
  }

  // What a step of a run took.
  void record(Way way, int64_t steps, double ns_per_step) {
    if (steps == 0) return;
    const double step = std::max(1.0, ns_per_step);
    const double total = step * static_cast<double>(steps);
    const bool judged = known();
    const Way before = faster();
    const bool trial = !judged || way != before;
    const double mean = trial ? step : (step_ns(way) + step) / 2;
    step_ns_[way].store(mean, std::memory_order_relaxed);
    runs_[way].fetch_add(1, std::memory_order_relaxed);
    if (!trial && faster() == before) {
      spend(total);
    } else if (!judged || faster() != before) {
      wait(1, 0);
    } else {
      const double lost = total - step_ns(before) * static_cast<double>(steps);
      wait(std::min(2 * patience_.load(std::memory_order_relaxed), kMostPatience), lost);
    }
  }

 private:
  static constexpr int kRunsToKnow = 2;
  static constexpr double kChunk = 10e6;   // ns
  static constexpr double kTrial = 0.5e6;  // ns; at least one step
  // After a change of mind the next trial comes after kWait, or after kLostShare times what the
  // last trial lost; each time that the choice is confirmed, both are doubled.
  static constexpr double kWait = 10e6;
  static constexpr double kLostShare = 4;
  static constexpr double kMostPatience = 16;
  // A busy moment must not keep a large program alone for seconds after it has passed.
  static constexpr double kMostWait = 200e6, kMostShare = 25;

  static Way other(Way way) { return way == team ? alone : team; }
  double step_ns(Way way) const { return step_ns_[way].load(std::memory_order_relaxed); }
  int runs(Way way) const { return runs_[way].load(std::memory_order_relaxed); }
  bool known() const { return runs(team) >= kRunsToKnow && runs(alone) >= kRunsToKnow; }
  Way faster() const { return step_ns(team) <= step_ns(alone) ? team : alone; }

  void spend(double ns) {
    until_trial_.store(until_trial_.load(std::memory_order_relaxed) - ns,
                       std::memory_order_relaxed);
  }
  void wait(double patience, double lost) {
    patience_.store(patience, std::memory_order_relaxed);
    const double time = patience * std::max(kWait, kLostShare * lost);
    until_trial_.store(std::min(time, std::max(kMostWait, kMostShare * lost)),
                       std::memory_order_relaxed);
  }

  std::atomic<int> runs_[2] = {0, 0};
  std::atomic<double> step_ns_[2] = {0, 0};
  std::atomic<double> patience_{1};
  std::atomic<double> until_trial_{0};
};

}  // namespace nncore
