// The gradient to 3x3 filters in Winograd's form: G'[sum over patches of (A y A') * (B' d B)]G, the
// matrices as in conv_winograd.hpp. The 16 sums over patches are matrix products of channels of x
// and filters of y.
#pragma once

#include "kernels/conv_shape.hpp"
#include "kernels/conv_winograd.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
bool winograd_filters_fit(const ConvShape& s) {
  if (s.groups != 1 || s.taps[0] != 1 || s.taps[1] != 3 || s.taps[2] != 3) return false;
  if (s.in[0] != 1 || s.out[0] != 1 || s.pad[0] != 0) return false;
  for (int d = 1; d < kSpatial; ++d)
    if (s.stride[d] != 1 || s.dilation[d] != 1) return false;
  const int64_t patches = s.images * ((s.out[1] + 1) / 2) * ((s.out[2] + 1) / 2);
  if (s.channels < 16 || s.filters < kLanes<T> || s.channels * s.filters <= 256) return false;
  return patches >= 2 * kPatchesWorthTransforming &&
         kWinogradParts * patches <= 8 * s.images * s.out[1] * s.out[2];
}

template <class T>
class WinogradFilters {
 public:
  WinogradFilters(const ConvShape& s, const T* x, const T* y, T* w)
      : s_(s), x_(x), y_(y), w_(w), down_((s.out[1] + 1) / 2), across_((s.out[2] + 1) / 2) {
    width_ = round_up_lanes<T>(s.filters);
    shape_ = tile_shape<T>(16 * kMaxRows, s.filters);
    if (shape_.rows > 8) shape_.rows = 8;  // more tiles to share
    tiles_ = (s.channels + shape_.rows - 1) / shape_.rows;
    together_ = 4096 / (s.channels + s.filters);
    together_ = together_ < 32 ? 32 : together_ > 64 ? 64 : together_;
  }

  // Elements: sums of all, and of one thread its patches of x and y and a pixel of zeros.
  int64_t sums() const { return kWinogradParts * s_.channels * width_; }
  int64_t own() const {
    const int64_t channels = round_up_lanes<T>(s_.channels) + kLanes<T>;
    return round_up(kWinogradParts * together_ * (channels + width_) + channels, 16);
  }

  void run(const Team& team, T* sums, T* memory) const {
    const Range tiles = share(tiles_, team);
    if (tiles.begin == tiles.end) return;
    // The channels of these tiles, in whole vectors.
    const int64_t c0 = tiles.begin * shape_.rows / kLanes<T> * kLanes<T>;
    const int64_t last =
        tiles.end * shape_.rows < s_.channels ? tiles.end * shape_.rows : s_.channels;
    const int64_t channels = round_up_lanes<T>(last - c0);
    T* xs = memory;
    T* ys = xs + kWinogradParts * together_ * channels;
    T* zeros = ys + kWinogradParts * together_ * width_;
    for (int64_t c = 0; c < channels; ++c) zeros[c] = 0;
    const int64_t all = s_.images * down_ * across_;
    for (int64_t first = 0; first < all; first += together_) {
      const int64_t count = all - first < together_ ? all - first : together_;
      for (int64_t k = 0; k < count; ++k) {
        const int64_t n = (first + k) / across_ / down_, h = (first + k) / across_ % down_ * 2,
                      w = (first + k) % across_ * 2;
        patch_of_x(n, h, w, c0, last, xs + k * channels, together_ * channels, zeros);
        patch_of_y(n, h, w, ys + k * width_, together_ * width_);
      }
      for (int e = 0; e < kWinogradParts; ++e)
        for (int64_t tile = tiles.begin; tile < tiles.end; ++tile)
          add(xs + e * together_ * channels + tile * shape_.rows - c0, channels,
              ys + e * together_ * width_, count, tile * shape_.rows,
              sums + e * s_.channels * width_, first == 0);
    }
    for (int64_t c = tiles.begin * shape_.rows; c < last; ++c) finish(sums, c);
  }

 private:
  void patch_of_x(int64_t n, int64_t h, int64_t w, int64_t c0, int64_t last, T* to, int64_t part,
                  const T* zeros) const {
    const T* from[16];
    const T* x = x_ + n * s_.in[1] * s_.in[2] * s_.channels + c0;
    winograd_pixels(x, h - s_.pad[1], w - s_.pad[2], s_.in[1], s_.in[2], s_.in[2] * s_.channels,
                    s_.channels, zeros, from);
    winograd_channels(from, last - c0, to, part);
  }

