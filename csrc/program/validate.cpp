#include "program/validate.hpp"

#include <algorithm>

#include "cpu/dispatch.hpp"
#include "program/control.hpp"

namespace nncore {
namespace {

constexpr int64_t kArenaAlignment = 64;

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument(message); }

std::string plural(size_t n, const char* noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

int64_t expected_bytes(const Code& code, const Buffer& buffer, const std::string& where) {
  const auto at = static_cast<size_t>(buffer.position);
  const auto in = [&](size_t n, const char* noun) {
    if (buffer.position < 0 || at >= n)
      fail(where + " refers to " + noun + " " + std::to_string(buffer.position) +
           ", but the program has " + plural(n, noun) + ".");
  };
  switch (buffer.kind) {
    case BufferKind::constant:
      in(code.constants.size(), "constant");
      return code.constants[at].nbytes;
    case BufferKind::feed:
      in(code.feeds.size(), "feed");
      return code.feeds[at].nbytes();
    case BufferKind::fetch:
      in(code.fetches.size(), "fetch");
      return code.fetches[at].nbytes();
    case BufferKind::variable:
      in(code.variables.size(), "variable");
      return code.variables[at].nbytes;
    default:
      return -1;
  }
}

void check_buffer(const Code& code, size_t index) {
  const Buffer& buffer = code.buffers[index];
  const std::string where = "Program: buffer " + std::to_string(index);
  const int kind = static_cast<int>(buffer.kind);
  if (kind < 0 || kind > 4)
    fail(where + " has an unknown kind; expected 0 to 4. Received: kind=" + std::to_string(kind));
  if (buffer.kind == BufferKind::arena) {
    if (buffer.position < 0 || buffer.position % kArenaAlignment != 0)
      fail(where + " must begin at a multiple of 64 in the arena. Received: offset=" +
           std::to_string(buffer.position));
    if (buffer.nbytes < 0 || buffer.nbytes > code.arena_bytes ||
        buffer.position > code.arena_bytes - buffer.nbytes)
      fail(where + " must lie within the arena of " + std::to_string(code.arena_bytes) +
           " bytes. Received: offset=" + std::to_string(buffer.position) +
           ", nbytes=" + std::to_string(buffer.nbytes));
    return;
  }
  const int64_t expected = expected_bytes(code, buffer, where);
  if (buffer.nbytes != expected)
    fail(where + " must have the size of what it stands for, " + std::to_string(expected) +
         " bytes. Received: nbytes=" + std::to_string(buffer.nbytes));
}

void check_slot(const Slot& slot, const std::string& where) {
  Operand whole{nullptr, slot.dtype, slot.ndim, {}, {}};
  int64_t stride = 1;
  for (int d = slot.ndim - 1; d >= 0; --d) {
    whole.shape[d] = slot.shape[d];
    whole.strides[d] = stride;
    if (slot.shape[d] > 0 && __builtin_mul_overflow(stride, slot.shape[d], &stride))
      fail(where + " is too large.");
  }
  Extent extent{};
  if (slot.dtype < 0 || slot.dtype >= kGraphDTypes || !find_extent(whole, extent))
    fail(where +
         " must have a dtype code from 0 to 5 and non-negative dimensions of a total that "
         "fits in memory. Received: " +
         describe(whole));
  if (slot.per_row && slot.ndim == 0)
    fail(where +
         " is written row by row, so it must have at least one dimension. Received: shape=()");
}

class InstructionCheck {
 public:
  InstructionCheck(const Code& code, const Instruction& instruction, size_t index)
      : code_(code), instruction_(instruction), index_(index) {}

  void check() {
    const size_t n = instruction_.operands.size();
    if (instruction_.n_in < 0 || static_cast<size_t>(instruction_.n_in) > n)
      error("has " + plural(n, "operand") +
            ", of which n_in are inputs. Received: n_in=" + std::to_string(instruction_.n_in));
    for (size_t k = 0; k < n; ++k) check_operand(k);
    check_sharing();
    if (instruction_.control != Control::none) {
      const std::string wrong = check_control(instruction_);
      if (!wrong.empty()) error(wrong + ".");
      return;
    }
    std::vector<Operand> operands;
    const Call call = describe_call(instruction_, operands);
    const std::string wrong = check_call(*instruction_.kernel, call);
    if (!wrong.empty()) error(wrong + ". Received: " + describe(call));
  }

 private:
  bool is_input(size_t k) const { return k < static_cast<size_t>(instruction_.n_in); }

  [[noreturn]] void error(const std::string& message) const {
    fail("Program: instruction " + std::to_string(index_) + " (" + instruction_.name + ") " +
         message);
  }

  [[noreturn]] void operand_error(size_t k, const std::string& message) const {
    error("operand " + std::to_string(k) + " " + message);
  }

  void check_operand(size_t k) {
    const OperandSpec& spec = instruction_.operands[k];
    const Operand& x = spec.operand;
    if (x.dtype < 0 || x.dtype >= kGraphDTypes)
      operand_error(
          k, "must have a dtype code from 0 to 5. Received: dtype=" + std::to_string(x.dtype));
    if (spec.buffer < 0 || static_cast<size_t>(spec.buffer) >= code_.buffers.size())
      operand_error(k, "refers to a buffer that does not exist; the program has " +
                           plural(code_.buffers.size(), "buffer") +
                           ". Received: buffer=" + std::to_string(spec.buffer));
    const Buffer& buffer = code_.buffers[static_cast<size_t>(spec.buffer)];
    const int64_t item = kItemSize[x.dtype];
    if (spec.offset < 0 || spec.offset % item != 0)
      operand_error(k, "must begin at a non-negative multiple of its element size " +
                           std::to_string(item) +
                           ". Received: offset=" + std::to_string(spec.offset));
    Extent extent{};
    if (!find_extent(x, extent))
      operand_error(k, "has dimensions or strides out of range. Received: " + describe(x));
    if (spec.offset > buffer.nbytes || extent.begin < -spec.offset ||
        extent.end > buffer.nbytes - spec.offset)
      operand_error(k, "must lie within buffer " + std::to_string(spec.buffer) + " of " +
                           std::to_string(buffer.nbytes) + " bytes. Received: " + describe(x) +
                           ", offset=" + std::to_string(spec.offset));
    if (!is_input(k) && (buffer.kind == BufferKind::constant || buffer.kind == BufferKind::feed))
      operand_error(k, std::string("is an output, but buffer ") + std::to_string(spec.buffer) +
                           " is a " + (buffer.kind == BufferKind::feed ? "feed" : "constant") +
                           ", which a program only reads.");
    regions_.push_back(region_of(code_, spec));
  }

  // An output shares no memory with another operand, except exactly with an input where the kernel
  // allows it: threads and vectors would read what others have written.
  void check_sharing() const {
    const size_t n = regions_.size();
    for (auto out = static_cast<size_t>(instruction_.n_in); out < n; ++out) {
      for (size_t other = 0; other < out; ++other) {
        const Region &a = regions_[out], &b = regions_[other];
        if (a.space != b.space || a.begin >= b.end || b.begin >= a.end) continue;
        const Operand& x = instruction_.operands[other].operand;
        const Operand& y = instruction_.operands[out].operand;
        const KernelEntry* kernel = instruction_.kernel;
        if (kernel != nullptr && is_input(other) && may_share(*kernel, x, y, a.begin == b.begin))
          continue;
        operand_error(out, "is an output that shares memory with operand " + std::to_string(other) +
                               "; expected separate memory" +
                               (kernel != nullptr && (kernel->flags & INPLACE) != 0
                                    ? ", or exactly that of an input of the same shape and dtype"
                                    : "") +
                               ". Received: " + describe(y) + " and " + describe(x));
      }
    }
  }

  const Code& code_;
  const Instruction& instruction_;
  size_t index_;
  std::vector<Region> regions_;
};

// Whether two different indices can reach the same element of a strided output.
bool overlaps_itself(const Operand& x) {
  struct Axis {
    int64_t step, size;
  };
  Axis axes[kMaxDims];
  int n = 0;
  for (int d = 0; d < x.ndim; ++d) {
    if (x.shape[d] == 0) return false;
    if (x.shape[d] == 1) continue;
    const Axis axis{x.strides[d] < 0 ? -x.strides[d] : x.strides[d], x.shape[d]};
    int at = n++;
    for (; at > 0 && axes[at - 1].step > axis.step; --at) axes[at] = axes[at - 1];
    axes[at] = axis;
  }
  int64_t reach = 0;
  for (int d = 0; d < n; ++d) {
    if (axes[d].step <= reach) return true;
    reach += axes[d].step * (axes[d].size - 1);
  }
  return false;
}

void validate_body(Code& body) {
  if (!body.variables.empty()) fail("Program: a body has no variables of its own.");
  validate(body);
}

// Where each instruction's operands begin among those of all, and which of them are slots.
void number_operands(Code& code) {
  code.first_operand.clear();
  code.slot_patches.clear();
  code.operand_count = 0;
  for (const Instruction& instruction : code.instructions) {
    code.first_operand.push_back(code.operand_count);
    for (const OperandSpec& spec : instruction.operands) {
      const Buffer& buffer = code.buffers[static_cast<size_t>(spec.buffer)];
      const auto at = static_cast<size_t>(buffer.position);
      if (buffer.kind == BufferKind::feed)
        code.slot_patches.push_back({code.operand_count, at, spec.offset});
      if (buffer.kind == BufferKind::fetch)
        code.slot_patches.push_back({code.operand_count, code.feeds.size() + at, spec.offset});
      ++code.operand_count;
    }
  }
}

}  // namespace

bool find_extent(const Operand& x, Extent& extent) {
  if (x.ndim < 0 || x.ndim > kMaxDims || x.dtype < 0 || x.dtype >= kDTypes) return false;
  constexpr int64_t limit = int64_t{1} << 48;  // more than any address space holds
  const int64_t item = kItemSize[x.dtype];
  int64_t lowest = 0, highest = 0, elements = 1;
  bool empty = false;
  for (int d = 0; d < x.ndim; ++d) {
    const int64_t dim = x.shape[d];
    if (dim < 0 || dim > limit) return false;
    if (dim == 0) {
      empty = true;
      continue;
    }
    int64_t reach = 0;
    if (__builtin_mul_overflow(x.strides[d], dim - 1, &reach) || reach > limit || reach < -limit)
      return false;
    if (__builtin_mul_overflow(elements, dim, &elements) || elements > limit) return false;
    (reach < 0 ? lowest : highest) += reach;
  }
  extent = empty ? Extent{0, 0} : Extent{lowest * item, (highest + 1) * item};
  return true;
}

// The lines run along all axes but the one of the largest stride, if they keep apart.
void find_lines(const Operand& x, Region& region) {
  int outer = -1;
  for (int d = 0; d < x.ndim; ++d) {
    if (x.strides[d] < 0 || x.shape[d] == 0) return;
    if (x.shape[d] > 1 && (outer < 0 || x.strides[d] > x.strides[outer])) outer = d;
  }
  if (outer < 0) return;
  int64_t length = 1;
  for (int d = 0; d < x.ndim; ++d)
    if (d != outer) length += (x.shape[d] - 1) * x.strides[d];
  const int64_t item = kItemSize[x.dtype], pitch = x.strides[outer] * item;
  if (pitch == 0) return;
  const int64_t from = region.begin % pitch, to = from + length * item;
  if (to <= pitch) region.pitch = pitch, region.from = from, region.to = to;
}

Region region_of(const Code& code, const OperandSpec& spec) {
  Extent extent{};
  find_extent(spec.operand, extent);
  const Buffer& buffer = code.buffers[static_cast<size_t>(spec.buffer)];
  const auto at = static_cast<size_t>(buffer.position);
  int64_t space = 0, base = 0;
  switch (buffer.kind) {
    case BufferKind::arena:
      base = buffer.position;
      break;
    case BufferKind::constant:
      space = 1;
      base = reinterpret_cast<int64_t>(code.constants[at].data);
      break;
    case BufferKind::variable:
      space = 1;
      base = reinterpret_cast<int64_t>(code.variables[at].data);
      break;
    case BufferKind::feed:
      space = 2 + 2 * buffer.position;
      break;
    case BufferKind::fetch:
      space = 3 + 2 * buffer.position;
      break;
  }
  Region region{space, base + spec.offset + extent.begin, base + spec.offset + extent.end};
  find_lines(spec.operand, region);
  return region;
}

bool may_share(const KernelEntry& kernel, const Operand& input, const Operand& output,
               bool same_address) {
  if ((kernel.flags & INPLACE) == 0 || !same_address || input.dtype != output.dtype ||
      input.ndim != output.ndim)
    return false;
  return std::equal(input.shape, input.shape + input.ndim, output.shape) && is_contiguous(input) &&
         is_contiguous(output);
}

std::string check_call(const KernelEntry& kernel, const Call& call) {
  for (int k = 0; k < call.n_in + call.n_out; ++k) {
    const bool input = k < call.n_in;
    const bool strided = (kernel.flags & (input ? STRIDED_IN : STRIDED_OUT)) != 0;
    const Operand& x = call.ops[k];
    if (!strided && !is_contiguous(x))
      return "operand " + std::to_string(k) + " must be C-contiguous for this kernel";
    if (!input && strided && overlaps_itself(x))
      return "operand " + std::to_string(k) + " is an output whose strides make it overlap itself";
  }
  const char* wrong = kernel.check(call);
  return wrong == nullptr ? std::string() : std::string(wrong);
}

std::string describe(const Call& call) {
  std::string text;
  for (int k = 0; k < call.n_in + call.n_out; ++k) {
    if (k == call.n_in)
      text += k == 0 ? "-> " : " -> ";
    else if (k > 0)
      text += ", ";
    text += describe(call.ops[k]);
  }
  text += ", ints=" + describe_shape({call.ints, static_cast<size_t>(call.n_ints)}) + ", floats=(";
  for (int k = 0; k < call.n_floats; ++k)
    text += (k > 0 ? ", " : "") + std::to_string(call.floats[k]);
  return text + ")";
}

const KernelEntry& kernel_named(const std::string& name) {
  const KernelEntry* kernel = find_kernel(name);
  if (kernel != nullptr) return *kernel;
  std::string known;
  for (const KernelEntry* entry = chosen_level().table; entry->name != nullptr; ++entry)
    known += (known.empty() ? "" : ", ") + std::string(entry->name);
  fail("there is no kernel of that name; expected one of " + known + ". Received: kernel='" + name +
       "'");
}

void validate(Code& code) {
  if (code.arena_bytes < 0)
    fail("Program: arena_bytes must not be negative. Received: arena_bytes=" +
         std::to_string(code.arena_bytes));
  for (size_t k = 0; k < code.feeds.size(); ++k)
    check_slot(code.feeds[k], "Program: feed " + std::to_string(k));
  for (size_t k = 0; k < code.fetches.size(); ++k)
    check_slot(code.fetches[k], "Program: fetch " + std::to_string(k));
  for (size_t k = 0; k < code.buffers.size(); ++k) check_buffer(code, k);
  for (size_t k = 0; k < code.instructions.size(); ++k) {
    Instruction& instruction = code.instructions[k];
    instruction.control = control_named(instruction.name);
    if (instruction.control != Control::none) {
      for (Code& body : instruction.bodies) validate_body(body);
      InstructionCheck(code, instruction, k).check();
      continue;
    }
    if (!instruction.bodies.empty())
      fail("Program: instruction " + std::to_string(k) + " (" + instruction.name +
           ") is a kernel, which has no bodies.");
    try {
      instruction.kernel = &kernel_named(instruction.name);
    } catch (const std::invalid_argument& error) {
      fail("Program: instruction " + std::to_string(k) + ": " + error.what());
    }
    InstructionCheck(code, instruction, k).check();
  }
  number_operands(code);
}

}  // namespace nncore
