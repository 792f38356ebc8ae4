// argreduce: out[k] = the first index along one axis at which x is largest (or smallest); a NaN
// counts as beyond everything, so the first NaN wins.
//
// x has any strides and dtype; ints: [is_max, axis]; out is int32, contiguous, without the axis. A
// contiguous axis is searched in vectors, twice: for the extreme, then for where it first stands.
// Of another axis, 64 outputs side by side are followed at a time, so that x is read along its
// rows.
#include "kernels/check.hpp"
#include "kernels/reduce_ops.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

// The place of the first true lane, or -1.
template <class M>
NNCORE_INLINE int first_lane(M mask) {
  using Lane = std::remove_reference_t<decltype(mask[0])>;
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
  uint64_t bits = 0;
  if constexpr (sizeof(Lane) == 8) bits = _mm512_movepi64_mask((__m512i)mask);
  if constexpr (sizeof(Lane) == 4) bits = _mm512_movepi32_mask((__m512i)mask);
  if constexpr (sizeof(Lane) == 1) bits = _mm512_movepi8_mask((__m512i)mask);
  return bits == 0 ? -1 : __builtin_ctzll(bits);
#elif defined(__x86_64__)
#if defined(__AVX2__)
  const auto bits = static_cast<uint32_t>(_mm256_movemask_epi8((__m256i)mask));
#else
  const auto bits = static_cast<uint32_t>(_mm_movemask_epi8((__m128i)mask));
#endif
  return bits == 0 ? -1 : __builtin_ctz(bits) / static_cast<int>(sizeof(Lane));
#else
  for (int i = 0; i < kVecBytes / static_cast<int>(sizeof(Lane)); ++i)
    if (mask[i]) return i;
  return -1;
#endif
}

template <class T, bool Max>
struct Search {
  using R = Reduction<T, Max ? kMax : kMin>;  // keeps a NaN
  using V = Vec<T>;

  NNCORE_MEMBER bool beats(T x, T best) {
    return (Max ? x > best : x < best) || (x != x && best == best);
  }

  static int32_t in_row(const T* x, int64_t n) {
    V best = broadcast(R::identity);
    for_vectors<T>(
        n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
          best = R::step(best, get(x + i, lanes, R::identity));
        });
    best = across<T>(
        best, [](V a, V b) __attribute__((always_inline)) { return R::step(a, b); });
    int64_t i = 0;
    for (; i + kLanes<T> <= n; i += kLanes<T>) {
      const V v = load(x + i);
      const int lane = first_lane((v == best) | (v != v));
      if (lane >= 0) return static_cast<int32_t>(i + lane);
    }
    // The extreme is in the rest, before the lanes that only repeat its last element.
    const V v = load_partial(x + i, static_cast<int>(n - i), broadcast(x[n - 1]));
    return static_cast<int32_t>(i + first_lane((v == best) | (v != v)));
  }

  static int32_t in_strided(const T* x, int64_t n, int64_t stride) {
    T best = x[0];
    int32_t at = 0;
    for (int64_t i = 1; i < n; ++i)
      if (beats(x[i * stride], best)) best = x[i * stride], at = static_cast<int32_t>(i);
    return at;
  }

  static constexpr int64_t kAbreast = 64;
  static void in_columns(const T* x, int64_t n, int64_t stride, int64_t width, int32_t* out) {
    T best[kAbreast];
    for (int64_t j = 0; j < width; ++j) best[j] = x[j], out[j] = 0;
    for (int64_t i = 1; i < n; ++i)
      for (int64_t j = 0; j < width; ++j) {
        const T candidate = x[i * stride + j];
        const bool better = beats(candidate, best[j]);
        best[j] = better ? candidate : best[j];
        out[j] = better ? static_cast<int32_t>(i) : out[j];
      }
  }

  static void run(const Call& c, const Team& team) {
    const Operand& x = c.ops[0];
    const int axis = static_cast<int>(c.ints[1]), last = x.ndim - 1;
    const int64_t n = x.shape[axis], stride = x.strides[axis];
    // Outputs side by side in x and in the output, if the last axis is kept and contiguous.
    const bool columns = axis != last && x.strides[last] == 1 && stride != 1;
    const int64_t width = columns ? x.shape[last] : 1;
    const int64_t strips = (width + kAbreast - 1) / kAbreast;
    const Range items = share(element_count(c.ops[1]) / width * strips, team);
    for (int64_t item = items.begin; item < items.end; ++item) {
      const int64_t first = item % strips * kAbreast;
      int64_t rest = item / strips;
      const T* from = data_of<T>(c, 0) + first;
      int32_t* to = data_of<int32_t>(c, 1) + rest * width + first;
      for (int d = columns ? last - 1 : last; d >= 0; --d) {
        if (d == axis) continue;
        from += rest % x.shape[d] * x.strides[d];
        rest /= x.shape[d];
      }
      if (columns)
        in_columns(from, n, stride, width - first < kAbreast ? width - first : kAbreast, to);
      else
        *to = stride == 1 ? in_row(from, n) : in_strided(from, n, stride);
    }
  }
};

template <bool Max>
void run_dtype(const Call& c, const Team& team) {
  switch (c.ops[0].dtype) {
    case f32:
      return Search<float, Max>::run(c, team);
    case f64:
      return Search<double, Max>::run(c, team);
    case i32:
      return Search<int32_t, Max>::run(c, team);
    case i64:
      return Search<int64_t, Max>::run(c, team);
    default:
      return Search<uint8_t, Max>::run(c, team);
  }
}

}  // namespace

const char* argreduce_check(const Call& c) {
  if (!has_counts(c, 1, 1, 2, 0)) return "expects one input, one output and ints [is_max, axis]";
  const Operand &x = c.ops[0], &out = c.ops[1];
  const int64_t axis = c.ints[1];
  if (x.dtype < 0 || x.dtype >= kGraphDTypes || out.dtype != i32) return "expects an int32 output";
  if (axis < 0 || axis >= x.ndim) return "expects a non-negative axis of the input";
  if (out.ndim != x.ndim - 1) return "expects the input's shape without the axis";
  for (int d = 0; d < out.ndim; ++d)
    if (out.shape[d] != x.shape[d < axis ? d : d + 1])
      return "expects the input's shape without the axis";
  if (x.shape[axis] == 0 && element_count(out) > 0) return "expects an axis that is not empty";
  return x.shape[axis] >> 31 == 0 ? nullptr : "expects an axis shorter than 2^31";
}

double argreduce_cost(const Call& c) {
  return 50 + 5 * static_cast<double>(element_count(c.ops[1])) +
         0.2 * static_cast<double>(element_count(c.ops[0]));
}

Parts argreduce_parts(const Call& c, int) {
  const Operand& x = c.ops[0];
  return x.ndim == 2 && c.ints[1] == 1 ? all_operands(c) : Parts{};
}

void argreduce_run(const Call& c, const Team& team) {
  if (element_count(c.ops[1]) == 0) return;
  if (c.ints[0] != 0)
    run_dtype<true>(c, team);
  else
    run_dtype<false>(c, team);
}

}  // namespace nncore::NNCORE_ISA
