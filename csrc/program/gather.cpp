#include "program/gather.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

namespace nncore {
namespace {

struct Half {
  uint16_t bits;
};

// Exact for every half. The exponent is moved to float's bias by one multiplication by 2^112, which
// also normalises subnormals; infinities and NaNs get the top exponent put back.
inline float to_float(Half h) {
  const uint32_t magnitude = static_cast<uint32_t>(h.bits & 0x7fffU) << 13;
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112F;
  uint32_t bits = std::bit_cast<uint32_t>(scaled);
  if ((h.bits & 0x7c00U) == 0x7c00U) bits |= 0x7f800000U;
  return std::bit_cast<float>(bits | (static_cast<uint32_t>(h.bits & 0x8000U) << 16));
}

// NumPy's bool is one byte; a tag type keeps its conversions apart from uint8's.
struct Bool {
  uint8_t byte;
};

template <class Int, class Float>
inline Int float_to_int(Float x) {
  constexpr Float low = static_cast<Float>(std::numeric_limits<Int>::min());
  return x >= low && x < -low ? static_cast<Int>(x) : std::numeric_limits<Int>::min();
}

template <class Dst, class Src>
inline Dst convert(Src x) {
  if constexpr (std::is_same_v<Src, Dst>) {
    return x;
  } else if constexpr (std::is_same_v<Src, Half>) {
    return convert<Dst>(to_float(x));
  } else if constexpr (std::is_same_v<Src, Bool>) {
    return static_cast<Dst>(x.byte != 0);
  } else if constexpr (std::is_same_v<Dst, Bool>) {
    return Bool{static_cast<uint8_t>(x != 0)};
  } else if constexpr (std::is_floating_point_v<Src> && std::is_same_v<Dst, uint8_t>) {
    return static_cast<uint8_t>(float_to_int<int64_t>(x));
  } else if constexpr (std::is_floating_point_v<Src> && std::is_integral_v<Dst>) {
    return float_to_int<Dst>(x);
  } else {
    return static_cast<Dst>(x);
  }
}

template <class T>
inline T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);  // the source may be unaligned
  return value;
}

using ConvertFn = RowGather::ConvertFn;
using CopyFn = RowGather::CopyFn;

template <class Src, class Dst>
void convert_run(const char* source, int64_t stride, int64_t n, char* out) {
  Dst* to = reinterpret_cast<Dst*>(out);
  if (stride == static_cast<int64_t>(sizeof(Src))) {
    if constexpr (std::is_same_v<Src, Dst> && !std::is_same_v<Src, Bool>) {
      std::memcpy(out, source, static_cast<size_t>(n) * sizeof(Src));
    } else {
      for (int64_t i = 0; i < n; ++i)
        to[i] = convert<Dst>(load<Src>(source + i * static_cast<int64_t>(sizeof(Src))));
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) to[i] = convert<Dst>(load<Src>(source + i * stride));
}

template <class Src>
ConvertFn converter_from(int32_t to) {
  switch (to) {
    case f32:
      return convert_run<Src, float>;
    case f64:
      return convert_run<Src, double>;
    case i32:
      return convert_run<Src, int32_t>;
    case i64:
      return convert_run<Src, int64_t>;
    case u8:
      return convert_run<Src, uint8_t>;
    default:
      return convert_run<Src, Bool>;
  }
}

ConvertFn converter(int32_t from, int32_t to) {
  switch (from) {
    case f32:
      return converter_from<float>(to);
    case f64:
      return converter_from<double>(to);
    case i32:
      return converter_from<int32_t>(to);
    case i64:
      return converter_from<int64_t>(to);
    case u8:
      return converter_from<uint8_t>(to);
    case b8:
      return converter_from<Bool>(to);
    case i8:
      return converter_from<int8_t>(to);
    case u16:
      return converter_from<uint16_t>(to);
    case i16:
      return converter_from<int16_t>(to);
    case u32:
      return converter_from<uint32_t>(to);
    case u64:
      return converter_from<uint64_t>(to);
    default:
      return converter_from<Half>(to);
  }
}

// Walks all axes but the last, which `convert` takes at once.
void convert_block(const RowLayout& row, ConvertFn convert, const char* source, int64_t out_step,
                   char* out) {
  const int outer = row.ndim - 1;
  int64_t position[kMaxDims] = {};
  while (true) {
    convert(source, row.strides[outer], row.shape[outer], out);
    out += out_step;
    int d = outer - 1;
    for (; d >= 0; --d) {
      source += row.strides[d];
      if (++position[d] < row.shape[d]) break;
      source -= row.strides[d] * row.shape[d];
      position[d] = 0;
    }
    if (d < 0) return;
  }
}

// Elements [from, to) of a row.
void convert_part(const RowLayout& row, ConvertFn convert, const char* source, int64_t from,
                  int64_t to, int64_t item, char* out) {
  const int outer = row.ndim - 1;
  const int64_t length = row.shape[outer];
  for (int64_t at = from; at < to;) {
    const int64_t inside = at % length, count = std::min(length - inside, to - at);
    const char* run = source + inside * row.strides[outer];
    int64_t position = at / length;
    for (int d = outer - 1; d >= 0; position /= row.shape[d--])
      run += position % row.shape[d] * row.strides[d];
    convert(run, row.strides[outer], count, out + at * item);
    at += count;
  }
}

// Random rows of a large array miss every cache. Asked for early, and into the second level, which
// can wait for more lines at once than the first, they come nearly twice as fast.
constexpr int64_t kBytesAhead = 8192, kMostRowsAhead = 16;
constexpr int64_t kPrefetchBytes = 4096;  // of a longer row the hardware fetches the rest

int64_t rows_ahead(int64_t row_bytes) {
  return std::clamp(kBytesAhead / row_bytes, int64_t{2}, kMostRowsAhead);
}

void prefetch_row(const char* row, int64_t bytes) {
  for (int64_t at = 0; at < bytes && at < kPrefetchBytes; at += 64)
    __builtin_prefetch(row + at, 0, 2);
}

// Short rows of one run: the call of a function would take longer than the copy.
template <int64_t Bytes>
void copy_short_rows(const char* source, int64_t stride, const int64_t* index, int64_t begin,
                     int64_t end, char* to) {
  for (int64_t r = begin; r < end; ++r, to += Bytes)
    std::memcpy(to, source + index[r] * stride, Bytes);
}

CopyFn short_copier(int64_t row_bytes) {
  switch (row_bytes) {
    case 1:
      return copy_short_rows<1>;
    case 4:
      return copy_short_rows<4>;
    case 8:
      return copy_short_rows<8>;
    case 12:
      return copy_short_rows<12>;
    case 16:
      return copy_short_rows<16>;
    case 32:
      return copy_short_rows<32>;
    default:
      return nullptr;
  }
}

// So much of an array stays in the caches, and its rows need not be asked for ahead.
constexpr int64_t kNearBytes = 1 << 20;

}  // namespace

