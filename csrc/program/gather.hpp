// Batches are gathered from the caller's arrays row by row, converted on the way.
#pragma once

#include <cstdint>

#include "program/array.hpp"

namespace nncore {

// The rows of one batch, from the first axis of the sources: from `index` when there is one,
// otherwise consecutive from `first`.
struct RowSelection {
  const int64_t* index;  // already at the batch's first entry; may be null
  int64_t first;
};

// A part of a batch: rows [begin, end), of each the elements [from, to) in C order.
struct BatchPart {
  int64_t begin, end;
  int64_t from, to;
};

// The axes within one row, neighbours merged where one walks straight on into the next, so that a
// contiguous image is one run.
struct RowLayout {
  int ndim = 0;
  int64_t shape[kMaxDims] = {};
  int64_t strides[kMaxDims] = {};  // bytes

  void add(int64_t dim, int64_t stride);
};

// How rows of one source become a batch of element type `out_dtype` (one of the graph's): decided
// once, used for any number of batches. Any source dtype, any strides, any alignment. Numbers
// convert as by a C cast, with NaN and floats outside the integer's range giving its lowest value
// (of int64, wrapped, for uint8); to bool, everything but zero is true.
class RowGather {
 public:
  RowGather(const ArrayView& source, int32_t out_dtype);

  // Of one row.
  int64_t elements() const { return elements_; }

  // Writes a part of the selected rows to `out`, which is the whole batch, C-contiguous.
  void operator()(const RowSelection& selection, const BatchPart& part, char* out) const;

  // n elements, `stride` bytes apart, to consecutive `out`.
  using ConvertFn = void (*)(const char* source, int64_t stride, int64_t n, char* out);
  // Rows [begin, end) of an index, one run each.
  using CopyFn = void (*)(const char* source, int64_t stride, const int64_t* index, int64_t begin,
                          int64_t end, char* out);

 private:
  const char* data_;
  int64_t stride_;  // from row to row, bytes
  int64_t elements_ = 1, item_, out_item_;
  RowLayout row_;
  ConvertFn convert_;
  CopyFn copy_;  // for short rows that lie near; may be null
};

// Position of the first entry of index[0, n) outside [0, rows), or -1.
int64_t find_out_of_range(const int64_t* index, int64_t n, int64_t rows);

}  // namespace nncore
