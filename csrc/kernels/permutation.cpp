// permutation: words (n) int64, each a random number of 32 bits -> out (n) int64, the numbers 0 to
// n-1 in random order.
//
// Fisher and Yates's shuffle from the inside out: element i goes to place j = words[i] * (i + 1) /
// 2^32 of the first i + 1, and what stood there moves to the end. No place is more probable than
// another by more than i / 2^32. One thread: each step needs the ones before it, and a million take
// two milliseconds.
#include "kernels/check.hpp"

namespace nncore::NNCORE_ISA {

const char* permutation_check(const Call& c) {
  if (!has_counts(c, 1, 1, 0, 0)) return "expects words -> numbers";
  const Operand &words = c.ops[0], &out = c.ops[1];
  if (words.dtype != i64 || words.ndim != 1) return "expects int64 words of shape (n,)";
  if (out.dtype != i64 || !same_shape(words, out))
    return "expects an output of the words' type and shape";
  return element_count(out) >> 32 == 0 ? nullptr : "expects fewer than 2^32 elements";
}

// Work that a team can share, for which there is none: a larger estimate would only call members
// that have nothing to do.
double permutation_cost(const Call&) { return 50; }

void permutation_run(const Call& c, const Team& team) {
  if (team.tid != 0) return;
  const int64_t* words = static_cast<const int64_t*>(c.ops[0].data);
  int64_t* out = static_cast<int64_t*>(c.ops[1].data);
  const int64_t n = element_count(c.ops[1]);
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t word = static_cast<uint64_t>(words[i]) & 0xffffffff;
    const int64_t j = static_cast<int64_t>(word * static_cast<uint64_t>(i + 1) >> 32);
    out[i] = out[j];
    out[j] = i;
  }
}

}  // namespace nncore::NNCORE_ISA
