// A validated program that can be run, for one batch or for many.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "program/context.hpp"
#include "program/control.hpp"
#include "program/pace.hpp"
#include "program/plan.hpp"

namespace nncore {

// When each member of a team did what, in nanoseconds of the steady clock: ns[step][member][point],
// where point 0 is the beginning of a step, 1 the end of the gathering, 2k + 2 and 2k + 3 the begin
// and end of instruction k. What a member didn't do stays as it was.
struct Timeline {
  int64_t* ns;
  int64_t steps, members;

  static size_t points(const Code& code) { return 2 * code.instructions.size() + 2; }
};

class Program {
 public:
  // Throws std::invalid_argument when anything about the code is wrong.
  explicit Program(Code code);

  const Code& code() const { return code_; }

  // The memory of one run. Its sources and dests are to be filled with one array per feed and
  // fetch.
  Lease lease() { return {pool_, code_}; }

  // Throw what is wrong with the context's arrays; nothing has been written then.
  void check_run(const Context& context) const;
  struct Steps {
    const int64_t* index;  // null: rows are consecutive
    int64_t index_length;
    int64_t first;
    int64_t n_steps;
    int64_t batch;
    double budget_s;
  };
  void check_steps(const Context& context, const Steps& steps) const;

  // How runs are spread over threads: as planned, or alone while a team is the slower way. `alone`
  // and `pace` are null when there is nothing to choose.
  struct Spread {
    Plan plan;
    std::unique_ptr<const Plan> alone;
    std::unique_ptr<Pace> pace;
  };

  // After the checks. Needs nothing of Python, so other threads may go on meanwhile. When the
  // interrupt is answered with true, which loops within a step ask for as well, that step is left
  // undone: what its results and variables hold then is what it had come to.
  void run(Context& context, const Spread& spread, const Interrupt& interrupt = {});
  // Returns the steps done: all, or fewer when the time budget is spent or stop() is called.
  // With a timeline it takes the planned team whatever the machine is doing.
  int64_t run_steps(Context& context, const Spread& spread, const Steps& steps,
                    const Interrupt& interrupt = {}, const Timeline* timeline = nullptr);

  // Makes every run_steps now in progress return after its current step.
  void stop() { stop_count_.fetch_add(1, std::memory_order_relaxed); }

  // 0 lets the cost model choose a team of at most num_threads(); n is exactly n.
  void set_threads(int n);
  // The way the next run is spread over threads. Not for use without Python's lock.
  const Spread& spread();

  std::string dump();

 private:
  friend class Execution;

  const Spread& find_spread(int limit, bool forced);

  struct KnownSpread {
    int limit;
    bool forced;
    Spread spread;
  };

  Code code_;
  ContextPool pool_;
  std::vector<std::unique_ptr<const KnownSpread>> spreads_;  // stay where they are: runs use them
  std::atomic<const KnownSpread*> last_spread_{nullptr};
  std::mutex spreads_mutex_;
  std::atomic<int> forced_threads_{0};
  std::atomic<uint64_t> stop_count_{0};
};

}  // namespace nncore
