// What happens to finished elements of C while they are still in the first-level cache.
#pragma once

#include "kernels/gemm.hpp"
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

// Lines of C that lie `stride` apart, and y's beside them.
template <class T>
struct Lines {
  T* c;
  const T* y;
  int64_t stride, lines, length;
};

// c becomes act(c), or c act'(y) when there is a y.
template <class T>
void activate(const Lines<T>& at, int act, T param);

// The epilogue of the block of `rows` x `columns` at (i, j), whose sums are complete in C.
template <class T>
NNCORE_INLINE void finish_block(const Gemm<T>& g, int64_t i, int64_t j, int64_t rows,
                                int64_t columns) {
  if (g.act == kActLinear) return;
  const int64_t at = g.place(i, j);
  activate<T>({g.c + at, g.y ? g.y + at : nullptr, g.c_row, g.transposed ? columns : rows,
               g.transposed ? rows : columns},
              g.act, g.act_param);
}

}  // namespace nncore::NNCORE_ISA
