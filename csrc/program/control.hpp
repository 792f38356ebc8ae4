// Instructions that run code of their own: a body, once for each turn.
//
//   scan(carries.., stacks.., others..) -> (carries.., stacks..)    ints [carries, stacks, turns,
//   reverse]
//     One body. Turn t reads the carries that turn t - 1 wrote, row t of each stack of inputs (from
//     the last one when reverse) and the others as they are; it writes carries and row t of each
//     stack of outputs.
//   while(carries.., others..) -> (carries..)                       ints [carries, most turns or
//   -1]
//     Two bodies over the same feeds: the condition, a bool, and what to do while it holds.
//   switch(index, others..) -> (results..)                          ints []
//     One body per value of the index, an int32, which is moved into their range.
//
// Feeds and fetches of a body are what the instruction reads and writes: turns go on in their own
// places, nothing is copied from one to the next. A body's arena and constants are like a
// program's; it has no variables. All members of a team run a body together, by a schedule of its
// own.
#pragma once

#include <chrono>
#include <string>

#include "program/schedule.hpp"

namespace nncore {

// How whoever started a run may call it off: asked now and then by its first member.
struct Interrupt {
  bool (*asked)(void*) = nullptr;
  void* argument = nullptr;
};

class Poll {
 public:
  explicit Poll(const Interrupt& interrupt) : interrupt_(interrupt) {}

  // Whether to give up. Only the first member of the run's team may ask.
  bool asked() {
    if (interrupt_.asked == nullptr) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return false;
    next_ = now + std::chrono::milliseconds(50);
    return interrupt_.asked(interrupt_.argument);
  }

 private:
  Interrupt interrupt_;
  std::chrono::steady_clock::time_point next_ =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
};

Control control_named(const std::string& name);

// What is wrong with the operands, attributes and bodies, or an empty string. The bodies themselves
// have been validated.
std::string check_control(const Instruction& instruction);

int64_t control_scratch(const Instruction& instruction, const std::vector<Schedule>& bodies,
                        int team);

// What a kernel is told of one task; `operands` are its own, `scratch` is the schedule's.
Call call_of(const Instruction& instruction, const Schedule& schedule, const Task& task,
             const Operand* operands, char* scratch, const Team& team);

// Executes an instruction with bodies. Gives false when a loop in it was called off, to all members
// of the team alike; its results are then worth nothing. `poll` is null for a member that works on
// its own.
[[nodiscard]] bool run_bodies(const Instruction& instruction, const Schedule& schedule,
                              const Task& task, const Call& call, const Team& team, Poll* poll);

// Executes one task: a kernel or an instruction with bodies.
[[nodiscard]] bool run_task(const Code& code, const Schedule& schedule, const Task& task,
                            const Operand* operands, char* scratch, const Team& team, Poll* poll);

}  // namespace nncore
