// Convolution on the GEMM engine's tiles: a row of the image is an operand whose rows overlap, so
// no matrix of patches is ever made.
#pragma once

#include "kernels/conv_tile.hpp"
#include "kernels/gemm_epilogue.hpp"
#include "kernels/gemm_pack.hpp"
#include "kernels/kernel.hpp"

namespace nncore::NNCORE_ISA {

// y(n, o, j) = act(bias(j) + sum over t and c of x(n, o * stride + t * dilation - pad, c) B(t, c,
// j)), x being 0 outside. Both convolution and its gradient with respect to the image are of this
// form.
template <class T>
struct Correlation {
  int64_t images, channels, columns;
  int64_t in[3], out[3], taps[3], stride[3], dilation[3], pad[3];  // pad may be negative
  const T* x;
  int64_t x_image, x_step[3];  // elements from image to image, from index to index
  T* y;
  int64_t y_image, y_step[3];
  const T* bias;  // null: none
  int act;
  T act_param;
  const T* b;     // packed in panels, or in place
  int64_t b_row;  // 0: packed
  int64_t depth() const { return taps[0] * taps[1] * taps[2] * channels; }
  int64_t rows() const { return images * out[0] * out[1]; }
  // Taps of a row that lie side by side in memory make one run of k.
  bool joined(int64_t step) const { return taps[2] == 1 || dilation[2] * step == channels; }
  bool inside() const {
    if (depth() == 0) return true;
    return pad[2] <= 0 && (out[2] - 1) * stride[2] + (taps[2] - 1) * dilation[2] - pad[2] < in[2];
  }
};

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

