// What instructions and meetings are estimated to take.
#pragma once

#include <vector>

#include "program/schedule.hpp"

namespace nncore {

// Nanoseconds on one thread: the kernel's own estimate, or the bytes it touches.
double estimate_cost(const KernelEntry& kernel, const Call& call);

// The same of every instruction; one with bodies takes what they take, as often as they run.
std::vector<double> instruction_costs(const Code& code);

double fork_join_cost(int team);
double barrier_cost(int team);

// A team must promise this much to be preferred over one thread.
constexpr double kWorthwhileGain = 1.15;

// How the bodies of an instruction are run by a team, or by one member where that is faster.
struct BodyPlan {
  bool shared;
  std::vector<Schedule> schedules;
};
// Whether an instruction with bodies, which costs so many nanoseconds, may keep a member for longer
// than a user who wants to stop it would wait: a loop without a known end, or many turns.
bool may_run_long(const Instruction& instruction, double cost);

BodyPlan plan_bodies(const Instruction& instruction, int team, bool forced);

}  // namespace nncore
