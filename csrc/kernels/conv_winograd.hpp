// Winograd's F(2x2, 3x3): four neighbouring results of a 3x3 convolution by 16 multiplications per
// pair of channels instead of 36. Y = A'[(G g G') * (B' d B)]A, with
//   B' = 1  0 -1  0     G = 1    0    0      A' = 1  1  1  0
//        0  1  1  0         1/2  1/2  1/2         0  1 -1 -1
//        0 -1  1  0         1/2 -1/2  1/2
//        0  1  0 -1         0    0    1
// (S. Winograd; A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016). The
// 16 sums over channels are matrix products. Its rounding error is 0.6 to 0.9 of the plain sum's:
// the transforms round once more, but the sums are a ninth as long. B' and A' add at most four and
// three numbers in each direction, with factors of one.
#pragma once

#include "kernels/conv_correlation.hpp"
#include "kernels/conv_tile.hpp"
#include "kernels/gemm_pack.hpp"

namespace nncore::NNCORE_ISA {

constexpr int kWinogradParts = 16;  // of a patch of 4 x 4
constexpr int64_t kPatchesWorthTransforming = 32;
constexpr int64_t kWeightsTogether = 16;  // channels whose weights are transformed at a time

// Rows of taps that meet rows of the image, over all rows of results.
template <class T>
int64_t rows_met(const Correlation<T>& p) {
  int64_t met = 0;
  for (int64_t h = 0; h < p.out[1]; ++h)
    for (int64_t t = 0; t < p.taps[1]; ++t) {
      const int64_t at = h * p.stride[1] + t * p.dilation[1] - p.pad[1];
      met += at >= 0 && at < p.in[1];
    }
  return met;
}

// Transforms pay when they serve many sums, and when the patches, of four results each, need
// clearly fewer multiplications than the rows of taps that the plain sum goes through: 0.53 to 0.9
// of its time where this holds.
template <class T>
bool winograd_fits(const Correlation<T>& p) {
  if (p.depthwise || p.taps[0] != 1 || p.taps[1] != 3 || p.taps[2] != 3 || p.in[0] != 1)
    return false;
  for (int d = 1; d < 3; ++d)
    if (p.stride[d] != 1 || p.dilation[d] != 1 || p.out[d] < 3) return false;
  if (p.pad[0] != 0 || p.out[0] != 1 || p.channels < 16 || p.columns < kLanes<T>) return false;
  const int64_t patches = p.images * ((p.out[1] + 1) / 2) * ((p.out[2] + 1) / 2);
  const int64_t plain = p.images * rows_met(p) * p.out[2] * p.taps[2];
  return patches >= kPatchesWorthTransforming && 8 * patches >= p.channels &&
         kWinogradParts * patches <= plain / 8 * 7;
}

// B' d B of one vector of channels: d(i, j) = from[4 i + j].
template <class T>
NNCORE_INLINE void winograd_patch(const T* const (&from)[16], int64_t c, T* to, int64_t part) {
  Vec<T> t[4][4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const Vec<T> d0 = load(from[j] + c), d1 = load(from[4 + j] + c), d2 = load(from[8 + j] + c),
                 d3 = load(from[12 + j] + c);
    t[0][j] = d0 - d2, t[1][j] = d1 + d2, t[2][j] = d2 - d1, t[3][j] = d1 - d3;
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    store(to + (4 * i) * part, t[i][0] - t[i][2]);
    store(to + (4 * i + 1) * part, t[i][1] + t[i][2]);
    store(to + (4 * i + 2) * part, t[i][2] - t[i][1]);
    store(to + (4 * i + 3) * part, t[i][1] - t[i][3]);
  }
}

// The 4 x 4 pixels from (h0, w0) on; those outside the image are zeros.
template <class T>
NNCORE_INLINE void winograd_pixels(const T* x, int64_t h0, int64_t w0, int64_t height,
                                   int64_t width, int64_t row, int64_t pixel, const T* zeros,
                                   const T* (&from)[16]) {
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      const int64_t h = h0 + i, w = w0 + j;
      const bool inside = h >= 0 && h < height && w >= 0 && w < width;
      from[4 * i + j] = inside ? x + h * row + w * pixel : zeros;
    }
}

