// A program as text for people and for comparing programs before and after a change.
#include <sstream>

#include "program/program.hpp"

namespace nncore {
namespace {

std::string describe(const Slot& slot) {
  return std::string(kDTypeName[slot.dtype]) +
         describe_shape({slot.shape, static_cast<size_t>(slot.ndim)});
}

std::string place(const Code& code, const OperandSpec& spec) {
  const Buffer& buffer = code.buffers[static_cast<size_t>(spec.buffer)];
  if (buffer.kind == BufferKind::arena)
    return "arena@" + std::to_string(buffer.position + spec.offset);
  constexpr const char* names[] = {"", "constant", "feed", "fetch", "variable"};
  std::string text = names[static_cast<int>(buffer.kind)] + std::to_string(buffer.position);
  return spec.offset == 0 ? text : text + "@" + std::to_string(spec.offset);
}

void write_operands(std::ostream& out, const Code& code, const Instruction& instruction,
                    size_t begin, size_t end) {
  for (size_t k = begin; k < end; ++k) {
    const OperandSpec& spec = instruction.operands[k];
    out << (k == begin ? "" : ", ") << place(code, spec) << ":" << nncore::describe(spec.operand);
  }
}

template <class Numbers>
void write_numbers(std::ostream& out, const char* name, const Numbers& numbers) {
  if (numbers.empty()) return;
  out << "  " << name << "=";
  for (size_t k = 0; k < numbers.size(); ++k) out << (k == 0 ? "" : ",") << numbers[k];
}

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string result, line;
  while (std::getline(lines, line)) result += "    " + line + "\n";
  return result;
}

void write_code(std::ostream& out, const Code& code, const char* title) {
  out << title << " of " << code.instructions.size() << " instructions, arena of "
      << code.arena_bytes << " bytes\n";
  for (size_t k = 0; k < code.feeds.size(); ++k)
    out << "feed" << k << ": " << describe(code.feeds[k]) << "\n";
  for (size_t k = 0; k < code.fetches.size(); ++k)
    out << "fetch" << k << ": " << describe(code.fetches[k])
        << (code.fetches[k].per_row ? " by row" : "") << "\n";
  for (size_t k = 0; k < code.instructions.size(); ++k) {
    const Instruction& instruction = code.instructions[k];
    const auto n_in = static_cast<size_t>(instruction.n_in);
    out << k << " " << instruction.name << " ";
    write_operands(out, code, instruction, 0, n_in);
    out << " -> ";
    write_operands(out, code, instruction, n_in, instruction.operands.size());
    write_numbers(out, "ints", instruction.ints);
    write_numbers(out, "floats", instruction.floats);
    out << "\n";
    for (const Code& body : instruction.bodies) {
      std::ostringstream inner;
      write_code(inner, body, "body");
      out << indented(inner.str());
    }
  }
}

}  // namespace

std::string dump(const Code& code) {
  std::ostringstream out;
  write_code(out, code, "program");
  return out.str();
}

std::string Program::dump() {
  const Plan& plan = spread().plan;
  std::string text = nncore::dump(code_);
  if (plan.team > 1)
    text += "a team of " + std::to_string(plan.team) + ": " + describe(plan.schedule) + "\n";
  return text;
}

}  // namespace nncore