  // A y A' of four results, those outside being zeros.
  void patch_of_y(int64_t n, int64_t h, int64_t w, T* to, int64_t part) const {
    const bool below = h + 1 < s_.out[1], beside = w + 1 < s_.out[2];
    const int64_t row = s_.out[2] * s_.filters;
    const T* y = y_ + (n * s_.out[1] + h) * row + w * s_.filters;
    for (int64_t f = 0; f < s_.filters; f += kLanes<T>) {
      const int64_t left = s_.filters - f;
      const int lanes = left < kLanes<T> ? static_cast<int>(left) : kLanes<T>;
      const Vec<T> zero{};
      const Vec<T> y00 = load_first(y + f, lanes);
      const Vec<T> y01 = beside ? load_first(y + s_.filters + f, lanes) : zero;
      const Vec<T> y10 = below ? load_first(y + row + f, lanes) : zero;
      const Vec<T> y11 = below && beside ? load_first(y + row + s_.filters + f, lanes) : zero;
      const Vec<T> t[4][2] = {
          {y00, y01}, {y00 + y10, y01 + y11}, {y00 - y10, y01 - y11}, {zero - y10, zero - y11}};
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        store(to + (4 * i) * part + f, t[i][0]);
        store(to + (4 * i + 1) * part + f, t[i][0] + t[i][1]);
        store(to + (4 * i + 2) * part + f, t[i][0] - t[i][1]);
        store(to + (4 * i + 3) * part + f, zero - t[i][1]);
      }
    }
  }

  // The products of one part: a tile's channels with all filters.
  void add(const T* x, int64_t channels, const T* y, int64_t count, int64_t c0, T* sums,
           bool first) const {
    const int64_t left = s_.channels - c0;
    const int rows = left < shape_.rows ? static_cast<int>(left) : shape_.rows;
    const Piece<T> piece{x, 0, count};
    ConvTile<T> tile;
    tile.pieces = &piece;
    tile.count = 1;
    tile.a_shift = 0;
    TileArgs<T>& c = tile.c;
    c.a_row = 1;
    c.a_col = channels;
    c.b_row = width_;
    c.c_row = width_;
    c.tail = kLanes<T>;
    c.relu = false;
    for (int64_t j = 0; j < width_;) {
      const int vectors = panel_vectors<T>(width_ - j, shape_);
      c.b = y + j;
      c.c = sums + c0 * width_ + j;
      c.init = first ? nullptr : c.c;
      c.init_row = first ? 0 : width_;
      kConvTiles<T>.at[vectors][rows](tile);
      j += static_cast<int64_t>(vectors) * kLanes<T>;
    }
  }

  // G' u G for the filters of one channel.
  void finish(const T* sums, int64_t c) const {
    const int64_t part = s_.channels * width_, tap = s_.channels * s_.filters;
    const T half = T(0.5);
    for (int64_t f = 0; f < s_.filters; f += kLanes<T>) {
      const int64_t left = s_.filters - f;
      const int lanes = left < kLanes<T> ? static_cast<int>(left) : kLanes<T>;
      const T* u = sums + c * width_ + f;
      Vec<T> t[3][4];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) {
        const Vec<T> u1 = load(u + (4 + k) * part), u2 = load(u + (8 + k) * part);
        t[0][k] = load(u + k * part) + half * (u1 + u2);
        t[1][k] = half * (u1 - u2);
        t[2][k] = half * (u1 + u2) + load(u + (12 + k) * part);
      }
      T* to = w_ + c * s_.filters + f;
#pragma GCC unroll 3
      for (int i = 0; i < 3; ++i) {
        const Vec<T> both = half * (t[i][1] + t[i][2]);
        store_first(to + (3 * i) * tap, t[i][0] + both, lanes);
        store_first(to + (3 * i + 1) * tap, half * (t[i][1] - t[i][2]), lanes);
        store_first(to + (3 * i + 2) * tap, both + t[i][3], lanes);
      }
    }
  }

  const ConvShape& s_;
  const T *x_, *y_;
  T* w_;
  TileShape shape_;
  int64_t down_, across_, width_, tiles_, together_;
};

}  // namespace nncore::NNCORE_ISA
