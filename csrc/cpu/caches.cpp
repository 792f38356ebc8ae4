#include "cpu/caches.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace nncore {
namespace {

// For machines that describe nothing: what every processor of the last ten years has.
constexpr CacheSizes kModest = {32 << 10, 512 << 10, 1 << 20};

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "1024K" or "32M".
int64_t bytes_of(const std::string& text) {
  char* unit = nullptr;
  const int64_t number = std::strtoll(text.c_str(), &unit, 10);
  return number * (*unit == 'K' ? 1 << 10 : *unit == 'M' ? 1 << 20 : 1);
}

// Members of a list of ranges: "0-3,8" has five.
int64_t count_members(const std::string& text) {
  int64_t count = 0;
  std::istringstream list(text);
  for (std::string range; std::getline(list, range, ',');) {
    int first = 0, last = 0;
    const int numbers = std::sscanf(range.c_str(), "%d-%d", &first, &last);
    if (numbers > 0) count += numbers == 2 ? last - first + 1 : 1;
  }
  return std::max<int64_t>(count, 1);
}

}  // namespace

CacheSizes cache_sizes = kModest;

CacheSizes detect_cache_sizes(const std::string& root, const CacheSizes& otherwise) {
  CacheSizes found = otherwise;
  int64_t threads_of_core = 1;  // those that share a first level
  for (int index = 0; index < 8; ++index) {
    const std::string folder =
        root + "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    const std::string level = first_line(folder + "level"), type = first_line(folder + "type");
    const int64_t size = bytes_of(first_line(folder + "size"));
    if (size <= 0 || type == "Instruction") continue;
    const int64_t sharing = count_members(first_line(folder + "shared_cpu_list"));
    if (level == "1") {
      found.l1 = size;
      threads_of_core = sharing;
    } else if (level == "2" || level == "3") {
      (level == "2" ? found.l2 : found.l3) = size / std::max<int64_t>(1, sharing / threads_of_core);
    }
  }
  return found;
}

void choose_cache_sizes() {
  const char* forced = std::getenv("NNCORE_CACHE_SIZES");
  if (forced == nullptr || *forced == '\0') {
    cache_sizes = detect_cache_sizes("", kModest);
    return;
  }
  long long l1 = 0, l2 = 0, l3 = 0;
  char rest = 0;
  if (std::sscanf(forced, "%lld,%lld,%lld%c", &l1, &l2, &l3, &rest) != 3 || l1 < 4096 || l2 < l1 ||
      l3 < 0)
    throw std::runtime_error(
        "NNCORE_CACHE_SIZES must be the bytes of the first, second and third cache level of a "
        "core, "
        "such as 32768,1048576,4194304 (at least 4096, the second no smaller than the first), or "
        "be "
        "unset. Received: NNCORE_CACHE_SIZES=" +
        std::string(forced) + ".");
  cache_sizes = {l1, l2, l3};
}

}  // namespace nncore
