#include "program/plan.hpp"

#include <algorithm>

#include "program/prepare.hpp"

namespace nncore {
namespace {

double gather_cost(const Code& code) {
  double cost = 0;
  for (const Slot& feed : code.feeds) cost += static_cast<double>(feed.nbytes()) / 8;
  return cost;
}

Plan plan_for_team(const Code& code, const std::vector<double>& costs, double gather, int team,
                   bool forced) {
  return {team, make_schedule(code, costs, gather, team, forced)};
}

double estimate_time(const Plan& plan) {
  if (plan.team == 1) return plan.schedule.time;
  return plan.schedule.time + fork_join_cost(plan.team) +
         plan.schedule.meetings * barrier_cost(plan.team);
}

}  // namespace

Plan make_plan(const Code& code, int max_threads) {
  const std::vector<double> costs = instruction_costs(code);
  const double gather = gather_cost(code);
  Plan best = plan_for_team(code, costs, gather, 1, false);
  const double alone = estimate_time(best);
  double best_time = alone / kWorthwhileGain;
  // However well the work was shared, a larger team would have to pay for itself.
  for (int team = 2; team <= max_threads && alone / team + fork_join_cost(team) < best_time;
       ++team) {
    Plan plan = plan_for_team(code, costs, gather, team, false);
    const double time = estimate_time(plan);
    if (time >= best_time) continue;
    best = std::move(plan);
    best_time = time;
  }
  prepare(code, best.schedule, best.team);
  return best;
}

Plan make_forced_plan(const Code& code, int threads) {
  Plan plan = plan_for_team(code, instruction_costs(code), gather_cost(code), threads, true);
  prepare(code, plan.schedule, plan.team);
  return plan;
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
