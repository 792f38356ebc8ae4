#include "program/memory.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace nncore {
namespace {

constexpr int64_t kAlignment = 64;
constexpr int64_t kHugePage = int64_t{2} << 20;

}  // namespace

AlignedMemory::AlignedMemory(int64_t nbytes) : nbytes_(nbytes) {
  if (nbytes <= 0) return;
  const bool large = nbytes >= 2 * kHugePage;
  const int64_t alignment = large ? kHugePage : kAlignment;
  const int64_t rounded = (nbytes + alignment - 1) / alignment * alignment;
  data_ = static_cast<char*>(
      std::aligned_alloc(static_cast<size_t>(alignment), static_cast<size_t>(rounded)));
  if (data_ == nullptr) throw std::bad_alloc();
  if (large) madvise(data_, static_cast<size_t>(rounded), MADV_HUGEPAGE);  // only a wish
}

AlignedMemory::~AlignedMemory() { std::free(data_); }

}  // namespace nncore
