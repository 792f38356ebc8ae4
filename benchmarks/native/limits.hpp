// What this machine can do at most, measured in the same run as the kernels.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernel.hpp"

namespace nncore::bench {

struct Limits {
  double gflops_f32 = 0, gflops_f64 = 0;  // multiply-adds from registers, counted as two
  // Bytes read plus bytes written, of arrays larger than the caches.
  double read_gbs = 0, copy_gbs = 0, update_gbs = 0;

  double gflops(DType dtype) const { return dtype == f64 ? gflops_f64 : gflops_f32; }
};

// What bounds an operation that streams its operands.
enum class Traffic { read, copy, update };
double bandwidth(const Limits& limits, Traffic traffic);

// Measures the limits of a team of that size on the chosen level. The best of several short runs
// counts, as a limit is what remains when nothing disturbs.
Limits measure_limits(int threads, bool quick);

// Measured once per team size, then remembered.
const Limits& limits(int threads);
void remember_limits(int threads, const Limits& measured);

std::string describe(const Limits& limits);

}  // namespace nncore::bench
