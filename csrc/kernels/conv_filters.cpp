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

namespace {
ConvShape shape_of_call(const Call& call) {
  return conv_shape(call.ops[0], call.ops[call.n_in], call.ops[1], call.ints);
}
}  // namespace

// Results whose contributions are added while the sums stay in registers.
constexpr int64_t kPixelsTogether = 256;
constexpr int64_t kMostRowsTogether = 64;

// Where channels are few, all taps of a row count as channels: they lie side by side in memory.
constexpr int64_t kFewChannels = 4;

// For each tap, or row of taps, a product: rows are the channels of x, columns the filters, k the
// pixels of y, whose rows are the pieces. y is read in panels of columns, packed where a panel is
// not made of whole vectors.
template <class T>
class FilterGradient {
 public:
  FilterGradient(const Call& call)
      : s_(shape_of_call(call)),
        x_(static_cast<const T*>(call.ops[0].data)),
        y_(static_cast<const T*>(call.ops[1].data)),
        w_(static_cast<T*>(call.ops[call.n_in].data)),
        joined_(s_.channels <= kFewChannels && s_.groups == 1 && s_.dilation[2] == 1 ? s_.taps[2]
                                                                                     : 1),
        depth_(joined_ * s_.channels),
        shape_(tile_shape<T>(depth_, s_.filters)),
        pack_(s_.filters % kLanes<T> != 0),
        all_filters_(s_.filters * s_.groups),
        rows_(s_.images * s_.out[0] * s_.out[1]) {
    s_.steps(s_.in, s_.channels * s_.groups, x_step_);
    together_ = s_.out[2] > 0 ? kPixelsTogether / s_.out[2] : 1;
    together_ = together_ < 1 ? 1 : together_ > kMostRowsTogether ? kMostRowsTogether : together_;
    tiles_ = (depth_ + shape_.rows - 1) / shape_.rows;
  }

  // Elements of packed y that one thread keeps.
  int64_t packed() const {
    return pack_ ? together_ * s_.out[2] * round_up_lanes<T>(s_.filters) : 0;
  }

  void run(const Team& team, T* packed) const {
    const Range units = share(s_.groups * runs() * tiles_, team);
    if (rows_ == 0 || s_.out[2] == 0) {
      for (int64_t u = units.begin; u < units.end; ++u) clear(at(u));
      return;
    }
    for (int64_t row = 0; row < rows_; row += together_) {
      const int64_t end = row + together_ < rows_ ? row + together_ : rows_;
      int64_t group = -1;
      for (int64_t u = units.begin; u < units.end; ++u) {
        const Unit unit = at(u);
        if (pack_ && unit.group != group) pack(unit.group, row, end, packed);
        group = unit.group;
        add(unit, row, end, packed);
      }
    }
  }

 private:
  // Rows [c0, c0 + rows) of the product of a group and a run of taps that begins at `tap`.
  struct Unit {
    int64_t group, tap, c0;
    int rows;
  };
  int64_t runs() const { return s_.tap_count() / joined_; }
  Unit at(int64_t u) const {
    const int64_t c0 = u % tiles_ * shape_.rows, left = depth_ - c0;
    return {u / tiles_ / runs(), u / tiles_ % runs() * joined_, c0,
            left < shape_.rows ? static_cast<int>(left) : shape_.rows};
  }

  void clear(const Unit& unit) const {
    for (int64_t c = unit.c0; c < unit.c0 + unit.rows; ++c)
      for (int64_t f = 0; f < s_.filters; ++f)
        w_[(unit.tap * s_.channels + c) * all_filters_ + unit.group * s_.filters + f] = 0;
  }

  // Adds what the pixels of y in [row, end) contribute. Where all taps of a run see the image they
  // go together; at its edges each goes alone.
  void add(const Unit& unit, int64_t row, int64_t end, const T* packed) const {
    Piece<T> pieces[kMostRowsTogether];
    const Range all = seen(unit.tap, joined_ - 1);
    const int64_t together = find_pieces(unit, all, row, end, pieces);
    if (together > 0 || row == 0) tile_row(unit, row, end, pieces, together, packed, row == 0);
    if (joined_ == 1) return;
    for (int64_t t = unit.c0 / s_.channels; t * s_.channels < unit.c0 + unit.rows; ++t) {
      const Range here = seen(unit.tap + t, 0);
      const int64_t c0 = t * s_.channels, c1 = c0 + s_.channels;
      Unit one = unit;
      one.c0 = c0 > unit.c0 ? c0 : unit.c0;
      one.rows = static_cast<int>((c1 < unit.c0 + unit.rows ? c1 : unit.c0 + unit.rows) - one.c0);
      const int64_t before = all.begin < here.end ? all.begin : here.end;
      const int64_t behind = all.end > before ? all.end : before;
      for (const Range part : {Range{here.begin, before}, Range{behind, here.end}})
        if (const int64_t count = find_pieces(unit, part, row, end, pieces))
          tile_row(one, row, end, pieces, count, packed, false);
    }
  }

