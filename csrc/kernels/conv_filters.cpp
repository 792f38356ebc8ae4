// conv_filters: the gradient of conv with respect to its filters,
//   w(t, c, f) = sum over images n and results o of x(n, o * stride + t * dilation - pad, c) y(n,
//   o, f).
//
// ints = [groups, (stride, dilation, pad) by dimension].
#include "kernels/conv_depthwise_filters.hpp"
#include "kernels/conv_shape.hpp"
#include "kernels/conv_tile.hpp"
#include "kernels/conv_winograd_filters.hpp"
#include "kernels/gemm_pack.hpp"

namespace nncore::NNCORE_ISA {

// Results whose contributions are added while the sums stay in registers.
constexpr int64_t kPixelsTogether = 256;
constexpr int64_t kMostRowsTogether = 64;

// For each tap a product: rows are the channels of x, columns the filters, k the pixels of y, whose
// rows are the pieces. y is read in panels of columns, packed where a panel is not made of whole
// vectors.
template <class T>
class FilterGradient {
 public:
  FilterGradient(const Call& call)
      : s_(conv_shape(call.ops[0], call.ops[call.n_in], call.ops[1], call.ints)),
        x_(static_cast<const T*>(call.ops[0].data)),
        y_(static_cast<const T*>(call.ops[1].data)),
        w_(static_cast<T*>(call.ops[call.n_in].data)),
        shape_(conv_tile_shape<T>(s_.channels, s_.filters)),
        pack_(s_.filters % kLanes<T> != 0),
        all_filters_(s_.filters * s_.groups),
        rows_(s_.images * s_.out[0] * s_.out[1]) {
    s_.steps(s_.in, s_.channels * s_.groups, x_step_);
    together_ = s_.out[2] > 0 ? kPixelsTogether / s_.out[2] : 1;
    together_ = together_ < 1 ? 1 : together_ > kMostRowsTogether ? kMostRowsTogether : together_;
    tiles_ = (s_.channels + shape_.rows - 1) / shape_.rows;
  }

  // Elements of packed y that one thread keeps.
  int64_t packed() const {
    return pack_ ? together_ * s_.out[2] * round_up_lanes<T>(s_.filters) : 0;
  }

  void run(const Team& team, T* packed) const {
    const int64_t units = s_.groups * s_.tap_count() * tiles_;
    const int64_t first = units * team.tid / team.size, last = units * (team.tid + 1) / team.size;
    if (rows_ == 0 || s_.out[2] == 0) return clear(first, last);
    for (int64_t row = 0; row < rows_; row += together_) {
      const int64_t end = row + together_ < rows_ ? row + together_ : rows_;
      int64_t group = -1, tap = -1, count = 0;
      Piece<T> pieces[kMostRowsTogether];
      for (int64_t u = first; u < last; ++u) {
        const int64_t t = u / tiles_ % s_.tap_count(), g = u / tiles_ / s_.tap_count();
        if (pack_ && g != group) pack(g, row, end, packed);
        if (g != group || t != tap) count = find_pieces(g, t, row, end, pieces);
        group = g;
        tap = t;
        tile_row(g, t, u % tiles_ * shape_.rows, row, end, pieces, count, packed);
      }
    }
  }

 private:
  void clear(int64_t first, int64_t last) const {
    for (int64_t u = first; u < last; ++u) {
      const int64_t t = u / tiles_ % s_.tap_count(), g = u / tiles_ / s_.tap_count();
      const int64_t c0 = u % tiles_ * shape_.rows;
      for (int64_t c = c0; c < c0 + shape_.rows && c < s_.channels; ++c)
        for (int64_t f = 0; f < s_.filters; ++f)
          w_[(t * s_.channels + c) * all_filters_ + g * s_.filters + f] = 0;
    }
  }

  // The rows of y in [row, end) that meet tap t within the image, and what they meet. With packed
  // y, rows count from `row`.
  int64_t find_pieces(int64_t g, int64_t t, int64_t row, int64_t end, Piece<T>* to) const {
    const int64_t tap[] = {t / s_.taps[2] / s_.taps[1], t / s_.taps[2] % s_.taps[1],
                           t % s_.taps[2]};
    const int64_t shift = tap[2] * s_.dilation[2] - s_.pad[2];  // of x's index against o * stride
    const int64_t step = s_.stride[2];
    const int64_t p0 = shift < 0 ? (-shift + step - 1) / step : 0;
    int64_t p1 = s_.in[2] > shift ? (s_.in[2] - 1 - shift) / step + 1 : 0;
    if (p1 > s_.out[2]) p1 = s_.out[2];
    if (p0 >= p1) return 0;
    int64_t count = 0;
    for (int64_t r = row; r < end; ++r) {
      const int64_t h = r % s_.out[1] * s_.stride[1] + tap[1] * s_.dilation[1] - s_.pad[1];
      const int64_t d =
          r / s_.out[1] % s_.out[0] * s_.stride[0] + tap[0] * s_.dilation[0] - s_.pad[0];
      if (h < 0 || h >= s_.in[1] || d < 0 || d >= s_.in[0]) continue;
      const int64_t n = r / s_.out[1] / s_.out[0];
      const T* a = x_ + n * s_.in[0] * x_step_[0] + d * x_step_[0] + h * x_step_[1] +
                   (p0 * step + shift) * x_step_[2] + g * s_.channels;
      to[count++] = {a, (pack_ ? r - row : r) * s_.out[2] + p0, p1 - p0};
    }
    return count;
  }

