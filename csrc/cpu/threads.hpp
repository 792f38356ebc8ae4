// How many threads a team may have, and why.
#pragma once

#include <optional>
#include <string>

namespace nncore {

constexpr int kMaxThreads = 256;

// Processors that this process may use: its affinity mask, limited by the cgroup's CPU quota.
int available_processors();

// The most threads that a run takes: what set_num_threads was given, otherwise the available
// processors, or fewer when OMP_NUM_THREADS says so.
int num_threads();

// 0 returns to the default. Throws std::invalid_argument outside [0, kMaxThreads].
void set_num_threads(int n);

// One phrase that says where num_threads() comes from.
std::string thread_reason();

// The CPU quota, in processors, of the control group (version 1 or 2) that /proc/self/cgroup names,
// or of a parent when that is smaller. `root` is put before all paths, so that tests can lay out
// their own.
std::optional<double> cgroup_cpu_quota(const std::string& root);

}  // namespace nncore
