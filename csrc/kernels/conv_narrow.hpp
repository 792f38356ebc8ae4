// Correlations with few columns, as the gradient to an image of one to four channels has them:
// vectors run along the pixels instead of the columns. Of each row of the image all products with
// all taps are made at once, P(t, j)(i) = sum over c of x(i, c) B(t, c, j), which are tiles of the
// engine; then y(o, j) = bias(j) + sum over t of P(t, j)(o + t * dilation - pad).
#pragma once

#include "kernels/conv_correlation.hpp"
#include "kernels/conv_tile.hpp"
#include "kernels/gemm_pack.hpp"

namespace nncore::NNCORE_ISA {

constexpr int64_t kBytesOfProducts = 256 << 10;  // of the rows of P that a window spans

template <class T>
class NarrowRun {
 public:
  explicit NarrowRun(const Correlation<T>& p)
      : p_(p),
        products_(p.tap_count() * p.columns),
        width_((p.out[2] - 1) + (p.taps[2] - 1) * p.dilation[2] + 1),
        // Sums are read in whole vectors: beyond the last one's end.
        pitch_(round_up_lanes<T>(width_) + kLanes<T>) {
    first_ = p.pad[2] > 0 ? (p.pad[2] < width_ ? p.pad[2] : width_) : 0;
    const int64_t end = p.in[2] + p.pad[2];
    last_ = end > width_ ? width_ : end < first_ ? first_ : end;
    shape_ = tile_shape<T>(products_, last_ - first_);
  }

  static int64_t span(const Correlation<T>& p, int d) {
    return p.taps[d] > 0 ? (p.taps[d] - 1) * p.dilation[d] + 1 : 1;
  }
  int64_t slots() const { return span(p_, 0) * span(p_, 1); }
  int64_t elements_of_products() const { return slots() * products_ * pitch_; }
  int64_t elements_of_panel() const { return (p_.channels + 1) * kMaxVectors * kLanes<T>; }
  // One thread's memory: rows of products and their tags, a panel of pixels, where the sums lie.
  int64_t bytes() const {
    return round_up((elements_of_products() + elements_of_panel()) * int64_t(sizeof(T)), 64) +
           round_up(2 * 8 * slots(), 64);
  }

  // Rows [first, last) of y.
  void run(int64_t first, int64_t last, T* memory) const {
    T* panel = memory + elements_of_products();
    auto* tags = reinterpret_cast<int64_t*>(
        reinterpret_cast<char*>(memory) +
        round_up((elements_of_products() + elements_of_panel()) * int64_t(sizeof(T)), 64));
    auto** sums = reinterpret_cast<const T**>(tags + slots());
    for (int64_t i = 0; i < elements_of_products(); ++i) memory[i] = 0;
    for (int64_t i = 0; i < slots(); ++i) tags[i] = -1;
    for (int64_t r = first; r < last; ++r) {
      const auto at = p_.row(r);
      int64_t count = 0;
      p_.for_tap_rows(at, [&](const auto& x, int64_t taps) {
        const int64_t slot = x.d % span(p_, 0) * span(p_, 1) + x.h % span(p_, 1);
        const int64_t tag = (x.n * p_.in[0] + x.d) * p_.in[1] + x.h;
        T* products = memory + slot * products_ * pitch_;
        if (tags[slot] != tag) {
          tags[slot] = tag;
          multiply(p_.x_row(x), products, panel);
        }
        sums[count++] = products + taps * p_.taps[2] * p_.columns * pitch_;
      });
      add(sums, count, p_.y_row(at));
    }
  }

