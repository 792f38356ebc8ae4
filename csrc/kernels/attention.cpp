// attention: softmax(scale Q K^T) V for every batch row and head, without the matrix of scores, and
// its gradient.
//
// q (B, S, N, D), k (B, T, M, D), v (B, T, M, E) with any strides; N is a multiple of M, and N / M
// heads of q share a head of k and v. mask (B, N, S, T): a score that it lets not count is a large
// negative number, so that a row without any is an average of all. Causal: position t of k counts
// for s >= t only.
//
// attention       q, k, v [, mask] -> o (B, S, N, E), l (B, N, S, 2): a row's largest score, and
//                 one over the sum of its weights relative to that
//                 ints [has_mask, causal], floats [scale]
// attention_grad  q, k, v, o, l, do (B, S, N, E) [, mask] -> dq, dk, dv
//                 ints [has_mask, causal], floats [scale]
//
// A member takes whole heads of k, so that nothing is shared and no order depends on the team. K
// and V are packed once per head; blocks of kRows rows of Q meet tiles of keys. Scores of a tile
// live in the first-level cache: the largest score and the sum so far are carried along, and what
// has been added up is scaled whenever a larger score turns up. The gradient computes the scores
// again from l.
#include "kernels/panels.hpp"

namespace nncore::NNCORE_ISA {
namespace {

constexpr int64_t kRows = 32;  // of Q at a time
constexpr int kKeyVectors = 4;

// Keys of a tile.
template <class T>
constexpr int64_t kKeys = kKeyVectors* kLanes<T>;

// Vectors of a panel whose columns are the features of a head.
template <class T>
NNCORE_INLINE int feature_vectors(int64_t features) {
  const int64_t n = blocks_of<T>(features);
  return n <= 1 ? 1 : n == 2 ? 2 : 4;
}
template <class T>
NNCORE_INLINE int64_t feature_width(int64_t features) {
  const int64_t width = feature_vectors<T>(features) * kLanes<T>;
  return (features + width - 1) / width * width;
}

struct Shape {
  int64_t batch, queries, heads, depth, keys, groups, features;
  int64_t per_group() const { return heads / groups; }
  int64_t tiles(int64_t width) const { return (keys + width - 1) / width; }
};

NNCORE_INLINE Shape shape_of(const Call& call) {
  const Operand &q = call.ops[0], &v = call.ops[2];
  return {q.shape[0], q.shape[1], q.shape[2], q.shape[3], v.shape[1], v.shape[2], v.shape[3]};
}

// One head of an operand (B, R, H, C): element (r, c) at base[r * row + c * column].
template <class T>
struct Head {
  T* base;
  int64_t row, column;
};
template <class T>
NNCORE_INLINE Head<T> head_of(const Operand& x, int64_t b, int64_t h) {
  return {static_cast<T*>(x.data) + b * x.strides[0] + h * x.strides[2], x.strides[1],
          x.strides[3]};
}

// to (count, columns) = factor * rows [first, first + count) of a head.
template <class T>
NNCORE_INLINE void copy_rows(const Head<T>& from, int64_t first, int64_t count, int64_t columns,
                             T factor, T* to) {
  for (int64_t r = 0; r < count; ++r)
    for (int64_t c = 0; c < columns; ++c)
      to[r * columns + c] = factor * from.base[(first + r) * from.row + c * from.column];
}

// Panels whose columns are features: panel j of (rows, width). Missing columns are 0.
template <class T>
NNCORE_INLINE void pack_features(const Head<T>& from, int64_t first, int64_t rows, int64_t features,
                                 T factor, T* to) {
  const int64_t width = feature_vectors<T>(features) * kLanes<T>;
  for (int64_t c0 = 0; c0 < features; c0 += width)
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < width; ++i, ++to)
        *to = c0 + i < features
                  ? factor * from.base[(first + r) * from.row + (c0 + i) * from.column]
                  : T(0);
}

// Panels whose columns are keys: tile j of (features, kKeys). Missing keys are 0.
template <class T>
NNCORE_INLINE void pack_keys(const Head<T>& from, int64_t keys, int64_t features, T* to) {
  for (int64_t t0 = 0; t0 < keys; t0 += kKeys<T>)
    for (int64_t c = 0; c < features; ++c)
      for (int64_t i = 0; i < kKeys<T>; ++i, ++to)
        *to = t0 + i < keys ? from.base[(t0 + i) * from.row + c * from.column] : T(0);
}

// to (rows, features' panels beside each other, in rows of feature_width) += a panels.
template <class T, int NV>
NNCORE_INLINE void add_product_typed(int64_t rows, const T* a, int64_t a_row, int64_t a_col,
                                     int64_t depth, const T* panels, int64_t panel_size,
                                     int64_t features, T* z, T* to) {
  constexpr int64_t width = NV * kLanes<T>;
  const int64_t wide = feature_width<T>(features);
  for (int64_t c0 = 0; c0 < features; c0 += width, panels += panel_size) {
    for (int64_t r = 0; r < rows; r += kPanelRows<NV>) {
      const int64_t count = rows - r < kPanelRows<NV> ? rows - r : kPanelRows<NV>;
      panel_rows<T, NV, kPanelRows<NV>>(count, a + r * a_row, a_row, a_col, depth, panels, z);
      for (int64_t i = 0; i < count; ++i)
        for (int64_t c = 0; c < width; c += kLanes<T>) {
          T* at = to + (r + i) * wide + c0 + c;
          store(at, load(at) + load(z + i * width + c));
        }
    }
  }
}
template <class T>
NNCORE_INLINE void add_product(int64_t rows, const T* a, int64_t a_row, int64_t a_col,
                               int64_t depth, const T* panels, int64_t panel_size, int64_t features,
                               T* z, T* to) {
  switch (feature_vectors<T>(features)) {
    case 1:
      return add_product_typed<T, 1>(rows, a, a_row, a_col, depth, panels, panel_size, features, z,
                                     to);
    case 2:
      return add_product_typed<T, 2>(rows, a, a_row, a_col, depth, panels, panel_size, features, z,
                                     to);
    default:
      return add_product_typed<T, 4>(rows, a, a_row, a_col, depth, panels, panel_size, features, z,
                                     to);
  }
}

// scores (rows, kKeys) = a (rows, depth) times a tile of keys.
template <class T>
NNCORE_INLINE void score(int64_t rows, const T* a, int64_t depth, const T* tile, T* scores) {
  multiply<T, kKeyVectors>(rows, a, depth, depth, tile, Live{nullptr, 0}, scores);
}

// The score of what a mask lets not count.
template <class T>
constexpr T kMasked = sizeof(T) == 4 ? T(-0.7 * 3.4028234663852886e38)
                                     : T(-0.7 * 1.7976931348623157e308);

// What a row of scores looks like after mask and causality; beyond the last key it is minus
// infinity.
template <class T>
struct Masking {
  const Operand* mask;  // null: none
  int64_t b, h;
  bool causal;
  int64_t keys;

