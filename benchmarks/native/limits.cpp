#include "limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <string_view>

#include "cpu/dispatch.hpp"
#include "cpu/team.hpp"
#include "limit_loops.hpp"
#include "program/memory.hpp"

namespace nncore {

#define LEVEL(isa, name, supported)      \
  namespace isa_##isa {                  \
    extern const LimitLoops limit_loops; \
  }
#include "cpu/levels.def"

namespace bench {
namespace {

const LimitLoops& loops() {
  const std::string_view chosen = chosen_level().name;
#define LEVEL(isa, name, supported) \
  if (chosen == name) return isa_##isa::limit_loops;
#include "cpu/levels.def"
  throw std::logic_error("the chosen level is none of this build's");
}

volatile double sink;

// Seconds of the fastest of `tries` runs by a team; `work` is given the member.
double fastest(int threads, int tries, const std::function<void(const Team&)>& work) {
  double best = 1e9;
  for (int t = 0; t < tries; ++t) {
    Barrier barrier;
    const auto begin = std::chrono::steady_clock::now();
    run_team(
        threads, barrier,
        [](void* argument, const Team& team) {
          (*static_cast<const std::function<void(const Team&)>*>(argument))(team);
        },
        const_cast<std::function<void(const Team&)>*>(&work));
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    best = std::min(best, taken.count());
  }
  return best;
}

double peak_gflops(int threads, int tries, int lanes, double (*loop)(int64_t)) {
  constexpr int64_t kRounds = 200000;  // about a millisecond: shorter than a time slice
  const double seconds = fastest(threads, tries, [&](const Team&) { sink = loop(kRounds); });
  return 2e-9 * kFmaChains * lanes * static_cast<double>(kRounds) * threads / seconds;
}

}  // namespace

double bandwidth(const Limits& limits, Traffic traffic) {
  switch (traffic) {
    case Traffic::read:
      return limits.read_gbs;
    case Traffic::copy:
      return limits.copy_gbs;
    default:
      return limits.update_gbs;
  }
}

Limits measure_limits(int threads, bool quick) {
  const LimitLoops& own = loops();
  Limits found;
  const int tries = quick ? 20 : 100;
  found.gflops_f32 = peak_gflops(threads, tries, own.lanes_f32, own.fma_f32);
  found.gflops_f64 = peak_gflops(threads, tries, own.lanes_f64, own.fma_f64);

  // Beyond the last level of the caches of today's servers' shares.
  const int64_t n = (quick ? 128 : 256) * (int64_t{1} << 20) / 4;
  const double bytes = 4.0 * static_cast<double>(n);
  AlignedMemory a(4 * n), b(4 * n);
  auto* x = reinterpret_cast<float*>(a.data());
  auto* y = reinterpret_cast<float*>(b.data());
  std::fill_n(x, n, 0.5f);
  std::fill_n(y, n, 0.5f);
  const int passes = quick ? 4 : 12;
  const auto part = [&](const Team& team) { return n / team.size / 1024 * 1024; };
  found.read_gbs = 1e-9 * bytes / fastest(threads, passes, [&](const Team& team) {
                     sink = own.read(x + team.tid * part(team), part(team));
                   });
  const double copied = fastest(threads, passes, [&](const Team& team) {
    own.copy(y + team.tid * part(team), x + team.tid * part(team), part(team));
  });
  // The C library's may write past the caches, which saves reading what is overwritten.
  const double libc_copied = fastest(threads, passes, [&](const Team& team) {
    std::memcpy(y + team.tid * part(team), x + team.tid * part(team),
                static_cast<size_t>(4 * part(team)));
  });
  found.copy_gbs = 2e-9 * bytes / std::min(copied, libc_copied);
  found.update_gbs = 2e-9 * bytes / fastest(threads, passes, [&](const Team& team) {
                       own.update(x + team.tid * part(team), part(team));
                     });
  return found;
}

namespace {
std::map<int, Limits>& known() {
  static std::map<int, Limits> all;
  return all;
}
}  // namespace

const Limits& limits(int threads) { return known().at(threads); }
void remember_limits(int threads, const Limits& measured) { known()[threads] = measured; }

std::string describe(const Limits& limits) {
  char text[160];
  std::snprintf(text, sizeof text,
                "float32 %.0f, float64 %.0f GFLOP/s; read %.1f, copy %.1f, update %.1f GB/s",
                limits.gflops_f32, limits.gflops_f64, limits.read_gbs, limits.copy_gbs,
                limits.update_gbs);
  return text;
}

}  // namespace bench
}  // namespace nncore
