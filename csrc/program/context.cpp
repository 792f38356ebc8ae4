#include "program/context.hpp"

namespace nncore {
namespace {

// Null for feeds and fetches, which each run points at the caller's arrays.
char* base_of(const Code& code, const Buffer& buffer, char* arena) {
  const auto at = static_cast<size_t>(buffer.position);
  switch (buffer.kind) {
    case BufferKind::arena:
      return arena + buffer.position;
    case BufferKind::constant:
      return code.constants[at].data;
    case BufferKind::variable:
      return code.variables[at].data;
    default:
      return nullptr;
  }
}

}  // namespace

Context::Context(const Code& code)
    : arena(code.arena_bytes),
      staging(code.feeds.size()),
      sources(code.feeds.size()),
      dests(code.fetches.size()) {
  std::vector<Operand>& frame = frames[0];
  for (const Instruction& instruction : code.instructions) {
    for (const OperandSpec& spec : instruction.operands) {
      Operand operand = spec.operand;
      char* base = base_of(code, code.buffers[static_cast<size_t>(spec.buffer)], arena.data());
      if (base != nullptr) operand.data = base + spec.offset;
      frame.push_back(operand);
    }
  }
  frames[1] = frame;
  moving.reserve(code.slot_patches.size());
  gathered.reserve(code.feeds.size());
}

const Binding& Context::bind(const Code& code, const Plan& plan) {
  if (plan.schedule.scratch_bytes > scratch.nbytes()) {
    bindings_.clear();  // they know where the scratch memory was
    scratch.reserve(plan.schedule.scratch_bytes);
  }
  for (const auto& binding : bindings_)
    if (&binding->plan() == &plan) return *binding;
  bindings_.push_back(std::make_unique<const Binding>(code, plan, *this));
  return *bindings_.back();
}

ContextPool::~ContextPool() {
  for (auto& slot : slots_) delete slot.load();
}

std::unique_ptr<Context> ContextPool::take(const Code& code) {
  for (auto& slot : slots_) {
    if (slot.load(std::memory_order_relaxed) == nullptr) continue;
    if (Context* free = slot.exchange(nullptr, std::memory_order_acquire))
      return std::unique_ptr<Context>(free);
  }
  return std::make_unique<Context>(code);
}

void ContextPool::give_back(std::unique_ptr<Context> context) {
  for (auto& slot : slots_) {
    Context* expected = nullptr;
    if (slot.compare_exchange_strong(expected, context.get(), std::memory_order_release,
                                     std::memory_order_relaxed)) {
      static_cast<void>(context.release());
      return;
    }
  }
}

}  // namespace nncore