  void apply(int64_t s, int64_t t0, T* scores) const {
    const int64_t count = keys - t0 < kKeys<T> ? keys - t0 : kKeys<T>;
    if (mask != nullptr) {
      const uint8_t* row = static_cast<const uint8_t*>(mask->data) + b * mask->strides[0] +
                           h * mask->strides[1] + s * mask->strides[2];
      for (int64_t i = 0; i < count; ++i)
        if (row[(t0 + i) * mask->strides[3]] == 0) scores[i] = kMasked<T>;
    }
    if (causal)
      for (int64_t i = s < t0 ? 0 : s - t0 + 1; i < count; ++i) scores[i] = kMasked<T>;
    for (int64_t i = count; i < kKeys<T>; ++i) scores[i] = -Float<T>::inf;
  }
};

template <class T>
struct ForwardScratch {
  T *keys, *values, *q, *scores, *sum, *z, *best, *total;
  static int64_t size(const Shape& s) {
    const int64_t tiles = s.tiles(kKeys<T>), wide = feature_width<T>(s.features);
    return tiles * kKeys<T> * (s.depth + wide) + kRows * (s.depth + kKeys<T> + wide + 2) +
           kPanelRows<1> * 4 * kLanes<T> + 8 * kLanes<T>;
  }
  ForwardScratch(T* at, const Shape& s) {
    const int64_t tiles = s.tiles(kKeys<T>), wide = feature_width<T>(s.features);
    keys = at;
    values = keys + tiles * kKeys<T> * s.depth;
    q = values + tiles * kKeys<T> * wide;
    scores = q + kRows * s.depth;
    sum = scores + kRows * kKeys<T>;
    z = sum + kRows * wide;
    best = z + kPanelRows<1> * 4 * kLanes<T>;
    total = best + kRows;
  }
};

template <class T>
NNCORE_INLINE int64_t rounded(int64_t elements) {
  return (elements + 63) / 64 * 64;
}

// One tile of scores becomes weights relative to the largest score so far.
template <class T>
NNCORE_INLINE void weigh(const Shape& s, const ForwardScratch<T>& m, int64_t row) {
  T* scores = m.scores + row * kKeys<T>;
  const T largest = row_max(scores, kKeys<T>)[0];
  const T best = largest > m.best[row] ? largest : m.best[row];
  const Vec<T> shift = broadcast(best);
  const Vec<T> factor = exp<T>(broadcast(m.best[row]) - shift);
  const Vec<T> sum = row_sum<T>(
      kKeys<T>, [&](int64_t i, int) __attribute__((always_inline)) {
        const Vec<T> e = exp<T>(load(scores + i) - shift);
        store(scores + i, e);
        return e;
      });
  m.best[row] = best;
  m.total[row] = m.total[row] * factor[0] + sum[0];
  T* to = m.sum + row * feature_width<T>(s.features);
  for (int64_t c = 0; c < feature_width<T>(s.features); c += kLanes<T>)
    store(to + c, load(to + c) * factor);
}

template <class T>
void attention_typed(const Call& call, const Team& team) {
  const Shape s = shape_of(call);
  const bool has_mask = call.ints[0] != 0, causal = call.ints[1] != 0;
  const Operand &out = call.ops[call.n_in], &logs = call.ops[call.n_in + 1];
  const int64_t wide = feature_width<T>(s.features);
  const int64_t panel_width = feature_vectors<T>(s.features) * kLanes<T>;
  const ForwardScratch<T> m(
      reinterpret_cast<T*>(call.scratch) + team.tid * rounded<T>(ForwardScratch<T>::size(s)), s);
  const Range mine = share(s.batch * s.groups, team);
  for (int64_t unit = mine.begin; unit < mine.end; ++unit) {
    const int64_t b = unit / s.groups, group = unit % s.groups;
    pack_keys<T>(head_of<T>(call.ops[1], b, group), s.keys, s.depth, m.keys);
    pack_features<T>(head_of<T>(call.ops[2], b, group), 0, s.keys, s.features, T(1), m.values);
    for (int64_t h = group * s.per_group(); h < (group + 1) * s.per_group(); ++h)
      for (int64_t first = 0; first < s.queries; first += kRows) {
        const int64_t rows = s.queries - first < kRows ? s.queries - first : kRows;
        const Masking<T> masking{has_mask ? &call.ops[3] : nullptr, b, h, causal, s.keys};
        copy_rows<T>(head_of<T>(call.ops[0], b, h), first, rows, s.depth,
                     static_cast<T>(call.floats[0]), m.q);
        for (int64_t r = 0; r < rows; ++r) m.best[r] = -Float<T>::inf, m.total[r] = 0;
        for (int64_t i = 0; i < rows * wide; ++i) m.sum[i] = 0;
        for (int64_t t0 = 0; t0 < s.keys; t0 += kKeys<T>) {
          if (causal && !has_mask && t0 >= first + rows) break;
          score<T>(rows, m.q, s.depth, m.keys + t0 * s.depth, m.scores);
          for (int64_t r = 0; r < rows; ++r) {
            masking.apply(first + r, t0, m.scores + r * kKeys<T>);
            weigh<T>(s, m, r);
          }
          const int64_t count = s.keys - t0 < kKeys<T> ? s.keys - t0 : kKeys<T>;
          add_product<T>(rows, m.scores, kKeys<T>, 1, count, m.values + t0 * panel_width,
                         s.keys * panel_width, s.features, m.z, m.sum);
        }
        for (int64_t r = 0; r < rows; ++r) {
          T* to =
              static_cast<T*>(out.data) + ((b * s.queries + first + r) * s.heads + h) * s.features;
          const Vec<T> total = broadcast(m.total[r]);
          for_vectors<T>(
              s.features, [&](int64_t c, int lanes) __attribute__((always_inline)) {
                put(to + c, load(m.sum + r * wide + c) / total, lanes);
              });
          T* log = static_cast<T*>(logs.data) + 2 * ((b * s.heads + h) * s.queries + first + r);
          log[0] = m.best[r], log[1] = 1 / m.total[r];
        }
      }
  }
}

template <class T>
struct BackwardScratch {
  T *keys, *key_rows, *values, *dk, *dv, *q, *q_rows, *d, *d_rows, *scores, *ds, *dq, *z, *dots;
  static int64_t place(T* at, const Shape& s, BackwardScratch* m) {
    const int64_t length = s.tiles(kKeys<T>) * kKeys<T>;
    const int64_t depth = feature_width<T>(s.depth), features = feature_width<T>(s.features);
    T* const begin = at;
    const auto take = [&](T* BackwardScratch::*part, int64_t size) {
      if (m != nullptr) m->*part = at;
      at += (size + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
    };
    take(&BackwardScratch::keys, length * s.depth);
    take(&BackwardScratch::key_rows, length * depth);
    take(&BackwardScratch::values, length * s.features);
    take(&BackwardScratch::dk, length * depth);
    take(&BackwardScratch::dv, length * features);
    take(&BackwardScratch::q, kRows * s.depth);
    take(&BackwardScratch::q_rows, kRows * depth);
    take(&BackwardScratch::d, kRows * s.features);
    take(&BackwardScratch::d_rows, kRows * features);
    take(&BackwardScratch::scores, kRows * kKeys<T>);
    take(&BackwardScratch::ds, kRows * kKeys<T>);
    take(&BackwardScratch::dq, kRows * depth);
    take(&BackwardScratch::z, kPanelRows<1> * 4 * kLanes<T>);
    take(&BackwardScratch::dots, kRows);
    return at - begin;
  }
};

// Writes rows of `width` elements, scaled, to a head of a contiguous output.
template <class T>
NNCORE_INLINE void write_rows(const Operand& x, int64_t b, int64_t h, int64_t first, int64_t rows,
                              const T* from, int64_t width, T factor) {
  const Head<T> to = head_of<T>(x, b, h);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < x.shape[3]; ++c)
      to.base[(first + r) * to.row + c] = factor * from[r * width + c];
}

template <class T>
void attention_grad_typed(const Call& call, const Team& team) {
  const Shape s = shape_of(call);
  const bool has_mask = call.ints[0] != 0, causal = call.ints[1] != 0;
  const T scale = static_cast<T>(call.floats[0]);
  const int64_t deep = feature_width<T>(s.depth), wide = feature_width<T>(s.features);
  const int64_t deep_panel = feature_vectors<T>(s.depth) * kLanes<T>,
                wide_panel = feature_vectors<T>(s.features) * kLanes<T>;
  BackwardScratch<T> m;
  const int64_t size = rounded<T>(BackwardScratch<T>::place(nullptr, s, nullptr));
  BackwardScratch<T>::place(reinterpret_cast<T*>(call.scratch) + team.tid * size, s, &m);
  const Range mine = share(s.batch * s.groups, team);
  for (int64_t unit = mine.begin; unit < mine.end; ++unit) {
    const int64_t b = unit / s.groups, group = unit % s.groups;
    pack_keys<T>(head_of<T>(call.ops[1], b, group), s.keys, s.depth, m.keys);
    pack_features<T>(head_of<T>(call.ops[1], b, group), 0, s.keys, s.depth, T(1), m.key_rows);
    pack_keys<T>(head_of<T>(call.ops[2], b, group), s.keys, s.features, m.values);
    for (int64_t i = 0; i < s.keys * deep; ++i) m.dk[i] = 0;
    for (int64_t i = 0; i < s.keys * wide; ++i) m.dv[i] = 0;
    for (int64_t h = group * s.per_group(); h < (group + 1) * s.per_group(); ++h)
      for (int64_t first = 0; first < s.queries; first += kRows) {
        const int64_t rows = s.queries - first < kRows ? s.queries - first : kRows;
        const Masking<T> masking{has_mask ? &call.ops[6] : nullptr, b, h, causal, s.keys};
        const Head<T> q = head_of<T>(call.ops[0], b, h), o = head_of<T>(call.ops[3], b, h),
                      d = head_of<T>(call.ops[5], b, h);
        copy_rows<T>(q, first, rows, s.depth, scale, m.q);
        pack_features<T>(q, first, rows, s.depth, scale, m.q_rows);
        copy_rows<T>(d, first, rows, s.features, T(1), m.d);
        pack_features<T>(d, first, rows, s.features, T(1), m.d_rows);
        for (int64_t r = 0; r < rows; ++r) {
          T dot = 0;
          for (int64_t c = 0; c < s.features; ++c)
            dot += m.d[r * s.features + c] * o.base[(first + r) * o.row + c * o.column];
          m.dots[r] = dot;
        }
        for (int64_t i = 0; i < rows * deep; ++i) m.dq[i] = 0;
        const Operand& logs = call.ops[4];
        const T* log = static_cast<const T*>(logs.data) + b * logs.strides[0] +
                       h * logs.strides[1] + first * logs.strides[2];
        for (int64_t t0 = 0; t0 < s.keys; t0 += kKeys<T>) {
          if (causal && !has_mask && t0 >= first + rows) break;
          const int64_t count = s.keys - t0 < kKeys<T> ? s.keys - t0 : kKeys<T>;
          score<T>(rows, m.q, s.depth, m.keys + t0 * s.depth, m.scores);
          score<T>(rows, m.d, s.features, m.values + t0 * s.features, m.ds);
          for (int64_t r = 0; r < rows; ++r) {
            T *p = m.scores + r * kKeys<T>, *ds = m.ds + r * kKeys<T>;
            masking.apply(first + r, t0, p);
            const T* row = log + r * logs.strides[2];
            const Vec<T> shift = broadcast(row[0]), inverse = broadcast(row[logs.strides[3]]);
            const Vec<T> dot = broadcast(m.dots[r]);
            for (int64_t i = 0; i < kKeys<T>; i += kLanes<T>) {
              const Vec<T> raw = load(p + i), e = exp<T>(raw - shift) * inverse;
              store(p + i, e);
              // What a mask has put in a score's place does not depend on q and k.
              store(ds + i, raw <= kMasked<T> ? Vec<T>{} : e * (load(ds + i) - dot));
            }
          }
          add_product<T>(count, m.scores, 1, kKeys<T>, rows, m.d_rows, rows * wide_panel,
                         s.features, m.z, m.dv + t0 * wide);
          add_product<T>(count, m.ds, 1, kKeys<T>, rows, m.q_rows, rows * deep_panel, s.depth, m.z,
                         m.dk + t0 * deep);
          add_product<T>(rows, m.ds, kKeys<T>, 1, count, m.key_rows + t0 * deep_panel,
                         s.keys * deep_panel, s.depth, m.z, m.dq);
        }
        write_rows<T>(call.ops[call.n_in], b, h, first, rows, m.dq, deep, scale);
      }
    write_rows<T>(call.ops[call.n_in + 1], b, group, 0, s.keys, m.dk, deep, T(1));
    write_rows<T>(call.ops[call.n_in + 2], b, group, 0, s.keys, m.dv, wide, T(1));
  }
}

template <class T>
int64_t forward_bytes(const Call& call, int team) {
  return team * rounded<T>(ForwardScratch<T>::size(shape_of(call))) *
         static_cast<int64_t>(sizeof(T));
}
template <class T>
int64_t backward_bytes(const Call& call, int team) {
  return team * rounded<T>(BackwardScratch<T>::place(nullptr, shape_of(call), nullptr)) *
         static_cast<int64_t>(sizeof(T));
}

// Nanoseconds of `products` matrix products of the scores' size and the exponentials.
double cost_of(const Call& call, double products) {
  const Shape s = shape_of(call);
  const double lanes = kVecBytes / (call.ops[0].dtype == f32 ? 4.0 : 8.0);
  const double scores = static_cast<double>(s.batch * s.heads) * static_cast<double>(s.queries) *
                        static_cast<double>(s.keys);
  return 300 + scores * (products * static_cast<double>(s.depth + s.features) / 2 / (lanes * 2) +
                         10 / lanes);
}

bool is_4d(const Operand& x, int32_t dtype, int64_t a, int64_t b, int64_t c, int64_t d) {
  return x.dtype == dtype && x.ndim == 4 && x.shape[0] == a && x.shape[1] == b && x.shape[2] == c &&
         x.shape[3] == d;
}

const char* check_inputs(const Call& call, int mask) {
  if (call.n_ints != 2 || call.n_floats != 1) return "expects ints [has_mask, causal] and [scale]";
  if (call.n_in != mask + (call.ints[0] != 0)) return "expects what ints say";
  const Operand &q = call.ops[0], &k = call.ops[1], &v = call.ops[2];
  if (!is_float(q) || q.ndim != 4 || k.ndim != 4 || v.ndim != 4)
    return "expects q (B, S, N, D), k (B, T, M, D), v (B, T, M, E), float32 or float64";
  const Shape s = shape_of(call);
  if (s.groups < 1 || s.heads % s.groups != 0 || s.keys < 1 || s.depth < 1 || s.features < 1)
    return "expects heads that are a multiple of those of k, and at least one key";
  if (!is_4d(k, q.dtype, s.batch, s.keys, s.groups, s.depth) ||
      !is_4d(v, q.dtype, s.batch, s.keys, s.groups, s.features))
    return "expects q (B, S, N, D), k (B, T, M, D), v (B, T, M, E) of one type";
  if (call.ints[0] != 0 && !is_4d(call.ops[mask], b8, s.batch, s.heads, s.queries, s.keys))
    return "expects a mask (B, N, S, T) of booleans";
  return nullptr;
}

}  // namespace

