// Benchmarks of the kernels: every operation of the kernels' table, and matrix products beside
// other libraries, as shares of the peaks that are measured first.
//
//   nncore_benchmarks [--quick] [--threads=1,2] [Google Benchmark's options]
//
// NNCORE_ISA chooses the instruction-set level as it does for the library.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cpu/caches.hpp"
#include "cpu/dispatch.hpp"
#include "cpu/threads.hpp"
#include "peers.hpp"
#include "runner.hpp"

namespace nncore::bench {
namespace {

bool read_threads(const char* text) {
  options().threads.clear();
  std::istringstream list(text);
  for (std::string item; std::getline(list, item, ',');) {
    const int n = std::atoi(item.c_str());
    if (n < 1 || n > kMaxThreads) return false;
    options().threads.push_back(n);
  }
  return !options().threads.empty();
}

// Takes our own options out; the rest is Google Benchmark's.
bool read_options(int& argc, char** argv) {
  if (num_threads() > 1) options().threads = {1, num_threads()};
  int kept = 1;
  for (int k = 1; k < argc; ++k) {
    if (std::strcmp(argv[k], "--quick") == 0) {
      options().quick = true;
    } else if (std::strncmp(argv[k], "--threads=", 10) == 0) {
      if (!read_threads(argv[k] + 10)) {
        std::fprintf(stderr, "--threads must be numbers from 1 to %d. Received: %s\n", kMaxThreads,
                     argv[k]);
        return false;
      }
    } else {
      argv[kept++] = argv[k];
    }
  }
  argc = kept;
  return true;
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string limits_key(int threads) { return "peak, " + std::to_string(threads) + " thread(s)"; }

void measure_all_limits() {
  for (const int threads : options().threads) {
    const Limits measured = measure_limits(threads, options().quick);
    remember_limits(threads, measured);
    benchmark::AddCustomContext(limits_key(threads), describe(measured));
  }
}

// A busy machine moves the limits themselves, and with them every share.
void compare_limits_again() {
  std::fprintf(stderr, "\nThe limits once more, after the benchmarks:\n");
  for (const int threads : options().threads) {
    const Limits &first = limits(threads), last = measure_limits(threads, options().quick);
    std::fprintf(stderr, "%s: %s\n", limits_key(threads).c_str(), describe(last).c_str());
    const double moved = std::max(std::abs(std::log(last.gflops_f32 / first.gflops_f32)),
                                  std::abs(std::log(last.update_gbs / first.update_gbs)));
    if (moved > 0.1)
      std::fprintf(stderr,
                   "  they moved by more than 10 %%: other work disturbs this machine, and the\n"
                   "  shares above are not to be relied on\n");
  }
}

void register_all() {
  add_gemm();
  add_recurrent();
  add_rows();
  add_statistics();
  add_optimizers();
  add_indexing();
  add_convolutions();
  add_pooling();
  add_elementwise();
  add_algebra();
}

int run(int argc, char** argv) {
  if (!read_options(argc, argv)) return 1;
  choose_level();
  choose_cache_sizes();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("cpu", processor());
  benchmark::AddCustomContext("level", std::string(chosen_level().name) + ", " + level_reason());
  benchmark::AddCustomContext("compiler", NNCORE_COMPILER);
  for (const Peer& peer : peers()) benchmark::AddCustomContext(peer.name, peer.description);
  measure_all_limits();
  register_all();
  for (const std::string& name : kernels_without_rows()) {
    std::fprintf(stderr, "the kernel %s has no benchmark: add a row\n", name.c_str());
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  compare_limits_again();
  return 0;
}

}  // namespace
}  // namespace nncore::bench

int main(int argc, char** argv) {
  bool quick = false;
  for (int k = 1; k < argc; ++k) quick = quick || std::strcmp(argv[k], "--quick") == 0;
  // In front of the caller's, which then win.
  std::vector<std::string> defaults = {
      "--benchmark_counters_tabular=true",
      quick ? "--benchmark_min_time=0.01" : "--benchmark_min_time=0.1"};
  std::vector<char*> arguments = {argv[0]};
  for (std::string& text : defaults) arguments.push_back(text.data());
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  return nncore::bench::run(count, arguments.data());
}
