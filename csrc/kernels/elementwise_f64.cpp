// The element-wise operations on double.
#include "kernels/elementwise_float.hpp"

namespace nncore::NNCORE_ISA {

const ElementwiseFn elementwise_f64[op_count] = {
#define ELEMENTWISE(name, arity) FloatOps<double>::name,
#include "kernels/elementwise.def"
};

}  // namespace nncore::NNCORE_ISA
