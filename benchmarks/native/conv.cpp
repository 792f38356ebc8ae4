// Convolutions and their gradients: the layers of small image and sequence models.
#include "runner.hpp"

namespace nncore::bench {
namespace {

struct Layer {
  int64_t batch, height, width, channels, tap_rows, tap_columns, filters, groups;
  bool same;
};

void add_layer(const Layer& l, DType dtype) {
  const int64_t top = l.same ? l.tap_rows / 2 : 0, left = l.same ? l.tap_columns / 2 : 0;
  const int64_t rows = l.same ? l.height : l.height - l.tap_rows + 1;
  const int64_t columns = l.same ? l.width : l.width - l.tap_columns + 1;
  const Argument x{dtype, {l.batch, l.height, l.width, l.channels}, {-1, 1}};
  const Argument w{dtype, {l.tap_rows, l.tap_columns, l.channels / l.groups, l.filters}, {-1, 1}};
  const Argument y{dtype, {l.batch, rows, columns, l.filters}, {-1, 1}};
  const std::string label =
      std::string(name_of(dtype)) + "/" + join(x.shape) + "/" + join({l.tap_rows, l.tap_columns}) +
      "/filters:" + std::to_string(l.filters) + (l.groups > 1 ? "/depthwise" : "");
  const std::vector<int64_t> where = {l.groups, 1, 1, top, 1, 1, left};
  std::vector<int64_t> linear = where;
  linear.insert(linear.end(), {0, 0});
  Case c{"conv", label, {x, w}, {y}, linear, {0.0}};
  c.flops = 2.0 * static_cast<double>(count(y.shape)) *
            static_cast<double>(l.tap_rows * l.tap_columns * l.channels / l.groups);
  add(c);
  c.kernel = "conv_data";
  c.inputs = {y, w};
  c.outputs = {x};
  add(c);
  c.kernel = "conv_filters";
  c.inputs = {x, y};
  c.outputs = {w};
  c.ints = where;
  c.floats = {};
  add(c);
}

}  // namespace

void add_convolutions() {
  const std::vector<Layer> quick = {{64, 28, 28, 1, 3, 3, 32, 1, false},
                                    {64, 26, 26, 32, 3, 3, 64, 1, false},
                                    {8, 56, 56, 64, 3, 3, 64, 64, true}};
  const std::vector<Layer> more = {{64, 5, 5, 64, 3, 3, 64, 1, false},
                                   {32, 32, 32, 64, 3, 3, 64, 1, true},
                                   {8, 56, 56, 64, 3, 3, 64, 1, true},
                                   {32, 32, 32, 3, 3, 3, 32, 1, true},
                                   {64, 1, 128, 8, 1, 7, 32, 1, false}};
  for (const Layer& layer : quick) add_layer(layer, f32);
  if (options().quick) return;
  for (const Layer& layer : more) add_layer(layer, f32);
  add_layer(more[0], f64);
}

}  // namespace nncore::bench