void attention_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? attention_typed<float>(call, team)
                           : attention_typed<double>(call, team);
}
int64_t attention_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? forward_bytes<float>(call, team)
                                  : forward_bytes<double>(call, team);
}
double attention_cost(const Call& call) { return cost_of(call, 2); }

const char* attention_check(const Call& call) {
  if (call.n_in < 3 || call.n_out != 2) return "expects q, k, v [, mask] and 2 outputs";
  if (const char* wrong = check_inputs(call, 3)) return wrong;
  const Shape s = shape_of(call);
  const int32_t type = call.ops[0].dtype;
  if (!is_4d(call.ops[call.n_in], type, s.batch, s.queries, s.heads, s.features))
    return "expects o (B, S, N, E)";
  if (!is_4d(call.ops[call.n_in + 1], type, s.batch, s.heads, s.queries, 2))
    return "expects l (B, N, S, 2)";
  return nullptr;
}

void attention_grad_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? attention_grad_typed<float>(call, team)
                           : attention_grad_typed<double>(call, team);
}
int64_t attention_grad_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? backward_bytes<float>(call, team)
                                  : backward_bytes<double>(call, team);
}
double attention_grad_cost(const Call& call) { return cost_of(call, 5); }

const char* attention_grad_check(const Call& call) {
  if (call.n_in < 6 || call.n_out != 3) return "expects q, k, v, o, l, do [, mask] and 3 outputs";
  if (const char* wrong = check_inputs(call, 6)) return wrong;
  const Shape s = shape_of(call);
  const int32_t type = call.ops[0].dtype;
  for (int i : {3, 5})
    if (!is_4d(call.ops[i], type, s.batch, s.queries, s.heads, s.features))
      return "expects o and do (B, S, N, E)";
  if (!is_4d(call.ops[4], type, s.batch, s.heads, s.queries, 2)) return "expects l (B, N, S, 2)";
  for (int i = 0; i < 3; ++i) {
    const Operand &x = call.ops[i], &dx = call.ops[call.n_in + i];
    if (!is_4d(dx, type, x.shape[0], x.shape[1], x.shape[2], x.shape[3]))
      return "expects gradients shaped like q, k and v";
  }
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
