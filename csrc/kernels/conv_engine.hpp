// Convolution on the GEMM engine's tiles: a row of the image is an operand whose rows overlap, so
// no matrix of patches is ever made.
#pragma once

#include "kernels/conv_correlation.hpp"
#include "kernels/conv_tile.hpp"

namespace nncore::NNCORE_ISA {

// Rows of results that are computed together, so that a panel of weights serves all of them.
constexpr int64_t kRowsTogether = 8;
constexpr int64_t kBytesOfWeightsAtHand = 512 << 10;

template <class T>
int64_t rows_together(const Correlation<T>& p) {
  const int64_t bytes = p.depth() * p.columns * static_cast<int64_t>(sizeof(T));
  if (bytes <= kBytesOfWeightsAtHand) return 1;
  return p.out[1] < kRowsTogether ? (p.out[1] > 0 ? p.out[1] : 1) : kRowsTogether;
}

// Copies of image rows with zeros around, for as many rows as the windows of some rows of results
// span. Slots are reused in turn: going down an image, each row is copied once.
template <class T>
class PaddedRows {
 public:
  PaddedRows(const Correlation<T>& p, T* memory, int64_t* tags)
      : p_(p), memory_(memory), tags_(tags) {
    for (int64_t i = 0; i < slots(p); ++i) tags_[i] = -1;
  }
  static int64_t span(const Correlation<T>& p, int d) {
    const int64_t rows = d == 1 ? rows_together(p) : 1;
    const int64_t all = (p.taps[d] - 1) * p.dilation[d] + 1 + (rows - 1) * p.stride[d];
    return all < 1 ? 1 : all;
  }
  static int64_t width(const Correlation<T>& p) {
    return (p.out[2] - 1) * p.stride[2] + (p.taps[2] - 1) * p.dilation[2] + 1;
  }
  static int64_t slots(const Correlation<T>& p) { return p.inside() ? 0 : span(p, 0) * span(p, 1); }

  // Where the row's index -pad lies; it must be within the image.
  const T* row(const typename Correlation<T>::Row& at) const {
    const int64_t slot = at.d % span(p_, 0) * span(p_, 1) + at.h % span(p_, 1);
    const int64_t tag = (at.n * p_.in[0] + at.d) * p_.in[1] + at.h;
    T* to = memory_ + slot * width(p_) * p_.channels;
    if (tags_[slot] != tag) {
      tags_[slot] = tag;
      fill(p_.x_row(at), to);
    }
    return to;
  }

 private:
  void fill(const T* from, T* to) const {
    const int64_t c = p_.channels, all = width(p_), bytes = static_cast<int64_t>(sizeof(T));
    int64_t first = p_.pad[2] > 0 ? p_.pad[2] : 0;  // indices [first, last) of the copy are real
    if (first > all) first = all;
    int64_t last = p_.in[2] + p_.pad[2];
    last = last > all ? all : last < first ? first : last;
    __builtin_memset(to, 0, static_cast<size_t>(first * c * bytes));
    const T* x = from + (first - p_.pad[2]) * p_.x_step[2];
    if (p_.x_step[2] == c) {
      __builtin_memcpy(to + first * c, x, static_cast<size_t>((last - first) * c * bytes));
    } else {
      for (int64_t i = first; i < last; ++i, x += p_.x_step[2])
        __builtin_memcpy(to + i * c, x, static_cast<size_t>(c * bytes));
    }
    __builtin_memset(to + last * c, 0, static_cast<size_t>((all - last) * c * bytes));
  }

  const Correlation<T>& p_;
  T* memory_;
  int64_t* tags_;
};

// One thread's memory: padded rows, their tags, the pieces of the rows at hand.
template <class T>
struct CorrelationMemory {
  int64_t rows, tags, pieces;  // bytes
  explicit CorrelationMemory(const Correlation<T>& p) {
    const int64_t slots = PaddedRows<T>::slots(p);
    rows = round_up(slots * PaddedRows<T>::width(p) * p.channels * int64_t(sizeof(T)), 64);
    tags = round_up(slots * 8, 64);
    pieces =
        round_up(rows_together(p) * p.tap_count() * static_cast<int64_t>(sizeof(Piece<T>)), 64);
  }
  int64_t bytes() const { return rows + tags + pieces; }
};

// A thread's part of a correlation: some of the tiles, in order of rows.
template <class T>
class CorrelationRun {
 public:
  CorrelationRun(const Correlation<T>& p, char* memory)
      : p_(p),
        need_(p),
        copies_(p, reinterpret_cast<T*>(memory), reinterpret_cast<int64_t*>(memory + need_.rows)),
        pieces_(reinterpret_cast<Piece<T>*>(memory + need_.rows + need_.tags)),
        shape_(tile_shape<T>(p.out[2], p.columns)),
        tiles_((p.out[2] + shape_.rows - 1) / shape_.rows),
        in_place_(p.inside()),
        step_(in_place_ ? p.x_step[2] : p.channels) {}

