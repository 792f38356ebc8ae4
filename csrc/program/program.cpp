#include "program/program.hpp"

#include <algorithm>
#include <cmath>

#include "cpu/threads.hpp"
#include "program/gather.hpp"
#include "program/validate.hpp"

namespace nncore {
namespace {

std::span<const int64_t> shape_of(const Slot& slot) {
  return {slot.shape, static_cast<size_t>(slot.ndim)};
}

std::string describe(const Slot& slot) {
  return std::string(kDTypeName[slot.dtype]) + describe_shape(shape_of(slot));
}

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument(message); }

bool same_shape(std::span<const int64_t> a, std::span<const int64_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// The shape of all but the first axis.
bool same_rows(const ArrayView& array, const Slot& slot) {
  return array.ndim == slot.ndim && slot.ndim > 0 &&
         same_shape(nncore::shape_of(array).subspan(1), shape_of(slot).subspan(1));
}

void check_dest_layout(const ArrayView& dest, const Slot& fetch, size_t k, const char* what) {
  if (dest.dtype != fetch.dtype)
    throw TypeError(std::string(what) + " " + std::to_string(k) + " must have dtype " +
                    kDTypeName[fetch.dtype] + ". Received: " + nncore::describe(dest));
  if (!dest.contiguous)
    fail(std::string(what) + " " + std::to_string(k) + " must be C-contiguous and aligned.");
}

}  // namespace

Call describe_call(const Instruction& instruction, std::vector<Operand>& operands) {
  operands.clear();
  for (const OperandSpec& spec : instruction.operands) operands.push_back(spec.operand);
  return {operands.data(),
          instruction.n_in,
          static_cast<int>(operands.size()) - instruction.n_in,
          instruction.ints.data(),
          static_cast<int>(instruction.ints.size()),
          instruction.floats.data(),
          static_cast<int>(instruction.floats.size()),
          nullptr};
}

Program::Program(Code code) : code_(std::move(code)) { validate(code_); }

void Program::check_run(const Context& context) const {
  for (size_t k = 0; k < code_.feeds.size(); ++k) {
    const ArrayView& source = context.sources[k];
    if (!same_shape(nncore::shape_of(source), shape_of(code_.feeds[k])))
      fail("Program.run: feed " + std::to_string(k) + " must have shape " +
           describe_shape(shape_of(code_.feeds[k])) + ". Received: " + nncore::describe(source));
  }
  for (size_t k = 0; k < code_.fetches.size(); ++k) {
    const ArrayView& dest = context.dests[k];
    check_dest_layout(dest, code_.fetches[k], k, "Program.run: fetch");
    if (!same_shape(nncore::shape_of(dest), shape_of(code_.fetches[k])))
      fail("Program.run: fetch " + std::to_string(k) + " must have shape " +
           describe_shape(shape_of(code_.fetches[k])) + ". Received: " + nncore::describe(dest));
  }
}

void Program::check_steps(const Context& context, const Steps& steps) const {
  int64_t last = 0;
  if (steps.first < 0 || steps.n_steps < 0 || steps.batch < 1 || std::isnan(steps.budget_s) ||
      __builtin_mul_overflow(steps.n_steps, steps.batch, &last) ||
      __builtin_add_overflow(last, steps.first, &last))
    fail(
        "Program.run_steps: expected first >= 0, n_steps >= 0, batch >= 1 and a budget in seconds. "
        "Received: first=" +
        std::to_string(steps.first) + ", n_steps=" + std::to_string(steps.n_steps) +
        ", batch=" + std::to_string(steps.batch) + ", budget_s=" + std::to_string(steps.budget_s));
  int64_t fewest_rows = INT64_MAX;
  for (size_t k = 0; k < code_.feeds.size(); ++k) {
    const Slot& feed = code_.feeds[k];
    const ArrayView& source = context.sources[k];
    if (feed.ndim == 0 && source.ndim == 0) continue;  // one number for every step
    if (!same_rows(source, feed))
      fail("Program.run_steps: source " + std::to_string(k) + " must hold rows for a feed of " +
           describe(feed) + ". Received: " + nncore::describe(source));
    if (feed.shape[0] != steps.batch)
      fail("Program.run_steps: feed " + std::to_string(k) + " takes " +
           std::to_string(feed.shape[0]) + " rows. Received: batch=" + std::to_string(steps.batch));
    fewest_rows = std::min(fewest_rows, source.shape[0]);
  }
  const int64_t available = steps.index != nullptr ? steps.index_length : fewest_rows;
  if (last > available)
    fail("Program.run_steps: first + n_steps * batch must not exceed the " +
         std::to_string(available) +
         (steps.index != nullptr ? " entries of index" : " rows of the sources") +
         ". Received: first=" + std::to_string(steps.first) +
         ", n_steps=" + std::to_string(steps.n_steps) + ", batch=" + std::to_string(steps.batch));
  if (steps.index != nullptr) {
    const int64_t bad =
        find_out_of_range(steps.index + steps.first, last - steps.first, fewest_rows);
    if (bad >= 0)
      fail("Program.run_steps: entries of index must be rows of the sources, from 0 to " +
           std::to_string(fewest_rows - 1) + ". Received: index[" +
           std::to_string(steps.first + bad) +
           "]=" + std::to_string(steps.index[steps.first + bad]));
  }
  for (size_t k = 0; k < code_.fetches.size(); ++k) {
    const Slot& fetch = code_.fetches[k];
    const ArrayView& dest = context.dests[k];
    check_dest_layout(dest, fetch, k, "Program.run_steps: dest");
    if (!fetch.per_row && !same_shape(nncore::shape_of(dest), shape_of(fetch)))
      fail("Program.run_steps: dest " + std::to_string(k) + " must have shape " +
           describe_shape(shape_of(fetch)) + ". Received: " + nncore::describe(dest));
    if (fetch.per_row &&
        (!same_rows(dest, fetch) || dest.shape[0] < last || fetch.shape[0] != steps.batch))
      fail("Program.run_steps: dest " + std::to_string(k) + " must hold at least " +
           std::to_string(last) + " rows of a fetch of " + describe(fetch) + ", which writes " +
           std::to_string(steps.batch) + " per step. Received: " + nncore::describe(dest));
  }
}

void Program::set_threads(int n) {
  if (n < 0 || n > kMaxThreads)
    fail("Program.set_threads expects an integer from 1 to " + std::to_string(kMaxThreads) +
         ", or 0 to let the cost model choose. Received: n=" + std::to_string(n));
  forced_threads_.store(n, std::memory_order_relaxed);
}

const Program::Spread& Program::spread() {
  const int forced = forced_threads_.load(std::memory_order_relaxed);
  const int limit = forced > 0 ? forced : num_threads();
  const KnownSpread* last = last_spread_.load(std::memory_order_acquire);
  if (last != nullptr && last->limit == limit && last->forced == (forced > 0)) return last->spread;
  return find_spread(limit, forced > 0);
}

const Program::Spread& Program::find_spread(int limit, bool forced) {
  const std::lock_guard lock(spreads_mutex_);
  for (const auto& known : spreads_) {
    if (known->limit != limit || known->forced != forced) continue;
    last_spread_.store(known.get(), std::memory_order_release);
    return known->spread;
  }
  Spread made{forced ? make_forced_plan(code_, limit) : make_plan(code_, limit), nullptr, nullptr};
  if (!forced && made.plan.team > 1) {
    made.alone = std::make_unique<const Plan>(make_plan(code_, 1));
    made.pace = std::make_unique<Pace>();
  }
  spreads_.push_back(
      std::make_unique<const KnownSpread>(KnownSpread{limit, forced, std::move(made)}));
  last_spread_.store(spreads_.back().get(), std::memory_order_release);
  return spreads_.back()->spread;
}

}  // namespace nncore