void RowLayout::add(int64_t dim, int64_t stride) {
  if (dim == 1) return;
  if (ndim > 0 && strides[ndim - 1] == dim * stride) {
    shape[ndim - 1] *= dim;
    strides[ndim - 1] = stride;
    return;
  }
  shape[ndim] = dim;
  strides[ndim] = stride;
  ++ndim;
}

RowGather::RowGather(const ArrayView& source, int32_t out_dtype)
    : data_(source.data),
      stride_(source.ndim > 0 ? source.strides[0] : 0),
      item_(kItemSize[source.dtype]),
      out_item_(kItemSize[out_dtype]),
      convert_(converter(source.dtype, out_dtype)),
      copy_(nullptr) {
  for (int d = 1; d < source.ndim; ++d) {
    elements_ *= source.shape[d];
    row_.add(source.shape[d], source.strides[d]);
  }
  if (row_.ndim == 0) {
    row_.shape[0] = 1;
    row_.strides[0] = item_;
    row_.ndim = 1;
  }
  const bool near = source.ndim == 0 || source.shape[0] * stride_ <= kNearBytes;
  const bool plain =
      source.dtype == out_dtype && source.dtype != b8 && row_.ndim == 1 && row_.strides[0] == item_;
  if (plain && near) copy_ = short_copier(elements_ * out_item_);
}

void RowGather::operator()(const RowSelection& selection, const BatchPart& part, char* out) const {
  if (part.from >= part.to) return;
  const int64_t row_bytes = elements_ * out_item_;
  const int64_t* index = selection.index;
  char* to = out + part.begin * row_bytes;
  if (index == nullptr && elements_ == 1) {
    // One number per row (labels): the rows themselves are one run.
    const char* first = data_ + (selection.first + part.begin) * stride_;
    convert_(first, stride_, part.end - part.begin, to);
    return;
  }
  const bool whole = part.from == 0 && part.to == elements_;
  if (whole && index != nullptr && copy_ != nullptr) {
    copy_(data_, stride_, index, part.begin, part.end, to);
    return;
  }
  const int64_t out_step = row_.shape[row_.ndim - 1] * out_item_;
  const int64_t bytes = (part.to - part.from) * item_, ahead = rows_ahead(bytes);
  const int64_t first = part.from * (row_.ndim == 1 ? row_.strides[0] : item_);
  for (int64_t r = part.begin; r < part.end; ++r, to += row_bytes) {
    const int64_t from = index != nullptr ? index[r] : selection.first + r;
    if (index != nullptr && r + ahead < part.end)
      prefetch_row(data_ + index[r + ahead] * stride_ + first, bytes);
    if (whole)
      convert_block(row_, convert_, data_ + from * stride_, out_step, to);
    else
      convert_part(row_, convert_, data_ + from * stride_, part.from, part.to, out_item_, to);
  }
}

int64_t find_out_of_range(const int64_t* index, int64_t n, int64_t rows) {
  const auto limit = static_cast<uint64_t>(rows);
  for (int64_t i = 0; i < n; ++i)
    if (static_cast<uint64_t>(index[i]) >= limit) return i;
  return -1;
}

}  // namespace nncore
