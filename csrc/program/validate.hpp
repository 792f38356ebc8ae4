// Everything that must hold before an instruction may touch memory.
#pragma once

#include "program/code.hpp"

namespace nncore {

// Checks the whole program and finds its kernels. Throws std::invalid_argument that names the
// instruction, the operand, what was expected and what was received.
void validate(Code& code);

// Whether two operands of one instruction share memory, whole or in part.
enum class Overlap { none, exact, partial };

struct Extent {
  int64_t begin, end;  // bytes; begin == end when the operand is empty
};

// The bytes from an operand's lowest to past its highest element, relative to element 0. Returns
// false when rank, dtype, a dimension or the arithmetic is out of range.
bool find_extent(const Operand& x, Extent& extent);

// Where an operand lies, in one of several separate address spaces. Of lines that lie `pitch` bytes
// apart, only the bytes [from, to) of each belong to it; no lines are known where pitch is 0.
struct Region {
  int64_t space;
  int64_t begin, end;
  int64_t pitch = 0, from = 0, to = 0;
};

// Of an operand that has been checked.
Region region_of(const Code& code, const OperandSpec& spec);

// Contiguity, the kernel's own check. Returns an empty string or what is wrong.
std::string check_call(const KernelEntry& kernel, const Call& call);

// "the inputs are float32(3, 4), float32(5,); the output is float32(3,); ints=(0,)"
std::string describe(const Call& call);

const KernelEntry& kernel_named(const std::string& name);

// The rule for a pair of an output and another operand of the same call whose extents are known to
// overlap: exactly the same memory, shape and type, where the kernel allows it.
bool may_share(const KernelEntry& kernel, const Operand& input, const Operand& output,
               bool same_address);

}  // namespace nncore
