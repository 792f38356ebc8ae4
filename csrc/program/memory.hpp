// Owned, aligned, uninitialised memory.
#pragma once

#include <cstdint>
#include <utility>

namespace nncore {

// 64-byte aligned; large blocks lie on huge pages where the system has them, which saves most of
// the page-table walks of element-wise passes.
class AlignedMemory {
 public:
  AlignedMemory() = default;
  explicit AlignedMemory(int64_t nbytes);
  ~AlignedMemory();
  AlignedMemory(AlignedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), nbytes_(std::exchange(other.nbytes_, 0)) {}
  AlignedMemory& operator=(AlignedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(nbytes_, other.nbytes_);
    return *this;
  }

  char* data() const { return data_; }
  int64_t nbytes() const { return nbytes_; }
  // Contents are lost when it grows; it never shrinks.
  void reserve(int64_t nbytes) {
    if (nbytes > nbytes_) *this = AlignedMemory(nbytes);
  }

 private:
  char* data_ = nullptr;
  int64_t nbytes_ = 0;
};

}  // namespace nncore
