#include "program/prepare.hpp"

#include <algorithm>

#include "program/validate.hpp"

namespace nncore {
namespace {

// A number that is the same for two operands exactly when they begin at the same place.
void* place_of(const Code& code, const OperandSpec& spec) {
  OperandSpec first = spec;
  first.operand.ndim = 0;
  const Region region = region_of(code, first);
  return reinterpret_cast<void*>((region.space + 1) << 48 | region.begin);
}

class Planner {
 public:
  Planner(const Code& code, const Instruction& instruction)
      : kernel_(*instruction.kernel), call_(describe_call(instruction, operands_)) {
    for (size_t k = 0; k < operands_.size(); ++k)
      operands_[k].data = place_of(code, instruction.operands[k]);
  }

  int64_t bytes(int members) const {
    int64_t most = 0;
    for (int member = 0; member < members; ++member)
      most = std::max(most, kernel_.plan(call_, Team{member, members, nullptr}, nullptr));
    return (most + 63) / 64 * 64;
  }

  void write(const Task& task, char* to) const {
    for (int member = 0; member < task.planned_for; ++member)
      kernel_.plan(call_, Team{member, task.planned_for, nullptr},
                   to + task.plan + member * task.plan_bytes);
  }

 private:
  const KernelEntry& kernel_;
  std::vector<Operand> operands_;
  Call call_;
};

}  // namespace

void prepare(const Code& code, Schedule& schedule, int team) {
  int64_t total = 0;
  for (Task& task : schedule.tasks) {
    if (task.instruction == kGather) continue;
    const Instruction& instruction = code.instructions[static_cast<size_t>(task.instruction)];
    const int members = task.owner == kWholeTeam && !task.led ? team : 1;
    if (instruction.control != Control::none) {
      std::vector<Schedule>& bodies = schedule.bodies[static_cast<size_t>(task.bodies)];
      for (size_t k = 0; k < bodies.size(); ++k) prepare(instruction.bodies[k], bodies[k], members);
    } else if (instruction.kernel->plan != nullptr) {
      task.planned_for = members;
      task.plan = total;
      task.plan_bytes = Planner(code, instruction).bytes(members);
      total += members * task.plan_bytes;
    }
  }
  if (total == 0) return;
  AlignedMemory memory(total);
  for (const Task& task : schedule.tasks)
    if (task.planned_for > 0)
      Planner(code, code.instructions[static_cast<size_t>(task.instruction)])
          .write(task, memory.data());
  schedule.plans = std::make_shared<const AlignedMemory>(std::move(memory));
}

}  // namespace nncore
