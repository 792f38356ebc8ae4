// random: element i of the output depends on (key, counter, stream, i) alone.
//
// Numbers come from Philox (philox.hpp): the key is seed[0], the counter's words are the block's
// number, seed[1] (two words) and the stream.
//
// Sixteen blocks make a group: 64 words w[k][j], k < 4 the word and j < 16 the block within the
// group. In memory j runs fastest, so whole vectors of blocks are stored as they are computed, at
// every vector width. Outputs:
//   0 uniform [0, 1)  float: w[k][j] / 2^32 cut to 24 bits. double: 53 bits of w[2k+1] w[2k], k < 2
//   1 normal          Box and Muller on pairs (0,1) and (2,3) of words (float), or of 64 bits
//   (double) 2 truncated       normal within two standard deviations: sqrt(2) erfinv of a uniform
//   number 3 raw             the words, as int64
// ints: [distribution, stream].
#include "kernels/check.hpp"
#include "kernels/philox.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

enum Distribution : int64_t { kUniform, kNormal, kTruncated, kRaw };
constexpr int kBlocks = 16, kWords = 4 * kBlocks;

struct Source {
  uint32_t key[2], counter[3];  // the counter's words after the block's number
};

typedef uint32_t HalfWords __attribute__((vector_size(kVecBytes / 2)));

// The words of a group, w[k * 16 + j].
NNCORE_INLINE void make_group(const Source& s, int64_t group, uint32_t* w) {
  constexpr int lanes = kLanes<uint64_t>;
  for (int j = 0; j < kBlocks; j += lanes) {
    vu64 word[4] = {iota<uint64_t>() + static_cast<uint64_t>(group * kBlocks + j),
                    broadcast<uint64_t>(s.counter[0]), broadcast<uint64_t>(s.counter[1]),
                    broadcast<uint64_t>(s.counter[2])};
    philox(s.key[0], s.key[1], word);
    for (int k = 0; k < 4; ++k) {
      const HalfWords low = __builtin_convertvector(word[k] & 0xffffffffu, HalfWords);
      __builtin_memcpy(w + k * kBlocks + j, &low, sizeof low);
    }
  }
}

// Uniform numbers: `low` in [0, 1), or strictly within (-1, 1) and symmetric.
template <class T>
struct Uniform;

template <>
struct Uniform<float> {
  static constexpr int64_t per_group = kWords;
  NNCORE_MEMBER vf32 bits(const uint32_t* w, int64_t i) {
    return to_float((vi32)(load(w + i) >> 8));  // 24 bits
  }
  NNCORE_MEMBER vf32 low(const uint32_t* w, int64_t i) { return bits(w, i) * 0x1p-24f; }
  // In (0, 1], with 32 bits near 0, so that the normal distribution's tail reaches 6.6.
  NNCORE_MEMBER vf32 positive(const uint32_t* w, int64_t i) {
    return to_float((vi32)(load(w + i) >> 1)) * 0x1p-31f + 0x1p-32f;
  }
  NNCORE_MEMBER vf32 symmetric(const uint32_t* w, int64_t i) {
    return (2 * bits(w, i) + 1) * 0x1p-24f - 1;
  }
};

template <>
struct Uniform<double> {
  static constexpr int64_t per_group = kWords / 2;
  // Element i of a group: half i / 16, block i % 16.
  NNCORE_MEMBER vf64 bits(const uint32_t* w, int64_t i) {
    const uint32_t* p = w + i / kBlocks * 2 * kBlocks + i % kBlocks;
    const vf64 high = words(p + kBlocks, 0), low = words(p, 11);
    return high * 0x1p21 + low;  // 32 + 21 bits
  }
  NNCORE_MEMBER vf64 words(const uint32_t* p, int shift) {
    HalfWords h;
    __builtin_memcpy(&h, p, sizeof h);
    return to_float((vi64) __builtin_convertvector(h >> shift, vu64));
  }
  NNCORE_MEMBER vf64 low(const uint32_t* w, int64_t i) { return bits(w, i) * 0x1p-53; }
  NNCORE_MEMBER vf64 positive(const uint32_t* w, int64_t i) { return (bits(w, i) + 1) * 0x1p-53; }
  NNCORE_MEMBER vf64 symmetric(const uint32_t* w, int64_t i) {
    return (bits(w, i) * 2 + 1) * 0x1p-53 - 1;
  }
};

