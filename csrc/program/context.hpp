// What one run of a program needs for itself: memory and resolved pointers. Contexts are kept and
// reused, so that a run in steady state allocates nothing, and any number of threads may run the
// same program at once.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "cpu/barrier.hpp"
#include "program/code.hpp"
#include "program/memory.hpp"

namespace nncore {

struct Context {
  explicit Context(const Code& code);

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
  Barrier barrier;
};

// The operands that refer to one feed or fetch.
struct Patch {
  size_t operand;  // position in a frame
  int64_t offset;  // bytes
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
