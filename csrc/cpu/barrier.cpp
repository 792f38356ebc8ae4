#include "cpu/barrier.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

namespace nncore {
namespace {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "a futex is one plain word");

void sleep_while(std::atomic<uint32_t>& word, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAIT_PRIVATE, value, nullptr,
          nullptr, 0);
}

void wake_all(std::atomic<uint32_t>& word) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr,
          nullptr, 0);
}

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

}  // namespace

void Barrier::wait(int team_size) {
  const uint32_t current = phase.load(std::memory_order_relaxed);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<uint32_t>(team_size)) {
    arrived.store(0, std::memory_order_relaxed);
    // Sequentially consistent with the sleepers' announcement below: either this thread sees the
    // sleeper, or the sleeper sees the new phase and stays awake.
    phase.store(current + 1, std::memory_order_seq_cst);
    if (sleepers.load(std::memory_order_seq_cst) != 0) wake_all(phase);
    return;
  }
  for (int turn = 0; turn < spin_turns; ++turn) {
    if (phase.load(std::memory_order_acquire) != current) return;
    relax();
  }
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  while (phase.load(std::memory_order_seq_cst) == current) sleep_while(phase, current);
  sleepers.fetch_sub(1, std::memory_order_relaxed);
}

void Team::barrier() const {
  if (size > 1) sync->wait(size);
}

}  // namespace nncore
