// What happens to finished elements of C while they are still in the first-level cache.
#pragma once

#include "kernels/gemm_vector.hpp"

namespace nncore::NNCORE_ISA {

// Activations whose derivative is a function of the output; the codes of the matmul kernel.
enum GemmAct : int {
  kActLinear = 0,
  kActRelu = 1,
  kActSigmoid = 2,
  kActTanh = 3,
  kActElu = 4,
  kActSelu = 5,
  kActLeakyRelu = 6,
  kActSoftplus = 7,
  kActExponential = 8,
  kActRelu6 = 9,
  kActHardSigmoid = 10,
  kActSoftsign = 11,
  kActCount = 12
};

// p[0, n) becomes act(p[0, n)).
template <class T>
void activate(T* p, int64_t n, int act, T param);

}  // namespace nncore::NNCORE_ISA
