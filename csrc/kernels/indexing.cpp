// Rows picked by index and their gradients. All operands are contiguous and seen as (O, A, I): what
// lies before the axis, the axis, what lies behind it.
//
// An index outside [0, A) reads NaN (0 for integers) and adds nothing. Negative ones are wrapped by
// the caller.
#include "kernels/check.hpp"
#include "kernels/loops.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
constexpr T kMissing = T(0);
template <>
inline constexpr float kMissing<float> = __builtin_nanf("");
template <>
inline constexpr double kMissing<double> = __builtin_nan("");

// The ends of a type's range.
template <class T>
constexpr T kHighest = static_cast<T>(~(uint64_t{1} << (8 * sizeof(T) - 1)));
template <>
inline constexpr float kHighest<float> = __builtin_inff();
template <>
inline constexpr double kHighest<double> = __builtin_inf();
template <class T>
constexpr T kLowest = -kHighest<T> - 1;
template <>
inline constexpr float kLowest<float> = -__builtin_inff();
template <>
inline constexpr double kLowest<double> = -__builtin_inf();

struct Range {
  int64_t first, last;
};
static Range share_of(int64_t n, const Team& team) {
  return {n * team.tid / team.size, n * (team.tid + 1) / team.size};
}

// ---- gather: x (O, A, I), index (n) -> y (O, n, I), y[o, j, i] = x[o, index[j], i]
// ----------------

template <class T, class Index>
void gather_typed(const Call& call, const Team& team) {
  const Operand &x = call.ops[0], &y = call.ops[2];
  const T* from = static_cast<const T*>(x.data);
  const Index* index = static_cast<const Index*>(call.ops[1].data);
  T* to = static_cast<T*>(y.data);
  const int64_t axis = x.shape[1], inner = x.shape[2], n = y.shape[1];
  const Range rows = share_of(y.shape[0] * n, team);
  for (int64_t r = rows.first; r < rows.last; ++r) {
    const int64_t at = static_cast<int64_t>(index[r % n]);
    T* row = to + r * inner;
    if (at < 0 || at >= axis) {
      for (int64_t i = 0; i < inner; ++i) row[i] = kMissing<T>;
      continue;
    }
    const T* source = from + (r / n * axis + at) * inner;
    if (inner == 1)
      row[0] = source[0];
    else
      __builtin_memcpy(row, source, static_cast<uint64_t>(inner) * sizeof(T));
  }
}

// ---- scatter_add: g (O, n, I), index (n) -> y (O, A, I), y[o, index[j], i] += g[o, j, i]
// ----------- Additions to an element are done in the order of j by the one thread that owns the
// element: threads own outer slices when there are enough, else rows of the axis, else columns.

struct Sum {
  template <class T>
  static constexpr T start = T(0);
  template <class T>
  static T meet(T x, T y) {
    return x + y;
  }
};
struct Product {
  template <class T>
  static constexpr T start = T(1);
  template <class T>
  static T meet(T x, T y) {
    return x * y;
  }
};
// A NaN wins over every number.
struct Largest {
  template <class T>
  static constexpr T start = kLowest<T>;
  template <class T>
  static T meet(T x, T y) {
    return x > y || x != x ? x : y;
  }
};
struct Smallest {
  template <class T>
  static constexpr T start = kHighest<T>;
  template <class T>
  static T meet(T x, T y) {
    return x < y || x != x ? x : y;
  }
};

template <class T, class Index, class Fold>
void scatter_part(const Call& call, Range outer, Range axis, Range inner) {
  const Operand &g = call.ops[0], &y = call.ops[2];
  const Index* index = static_cast<const Index*>(call.ops[1].data);
  const int64_t n = g.shape[1], a = y.shape[1], width = y.shape[2];
  for (int64_t o = outer.first; o < outer.last; ++o) {
    T* to = static_cast<T*>(y.data) + o * a * width;
    const T* from = static_cast<const T*>(g.data) + o * n * width;
    for (int64_t r = axis.first; r < axis.last; ++r)
      for (int64_t i = inner.first; i < inner.last; ++i)
        to[r * width + i] = Fold::template start<T>;
    for (int64_t j = 0; j < n; ++j) {
      const int64_t at = static_cast<int64_t>(index[j]);
      if (at < axis.first || at >= axis.last) continue;
      T* row = to + at * width;
      const T* add = from + j * width;
      NNCORE_INDEPENDENT
      for (int64_t i = inner.first; i < inner.last; ++i) row[i] = Fold::meet(row[i], add[i]);
    }
  }
}

