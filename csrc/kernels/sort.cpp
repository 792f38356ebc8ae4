// sort: x (..., n) -> values (..., n), indices (..., n) of int32, along the last axis.
//
// Stable in both directions: equal elements keep their order. NaN goes last either way. A merge
// sort from the bottom up: runs are made by insertion, then merged back and forth between the
// output and scratch. Rows are dealt out to the threads whole.
#include "kernels/check.hpp"

namespace nncore::NNCORE_ISA {

constexpr int64_t kRun = 16;

// True when y must stand before x although it came later.
template <class T, bool Descending>
static inline bool before(T y, T x) {
  if (Descending) return y > x || (x != x && y == y);
  return y < x || (x != x && y == y);
}

template <class T>
struct Column {
  T* value;
  int32_t* index;
};

template <class T, bool Descending>
void insert_run(Column<T> c, int64_t first, int64_t last) {
  for (int64_t i = first + 1; i < last; ++i) {
    const T value = c.value[i];
    const int32_t index = c.index[i];
    int64_t j = i;
    for (; j > first && before<T, Descending>(value, c.value[j - 1]); --j) {
      c.value[j] = c.value[j - 1];
      c.index[j] = c.index[j - 1];
    }
    c.value[j] = value;
    c.index[j] = index;
  }
}

template <class T, bool Descending>
void merge_runs(Column<T> from, Column<T> to, int64_t first, int64_t middle, int64_t last) {
  int64_t a = first, b = middle;
  for (int64_t k = first; k < last; ++k) {
    const bool right =
        a == middle || (b < last && before<T, Descending>(from.value[b], from.value[a]));
    const int64_t s = right ? b++ : a++;
    to.value[k] = from.value[s];
    to.index[k] = from.index[s];
  }
}

template <class T, bool Descending>
void sort_row(const T* x, Column<T> out, Column<T> other, int64_t n) {
  int rounds = 0;
  for (int64_t run = kRun; run < n; run *= 2) ++rounds;
  Column<T> from = rounds % 2 ? other : out, to = rounds % 2 ? out : other;
  for (int64_t i = 0; i < n; ++i) {
    from.value[i] = x[i];
    from.index[i] = static_cast<int32_t>(i);
  }
  for (int64_t i = 0; i < n; i += kRun)
    insert_run<T, Descending>(from, i, i + kRun < n ? i + kRun : n);
  for (int64_t run = kRun; run < n; run *= 2) {
    for (int64_t i = 0; i < n; i += 2 * run) {
      const int64_t middle = i + run < n ? i + run : n, last = i + 2 * run < n ? i + 2 * run : n;
      merge_runs<T, Descending>(from, to, i, middle, last);
    }
    const Column<T> swap = from;
    from = to;
    to = swap;
  }
}

// One thread's second copy of a row: values, then indices, each from a cache line on.
static int64_t line_bytes(int64_t bytes) { return (bytes + 63) / 64 * 64; }
static int64_t row_bytes(int64_t n) { return line_bytes(8 * n) + line_bytes(4 * n); }

template <class T>
void sort_typed(const Call& call, const Team& team) {
  const Operand &x = call.ops[0], &y = call.ops[1], &z = call.ops[2];
  const int64_t n = x.shape[x.ndim - 1];
  if (n == 0) return;
  const int64_t rows = element_count(x) / n;
  char* own = call.scratch + team.tid * row_bytes(n);
  const Column<T> other{reinterpret_cast<T*>(own),
                        reinterpret_cast<int32_t*>(own + line_bytes(8 * n))};
  for (int64_t r = rows * team.tid / team.size; r < rows * (team.tid + 1) / team.size; ++r) {
    const T* from = static_cast<const T*>(x.data) + r * n;
    const Column<T> out{static_cast<T*>(y.data) + r * n, static_cast<int32_t*>(z.data) + r * n};
    if (call.ints[1])
      sort_row<T, true>(from, out, other, n);
    else
      sort_row<T, false>(from, out, other, n);
  }
}

void sort_run(const Call& call, const Team& team) {
  switch (call.ops[0].dtype) {
    case f32:
      return sort_typed<float>(call, team);
    case f64:
      return sort_typed<double>(call, team);
    case i32:
      return sort_typed<int32_t>(call, team);
    case i64:
      return sort_typed<int64_t>(call, team);
    default:
      return sort_typed<uint8_t>(call, team);
  }
}

int64_t sort_scratch(const Call& call, int team) {
  const Operand& x = call.ops[0];
  return team * row_bytes(x.shape[x.ndim - 1]);
}

// n log2(n) comparisons, most of them unpredictable.
double sort_cost(const Call& call) {
  const Operand& x = call.ops[0];
  double levels = 2;
  for (int64_t n = x.shape[x.ndim - 1]; n > 1; n /= 2) levels += 1;
  return 50 + 3 * levels * static_cast<double>(element_count(x));
}

const char* sort_check(const Call& call) {
  if (!has_counts(call, 1, 2, 2, 0))
    return "expects x -> values, indices and ints [axis, descending]";
  const Operand &x = call.ops[0], &y = call.ops[1], &z = call.ops[2];
  if (x.dtype >= kGraphDTypes) return "expects a type that graphs have";
  if (y.dtype != x.dtype || z.dtype != i32)
    return "expects values of x's type and indices of int32";
  if (x.ndim < 1 || call.ints[0] != x.ndim - 1) return "expects the last axis";
  if (!same_shape(x, y) || !same_shape(x, z)) return "expects outputs of x's shape";
  if (x.shape[x.ndim - 1] > INT32_MAX) return "expects at most 2**31 - 1 elements along the axis";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
