// A plan's tasks over the memory of one context: all that a member has to do is to walk its list.
#pragma once

#include <array>
#include <vector>

#include "program/plan.hpp"

namespace nncore {

struct Context;

struct BoundTask {
  KernelFn run;  // null when no kernel is called: a gathering, bodies, or a meeting alone
  Call call;
  Team members;      // that execute it, this one among them
  bool meet;         // the team meets before it
  const Task* task;  // null when there is nothing to do but meet
};

class Binding {
 public:
  Binding(const Code& code, const Plan& plan, Context& context);

  const Plan& plan() const { return plan_; }
  const std::vector<BoundTask>& tasks(int member, size_t frame) const {
    return tasks_[frame][static_cast<size_t>(member)];
  }

 private:
  std::vector<BoundTask> tasks_of(const Code& code, const Operand* frame, Context& context,
                                  int member) const;

  const Plan& plan_;
  std::array<std::vector<std::vector<BoundTask>>, 2> tasks_;  // by frame and member
};

}  // namespace nncore
