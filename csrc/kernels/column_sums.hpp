// Sums over the rows of a matrix, as parts of other kernels; their bits are those of `reduce`.
#pragma once

#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

constexpr int kStripVectors = 8;
// Columns that are summed at a time.
template <class T>
constexpr int64_t kColumnStrip = kStripVectors* kLanes<T>;

// The sums of the columns [strip * kColumnStrip, (strip + 1) * kColumnStrip) of x (rows, columns),
// as far as there are any; x is contiguous and has rows.
template <class T>
void column_sums(const Operand& x, int64_t strip, T* to);

}  // namespace nncore::NNCORE_ISA