  void pack(int64_t g, int64_t row, int64_t end, T* to) const {
    const int64_t pixels = (end - row) * s_.out[2];
    const StridedReader<T> reader{y_ + row * s_.out[2] * all_filters_ + g * s_.filters, 1,
                                  all_filters_};
    for (int64_t j = 0; j < s_.filters;) {
      const int64_t width = int64_t{conv_panel_vectors<T>(s_.filters - j, shape_)} * kLanes<T>;
      const int64_t columns = s_.filters - j < width ? s_.filters - j : width;
      pack_panel<T>(reader, j, columns, width, 0, pixels, to + j * pixels);
      j += columns;
    }
  }

  // All columns of a tile's rows: channels from c0 on, of tap t.
  void tile_row(int64_t g, int64_t t, int64_t c0, int64_t row, int64_t end, const Piece<T>* pieces,
                int64_t count, const T* packed) const {
    const int64_t left = s_.channels - c0, pixels = (end - row) * s_.out[2];
    const int rows = left < shape_.rows ? static_cast<int>(left) : shape_.rows;
    T* w = w_ + (t * s_.channels + c0) * all_filters_ + g * s_.filters;
    for (int64_t j = 0; j < s_.filters;) {
      const int vectors = conv_panel_vectors<T>(s_.filters - j, shape_);
      const int64_t width = static_cast<int64_t>(vectors) * kLanes<T>;
      const int64_t columns = s_.filters - j < width ? s_.filters - j : width;
      const int tail = static_cast<int>(columns % kLanes<T>);
      ConvTile<T> tile;
      TileArgs<T>& c = tile.c;
      c.a_row = 1;
      c.a_col = s_.stride[2] * x_step_[2];
      c.b = pack_ ? packed + j * pixels : y_ + g * s_.filters + j;
      c.b_row = pack_ ? width : all_filters_;
      c.c = w + j;
      c.c_row = all_filters_;
      c.init = row == 0 ? kNoBias<T> : c.c;
      c.init_row = row == 0 ? 0 : c.c_row;
      c.tail = tail ? tail : kLanes<T>;
      c.relu = false;
      tile.pieces = pieces;
      tile.count = count;
      tile.a_shift = c0;
      kConvTiles<T>.at[vectors][rows](tile);
      j += columns;
    }
  }

  ConvShape s_;
  const T *x_, *y_;
  T* w_;
  TileShape shape_;
  bool pack_;
  int64_t all_filters_, rows_, x_step_[kSpatial];
  int64_t together_, tiles_;
};

template <class T>
DepthwiseFilters<T> depthwise_gradient(const Call& call, const ConvShape& s) {
  return {s, static_cast<const T*>(call.ops[0].data), static_cast<const T*>(call.ops[1].data),
          static_cast<T*>(call.ops[call.n_in].data)};
}

template <class T>
WinogradFilters<T> winograd_gradient(const Call& call, const ConvShape& s) {
  return {s, static_cast<const T*>(call.ops[0].data), static_cast<const T*>(call.ops[1].data),
          static_cast<T*>(call.ops[call.n_in].data)};
}

ConvShape shape_of_call(const Call& call) {
  return conv_shape(call.ops[0], call.ops[call.n_in], call.ops[1], call.ints);
}

template <class T>
void filters_typed(const Call& call, const Team& team) {
  const ConvShape s = shape_of_call(call);
  if (s.depthwise() && s.images > 0)
    return depthwise_gradient<T>(call, s).run(team, reinterpret_cast<T*>(call.scratch));
  if (winograd_filters_fit<T>(s)) {
    const auto gradient = winograd_gradient<T>(call, s);
    T* scratch = reinterpret_cast<T*>(call.scratch);
    return gradient.run(team, scratch, scratch + gradient.sums() + team.tid * gradient.own());
  }
  const FilterGradient<T> gradient(call);
  gradient.run(team, reinterpret_cast<T*>(call.scratch) +
                         team.tid * round_up(gradient.packed(), 64 / int64_t(sizeof(T))));
}

void conv_filters_run(const Call& call, const Team& team) {
  if (element_count(call.ops[call.n_in]) == 0) return;
  if (call.ops[0].dtype == f32)
    filters_typed<float>(call, team);
  else
    filters_typed<double>(call, team);
}

template <class T>
int64_t filters_scratch_typed(const Call& call, int team) {
  const ConvShape s = shape_of_call(call);
  const int64_t size = sizeof(T);
  if (s.depthwise()) return depthwise_gradient<T>(call, s).partial() * size;
  if (winograd_filters_fit<T>(s)) {
    const auto gradient = winograd_gradient<T>(call, s);
    return (gradient.sums() + team * gradient.own()) * size;
  }
  return team * round_up(FilterGradient<T>(call).packed() * size, 64);
}

int64_t conv_filters_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? filters_scratch_typed<float>(call, team)
                                  : filters_scratch_typed<double>(call, team);
}

double conv_filters_cost(const Call& call) {
  const Operand &x = call.ops[0], &y = call.ops[1];
  return conv_nanoseconds(conv_shape(x, call.ops[call.n_in], y, call.ints), x, y);
}

const char* conv_filters_check(const Call& call) {
  if (call.n_ints < 1 || call.n_floats != 0 || call.n_out != 1 || call.n_in != 2)
    return "expects image, results and one output";
  return conv_check_shapes(call, call.ops[0], call.ops[call.n_in], call.ops[1], 0);
}

}  // namespace nncore::NNCORE_ISA
