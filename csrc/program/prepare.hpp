// Kernels decide once, not at each run, what follows from shapes, strides and team.
#pragma once

#include "program/schedule.hpp"

namespace nncore {

// Has the kernels of the schedule's tasks, and of its bodies', make their plans
// (KernelEntry::plan).
void prepare(const Code& code, Schedule& schedule, int team);

}  // namespace nncore
