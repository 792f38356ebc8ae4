#include "program/binding.hpp"

#include "program/context.hpp"
#include "program/control.hpp"

namespace nncore {

Binding::Binding(const Code& code, const Plan& plan, Context& context) : plan_(plan) {
  for (size_t frame = 0; frame < tasks_.size(); ++frame)
    for (int member = 0; member < plan.team; ++member)
      tasks_[frame].push_back(tasks_of(code, context.frames[frame].data(), context, member));
}

std::vector<BoundTask> Binding::tasks_of(const Code& code, const Operand* frame, Context& context,
                                         int member) const {
  std::vector<BoundTask> tasks;
  for (const Task& task : plan_.schedule.tasks) {
    const bool whole = task.owner == kWholeTeam;
    const Team members =
        whole && plan_.team > 1 ? Team{member, plan_.team, &context.barrier} : Team{0, 1, nullptr};
    const bool mine = whole || plan_.team == 1 || task.owner == member;
    if (!mine && !task.meet) continue;
    BoundTask bound{nullptr, {}, members, task.meet, mine ? &task : nullptr};
    if (mine && task.instruction != kGather) {
      const auto k = static_cast<size_t>(task.instruction);
      const Instruction& instruction = code.instructions[k];
      bound.call = call_of(instruction, plan_.schedule, task, frame + code.first_operand[k],
                           context.scratch.data(), members);
      if (instruction.control == Control::none) bound.run = instruction.kernel->run;
    }
    tasks.push_back(bound);
  }
  return tasks;
}

}  // namespace nncore