  int64_t tiles() const { return p_.rows() * tiles_; }

  // Tiles [first, last), numbered along the rows of y.
  void run(int64_t first, int64_t last) const {
    const int64_t together = rows_together(p_);
    while (first < last) {
      const int64_t row = first / tiles_, left = p_.out[1] - row % p_.out[1];
      int64_t end = (row + (left < together ? left : together)) * tiles_;
      if (end > last) end = last;
      block(first, end);
      first = end;
    }
  }

 private:
  // Tiles of neighbouring rows of one plane.
  void block(int64_t first, int64_t last) const {
    const int64_t row0 = first / tiles_, rows = (last - 1) / tiles_ - row0 + 1;
    int64_t counts[kRowsTogether];
    const int64_t most = p_.tap_count();
    for (int64_t r = 0; r < rows; ++r) counts[r] = find_pieces(row0 + r, pieces_ + r * most);
    for (int64_t j = 0; j < p_.columns;) {
      const int vectors = panel_vectors<T>(p_.columns - j, shape_);
      const int64_t width = static_cast<int64_t>(vectors) * kLanes<T>;
      const int64_t columns = p_.columns - j < width ? p_.columns - j : width;
      ConvTile<T> tile;
      tile.c.b = p_.b + (p_.b_row ? j : j * p_.depth());
      tile.c.b_row = p_.b_row ? p_.b_row : width;
      for (int64_t t = first; t < last; ++t) {
        const int64_t r = t / tiles_ - row0;
        tile.pieces = pieces_ + r * most;
        tile.count = counts[r];
        compute(tile, row0 + r, t % tiles_ * shape_.rows, j, columns, vectors);
      }
      j += columns;
    }
  }

  void compute(ConvTile<T>& tile, int64_t row, int64_t i, int64_t j, int64_t columns,
               int vectors) const {
    const int64_t left = p_.out[2] - i;
    const int rows = left < shape_.rows ? static_cast<int>(left) : shape_.rows;
    const int tail = static_cast<int>(columns % kLanes<T>);
    TileArgs<T>& c = tile.c;
    c.a_row = p_.stride[2] * step_;
    c.a_col = 1;
    c.init = p_.bias ? p_.bias + j : nullptr;
    c.init_row = 0;
    c.c = p_.y_row(p_.row(row)) + i * p_.y_step[2] + j;
    c.c_row = p_.y_step[2];
    c.tail = tail ? tail : kLanes<T>;
    c.relu = p_.relu();
    tile.a_shift = i * c.a_row;
    kConvTiles<T>.at[vectors][rows](tile);
    p_.finish(c.c, c.c_row, rows, columns);
  }

  // The runs of k of one row of y: the taps' rows that lie within the image.
  int64_t find_pieces(int64_t row, Piece<T>* to) const {
    const bool joined = p_.joined(step_);
    const int64_t runs = joined ? 1 : p_.taps[2],
                  k = joined ? p_.taps[2] * p_.channels : p_.channels;
    int64_t count = 0;
    p_.for_tap_rows(p_.row(row), [&](const auto& at, int64_t taps) {
      const T* a = in_place_ ? p_.x_row(at) - p_.pad[2] * step_ : copies_.row(at);
      for (int64_t tw = 0; tw < runs; ++tw)
        to[count++] = {a + tw * p_.dilation[2] * step_, (taps * p_.taps[2] + tw) * p_.channels, k};
    });
    return count;
  }

  const Correlation<T>& p_;
  CorrelationMemory<T> need_;
  PaddedRows<T> copies_;
  Piece<T>* pieces_;
  TileShape shape_;
  int64_t tiles_;  // of one row of y
  bool in_place_;
  int64_t step_;  // from one pixel to the next
};

}  // namespace nncore::NNCORE_ISA