// All channels of a patch. The last ones go by themselves: a whole vector would read into the next
// pixel.
template <class T>
void winograd_channels(const T* const (&from)[16], int64_t channels, T* to, int64_t part) {
  int64_t c = 0;
  for (; c + kLanes<T> <= channels; c += kLanes<T>) winograd_patch(from, c, to + c, part);
  if (c == channels) return;
  alignas(64) T rest[16][kLanes<T>];
  const T* copies[16];
  for (int k = 0; k < 16; ++k) {
    store(rest[k], load_first(from[k] + c, static_cast<int>(channels - c)));
    copies[k] = rest[k];
  }
  winograd_patch(copies, 0, to + c, part);
}

// G g G' along a panel of weights: tap t's vectors are `tap` elements apart, part e's `part`.
template <class T>
void winograd_weights(const T* from, int64_t tap, T* to, int64_t part, int64_t count) {
  const T half = T(0.5);
  for (int64_t i = 0; i < count; i += kLanes<T>) {
    Vec<T> t[4][3];
#pragma GCC unroll 3
    for (int j = 0; j < 3; ++j) {
      const Vec<T> g0 = load(from + j * tap + i), g1 = load(from + (3 + j) * tap + i),
                   g2 = load(from + (6 + j) * tap + i);
      t[0][j] = g0, t[1][j] = half * ((g0 + g2) + g1), t[2][j] = half * ((g0 + g2) - g1),
      t[3][j] = g2;
    }
#pragma GCC unroll 4
    for (int e = 0; e < 4; ++e) {
      const Vec<T> both = t[e][0] + t[e][2];
      store(to + (4 * e) * part + i, t[e][0]);
      store(to + (4 * e + 1) * part + i, half * (both + t[e][1]));
      store(to + (4 * e + 2) * part + i, half * (both - t[e][1]));
      store(to + (4 * e + 3) * part + i, t[e][2]);
    }
  }
}

// The tiles of the products: many rows, whatever the image.
template <class T>
TileShape winograd_shape(const Correlation<T>& p) {
  return tile_shape<T>(16 * kMaxRows, p.columns);
}

template <class T>
int64_t winograd_packed(const Correlation<T>& p) {
  return round_up(kWinogradParts * p.channels * round_up_lanes<T>(p.columns), 16);
}

// Transforms weights: in each panel of columns the 16 parts, each (channels, width). Part `part` of
// `parts` parts of the work; `memory` is the thread's own.
template <class T, class Taps>
void winograd_pack(const Correlation<T>& p, const Taps& tap, T* to, T* memory, int64_t part,
                   int64_t parts) {
  const int64_t blocks = (p.channels + kWeightsTogether - 1) / kWeightsTogether;
  for (int64_t j = 0; j < p.columns;) {
    const int64_t width = int64_t{panel_vectors<T>(p.columns - j, winograd_shape(p))} * kLanes<T>;
    const int64_t columns = p.columns - j < width ? p.columns - j : width;
    for (int64_t b = blocks * part / parts; b < blocks * (part + 1) / parts; ++b) {
      const int64_t c = b * kWeightsTogether, left = p.channels - c;
      const int64_t count = left < kWeightsTogether ? left : kWeightsTogether;
      for (int64_t t = 0; t < 9; ++t)
        pack_panel<T>(tap(t), j, columns, width, c, count, memory + t * count * width);
      winograd_weights(memory, count * width, to + kWinogradParts * j * p.channels + c * width,
                       p.channels * width, count * width);
    }
    j += columns;
  }
}

// One thread's share of the patches of a correlation. Some patches are transformed together, as
// many as a tile has rows; their sums over channels stay in the first-level cache until they are
// results.
template <class T>
class WinogradRun {
 public:
  explicit WinogradRun(const Correlation<T>& p)
      : p_(p),
        shape_(winograd_shape(p)),
        down_((p.out[1] + 1) / 2),
        across_((p.out[2] + 1) / 2),
        channels_(round_up_lanes<T>(p.channels)) {}

  int64_t groups() const { return (p_.images * down_ * across_ + shape_.rows - 1) / shape_.rows; }
  // Elements of a thread's memory: transformed patches, sums of one panel, a pixel of zeros.
  int64_t patches() const { return kWinogradParts * shape_.rows * channels_; }
  int64_t sums() const { return kWinogradParts * shape_.rows * shape_.vectors * kLanes<T>; }
  int64_t elements() const {
    const int64_t weights = 9 * kWeightsTogether * kMaxVectors * kLanes<T>;
    const int64_t all = patches() + sums() + channels_ + kLanes<T>;
    return round_up(all > weights ? all : weights, 16);
  }

  void run(int64_t first, int64_t last, T* memory) const {
    T* zeros = memory + patches() + sums();
    for (int64_t c = 0; c < channels_ + kLanes<T>; ++c) zeros[c] = 0;
    for (int64_t g = first; g < last; ++g) group(g, memory, memory + patches(), zeros);
  }

