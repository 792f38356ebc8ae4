// Where the members of a team wait for each other between instructions.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernels/kernel.hpp"

namespace nncore {

// The phase counts how often the team has met. A member notes the phase, arrives, and waits until
// the phase has moved; the last to arrive moves it. Waiting is a bounded spin and then sleep in the
// kernel: a member that the operating system took off its processor must not cost the others
// theirs. Each team has a Barrier of its own, so any number of teams may run at once.
struct Barrier {
  alignas(64) std::atomic<uint32_t> arrived{0};
  alignas(64) std::atomic<uint32_t> phase{0};
  std::atomic<uint32_t> sleepers{0};
  int spin_turns = 0;

  void wait(int team_size);
};

// Spinning pays when every member has a processor, where the others arrive within a microsecond.
constexpr int kSpinTurns = 20000;
constexpr int kSpinTurnsOversubscribed = 100;

}  // namespace nncore
