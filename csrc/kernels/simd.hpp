// A thin vector type over the compiler's vector extensions.
//
// Vec<T> is a plain vector of T as wide as the instruction-set level this unit is compiled for:
// 64 bytes at x86-64-v4, 32 at v3, 16 at v2 and on aarch64. Arithmetic, comparison and `m ? a : b`
// are the compiler's own operators (a comparison gives an integer vector of 0 and -1). What they
// lack stands here: loads, fused multiply-add, rounding, min/max, horizontal sums. Everything is
// always inlined, so that no unit exports code that another level's unit could end up calling.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#if defined(__x86_64__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"  // GCC 12's own headers
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

#define NNCORE_INLINE static inline __attribute__((always_inline))
#define NNCORE_MEMBER static inline __attribute__((always_inline))  // within a class

#if defined(__AVX512F__)
#define NNCORE_MM(op) _mm512_##op
#elif defined(__AVX2__)
#define NNCORE_MM(op) _mm256_##op
#elif defined(__SSE4_1__)
#define NNCORE_MM(op) _mm_##op
#endif

namespace nncore::NNCORE_ISA {

#if defined(__AVX512F__)
constexpr int kVecBytes = 64;
#elif defined(__AVX2__)
constexpr int kVecBytes = 32;
#else
constexpr int kVecBytes = 16;
#endif

template <class T>
struct VecOf;
// `unaligned` is the same vector at any address, free to alias any type.
#define NNCORE_VEC(T)                                                                           \
  template <>                                                                                   \
  struct VecOf<T> {                                                                             \
    typedef T type __attribute__((vector_size(kVecBytes)));                                     \
    typedef T unaligned __attribute__((vector_size(kVecBytes), aligned(sizeof(T)), may_alias)); \
  };
NNCORE_VEC(float)
NNCORE_VEC(double)
NNCORE_VEC(int8_t)
NNCORE_VEC(uint8_t)
NNCORE_VEC(int32_t)
NNCORE_VEC(uint32_t)
NNCORE_VEC(int64_t)
NNCORE_VEC(uint64_t)
#undef NNCORE_VEC

template <class T>
using Vec = typename VecOf<T>::type;
template <class T>
constexpr int kLanes = kVecBytes / static_cast<int>(sizeof(T));

using vf32 = Vec<float>;
using vf64 = Vec<double>;
using vi32 = Vec<int32_t>;
using vi64 = Vec<int64_t>;
using vu32 = Vec<uint32_t>;
using vu64 = Vec<uint64_t>;

template <class T>
struct Bits;  // the signed integer as wide as T
template <>
struct Bits<float> {
  using type = int32_t;
};
template <>
struct Bits<double> {
  using type = int64_t;
};
template <class T>
using Mask = Vec<typename Bits<T>::type>;

// ---- memory ------------------------------------------------------------------------------------

template <class T>
NNCORE_INLINE Vec<T> load(const T* p) {
  return *reinterpret_cast<const typename VecOf<T>::unaligned*>(p);
}

template <class T>
NNCORE_INLINE void store(T* p, Vec<T> v) {
  *reinterpret_cast<typename VecOf<T>::unaligned*>(p) = v;
}

template <class T>
NNCORE_INLINE Vec<T> broadcast(T x) {
  return x - Vec<T>{};  // x - 0 keeps the sign of a zero, and folds into one broadcast
}

template <class T>
NNCORE_INLINE Vec<T> iota() {
  Vec<T> v;
  for (int i = 0; i < kLanes<T>; ++i) v[i] = static_cast<T>(i);
  return v;
}

NNCORE_INLINE void copy_bytes(char* to, const char* from, int bytes) {  // bytes < kVecBytes
  if constexpr (kVecBytes > 32)
    if (bytes & 32) __builtin_memcpy(to, from, 32), to += 32, from += 32;
  if constexpr (kVecBytes > 16)
    if (bytes & 16) __builtin_memcpy(to, from, 16), to += 16, from += 16;
  if (bytes & 8) __builtin_memcpy(to, from, 8), to += 8, from += 8;
  if (bytes & 4) __builtin_memcpy(to, from, 4), to += 4, from += 4;
  if (bytes & 2) __builtin_memcpy(to, from, 2), to += 2, from += 2;
  if (bytes & 1) *to = *from;
}

// The first n lanes (0 < n < kLanes) from memory, the others from `fill`. Touches n elements only.
template <class T>
NNCORE_INLINE Vec<T> load_partial(const T* p, int n, Vec<T> fill) {
#if defined(__AVX512F__) && defined(__AVX512BW__)
  if constexpr (sizeof(T) == 4)
    return (Vec<T>)_mm512_mask_loadu_epi32((__m512i)fill, (__mmask16)((1u << n) - 1), p);
  if constexpr (sizeof(T) == 8)
    return (Vec<T>)_mm512_mask_loadu_epi64((__m512i)fill, (__mmask8)((1u << n) - 1), p);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    const vi32 m = iota<int32_t>() < n;
    return m ? (Vec<T>)_mm256_maskload_epi32(reinterpret_cast<const int*>(p), (__m256i)m) : fill;
  }
  if constexpr (sizeof(T) == 8) {
    const vi64 m = iota<int64_t>() < static_cast<int64_t>(n);
    const auto* q = reinterpret_cast<const long long*>(p);
    return m ? (Vec<T>)_mm256_maskload_epi64(q, (__m256i)m) : fill;
  }
#endif
  alignas(kVecBytes) Vec<T> v = fill;
  copy_bytes(reinterpret_cast<char*>(&v), reinterpret_cast<const char*>(p),
             n * static_cast<int>(sizeof(T)));
  return v;
}