 private:
  struct Patch {
    int64_t n, h, w;  // of its first result
  };
  Patch patch(int64_t index) const {
    return {index / across_ / down_, index / across_ % down_ * 2, index % across_ * 2};
  }

  void group(int64_t g, T* patches, T* sums, const T* zeros) const {
    const int64_t first = g * shape_.rows, all = p_.images * down_ * across_;
    const int rows = static_cast<int>(all - first < shape_.rows ? all - first : shape_.rows);
    const int64_t part = shape_.rows * channels_;
    for (int r = 0; r < rows; ++r)
      transform(patch(first + r), patches + r * channels_, part, zeros);
    for (int64_t j = 0; j < p_.columns;) {
      const int vectors = panel_vectors<T>(p_.columns - j, shape_);
      const int64_t width = static_cast<int64_t>(vectors) * kLanes<T>;
      const int64_t columns = p_.columns - j < width ? p_.columns - j : width;
      ConvTile<T> tile;
      Piece<T> piece{nullptr, 0, p_.channels};
      tile.pieces = &piece;
      tile.count = 1;
      tile.a_shift = 0;
      TileArgs<T>& c = tile.c;
      c.a_row = channels_;
      c.a_col = 1;
      c.b_row = width;
      c.init = nullptr;
      c.init_row = 0;
      c.c_row = width;
      c.tail = kLanes<T>;
      c.relu = false;
      for (int e = 0; e < kWinogradParts; ++e) {
        piece.a = patches + e * part;
        c.b = p_.b + kWinogradParts * j * p_.channels + e * p_.channels * width;
        c.c = sums + e * shape_.rows * width;
        kConvTiles<T>.at[vectors][rows](tile);
      }
      for (int r = 0; r < rows; ++r)
        results(patch(first + r), sums + r * width, shape_.rows * width, j, columns);
      j += columns;
    }
  }

  // The 4 x 4 pixels behind four results.
  void transform(const Patch& at, T* to, int64_t part, const T* zeros) const {
    const T* from[16];
    winograd_pixels(p_.x + at.n * p_.x_image, at.h - p_.pad[1], at.w - p_.pad[2], p_.in[1],
                    p_.in[2], p_.x_step[1], p_.x_step[2], zeros, from);
    winograd_channels(from, p_.channels, to, part);
  }

  // A' m A, bias and activation, to the results that exist.
  void results(const Patch& at, const T* m, int64_t part, int64_t j, int64_t columns) const {
    const bool below = at.h + 1 < p_.out[1], beside = at.w + 1 < p_.out[2];
    T* y = p_.y + at.n * p_.y_image + at.h * p_.y_step[1] + at.w * p_.y_step[2] + j;
    for (int64_t c = 0; c < columns; c += kLanes<T>) {
      const int lanes = columns - c < kLanes<T> ? static_cast<int>(columns - c) : kLanes<T>;
      Vec<T> t[2][4];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) {
        const T* from = m + k * part + c;
        const Vec<T> m1 = load(from + 4 * part), m2 = load(from + 8 * part);
        t[0][k] = load(from) + m1 + m2;
        t[1][k] = m1 - m2 - load(from + 12 * part);
      }
      const Vec<T> bias = p_.bias ? load_first(p_.bias + j + c, lanes) : Vec<T>{};
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i) {
        if (i == 1 && !below) break;
        T* to = y + i * p_.y_step[1] + c;
        store_first(to, finished(bias + (t[i][0] + t[i][1] + t[i][2]), to, lanes), lanes);
        to += p_.y_step[2];
        if (beside)
          store_first(to, finished(bias + (t[i][1] - t[i][2] - t[i][3]), to, lanes), lanes);
      }
    }
    if (p_.act == kActRelu) return;
    for (int i = 0; i < (below ? 2 : 1); ++i)
      p_.finish(y + i * p_.y_step[1], p_.y_step[2], beside ? 2 : 1, columns);
  }
  // relu, or its derivative, on the way to `to`.
  __attribute__((always_inline)) Vec<T> finished(Vec<T> y, const T* to, int lanes) const {
    if (p_.act != kActRelu) return y;
    if (p_.result == nullptr) return y < 0 ? Vec<T>{} : y;
    return load_first(p_.result + (to - p_.y), lanes) > 0 ? y : Vec<T>{};
  }

  const Correlation<T>& p_;
  TileShape shape_;
  int64_t down_, across_, channels_;
};

}  // namespace nncore::NNCORE_ISA
