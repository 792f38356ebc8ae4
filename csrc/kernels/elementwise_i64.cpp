// The element-wise operations on 64-bit integers, which every integer and bool operand is widened
// to. Arithmetic wraps; comparisons and logic give 0 or 1.
#include "kernels/elementwise_ops.hpp"
#include "kernels/scalar_math.hpp"

namespace nncore::NNCORE_ISA {
namespace {

using T = int64_t;

struct IntegerOps {
#define LOOP_1(name, expression)                                                  \
  static void name(void* d, const void* a, const void*, const void*, int64_t n) { \
    each<T>(d, a, a, n, [](T x, T) -> T { return expression; });                  \
  }
#define LOOP_2(name, expression)                                                    \
  static void name(void* d, const void* a, const void* b, const void*, int64_t n) { \
    each<T>(d, a, b, n, [](T x, T y) -> T { return expression; });                  \
  }
#define NONE(name) static constexpr ElementwiseFn name = nullptr;
#define UNSIGNED(x) static_cast<uint64_t>(x)

  LOOP_1(neg, wrap(0 - UNSIGNED(x)))
  LOOP_1(abs, x < 0 ? wrap(0 - UNSIGNED(x)) : x)
  LOOP_1(sign, (x > 0) - (x < 0))
  LOOP_1(square, wrap(UNSIGNED(x) * UNSIGNED(x)))
  LOOP_1(logical_not, x == 0)
  LOOP_1(relu, x > 0 ? x : 0)
  LOOP_2(add, wrap(UNSIGNED(x) + UNSIGNED(y)))
  LOOP_2(sub, wrap(UNSIGNED(x) - UNSIGNED(y)))
  LOOP_2(mul, wrap(UNSIGNED(x) * UNSIGNED(y)))
  LOOP_2(floor_div, scalar_floor_div(x, y))
  LOOP_2(mod, scalar_mod(x, y))
  LOOP_2(pow, scalar_pow(x, y))
  LOOP_2(min, x < y ? x : y)
  LOOP_2(max, x > y ? x : y)
  LOOP_2(eq, x == y)
  LOOP_2(ne, x != y)
  LOOP_2(lt, x < y)
  LOOP_2(le, x <= y)
  LOOP_2(gt, x > y)
  LOOP_2(ge, x >= y)
  LOOP_2(logical_and, (x != 0) & (y != 0))
  LOOP_2(logical_or, (x != 0) | (y != 0))
  LOOP_2(logical_xor, (x != 0) ^ (y != 0))
  LOOP_2(bit_and, x& y)
  LOOP_2(bit_or, x | y)
  LOOP_2(bit_xor, x ^ y)
  // Shifting by 64 and more, or by a negative count, shifts every bit out.
  LOOP_2(shift_left, UNSIGNED(y) < 64 ? wrap(UNSIGNED(x) << y) : 0)
  LOOP_2(shift_right, x >> (UNSIGNED(y) < 64 ? y : 63))
  LOOP_2(gcd, scalar_gcd(x, y))
  static void where(void* d, const void* a, const void* b, const void* c, int64_t n) {
    sweep<T, 3>(
        d, a, b, c, n,
        [](vi64 x, vi64 y, vi64 z) __attribute__((always_inline))->vi64 { return x != 0 ? y : z; });
  }
  static void clip(void* d, const void* a, const void* b, const void* c, int64_t n) {
    sweep<T, 3>(
        d, a, b, c, n, [](vi64 x, vi64 y, vi64 z) __attribute__((always_inline))->vi64 {
          const vi64 raised = x < y ? y : x;
          return raised > z ? z : raised;
        });
  }

  // Macros without semicolons, which the formatter would indent further and further.
  // clang-format off
  NONE(sqrt) NONE(rsqrt) NONE(reciprocal) NONE(exp) NONE(expm1) NONE(log) NONE(log1p) NONE(log2)
  NONE(log10) NONE(sin) NONE(cos) NONE(tan) NONE(asin) NONE(acos) NONE(atan) NONE(sinh) NONE(cosh)
  NONE(tanh) NONE(asinh) NONE(acosh) NONE(atanh) NONE(erf) NONE(erfinv) NONE(erfc) NONE(sigmoid)
  NONE(softplus) NONE(floor) NONE(ceil) NONE(round) NONE(trunc) NONE(isnan) NONE(isinf)
  NONE(isfinite) NONE(silu) NONE(gelu) NONE(gelu_tanh) NONE(mish) NONE(log_sigmoid) NONE(selu)
  NONE(div) NONE(div_no_nan) NONE(atan2) NONE(hypot) NONE(copysign) NONE(nextafter) NONE(leaky_relu) NONE(elu)
  // clang-format on
#undef LOOP_1
#undef LOOP_2
#undef NONE
#undef UNSIGNED
};

}  // namespace

const ElementwiseFn elementwise_i64[op_count] = {
#define ELEMENTWISE(name, arity) IntegerOps::name,
#include "kernels/elementwise.def"
};

}  // namespace nncore::NNCORE_ISA
