// A program's code: a flat list of instructions over buffers, as data. It never changes once made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "program/array.hpp"

namespace nncore {

enum class BufferKind : int { arena = 0, constant = 1, feed = 2, fetch = 3, variable = 4 };

struct Buffer {
  BufferKind kind;
  int64_t position;  // byte offset for the arena, otherwise which constant, feed, fetch or variable
  int64_t nbytes;
};

struct OperandSpec {
  int64_t buffer;
  int64_t offset;   // bytes
  Operand operand;  // data is null
};

// Instructions that run code of their own, see control.hpp; all others are kernel calls.
enum class Control { none, scan, loop, choose };

struct Code;

struct Instruction {
  std::string name;
  const KernelEntry* kernel = nullptr;  // of the chosen level; found by validate()
  std::vector<OperandSpec> operands;
  int n_in = 0;
  std::vector<int64_t> ints;
  std::vector<double> floats;
  Control control = Control::none;  // found by validate()
  std::vector<Code> bodies;
};

// What a run reads or writes: dtype and exact shape, C-contiguous.
struct Slot {
  int32_t dtype;
  int32_t ndim;
  int64_t shape[kMaxDims];
  bool per_row;  // fetches only: run_steps writes each step's rows behind the previous ones

  int64_t nbytes() const { return count({shape, static_cast<size_t>(ndim)}) * kItemSize[dtype]; }
  int64_t row_bytes() const { return shape[0] == 0 ? 0 : nbytes() / shape[0]; }
};

// Memory that belongs to someone else and outlives the program.
struct External {
  char* data;
  int64_t nbytes;
};

// An operand that refers to a feed or, behind these, to a fetch.
struct SlotPatch {
  size_t operand;  // position among the operands of all instructions
  size_t slot;     // feeds first, then fetches
  int64_t offset;  // bytes
};

struct Code {
  std::vector<Buffer> buffers;
  std::vector<Instruction> instructions;
  std::vector<Slot> feeds;
  std::vector<Slot> fetches;
  std::vector<External> constants;
  std::vector<External> variables;
  int64_t arena_bytes = 0;
  // Filled in by validate().
  std::vector<size_t> first_operand;  // of each instruction
  size_t operand_count = 0;
  std::vector<SlotPatch> slot_patches;
};

// A Call that shows a kernel everything but data; `operands` is filled and must outlive it.
Call describe_call(const Instruction& instruction, std::vector<Operand>& operands);

std::string dump(const Code& code);

}  // namespace nncore
