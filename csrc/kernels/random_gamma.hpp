// Gamma variables, a vector of elements at a time.
//
// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000): d (1 + c x)^3 for a
// normal x, accepted with a probability near 1. Below 1 the shape is raised by one and the result
// scaled by u^(1/alpha). Proposal k of an element is made of block k of its own (see
// random_rejection.cpp), so that elements whose proposals were rejected can be brought together in
// full vectors, whoever their neighbours are.
#pragma once

#include "kernels/math.hpp"
#include "kernels/philox.hpp"

namespace nncore::NNCORE_ISA {

// Nothing is proposed more often: the chance to get here is below 2^-180.
constexpr int kProposals = 500;
constexpr uint32_t kBlockOfBoost = 1 << 11;  // beyond those of all proposals

struct RandomSource {
  uint32_t key[2], counter[3];  // counter: what follows the element's number
};

// Three numbers in (0, 1), symmetric, of 43, 43 and 42 bits.
struct ThreeUniforms {
  vf64 first, second, third;
};

NNCORE_INLINE ThreeUniforms three_uniforms(const RandomSource& s, vu64 element, uint32_t block) {
  constexpr uint64_t low = 0xffffffff;
  vu64 w[4] = {element & low, broadcast<uint64_t>(s.counter[0]), broadcast<uint64_t>(s.counter[1]),
               ((element >> 32) << 16) ^ static_cast<uint64_t>(s.counter[2] ^ block << 20)};
  philox(s.key[0], s.key[1], w);
  const vu64 a = (w[0] & low) << 11 | (w[2] & 0x7ff), b = (w[1] & low) << 11 | (w[2] >> 11 & 0x7ff),
             c = (w[3] & low) << 10 | (w[2] >> 22 & 0x3ff);
  return {(to_float((vi64)a) + 0.5) * 0x1p-43, (to_float((vi64)b) + 0.5) * 0x1p-43,
          (to_float((vi64)c) + 0.5) * 0x1p-42};
}

// A lane's variable, or its logarithm, where `accepted`.
struct GammaDraw {
  vf64 value;
  vi64 accepted;
};

NNCORE_INLINE vf64 cosine_of_turns(vf64 turns) {
  const vf64 quarters = turns * 4, n = round_even(quarters);
  return sin_of_quadrant<double>((quarters - n) * 1.57079632679489661923, to_int(n) + 1);
}

// The logarithm of what scales a variable whose shape was raised by one.
NNCORE_INLINE vf64 log_boost(const RandomSource& s, vu64 element, vf64 alpha) {
  return log<double>(three_uniforms(s, element, kBlockOfBoost).first) / alpha;
}

NNCORE_INLINE GammaDraw propose_gamma(const RandomSource& s, vu64 element, vf64 alpha, int proposal,
                                      bool logarithm) {
  const ThreeUniforms u = three_uniforms(s, element, static_cast<uint32_t>(proposal) + 1);
  const vi64 exponential = alpha == 1, small = alpha < 1;
  const vf64 log_u = log<double>(u.first);
  if (!any(~exponential)) return {logarithm ? log<double>(-log_u) : -log_u, exponential};
  const vf64 d = (small ? alpha + 1 : alpha) - 1.0 / 3, c = 1 / sqrt(9 * d);
  const vf64 x = sqrt(-2 * log_u) * cosine_of_turns(u.second);
  const vf64 root = 1 + c * x, v = root * root * root, x2 = x * x;
  // The first condition implies the second, and needs no logarithms.
  vi64 accepted = (u.third < 1 - 0.0331 * x2 * x2) & (root > 0);
  if (any(~accepted)) {
    const vf64 bound = 0.5 * x2 + d * (1 - v + 3 * log<double>(root));
    accepted |= (log<double>(u.third) < bound) & (root > 0);
  }
  vf64 value = d * v;
  if (logarithm || any(small)) {
    vf64 log_value = log<double>(d) + 3 * log<double>(root);
    log_value = small ? log_value + log_boost(s, element, alpha) : log_value;
    value = logarithm ? log_value : small ? exp<double>(log_value) : value;
  }
  const vf64 plain = logarithm ? log<double>(-log_u) : -log_u;
  return {exponential ? plain : value, accepted | exponential};
}

// Elements that still wait for a proposal to be accepted.
struct GammaQueue {
  static constexpr int kLength = 256;
  alignas(64) int64_t element[kLength];
  alignas(64) double alpha[kLength];
  int count = 0;

  void add(int64_t e, double a) {
    element[count] = e;
    alpha[count] = a;
    ++count;
  }
};

// Draws for all elements of the queue, which is empty then.
template <class T>
void draw_gamma(const RandomSource& s, GammaQueue& queue, bool logarithm, T* out) {
  constexpr int lanes = kLanes<double>;
  for (int proposal = 0; queue.count > 0; ++proposal) {
    const int waiting = queue.count;
    queue.count = 0;
    for (int i = waiting; i % lanes != 0; ++i) {
      queue.element[i] = queue.element[waiting - 1];
      queue.alpha[i] = queue.alpha[waiting - 1];
    }
    for (int i = 0; i < waiting; i += lanes) {
      const vu64 element = (vu64)load(queue.element + i);
      const vf64 alpha = load(queue.alpha + i);
      GammaDraw draw = propose_gamma(s, element, alpha, proposal, logarithm);
      if (proposal + 1 == kProposals) draw = {alpha, ~vi64{}};
      const int have = waiting - i < lanes ? waiting - i : lanes;
      for (int k = 0; k < have; ++k) {
        const int64_t e = static_cast<int64_t>(element[k]);
        if (draw.accepted[k] != 0)
          out[e] = static_cast<T>(draw.value[k]);
        else
          queue.add(e, alpha[k]);
      }
    }
  }
}

}  // namespace nncore::NNCORE_ISA
