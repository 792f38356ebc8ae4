// The sizes of this machine's caches, for the kernels' block sizes.
#pragma once

#include <string>

#include "kernels/kernel.hpp"

namespace nncore {

// What the operating system describes under `root` + /sys/devices/system/cpu, as a share of one
// core: a cache that several cores share counts in parts. What it does not tell stays as in
// `otherwise`. Tests lay out trees of their own.
CacheSizes detect_cache_sizes(const std::string& root, const CacheSizes& otherwise);

// Sets `cache_sizes`: to what NNCORE_CACHE_SIZES names ("32768,1048576,4194304"), otherwise to what
// is detected. Throws std::runtime_error when the variable is no such list.
void choose_cache_sizes();

}  // namespace nncore