  // Where the row's index -pad lies; `d` and `h` must be within the image.
  const T* row(int64_t image, int64_t d, int64_t h) const {
    const int64_t slot = d % span(p_, 0) * span(p_, 1) + h % span(p_, 1);
    const int64_t tag = (image * p_.in[0] + d) * p_.in[1] + h;
    T* to = memory_ + slot * width(p_) * p_.channels;
    if (tags_[slot] != tag) {
      tags_[slot] = tag;
      fill(p_.x + image * p_.x_image + d * p_.x_step[0] + h * p_.x_step[1], to);
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
    pieces = round_up(rows_together(p) * p.taps[0] * p.taps[1] * p.taps[2] *
                          static_cast<int64_t>(sizeof(Piece<T>)),
                      64);
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
        shape_(conv_tile_shape<T>(p.out[2], p.columns)),
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
    const int64_t most = p_.taps[0] * p_.taps[1] * p_.taps[2];
    for (int64_t r = 0; r < rows; ++r) counts[r] = find_pieces(row0 + r, pieces_ + r * most);
    for (int64_t j = 0; j < p_.columns;) {
      const int vectors = conv_panel_vectors<T>(p_.columns - j, shape_);
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
    const int64_t h = row % p_.out[1], d = row / p_.out[1] % p_.out[0],
                  n = row / p_.out[1] / p_.out[0];
    TileArgs<T>& c = tile.c;
    c.a_row = p_.stride[2] * step_;
    c.a_col = 1;
    c.init = p_.bias ? p_.bias + j : kNoBias<T>;
    c.init_row = 0;
    c.c = p_.y + n * p_.y_image + d * p_.y_step[0] + h * p_.y_step[1] + i * p_.y_step[2] + j;
    c.c_row = p_.y_step[2];
    c.tail = tail ? tail : kLanes<T>;
    c.relu = p_.act == kActRelu;
    tile.a_shift = i * c.a_row;
    kConvTiles<T>.at[vectors][rows](tile);
    if (p_.act > kActRelu)
      activate<T>({c.c, nullptr, c.c_row, rows, columns}, p_.act, p_.act_param);
  }

  // The runs of k of one row of y: the taps' rows that lie within the image.
  int64_t find_pieces(int64_t row, Piece<T>* to) const {
    const int64_t h = row % p_.out[1], d = row / p_.out[1] % p_.out[0],
                  n = row / p_.out[1] / p_.out[0];
    const bool joined = p_.joined(step_);
    const int64_t runs = joined ? 1 : p_.taps[2],
                  k = joined ? p_.taps[2] * p_.channels : p_.channels;
    int64_t count = 0;
    for (int64_t td = 0; td < p_.taps[0]; ++td) {
      const int64_t xd = d * p_.stride[0] + td * p_.dilation[0] - p_.pad[0];
      if (xd < 0 || xd >= p_.in[0]) continue;
      for (int64_t th = 0; th < p_.taps[1]; ++th) {
        const int64_t xh = h * p_.stride[1] + th * p_.dilation[1] - p_.pad[1];
        if (xh < 0 || xh >= p_.in[1]) continue;
        const T* a = in_place_ ? p_.x + n * p_.x_image + xd * p_.x_step[0] + xh * p_.x_step[1] -
                                     p_.pad[2] * step_
                               : copies_.row(n, xd, xh);
        for (int64_t tw = 0; tw < runs; ++tw)
          to[count++] = {a + tw * p_.dilation[2] * step_,
                         ((td * p_.taps[1] + th) * p_.taps[2] + tw) * p_.channels, k};
      }
    }
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

// Packs a correlation's weights: panels of columns, each with all of k. Tap t's element (c, j) is
// tap(t).line(j)[c * tap(t).step]. Part `part` of `parts` parts of the work.
template <class T, class Taps>
void pack_weights(const Correlation<T>& p, const Taps& tap, T* to, int64_t part, int64_t parts) {
  const TileShape shape = conv_tile_shape<T>(p.out[2], p.columns);
  const int64_t taps = p.taps[0] * p.taps[1] * p.taps[2];
  const int64_t first = taps * part / parts, last = taps * (part + 1) / parts;
  for (int64_t j = 0; j < p.columns;) {
    const int64_t width = int64_t{conv_panel_vectors<T>(p.columns - j, shape)} * kLanes<T>;
    const int64_t columns = p.columns - j < width ? p.columns - j : width;
    for (int64_t t = first; t < last; ++t)
      pack_panel<T>(tap(t), j, columns, width, 0, p.channels,
                    to + j * p.depth() + t * p.channels * width);
    j += columns;
  }
}

template <class T>
int64_t packed_weights(const Correlation<T>& p) {
  return round_up(p.depth() * round_up_lanes<T>(p.columns), 64 / static_cast<int64_t>(sizeof(T)));
}

// Runs the correlations that `problem` lists by calling its argument with each and with the reader
// of its taps: the team packs all weights, meets, and shares the tiles of each.
template <class T, class Problem>
void run_correlations(const Problem& problem, char* scratch, const Team& team) {
  T* packed = reinterpret_cast<T*>(scratch);
  int64_t own = 0;
  problem([&](Correlation<T>& p, const auto& tap) {
    const int64_t bytes = CorrelationMemory<T>(p).bytes();
    if (bytes > own) own = bytes;
    if (p.b_row) return;
    pack_weights(p, tap, packed, team.tid, team.size);
    packed += packed_weights(p);
  });
  char* mine = reinterpret_cast<char*>(packed) + team.tid * own;
  team.barrier();
  packed = reinterpret_cast<T*>(scratch);
  problem([&](Correlation<T>& p, const auto&) {
    if (!p.b_row) {
      p.b = packed;
      packed += packed_weights(p);
    }
    const CorrelationRun<T> run(p, mine);
    run.run(run.tiles() * team.tid / team.size, run.tiles() * (team.tid + 1) / team.size);
  });
}

template <class T, class Problem>
int64_t correlations_scratch(const Problem& problem, int team) {
  int64_t packed = 0, own = 0;
  problem([&](const Correlation<T>& p, const auto&) {
    const int64_t bytes = CorrelationMemory<T>(p).bytes();
    if (bytes > own) own = bytes;
    if (!p.b_row) packed += packed_weights(p);
  });
  return packed * static_cast<int64_t>(sizeof(T)) + team * own;
}

}  // namespace nncore::NNCORE_ISA
