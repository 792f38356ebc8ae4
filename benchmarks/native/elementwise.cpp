// One row per operation of the element-wise kernel, and chains of them as training steps have.
#include "runner.hpp"

namespace nncore::bench {
namespace {

struct Operation {
  const char* name;
  int arity;
};
constexpr Operation kOperations[] = {
#define ELEMENTWISE(name, arity) {#name, arity},
#include "kernels/elementwise.def"
};

bool is_bitwise(int32_t op) {
  return op == op_bit_and || op == op_bit_or || op == op_bit_xor || op == op_shift_left ||
         op == op_shift_right;
}

// Where the operation is defined, on both sides of its branches where it has some.
Fill domain_of(int32_t op, DType dtype) {
  if (dtype == i64) return {1, 30};
  switch (op) {
    case op_acosh:
      return {1.1, 5};
    case op_asin:
    case op_acos:
    case op_atanh:
    case op_erfinv:
      return {-0.95, 0.95};
    case op_sqrt:
    case op_rsqrt:
    case op_log:
    case op_log1p:
    case op_log2:
    case op_log10:
    case op_pow:
      return {0.1, 5};
    default:
      return {-5, 5};
  }
}

// Integers: the arithmetic type, one instruction, its operands' registers, the output's register.
std::vector<int64_t> single(int32_t op, int arity, DType dtype) {
  return {dtype, 1, op, arity, 0, arity > 1 ? 1 : 0, arity > 2 ? 2 : 0, arity};
}

void add_operation(int32_t op, DType dtype, int64_t n) {
  const Operation& operation = kOperations[op];
  const Argument x{dtype, {n}, domain_of(op, dtype)};
  add({"elementwise",
       std::string(operation.name) + "/" + name_of(dtype) + "/" + std::to_string(n),
       std::vector<Argument>(static_cast<size_t>(operation.arity), x),
       {x},
       single(op, operation.arity, dtype)});
}

// y = max(x + b, 0) with b repeated along the rows: the epilogue where no matmul precedes it.
void add_bias_relu(DType dtype, int64_t rows, int64_t columns) {
  const Argument x{dtype, {rows, columns}, {-1, 1}};
  const Argument bias{dtype, {rows, columns}, {-1, 1}, {0, 1}};
  add({"elementwise",
       std::string("add-relu/") + name_of(dtype) + "/" + join({rows, columns}),
       {x, bias},
       {x},
       {dtype, 2, op_add, 2, 0, 1, 0, op_relu, 3, 2, 0, 0, 3},
       {},
       Traffic::copy,
       0,
       2.0 * static_cast<double>(rows * columns * size_of(dtype))});
}

// y = (a * b + c) * sigmoid(d): four operands, four instructions, one pass over memory.
void add_chain(DType dtype, int64_t n) {
  const Argument x{dtype, {n}, {-1, 1}};
  add({"elementwise",
       std::string("mul-add-sigmoid-mul/") + name_of(dtype) + "/" + std::to_string(n),
       {x, x, x, x},
       {x},
       {dtype,      4, op_mul, 4, 0, 1,      0, op_add, 5, 4, 2, 0,
        op_sigmoid, 6, 3,      0, 0, op_mul, 7, 5,      6, 0, 7}});
}

// A chain of no instruction: bytes of pictures become numbers.
void add_conversion(DType from, DType to, int64_t n) {
  add({"elementwise",
       std::string("convert/") + name_of(from) + "-to-" + name_of(to) + "/" + std::to_string(n),
       {{from, {n}, {0, 255}}},
       {{to, {n}}},
       {to, 0, 0}});
}

}  // namespace

void add_elementwise() {
  for (const int64_t n : array_sizes()) {
    for (int32_t op = 0; op < op_count; ++op) {
      if (is_bitwise(op)) {
        add_operation(op, i64, n);
        continue;
      }
      add_operation(op, f32, n);
      if (!options().quick) add_operation(op, f64, n);
    }
    for (const int32_t op : {op_add, op_mul, op_floor_div, op_min, op_where})
      add_operation(op, i64, n);
    for (const DType dtype : {f32, f64}) {
      add_chain(dtype, n);
      add_bias_relu(dtype, n / 32, 32);
    }
    add_conversion(u8, f32, n);
    add_conversion(f64, f32, n);
    add_conversion(i32, f32, n);
  }
}

}  // namespace nncore::bench