  // The results of a row for which `tap` and `more` taps behind it are all within the image.
  Range seen(int64_t tap, int64_t more) const {
    const int64_t first = tap % s_.taps[2] * s_.dilation[2] - s_.pad[2],
                  last = first + more * s_.dilation[2], step = s_.stride[2];
    const int64_t begin = first < 0 ? (-first + step - 1) / step : 0;
    int64_t end = s_.in[2] > last ? (s_.in[2] - 1 - last) / step + 1 : 0;
    if (end > s_.out[2]) end = s_.out[2];
    return {begin, end > begin ? end : begin};
  }

  // The rows of y in [row, end) whose results in `part` meet the rows of taps that a unit is of,
  // and what they meet: where channel 0 of the unit's first tap lies. With packed y, rows count
  // from `row`.
  int64_t find_pieces(const Unit& unit, const Range& part, int64_t row, int64_t end,
                      Piece<T>* to) const {
    if (part.begin >= part.end) return 0;
    const int64_t t[] = {unit.tap / s_.taps[2] / s_.taps[1], unit.tap / s_.taps[2] % s_.taps[1],
                         unit.tap % s_.taps[2]};
    const int64_t shift = t[2] * s_.dilation[2] - s_.pad[2];
    int64_t count = 0;
    for (int64_t r = row; r < end; ++r) {
      const int64_t h = r % s_.out[1] * s_.stride[1] + t[1] * s_.dilation[1] - s_.pad[1];
      const int64_t d =
          r / s_.out[1] % s_.out[0] * s_.stride[0] + t[0] * s_.dilation[0] - s_.pad[0];
      if (h < 0 || h >= s_.in[1] || d < 0 || d >= s_.in[0]) continue;
      const int64_t n = r / s_.out[1] / s_.out[0];
      const T* a = x_ + n * s_.in[0] * x_step_[0] + d * x_step_[0] + h * x_step_[1] +
                   (part.begin * s_.stride[2] + shift) * x_step_[2] + unit.group * s_.channels;
      to[count++] = {a, (pack_ ? r - row : r) * s_.out[2] + part.begin, part.end - part.begin};
    }
    return count;
  }

  void pack(int64_t g, int64_t row, int64_t end, T* to) const {
    const int64_t pixels = (end - row) * s_.out[2];
    const StridedReader<T> reader{y_ + row * s_.out[2] * all_filters_ + g * s_.filters, 1,
                                  all_filters_};
    for (int64_t j = 0; j < s_.filters;) {
      const int64_t width = int64_t{panel_vectors<T>(s_.filters - j, shape_)} * kLanes<T>;
      const int64_t columns = s_.filters - j < width ? s_.filters - j : width;
      pack_panel<T>(reader, j, columns, width, 0, pixels, to + j * pixels);
      j += columns;
    }
  }

  // Adds pieces to all columns of a unit's rows; the first ones that come begin the sums.
  void tile_row(const Unit& unit, int64_t row, int64_t end, const Piece<T>* pieces, int64_t count,
                const T* packed, bool begin) const {
    const int64_t pixels = (end - row) * s_.out[2], first = unit.group * s_.filters;
    T* w = w_ + (unit.tap * s_.channels + unit.c0) * all_filters_ + first;
    for (int64_t j = 0; j < s_.filters;) {
      const int vectors = panel_vectors<T>(s_.filters - j, shape_);
      const int64_t width = static_cast<int64_t>(vectors) * kLanes<T>;
      const int64_t columns = s_.filters - j < width ? s_.filters - j : width;
      const int tail = static_cast<int>(columns % kLanes<T>);
      ConvTile<T> tile;
      TileArgs<T>& c = tile.c;
      c.a_row = 1;
      c.a_col = s_.stride[2] * x_step_[2];
      c.b = pack_ ? packed + j * pixels : y_ + first + j;
      c.b_row = pack_ ? width : all_filters_;
      c.c = w + j;
      c.c_row = all_filters_;
      c.init = begin ? nullptr : c.c;
      c.init_row = begin ? 0 : c.c_row;
      c.tail = tail ? tail : kLanes<T>;
      c.relu = false;
      tile.pieces = pieces;
      tile.count = count;
      tile.a_shift = unit.c0;
      kConvTiles<T>.at[vectors][unit.rows](tile);
      j += columns;
    }
  }

  ConvShape s_;
  const T *x_, *y_;
  T* w_;
  int64_t joined_, depth_;  // taps of a run, its rows
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
  return conv_nanoseconds(shape_of_call(call), x, y);
}

const char* conv_filters_check(const Call& call) {
  if (call.n_ints < 1 || call.n_floats != 0 || call.n_out != 1 || call.n_in != 2)
    return "expects image, results and one output";
  return conv_check_shapes(call, call.ops[0], call.ops[call.n_in], call.ops[1], 0);
}

}  // namespace nncore::NNCORE_ISA
