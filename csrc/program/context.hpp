// What one run of a program needs for itself: memory and resolved pointers. Contexts are kept and
// reused, so that a run in steady state allocates nothing, and any number of threads may run the
// same program at once.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "cpu/barrier.hpp"
#include "program/binding.hpp"
#include "program/code.hpp"
#include "program/gather.hpp"
#include "program/memory.hpp"

namespace nncore {

// An operand whose place moves by `bytes` with each step of run_steps.
struct Moving {
  size_t operand;  // position in a frame
  char* first;
  int64_t bytes;
};

// A feed that is gathered, or converted, into memory of the context's.
struct GatheredFeed {
  size_t feed;
  RowGather gather;
};

struct Context {
  explicit Context(const Code& code);

  // The plan's tasks over this memory; made when it is first asked for.
  const Binding& bind(const Code& code, const Plan& plan);

  AlignedMemory arena;
  AlignedMemory scratch;
  std::vector<AlignedMemory> staging;  // per feed: the converted or gathered batch, where needed
  // The operands of all instructions, one after the other. Steps of run_steps take the two frames
  // in turn: the first member points the next step's frame at its rows while others still read this
  // one's.
  std::array<std::vector<Operand>, 2> frames;
  // The caller's arrays, filled in before each run.
  std::vector<ArrayView> sources;
  std::vector<ArrayView> dests;
  // Found out at the beginning of each run.
  std::vector<Moving> moving;
  std::vector<GatheredFeed> gathered;
  Barrier barrier;

 private:
  std::vector<std::unique_ptr<const Binding>> bindings_;
};

// Slots hold contexts that are free. Taking one is an exchange, so there is no lock that a fork
// could leave taken in the child.
class ContextPool {
 public:
  ContextPool() = default;
  ~ContextPool();
  ContextPool(const ContextPool&) = delete;
  ContextPool& operator=(const ContextPool&) = delete;

  std::unique_ptr<Context> take(const Code& code);
  void give_back(std::unique_ptr<Context> context);

 private:
  static constexpr size_t kSlots = 64;
  std::array<std::atomic<Context*>, kSlots> slots_{};
};

// A context for the time of one run.
class Lease {
 public:
  Lease(ContextPool& pool, const Code& code) : pool_(pool), context_(pool.take(code)) {}
  ~Lease() { pool_.give_back(std::move(context_)); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Context& operator*() const { return *context_; }
  Context* operator->() const { return context_.get(); }

 private:
  ContextPool& pool_;
  std::unique_ptr<Context> context_;
};

}  // namespace nncore