// Writes the first n lanes, 0 < n < kLanes.
template <class T>
NNCORE_INLINE void store_partial(T* p, Vec<T> v, int n) {
#if defined(__AVX512F__) && defined(__AVX512BW__)
  if constexpr (sizeof(T) == 4)
    return _mm512_mask_storeu_epi32(p, (__mmask16)((1u << n) - 1), (__m512i)v);
  if constexpr (sizeof(T) == 8)
    return _mm512_mask_storeu_epi64(p, (__mmask8)((1u << n) - 1), (__m512i)v);
#endif
  alignas(kVecBytes) const Vec<T> kept = v;
  copy_bytes(reinterpret_cast<char*>(p), reinterpret_cast<const char*>(&kept),
             n * static_cast<int>(sizeof(T)));
}

// ---- arithmetic the operators lack -------------------------------------------------------------

// a*b + c, rounded once where the level has the instruction (x86-64-v2 has not: rounded twice).
#if defined(__FMA__)
NNCORE_INLINE vf32 fma(vf32 a, vf32 b, vf32 c) { return (vf32)NNCORE_MM(fmadd_ps)(a, b, c); }
NNCORE_INLINE vf64 fma(vf64 a, vf64 b, vf64 c) { return (vf64)NNCORE_MM(fmadd_pd)(a, b, c); }
#elif defined(__aarch64__)
NNCORE_INLINE vf32 fma(vf32 a, vf32 b, vf32 c) {
  for (int i = 0; i < kLanes<float>; ++i) c[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return c;
}
NNCORE_INLINE vf64 fma(vf64 a, vf64 b, vf64 c) {
  for (int i = 0; i < kLanes<double>; ++i) c[i] = __builtin_fma(a[i], b[i], c[i]);
  return c;
}
#else
NNCORE_INLINE vf32 fma(vf32 a, vf32 b, vf32 c) { return a * b + c; }
NNCORE_INLINE vf64 fma(vf64 a, vf64 b, vf64 c) { return a * b + c; }
#endif

// min2, max2: the SECOND operand when either is NaN (one instruction on x86). Put the value whose
// NaN must survive second. sqrt and rounding are IEEE's.
#if defined(NNCORE_MM)
NNCORE_INLINE vf32 min2(vf32 a, vf32 b) { return (vf32)NNCORE_MM(min_ps)(a, b); }
NNCORE_INLINE vf64 min2(vf64 a, vf64 b) { return (vf64)NNCORE_MM(min_pd)(a, b); }
NNCORE_INLINE vf32 max2(vf32 a, vf32 b) { return (vf32)NNCORE_MM(max_ps)(a, b); }
NNCORE_INLINE vf64 max2(vf64 a, vf64 b) { return (vf64)NNCORE_MM(max_pd)(a, b); }
NNCORE_INLINE vf32 sqrt(vf32 a) { return (vf32)NNCORE_MM(sqrt_ps)(a); }
NNCORE_INLINE vf64 sqrt(vf64 a) { return (vf64)NNCORE_MM(sqrt_pd)(a); }
#if defined(__AVX512F__)
#define NNCORE_ROUND(suffix, a, how) _mm512_roundscale_##suffix(a, how)
#else
#define NNCORE_ROUND(suffix, a, how) NNCORE_MM(round_##suffix)(a, how)
#endif
#define NNCORE_ROUNDING(name, how)                                                                 \
  NNCORE_INLINE vf32 name(vf32 a) { return (vf32)NNCORE_ROUND(ps, a, (how) | _MM_FROUND_NO_EXC); } \
  NNCORE_INLINE vf64 name(vf64 a) { return (vf64)NNCORE_ROUND(pd, a, (how) | _MM_FROUND_NO_EXC); }
NNCORE_ROUNDING(round_even, _MM_FROUND_TO_NEAREST_INT)
NNCORE_ROUNDING(floor, _MM_FROUND_TO_NEG_INF)
NNCORE_ROUNDING(ceil, _MM_FROUND_TO_POS_INF)
NNCORE_ROUNDING(trunc, _MM_FROUND_TO_ZERO)
#undef NNCORE_ROUNDING
#undef NNCORE_ROUND
#else
template <class V>
NNCORE_INLINE V min2(V a, V b) {
  return a < b ? a : b;
}
template <class V>
NNCORE_INLINE V max2(V a, V b) {
  return a > b ? a : b;
}
#define NNCORE_PER_LANE(name, fn)                                           \
  NNCORE_INLINE vf32 name(vf32 a) {                                         \
    for (int i = 0; i < kLanes<float>; ++i) a[i] = __builtin_##fn##f(a[i]); \
    return a;                                                               \
  }                                                                         \
  NNCORE_INLINE vf64 name(vf64 a) {                                         \
    for (int i = 0; i < kLanes<double>; ++i) a[i] = __builtin_##fn(a[i]);   \
    return a;                                                               \
  }
NNCORE_PER_LANE(sqrt, sqrt)
NNCORE_PER_LANE(round_even, rint)
NNCORE_PER_LANE(floor, floor)
NNCORE_PER_LANE(ceil, ceil)
NNCORE_PER_LANE(trunc, trunc)
#undef NNCORE_PER_LANE
#endif

NNCORE_INLINE vf32 abs(vf32 a) { return (vf32)((vi32)a & INT32_MAX); }
NNCORE_INLINE vf64 abs(vf64 a) { return (vf64)((vi64)a & INT64_MAX); }
// |a| with the sign bit of s.
NNCORE_INLINE vf32 copysign(vf32 a, vf32 s) {
  return (vf32)(((vi32)a & INT32_MAX) | ((vi32)s & INT32_MIN));
}
NNCORE_INLINE vf64 copysign(vf64 a, vf64 s) {
  return (vf64)(((vi64)a & INT64_MAX) | ((vi64)s & INT64_MIN));
}
// A whole number in floating point to an integer and back, for |a| < 2^31 (float) or 2^51 (double).
NNCORE_INLINE vi32 to_int(vf32 a) { return __builtin_convertvector(a, vi32); }
NNCORE_INLINE vf32 to_float(vi32 a) { return __builtin_convertvector(a, vf32); }
#if defined(__AVX512DQ__) || !defined(__x86_64__)
NNCORE_INLINE vi64 to_int(vf64 a) { return __builtin_convertvector(a, vi64); }
NNCORE_INLINE vf64 to_float(vi64 a) { return __builtin_convertvector(a, vf64); }
#else
// No such instruction below AVX-512: adding 1.5 * 2^52 leaves the integer in the low mantissa bits.
NNCORE_INLINE vi64 to_int(vf64 a) {
  const vf64 magic = broadcast(0x1.8p52);
  return (vi64)(a + magic) - (vi64)magic;
}
NNCORE_INLINE vf64 to_float(vi64 a) {
  const vf64 magic = broadcast(0x1.8p52);
  return (vf64)(a + (vi64)magic) - magic;
}
#endif

// The two halves of a float vector in double precision, and back (rounded to nearest).
typedef float HalfFloats __attribute__((vector_size(kVecBytes / 2)));
struct Halves {
  vf64 low, high;
};
NNCORE_INLINE Halves widen(vf32 v) {
  HalfFloats part[2];
  __builtin_memcpy(part, &v, sizeof v);
  return {__builtin_convertvector(part[0], vf64), __builtin_convertvector(part[1], vf64)};
}
NNCORE_INLINE vf32 narrow(Halves h) {
  const HalfFloats part[2] = {__builtin_convertvector(h.low, HalfFloats),
                              __builtin_convertvector(h.high, HalfFloats)};
  vf32 v;
  __builtin_memcpy(&v, part, sizeof v);
  return v;
}

template <class M>
NNCORE_INLINE bool any(M mask) {
  int64_t found = 0;
  const Vec<int64_t> words = (Vec<int64_t>)mask;
  for (int i = 0; i < kLanes<int64_t>; ++i) found |= words[i];
  return found != 0;
}

// ---- across the lanes --------------------------------------------------------------------------

template <int X, class V, int... I>
NNCORE_INLINE V swap_lanes(V v, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(v, v, (I ^ X)...);
}

// Combines all lanes with `f` in a butterfly of fixed shape; every lane ends with the result.
template <class T, int X = kLanes<T> / 2, class F>
NNCORE_INLINE Vec<T> across(Vec<T> v, F f) {
  if constexpr (X == 0) {
    return v;
  } else {
    const Vec<T> other = swap_lanes<X>(v, std::make_integer_sequence<int, kLanes<T>>{});
    return across<T, X / 2>(f(v, other), f);
  }
}

template <class T>
NNCORE_INLINE Vec<T> sum_lanes(Vec<T> v) {
  return across<T>(
      v, [](Vec<T> a, Vec<T> b) __attribute__((always_inline)) { return a + b; });
}

}  // namespace nncore::NNCORE_ISA