// Two independent normal numbers from two uniform ones: r cos(2 pi u) and r sin(2 pi u).
template <class T>
NNCORE_INLINE void normal_pair(const uint32_t* w, int64_t i, T* out) {
  const Vec<T> r = sqrt(-2 * log<T>(Uniform<T>::positive(w, i)));
  const Vec<T> quarters = Uniform<T>::low(w, i + kBlocks) * 4, n = round_even(quarters);
  const Vec<T> angle = (quarters - n) * T(1.57079632679489661923);
  const Mask<T> quadrant = to_int(n);
  store(out + i, r * sin_of_quadrant<T>(angle, quadrant + 1));
  store(out + i + kBlocks, r * sin_of_quadrant<T>(angle, quadrant));
}

NNCORE_INLINE void fill_group(int64_t, const uint32_t* w, int64_t* out) {
  for (int i = 0; i < kWords; ++i) out[i] = w[i];
}

template <class T>
NNCORE_INLINE void fill_group(int64_t distribution, const uint32_t* w, T* out) {
  using U = Uniform<T>;
  if (distribution == kNormal) {
    for (int64_t pair = 0; pair < U::per_group; pair += 2 * kBlocks)
      for (int64_t j = 0; j < kBlocks; j += kLanes<T>) normal_pair<T>(w, pair + j, out);
    return;
  }
  for (int64_t i = 0; i < U::per_group; i += kLanes<T>) {
    if (distribution == kUniform) {
      store(out + i, U::low(w, i));
      continue;
    }
    const Vec<T> p = U::symmetric(w, i) * T(0.95449973610364158559);  // erf(sqrt 2)
    const Vec<T> x = erfinv_centre<T>(p) * T(1.41421356237309504880);
    store(out + i, max2(broadcast<T>(-2), min2(broadcast<T>(2), x)));
  }
}

template <class T>
void run(const Call& c, const Team& team, int64_t per_group) {
  const int64_t* seed = static_cast<const int64_t*>(c.ops[0].data);
  const auto half = [](int64_t x, int which) {
    return static_cast<uint32_t>(static_cast<uint64_t>(x) >> (32 * which));
  };
  const int64_t stream = c.ints[1];
  const Source source{{half(seed[0], 0), half(seed[0], 1)},
                      {half(seed[1], 0), half(seed[1], 1) ^ half(stream, 1), half(stream, 0)}};
  const int64_t n = element_count(c.ops[1]);
  const Range groups = share((n + per_group - 1) / per_group, team);
  T* out = data_of<T>(c, 1);
  for (int64_t g = groups.begin; g < groups.end; ++g) {
    alignas(64) uint32_t w[kWords];
    make_group(source, g, w);
    if ((g + 1) * per_group <= n) {
      fill_group(c.ints[0], w, out + g * per_group);
      continue;
    }
    T last[kWords];
    fill_group(c.ints[0], w, last);
    for (int64_t i = g * per_group; i < n; ++i) out[i] = last[i - g * per_group];
  }
}

}  // namespace

const char* random_check(const Call& c) {
  if (!has_counts(c, 1, 1, 2, 0)) return "expects seed (2,), one output and ints [kind, stream]";
  const Operand &seed = c.ops[0], &out = c.ops[1];
  if (seed.dtype != i64 || seed.ndim != 1 || seed.shape[0] != 2)
    return "expects an int64 seed of shape (2,): key and counter";
  if (c.ints[0] < kUniform || c.ints[0] > kRaw) return "unknown distribution";
  if (c.ints[0] == kRaw ? out.dtype != i64 : !is_float(out))
    return "expects a float32 or float64 output, or int64 for raw words";
  return element_count(out) >> 33 == 0 ? nullptr : "expects fewer than 2^33 elements";
}

double random_cost(const Call& c) {
  return 50 + static_cast<double>(element_count(c.ops[1])) * (c.ops[1].dtype == f32 ? 1 : 2);
}

void random_run(const Call& c, const Team& team) {
  switch (c.ops[1].dtype) {
    case f32:
      return run<float>(c, team, kWords);
    case f64:
      return run<double>(c, team, kWords / 2);
    default:
      return run<int64_t>(c, team, kWords);
  }
}

}  // namespace nncore::NNCORE_ISA
