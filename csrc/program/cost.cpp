#include "program/cost.hpp"

#include <algorithm>

namespace nncore {
namespace {

constexpr double kBytesPerNanosecond = 10;
constexpr double kCallOverhead = 30;
// Turns of a loop that ends when its values say so.
constexpr double kGuessedTurns = 32;

int64_t touched_bytes(const Operand& x) {
  int64_t elements = 1;
  for (int d = 0; d < x.ndim; ++d)
    if (x.strides[d] != 0 || x.shape[d] == 0) elements *= x.shape[d];
  return elements * kItemSize[x.dtype];
}

double turns_of(const Instruction& instruction) {
  if (instruction.control == Control::scan) return static_cast<double>(instruction.ints[2]);
  if (instruction.control == Control::choose) return 1;
  const auto most = static_cast<double>(instruction.ints[1]);
  return most < 0 ? kGuessedTurns : std::min(most, kGuessedTurns);
}

// Of one turn: all bodies, or the longest one where one is chosen.
template <class Times>
double turn_time(const Instruction& instruction, const Times& time_of) {
  double sum = 0, longest = 0;
  for (size_t k = 0; k < instruction.bodies.size(); ++k) {
    const double time = time_of(k);
    sum += time;
    longest = std::max(longest, time);
  }
  return instruction.control == Control::choose ? longest : sum;
}

double control_cost(const Instruction& instruction) {
  const auto time_of = [&](size_t k) {
    double sum = 0;
    for (const double cost : instruction_costs(instruction.bodies[k])) sum += cost;
    return sum;
  };
  return kCallOverhead + turns_of(instruction) * turn_time(instruction, time_of);
}

}  // namespace

// Measured on a 2-core Zen 5 and rounded up: a wrong choice costs more when it threads too much,
// above all on a busy machine.
double fork_join_cost(int team) { return 1200 + 300.0 * team; }
double barrier_cost(int team) { return 400 + 100.0 * team; }

double estimate_cost(const KernelEntry& kernel, const Call& call) {
  if (kernel.cost != nullptr) return kCallOverhead + kernel.cost(call);
  int64_t bytes = 0;
  for (int k = 0; k < call.n_in + call.n_out; ++k) bytes += touched_bytes(call.ops[k]);
  return kCallOverhead + static_cast<double>(bytes) / kBytesPerNanosecond;
}

std::vector<double> instruction_costs(const Code& code) {
  std::vector<double> costs;
  std::vector<Operand> operands;
  for (const Instruction& instruction : code.instructions)
    costs.push_back(instruction.control != Control::none
                        ? control_cost(instruction)
                        : estimate_cost(*instruction.kernel, describe_call(instruction, operands)));
  return costs;
}

bool may_run_long(const Instruction& instruction, double cost) {
  constexpr double kLong = 1e6;
  if (instruction.control == Control::loop || cost > kLong) return true;
  for (const Code& body : instruction.bodies)
    for (const Instruction& inner : body.instructions)
      if (inner.control != Control::none && may_run_long(inner, 0)) return true;
  return false;
}

BodyPlan plan_bodies(const Instruction& instruction, int team, bool forced) {
  const size_t carries =
      instruction.control == Control::choose ? 0 : static_cast<size_t>(instruction.ints[0]);
  const auto made_for = [&](int members) {
    std::vector<Schedule> schedules;
    for (const Code& body : instruction.bodies) {
      schedules.push_back(
          make_schedule(body, instruction_costs(body), kNoGather, members, forced, carries));
      // The condition of a loop is read by all, and its body may change what the condition reads.
      if (instruction.control == Control::loop) schedules.back().meets_between = true;
    }
    return schedules;
  };
  BodyPlan alone{team == 1, made_for(1)};
  if (team == 1) return alone;
  BodyPlan together{true, made_for(team)};
  const auto time_of = [](const std::vector<Schedule>& schedules, int members) {
    return [&schedules, members](size_t k) {
      const Schedule& schedule = schedules[k];
      const int meetings = std::max(schedule.meetings - 1, 0) + (schedule.meets_between ? 1 : 0);
      return schedule.time + (members > 1 ? meetings * barrier_cost(members) : 0);
    };
  };
  const double apart = turn_time(instruction, time_of(alone.schedules, 1));
  const double shared = turn_time(instruction, time_of(together.schedules, team));
  return forced || shared * kWorthwhileGain < apart ? together : alone;
}

}  // namespace nncore
