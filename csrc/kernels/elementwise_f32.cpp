// The element-wise operations on float.
#include "kernels/elementwise_float.hpp"

namespace nncore::NNCORE_ISA {

const ElementwiseFn elementwise_f32[op_count] = {
#define ELEMENTWISE(name, arity) FloatOps<float>::name,
#include "kernels/elementwise.def"
};

}  // namespace nncore::NNCORE_ISA