template <class T, class Index, class Fold>
void scatter_typed(const Call& call, const Team& team) {
  const Operand& y = call.ops[2];
  const Range outer{0, y.shape[0]}, axis{0, y.shape[1]}, inner{0, y.shape[2]};
  if (outer.last >= team.size)
    scatter_part<T, Index, Fold>(call, share_of(outer.last, team), axis, inner);
  else if (axis.last >= 4 * team.size)
    scatter_part<T, Index, Fold>(call, outer, share_of(axis.last, team), inner);
  else
    scatter_part<T, Index, Fold>(call, outer, axis, share_of(inner.last, team));
}

template <class T, class Index>
void scatter_add_typed(const Call& call, const Team& team) {
  scatter_typed<T, Index, Sum>(call, team);
}

// ---- scatter_reduce: the same with ints [0: product, 1: largest, 2: smallest] in place of the sum
// ---- A place that nothing is scattered to keeps 1, or what every other number replaces.

template <class T, class Index>
void scatter_reduce_typed(const Call& call, const Team& team) {
  switch (call.ints[0]) {
    case 0:
      return scatter_typed<T, Index, Product>(call, team);
    case 1:
      return scatter_typed<T, Index, Largest>(call, team);
    default:
      return scatter_typed<T, Index, Smallest>(call, team);
  }
}

// ---- take_along: x (O, A, I), index (O, n, I) -> y, y[o, j, i] = x[o, index[o, j, i], i]
// ----------

template <class T, class Index>
void take_along_typed(const Call& call, const Team& team) {
  const Operand &x = call.ops[0], &y = call.ops[2];
  const T* from = static_cast<const T*>(x.data);
  const Index* index = static_cast<const Index*>(call.ops[1].data);
  T* to = static_cast<T*>(y.data);
  const int64_t axis = x.shape[1], inner = x.shape[2], n = y.shape[1];
  const Range rows = share_of(y.shape[0] * n, team);
  for (int64_t r = rows.first; r < rows.last; ++r) {
    const T* slice = from + r / n * axis * inner;
    for (int64_t i = 0; i < inner; ++i) {
      const int64_t at = static_cast<int64_t>(index[r * inner + i]);
      to[r * inner + i] = at >= 0 && at < axis ? slice[at * inner + i] : kMissing<T>;
    }
  }
}

// ---- put_along_add: g, index (O, n, I) -> y (O, A, I), y[o, index[o, j, i], i] += g[o, j, i]
// ------

template <class T, class Index>
void put_part(const Call& call, Range outer, Range axis) {
  const Operand &g = call.ops[0], &y = call.ops[2];
  const int64_t n = g.shape[1], a = y.shape[1], inner = y.shape[2];
  for (int64_t o = outer.first; o < outer.last; ++o) {
    T* to = static_cast<T*>(y.data) + o * a * inner;
    const T* from = static_cast<const T*>(g.data) + o * n * inner;
    const Index* index = static_cast<const Index*>(call.ops[1].data) + o * n * inner;
    for (int64_t i = axis.first * inner; i < axis.last * inner; ++i) to[i] = T(0);
    for (int64_t j = 0; j < n; ++j)
      for (int64_t i = 0; i < inner; ++i) {
        const int64_t at = static_cast<int64_t>(index[j * inner + i]);
        if (at >= axis.first && at < axis.last) to[at * inner + i] += from[j * inner + i];
      }
  }
}

template <class T, class Index>
void put_along_add_typed(const Call& call, const Team& team) {
  const Operand& y = call.ops[2];
  if (y.shape[0] >= team.size)
    put_part<T, Index>(call, share_of(y.shape[0], team), {0, y.shape[1]});
  else
    put_part<T, Index>(call, {0, y.shape[0]}, share_of(y.shape[1], team));
}

// ---- entries ------------------------------------------------------------------------------------

#define NNCORE_INDEX(f, T) \
  call.ops[1].dtype == i32 ? f<T, int32_t>(call, team) : f<T, int64_t>(call, team)

// Elements are only moved: types of one size share code, but floats have a NaN for what is missing.
#define NNCORE_MOVED(f)         \
  switch (call.ops[0].dtype) {  \
    case f32:                   \
      NNCORE_INDEX(f, float);   \
      break;                    \
    case f64:                   \
      NNCORE_INDEX(f, double);  \
      break;                    \
    case i32:                   \
      NNCORE_INDEX(f, int32_t); \
      break;                    \
    case i64:                   \
      NNCORE_INDEX(f, int64_t); \
      break;                    \
    default:                    \
      NNCORE_INDEX(f, uint8_t); \
  }
