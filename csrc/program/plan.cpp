#include "program/plan.hpp"

#include <algorithm>

namespace nncore {
namespace {

// Nanoseconds, measured on a 2-core Zen 5 and rounded up: a wrong choice costs more when it threads
// too much, above all on a busy machine.
double fork_join_cost(int team) { return 1200 + 300.0 * team; }
double barrier_cost(int team) { return 400 + 100.0 * team; }

constexpr double kBytesPerNanosecond = 10;
constexpr double kCallOverhead = 30;
// A team must promise this much to be preferred over one thread.
constexpr double kWorthwhileGain = 1.15;

int64_t touched_bytes(const Operand& x) {
  int64_t elements = 1;
  for (int d = 0; d < x.ndim; ++d)
    if (x.strides[d] != 0 || x.shape[d] == 0) elements *= x.shape[d];
  return elements * kItemSize[x.dtype];
}

std::vector<double> instruction_costs(const Code& code) {
  std::vector<double> costs;
  std::vector<Operand> operands;
  for (const Instruction& instruction : code.instructions)
    costs.push_back(estimate_cost(*instruction.kernel, describe_call(instruction, operands)));
  return costs;
}

double gather_cost(const Code& code) {
  double cost = 0;
  for (const Slot& feed : code.feeds) cost += static_cast<double>(feed.nbytes()) / 8;
  return cost;
}

int64_t scratch_for(const Code& code, int team) {
  int64_t most = 0;
  std::vector<Operand> operands;
  for (const Instruction& instruction : code.instructions) {
    if (instruction.kernel->scratch == nullptr) continue;
    const Call call = describe_call(instruction, operands);
    most = std::max(most, instruction.kernel->scratch(call, team));
  }
  return most;
}

bool worth_sharing(double cost, int team) { return cost - cost / team > 2 * barrier_cost(team); }

// The last instruction always ends in a meeting: the next step may overwrite what it reads.
void place_barriers(Plan& plan) {
  const size_t n = plan.shared.size();
  plan.barrier_after.assign(n, 1);
  for (size_t k = 0; k + 1 < n; ++k)
    plan.barrier_after[k] = static_cast<uint8_t>(plan.shared[k] | plan.shared[k + 1]);
}

double estimate_time(const std::vector<double>& costs, double gather, int team) {
  if (team == 1) {
    double total = gather;
    for (const double cost : costs) total += cost;
    return total;
  }
  double total = fork_join_cost(team);
  total += worth_sharing(gather, team) ? gather / team + barrier_cost(team) : gather;
  for (const double cost : costs)
    total += worth_sharing(cost, team) ? cost / team + barrier_cost(team) : cost;
  return total;
}

Plan plan_for_team(const Code& code, const std::vector<double>& costs, double gather, int team,
                   bool forced) {
  Plan plan;
  plan.team = team;
  plan.scratch_bytes = scratch_for(code, team);
  for (const double cost : costs)
    plan.shared.push_back(static_cast<uint8_t>(forced || worth_sharing(cost, team)));
  plan.shared_gather = forced || worth_sharing(gather, team);
  place_barriers(plan);
  return plan;
}

}  // namespace

double estimate_cost(const KernelEntry& kernel, const Call& call) {
  if (kernel.cost != nullptr) return kCallOverhead + kernel.cost(call);
  int64_t bytes = 0;
  for (int k = 0; k < call.n_in + call.n_out; ++k) bytes += touched_bytes(call.ops[k]);
  return kCallOverhead + static_cast<double>(bytes) / kBytesPerNanosecond;
}

Plan make_plan(const Code& code, int max_threads) {
  const std::vector<double> costs = instruction_costs(code);
  const double gather = gather_cost(code);
  int best = 1;
  double best_time = estimate_time(costs, gather, 1) / kWorthwhileGain;
  for (int team = 2; team <= max_threads; ++team) {
    const double time = estimate_time(costs, gather, team);
    if (time < best_time) {
      best = team;
      best_time = time;
    }
  }
  return plan_for_team(code, costs, gather, best, false);
}

Plan make_forced_plan(const Code& code, int threads) {
  return plan_for_team(code, instruction_costs(code), gather_cost(code), threads, true);
}

int team_for_cost(double cost_ns, int max_threads) {
  // No team is worth it, however many processors there are to go through.
  if (cost_ns < fork_join_cost(2)) return 1;
  int best = 1;
  double best_time = cost_ns / kWorthwhileGain;
  for (int team = 2; team <= max_threads; ++team) {
    const double time = fork_join_cost(team) + cost_ns / team;
    if (time < best_time) {
      best = team;
      best_time = time;
    }
  }
  return best;
}

}  // namespace nncore
