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

#include <string>

#include "program/schedule.hpp"

namespace nncore {

Control control_named(const std::string& name);

// What is wrong with the operands, attributes and bodies, or an empty string. The bodies themselves
// have been validated.
std::string check_control(const Instruction& instruction);

int64_t control_scratch(const Instruction& instruction, const std::vector<Schedule>& bodies,
                        int team);

// Executes one task: a kernel or an instruction with bodies. `operands` are its own.
void run_task(const Code& code, const Schedule& schedule, const Task& task, const Operand* operands,
              char* scratch, const Team& team);

}  // namespace nncore