#define NNCORE_ADDED(f)         \
  switch (call.ops[0].dtype) {  \
    case f32:                   \
      NNCORE_INDEX(f, float);   \
      break;                    \
    case f64:                   \
      NNCORE_INDEX(f, double);  \
      break;                    \
    case i32:                   \
      NNCORE_INDEX(f, int32_t); \
      break;                    \
    default:                    \
      NNCORE_INDEX(f, int64_t); \
  }

// `slots` is the side with n where the other has A; both are (O, _, I).
static const char* check_index(const Call& call, const Operand& slots, const Operand& axis,
                               bool along, int n_ints = 0) {
  if (call.n_in != 2 || call.n_out != 1 || call.n_ints != n_ints || call.n_floats != 0)
    return "expects a tensor, an index, one output and no attributes (scatter_reduce: its kind)";
  const Operand& index = call.ops[1];
  if (!is_index(index)) return "expects an index of int32 or int64";
  if (slots.dtype != axis.dtype) return "expects input and output of one type";
  if (slots.ndim != 3 || axis.ndim != 3) return "expects (O, A, I) and (O, n, I)";
  if (slots.shape[0] != axis.shape[0] || slots.shape[2] != axis.shape[2])
    return "expects (O, A, I) and (O, n, I) with equal O and I";
  if (along) return same_shape(index, slots) ? nullptr : "expects index (O, n, I)";
  return index.ndim == 1 && index.shape[0] == slots.shape[1] ? nullptr : "expects index (n)";
}

static const char* check_added(const Call& call, bool along, int n_ints = 0) {
  if (call.n_in != 2 || call.n_out != 1) return "expects a tensor, an index and one output";
  const int32_t t = call.ops[0].dtype;
  if (t != f32 && t != f64 && t != i32 && t != i64)
    return "expects float32, float64, int32 or int64";
  return check_index(call, call.ops[0], call.ops[2], along, n_ints);
}
static const char* check_moved(const Call& call, bool along) {
  if (call.n_in != 2 || call.n_out != 1) return "expects a tensor, an index and one output";
  if (call.ops[0].dtype >= kGraphDTypes) return "expects a type that graphs have";
  return check_index(call, call.ops[2], call.ops[0], along);
}

void gather_run(const Call& call, const Team& team) { NNCORE_MOVED(gather_typed) }
const char* gather_check(const Call& call) { return check_moved(call, false); }
void scatter_add_run(const Call& call, const Team& team) { NNCORE_ADDED(scatter_add_typed) }
const char* scatter_add_check(const Call& call) { return check_added(call, false); }
void scatter_reduce_run(const Call& call, const Team& team) { NNCORE_ADDED(scatter_reduce_typed) }
const char* scatter_reduce_check(const Call& call) {
  if (const char* wrong = check_added(call, false, 1)) return wrong;
  return call.ints[0] >= 0 && call.ints[0] <= 2 ? nullptr : "expects a kind of 0, 1 or 2";
}
void take_along_run(const Call& call, const Team& team) { NNCORE_MOVED(take_along_typed) }
const char* take_along_check(const Call& call) { return check_moved(call, true); }
void put_along_add_run(const Call& call, const Team& team) { NNCORE_ADDED(put_along_add_typed) }
const char* put_along_add_check(const Call& call) { return check_added(call, true); }

// What is picked or added counts, not the table it is picked from.
static double bytes_of(const Operand& x) {
  const bool wide = x.dtype == f64 || x.dtype == i64;
  return static_cast<double>(element_count(x)) * (x.dtype >= u8 ? 1 : wide ? 8 : 4);
}
static double rows_of(const Operand& x) {
  return static_cast<double>(x.shape[0]) * static_cast<double>(x.shape[1]);
}
double gather_cost(const Call& call) {
  return 50 + 3 * rows_of(call.ops[2]) + bytes_of(call.ops[2]) / 10;
}
double scatter_add_cost(const Call& call) {
  return 50 + 3 * rows_of(call.ops[0]) + (bytes_of(call.ops[0]) + bytes_of(call.ops[2])) / 15;
}
double scatter_reduce_cost(const Call& call) { return scatter_add_cost(call); }
double take_along_cost(const Call& call) { return 50 + bytes_of(call.ops[2]) / 2; }
double put_along_add_cost(const Call& call) {
  return 50 + bytes_of(call.ops[0]) / 2 + bytes_of(call.ops[2]) / 30;
}

}  // namespace nncore::NNCORE_ISA