 private:
  // All products of a row of the image; b is (taps, columns, channels).
  void multiply(const T* x, T* products, T* panel) const {
    const StridedReader<T> pixels{x - p_.pad[2] * p_.x_step[2], p_.x_step[2], 1};
    for (int64_t q = first_; q < last_;) {
      const int vectors = panel_vectors<T>(last_ - q, shape_);
      const int64_t width = static_cast<int64_t>(vectors) * kLanes<T>;
      const int64_t columns = last_ - q < width ? last_ - q : width;
      pack_panel<T>(pixels, q, columns, width, 0, p_.channels, panel);
      Piece<T> piece{p_.b, 0, p_.channels};
      ConvTile<T> tile;
      tile.pieces = &piece;
      tile.count = 1;
      TileArgs<T>& c = tile.c;
      c.a_row = p_.channels;
      c.a_col = 1;
      c.b = panel;
      c.b_row = width;
      c.init = nullptr;
      c.init_row = 0;
      c.c_row = pitch_;
      const int tail = static_cast<int>(columns % kLanes<T>);
      c.tail = tail ? tail : kLanes<T>;
      c.relu = false;
      for (int64_t i = 0; i < products_; i += shape_.rows) {
        const int64_t left = products_ - i;
        const int rows = left < shape_.rows ? static_cast<int>(left) : shape_.rows;
        tile.a_shift = i * p_.channels;
        c.c = products + i * pitch_ + q;
        kConvTiles<T>.at[vectors][rows](tile);
      }
      q += columns;
    }
  }

  // A row of y: the products that each result sees.
  void add(const T* const* sums, int64_t count, T* y) const {
    constexpr int w = kLanes<T>;
    for (int64_t o = 0; o < p_.out[2]; o += w) {
      const int64_t left = p_.out[2] - o;
      const int lanes = left < w ? static_cast<int>(left) : w;
      for (int64_t j = 0; j < p_.columns; ++j) {
        Vec<T> sum = broadcast(p_.bias ? p_.bias[j] : T(0));
        for (int64_t k = 0; k < count; ++k) {
          const T* from = sums[k] + j * pitch_ + o;
          for (int64_t t = 0; t < p_.taps[2]; ++t)
            sum += load(from + t * (p_.columns * pitch_ + p_.dilation[2]));
        }
        if (p_.relu()) sum = sum < 0 ? Vec<T>{} : sum;
        T* to = y + o * p_.y_step[2] + j;
        if (p_.y_step[2] == 1) {
          store_first(to, sum, lanes);
        } else {
          alignas(64) T each[w];
          store(each, sum);
          for (int i = 0; i < lanes; ++i) to[i * p_.y_step[2]] = each[i];
        }
      }
    }
    p_.finish(y, p_.y_step[2], p_.out[2], p_.columns);
  }

  const Correlation<T>& p_;
  int64_t products_, width_, pitch_;
  int64_t first_, last_;  // indices of P that are in the image, of width_ ones from -pad on
  TileShape shape_;
};

// Where most lanes would compute columns that don't exist, and the sums over channels are long
// beside the transposing of the image.
template <class T>
bool narrow_fits(const Correlation<T>& p) {
  if (p.depthwise || p.stride[2] != 1 || p.columns * 2 > kLanes<T> || p.tap_count() < 2)
    return false;
  if (p.channels < 8 || p.out[2] < kLanes<T> / 2 || p.in[2] == 0) return false;
  const NarrowRun<T> run(p);
  return run.elements_of_products() * static_cast<int64_t>(sizeof(T)) <= kBytesOfProducts;
}

// Part `part` of `parts` parts of the weights, (taps, columns, channels).
template <class T, class Taps>
void narrow_pack(const Correlation<T>& p, const Taps& tap, T* to, int64_t part, int64_t parts) {
  const int64_t taps = p.tap_count();
  for (int64_t t = taps * part / parts; t < taps * (part + 1) / parts; ++t) {
    const auto reader = tap(t);
    for (int64_t j = 0; j < p.columns; ++j)
      for (int64_t c = 0; c < p.channels; ++c)
        to[(t * p.columns + j) * p.channels + c] = *reader.at(j, c);
  }
}

}  // namespace nncore::NNCORE_ISA
