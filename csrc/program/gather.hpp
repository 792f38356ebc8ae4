// Batches are gathered from the caller's arrays row by row, converted on the way.
#pragma once

#include <cstdint>

#include "program/array.hpp"

namespace nncore {

// The rows of one batch, from the first axis of the sources: `rows` of them, from `index` when
// there is one, otherwise consecutive from `first`.
struct RowSelection {
  const int64_t* index;  // already at the batch's first entry; may be null
  int64_t first;
  int64_t rows;
};

// A part of a batch: rows [begin, end), of each the elements [from, to) in C order.
struct BatchPart {
  int64_t begin, end;
  int64_t from, to;
};

// Writes a part of the selected rows to `out`, which is the whole batch, C-contiguous, of
// element type `out_dtype` (one of the graph's). Any source dtype, any strides, any alignment.
// Numbers convert as by a C cast, with NaN and floats outside the integer's range giving its lowest
// value (of int64, wrapped, for uint8); to bool, everything but zero is true.
void gather_rows(const ArrayView& source, const RowSelection& selection, const BatchPart& part,
                 int32_t out_dtype, char* out);

// Converts an array of any rank into C-contiguous `out`: a part of it, or everything for rank 0.
void convert_array(const ArrayView& source, const BatchPart& part, int32_t out_dtype, char* out);

// Position of the first entry of index[0, n) outside [0, rows), or -1.
int64_t find_out_of_range(const int64_t* index, int64_t n, int64_t rows);

}  // namespace nncore
