#include "runner.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "cpu/dispatch.hpp"
#include "cpu/team.hpp"
#include "program/memory.hpp"

namespace nncore::bench {
namespace {

std::set<std::string>& covered() {
  static std::set<std::string> names;
  return names;
}

std::vector<Argument> all_arguments(const Case& c) {
  std::vector<Argument> all = c.inputs;
  all.insert(all.end(), c.outputs.begin(), c.outputs.end());
  return all;
}

double default_bytes(const Case& c) {
  double bytes = 0;
  for (const Argument& a : all_arguments(c))
    bytes += static_cast<double>(count(a.shape) * size_of(a.dtype));
  return bytes;
}

double default_elements(const Case& c) {
  int64_t most = 1;
  for (const Argument& a : all_arguments(c)) most = std::max(most, count(a.shape));
  return static_cast<double>(most);
}

// From the fastest stretch of calls, as the limits are the best of several runs: on a machine that
// other work shares, a mean says more about that work. Shares are per cent of what was measured for
// the same number of threads.
void set_counters(benchmark::State& state, const Case& c, int threads, double best_ns) {
  const Limits& most = limits(threads);
  const double bytes = c.bytes > 0 ? c.bytes : default_bytes(c);
  state.counters["best us"] = 1e-3 * best_ns;
  if (c.flops > 0) {
    state.counters["GFLOP/s"] = c.flops / best_ns;
    state.counters["% of FMA peak"] = 100 * c.flops / best_ns / most.gflops(c.inputs[0].dtype);
  } else {
    state.counters["ns/element"] = best_ns / (c.elements > 0 ? c.elements : default_elements(c));
  }
  state.counters["GB/s"] = bytes / best_ns;
  state.counters["% of memory"] = 100 * bytes / best_ns / bandwidth(most, c.traffic);
}

// Calls until Google Benchmark has enough, in stretches long enough for the clock.
template <class F>
void time_calls(benchmark::State& state, const Case& c, int threads, F call) {
  using Clock = std::chrono::steady_clock;
  constexpr double kStretch = 20e3;  // ns
  const auto time = [&](int64_t calls) {
    const auto begin = Clock::now();
    for (int64_t k = 0; k < calls; ++k) call();
    return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
  };
  time(1);
  const double once = std::max(1.0, std::min(time(1), time(1)));
  const int64_t calls = std::max<int64_t>(1, static_cast<int64_t>(kStretch / once));
  double best = once;
  while (state.KeepRunningBatch(calls))
    best = std::min(best, time(calls) / static_cast<double>(calls));
  set_counters(state, c, threads, best);
}

// A call as a program makes it: what the kernel decides ahead has been decided.
class Job {
 public:
  Job(const KernelEntry& kernel, const Call& call, int threads)
      : run_(kernel.run), scratch_(kernel.scratch != nullptr ? kernel.scratch(call, threads) : 0) {
    int64_t bytes = 0;
    const auto member = [threads](int tid) { return Team{tid, threads, nullptr}; };
    for (int tid = 0; kernel.plan != nullptr && tid < threads; ++tid)
      bytes = std::max(bytes, (kernel.plan(call, member(tid), nullptr) + 63) / 64 * 64);
    plans_ = AlignedMemory(bytes * threads);
    for (int tid = 0; tid < threads; ++tid) {
      calls_.push_back(call);
      calls_.back().scratch = scratch_.data();
      if (bytes == 0) continue;
      char* plan = plans_.data() + tid * bytes;
      kernel.plan(call, member(tid), plan);
      calls_.back().plan = plan;
    }
  }

  static void run_member(void* job, const Team& team) {
    const Job& self = *static_cast<const Job*>(job);
    self.run_(self.calls_[static_cast<size_t>(team.tid)], team);
  }

 private:
  KernelFn run_;
  AlignedMemory scratch_, plans_;
  std::vector<Call> calls_;
};

void time_kernel(benchmark::State& state, const Case& c, int threads) {
  const KernelEntry* kernel = find_kernel(c.kernel);
  const Arguments arguments(all_arguments(c));
  const Call call{arguments.operands().data(),        static_cast<int>(c.inputs.size()),
                  static_cast<int>(c.outputs.size()), c.ints.data(),
                  static_cast<int>(c.ints.size()),    c.floats.data(),
                  static_cast<int>(c.floats.size()),  nullptr};
  const char* wrong = kernel == nullptr ? "no such kernel" : kernel->check(call);
  if (wrong != nullptr) return state.SkipWithError(wrong);
  Barrier barrier;
  Job job(*kernel, call, threads);
  time_calls(state, c, threads, [&] { run_team(threads, barrier, Job::run_member, &job); });
}

template <class Time>
void register_row(const Case& c, int threads, Time time) {
  const std::string name = c.kernel + "/" + c.label + "/threads:" + std::to_string(threads);
  benchmark::RegisterBenchmark(name.c_str(), time)->Unit(benchmark::kMicrosecond);
}

}  // namespace

Options& options() {
  static Options all;
  return all;
}

void add(const Case& c) {
  covered().insert(c.kernel);
  for (const int threads : options().threads)
    register_row(c, threads, [c, threads](benchmark::State& s) { time_kernel(s, c, threads); });
}

void add_foreign(const Case& c, RunFn run) {
  for (const int threads : options().threads)
    register_row(c, threads, [c, threads, run](benchmark::State& state) {
      const Arguments arguments(all_arguments(c));
      time_calls(state, c, threads, [&] { run(arguments.operands(), c, threads); });
    });
}

std::vector<std::string> kernels_without_rows() {
  std::vector<std::string> names;
  for (const KernelEntry* k = chosen_level().table; k->name != nullptr; ++k)
    if (covered().count(k->name) == 0) names.push_back(k->name);
  return names;
}

std::vector<int64_t> array_sizes() {
  if (options().quick) return {1 << 14};
  return {1 << 14, 1 << 24};
}

}  // namespace nncore::bench
