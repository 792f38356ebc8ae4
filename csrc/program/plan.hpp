// How a program is spread over threads: decided once per thread limit, from estimated costs.
#pragma once

#include <cstdint>
#include <vector>

#include "program/cost.hpp"
#include "program/schedule.hpp"

namespace nncore {

struct Plan {
  int team = 1;
  Schedule schedule;
};

// The team, of at most `max_threads`, for which the costs and the price of meeting promise the
// shortest time.
Plan make_plan(const Code& code, int max_threads);

// A team of exactly that size which shares every instruction, worth it or not.
Plan make_forced_plan(const Code& code, int threads);

// The team for one call outside a program.
int team_for_cost(double cost_ns, int max_threads);

}  // namespace nncore
