// sort: x (..., n) -> values (..., n), indices (..., n) of int32, along the last axis.
//
// Stable in both directions: equal elements keep their order. NaN goes last either way.
//
// An element becomes an integer that sorts as it does, with its index in the lowest bits: no two
// are equal then, so that any order of comparing is stable, and an element is one number to move.
// Runs of 32 are ranked by comparing each with all, in vectors and without a branch; then runs are
// merged back and forth between two halves of scratch, from both ends at once: which end comes next
// is unpredictable, so nothing branches on it. Values are fetched by index at the end. Rows are
// dealt out to the threads whole.
#include "kernels/check.hpp"
#include "kernels/simd.hpp"

namespace nncore::NNCORE_ISA {

constexpr int64_t kRun = 32;
__extension__ typedef unsigned __int128 uint128;

// Integers that sort like the elements: at most 32 bits of them leave room for the index in 64.
template <class T>
using Sorted = std::conditional_t<sizeof(T) == 8, uint128, uint64_t>;

template <class T>
static inline uint64_t ordered(T x) {
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
    using U = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    constexpr U sign = U{1} << (8 * sizeof(T) - 1);
    const T positive_zero = x + T(0);
    U bits;
    __builtin_memcpy(&bits, &positive_zero, sizeof bits);
    return bits & sign ? U(~bits) : U(bits | sign);
  } else if constexpr (std::is_signed_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<U>(static_cast<U>(x) ^ U{1} << (8 * sizeof(T) - 1));
  } else {
    return x;
  }
}

template <class T, bool Descending>
static inline Sorted<T> key_of(T x, int64_t index) {
  constexpr uint64_t all = sizeof(T) == 8 ? ~uint64_t{0} : 0xffffffff;
  const uint64_t order = Descending ? ~ordered(x) & all : ordered(x);
  return Sorted<T>(x != x ? all : order) << 32 | static_cast<uint64_t>(index);
}

// Sorts kRun keys: an element's place is the number of smaller ones.
static inline void sort_run_of(const uint64_t* from, uint64_t* to) {
  constexpr int lanes = kLanes<uint64_t>, vectors = kRun / lanes;
  vi64 place[vectors] = {};
  for (int j = 0; j < kRun; ++j) {
    const vu64 other = broadcast(from[j]);
    for (int k = 0; k < vectors; ++k) place[k] -= (vi64)(other < load(from + k * lanes));
  }
  alignas(64) int64_t places[kRun];
  for (int k = 0; k < vectors; ++k) store(places + k * lanes, place[k]);
  for (int j = 0; j < kRun; ++j) to[places[j]] = from[j];
}
static inline void sort_run_of(const uint128* from, uint128* to) {
  for (int64_t i = 0; i < kRun; ++i) {
    const uint128 key = from[i];
    int64_t j = i;
    for (; j > 0 && key < to[j - 1]; --j) to[j] = to[j - 1];
    to[j] = key;
  }
}

// Merges `half` keys at a and as many behind them: the smaller half of the result from the front,
// the greater from the back, neither of which can run out of keys.
template <class K>
static inline void merge_equal(const K* a, K* to, int64_t half) {
  const K *b = a + half, *c = b - 1, *d = b + half - 1;
  for (int64_t k = 0; k < half; ++k) {
    const K x = *a, y = *b, u = *c, v = *d;
    const bool second = y < x, first = v < u;
    to[k] = second ? y : x;
    b += second;
    a += !second;
    to[2 * half - 1 - k] = first ? u : v;
    c -= first;
    d -= !first;
  }
}
template <class K>
static inline void merge_rest(const K* a, int64_t n_a, const K* b, int64_t n_b, K* to) {
  while (n_a > 0 && n_b > 0) {
    const bool second = *b < *a;
    *to++ = second ? *b : *a;
    b += second;
    n_b -= second;
    a += !second;
    n_a -= !second;
  }
  while (n_a-- > 0) *to++ = *a++;
  while (n_b-- > 0) *to++ = *b++;
}

static int64_t padded(int64_t n) { return (n + kRun - 1) / kRun * kRun; }

template <class T, bool Descending>
static void sort_row(const T* x, T* values, int32_t* indices, int64_t n, Sorted<T>* from) {
  using K = Sorted<T>;
  const int64_t total = padded(n);
  K* to = from + total;
  for (int64_t i = 0; i < n; ++i) from[i] = key_of<T, Descending>(x[i], i);
  for (int64_t i = n; i < total; ++i) from[i] = ~K{0} - static_cast<K>(total - 1 - i);
  for (int64_t i = 0; i < total; i += kRun) sort_run_of(from + i, to + i);
  for (int64_t run = kRun; run < total; run *= 2) {
    K* const swap = from;
    from = to;
    to = swap;
    for (int64_t i = 0; i < total; i += 2 * run) {
      const int64_t left = total - i;
      if (left >= 2 * run)
        merge_equal(from + i, to + i, run);
      else
        merge_rest(from + i, run < left ? run : left, from + i + run, left - run, to + i);
    }
  }
  for (int64_t i = 0; i < n; ++i) {
    indices[i] = static_cast<int32_t>(static_cast<uint64_t>(to[i]) & 0xffffffff);
    values[i] = x[indices[i]];
  }
}

static int64_t row_bytes(const Operand& x) {
  const bool wide = x.dtype == f64 || x.dtype == i64;
  return 2 * padded(x.shape[x.ndim - 1]) * (wide ? 16 : 8);
}

template <class T>
void sort_typed(const Call& call, const Team& team) {
  const Operand &x = call.ops[0], &y = call.ops[1], &z = call.ops[2];
  const int64_t n = x.shape[x.ndim - 1];
  if (n == 0) return;
  const int64_t rows = element_count(x) / n;
  auto* own = reinterpret_cast<Sorted<T>*>(call.scratch + team.tid * row_bytes(x));
  for (int64_t r = rows * team.tid / team.size; r < rows * (team.tid + 1) / team.size; ++r) {
    const T* from = static_cast<const T*>(x.data) + r * n;
    T* values = static_cast<T*>(y.data) + r * n;
    int32_t* indices = static_cast<int32_t*>(z.data) + r * n;
    if (call.ints[1])
      sort_row<T, true>(from, values, indices, n, own);
    else
      sort_row<T, false>(from, values, indices, n, own);
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
  return team * row_bytes(x);
}

// Runs, and log2(n / 32) merges.
double sort_cost(const Call& call) {
  const Operand& x = call.ops[0];
  double levels = 4;
  for (int64_t n = x.shape[x.ndim - 1]; n > kRun; n /= 2) levels += 1;
  return 50 + 1.5 * levels * static_cast<double>(element_count(x));
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
