#include "cpu/threads.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace nncore {
namespace {

// The OpenMP runtime has looked at the affinity mask before it bound this very thread to one
// processor, as OMP_PROC_BIND asks; now the mask itself would say 1.
int affinity_count() {
  const int allowed = std::max(1, omp_get_num_procs());
  if (omp_get_proc_bind() == omp_proc_bind_false) return allowed;
  int in_places = 0;
  for (int place = 0; place < omp_get_num_places(); ++place)
    in_places += omp_get_place_num_procs(place);
  return in_places > 0 ? std::min(allowed, in_places) : allowed;
}

std::string read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Version 2: "max 100000" or "150000 100000".
std::optional<double> read_quota_v2(const std::string& folder) {
  std::istringstream line(read_line(folder + "/cpu.max"));
  double quota = 0, period = 0;
  if (line >> quota >> period && quota > 0 && period > 0) return quota / period;
  return std::nullopt;
}

std::optional<double> read_quota_v1(const std::string& folder) {
  std::istringstream quota_line(read_line(folder + "/cpu.cfs_quota_us"));
  std::istringstream period_line(read_line(folder + "/cpu.cfs_period_us"));
  double quota = 0, period = 0;
  if (quota_line >> quota && period_line >> period && quota > 0 && period > 0)
    return quota / period;
  return std::nullopt;
}

// The smallest quota on the way from a group up to the root: a parent's limit binds its children.
// In a container the named path may be missing; then the root alone counts, as it shows the
// container's own group.
template <class Read>
std::optional<double> smallest_quota(const std::string& mount, std::string group, Read read) {
  std::optional<double> smallest;
  while (true) {
    const std::optional<double> quota = read(mount + group);
    if (quota && (!smallest || *quota < *smallest)) smallest = quota;
    const size_t slash = group.rfind('/');
    if (slash == std::string::npos) return smallest;
    group.resize(slash);
  }
}

bool lists_cpu_controller(const std::string& controllers) {
  std::istringstream stream(controllers);
  for (std::string name; std::getline(stream, name, ',');)
    if (name == "cpu") return true;
  return false;
}

std::optional<int> omp_num_threads() {
  const char* text = std::getenv("OMP_NUM_THREADS");
  if (text == nullptr) return std::nullopt;
  const std::string_view given(text);
  int n = 0;
  // A list gives one number per nesting level; the first is ours.
  const auto parsed = std::from_chars(given.data(), given.data() + given.size(), n);
  if (parsed.ec != std::errc() || n < 1) return std::nullopt;
  return std::min(n, kMaxThreads);
}

struct Default {
  int processors;
  int threads;
  std::string reason;
};

Default find_default() {
  const int affinity = affinity_count();
  Default d{affinity, affinity, "the processors in this process's affinity mask"};
  if (const auto quota = cgroup_cpu_quota("")) {
    const int whole = std::max(1, static_cast<int>(std::ceil(*quota)));
    if (whole < d.processors) {
      std::ostringstream reason;
      reason << "the cgroup's CPU quota of " << *quota << " processors";
      d = {whole, whole, reason.str()};
    }
  }
  const auto omp = omp_num_threads();
  if (omp && *omp < d.threads) {
    d.threads = *omp;
    d.reason = "OMP_NUM_THREADS=" + std::to_string(*omp);
  }
  d.threads = std::min(d.threads, kMaxThreads);
  return d;
}

const Default& default_threads() {
  static const Default found = find_default();
  return found;
}

std::atomic<int> requested_threads{0};

}  // namespace

std::optional<double> cgroup_cpu_quota(const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  const std::string mount = root + "/sys/fs/cgroup";
  std::optional<double> smallest;
  // Lines are "hierarchy:controllers:path"; version 2 has hierarchy 0 and no controllers.
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    std::optional<double> quota;
    if (controllers.empty())
      quota = smallest_quota(mount, group, read_quota_v2);
    else if (lists_cpu_controller(controllers))
      quota = smallest_quota(mount + ("/" + controllers), group, read_quota_v1);
    if (quota && (!smallest || *quota < *smallest)) smallest = quota;
  }
  return smallest;
}

int available_processors() { return default_threads().processors; }

int num_threads() {
  const int requested = requested_threads.load(std::memory_order_relaxed);
  return requested > 0 ? requested : default_threads().threads;
}

void set_num_threads(int n) {
  if (n < 0 || n > kMaxThreads)
    throw std::invalid_argument("set_num_threads expects an integer from 1 to " +
                                std::to_string(kMaxThreads) +
                                ", or 0 for the default. Received: n=" + std::to_string(n));
  requested_threads.store(n, std::memory_order_relaxed);
}

std::string thread_reason() {
  const int requested = requested_threads.load(std::memory_order_relaxed);
  if (requested > 0) return "set_num_threads(" + std::to_string(requested) + ")";
  return default_threads().reason;
}

}  // namespace nncore
