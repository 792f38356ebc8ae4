#include "program/schedule.hpp"

#include <algorithm>
#include <sstream>

#include "program/control.hpp"
#include "program/cost.hpp"
#include "program/validate.hpp"

namespace nncore {
namespace {

// Sharing saves what others do meanwhile, and costs each of them the call.
constexpr double kWorthSharing = 300;
// So many tasks are put off at most: each is compared with all that follow.
constexpr size_t kMostPutOff = 48;

// What one task does to one operand: where, and which part of that each member touches.
struct Access {
  bool write;
  Region whole;
  std::vector<Region> parts;  // by member, where they keep apart
};

struct Work {
  int instruction;
  double cost;
  bool shared;
  std::vector<Access> accesses;
  std::vector<Schedule> bodies;
  bool led = false;
};

bool overlap(const Region& a, const Region& b) {
  if (a.space != b.space || a.begin >= b.end || b.begin >= a.end) return false;
  return a.pitch == 0 || a.pitch != b.pitch || (a.from < b.to && b.from < a.to);
}

constexpr int kWhole = -1;  // in the place of the axis that is cut

Region part_of(const Code& code, const OperandSpec& spec, int axis, int member, int team) {
  OperandSpec part = spec;
  Operand& x = part.operand;
  const int64_t n = x.shape[axis], first = n * member / team;
  x.shape[axis] = n * (member + 1) / team - first;
  part.offset += first * x.strides[axis] * kItemSize[x.dtype];
  return region_of(code, part);
}

Access access(const Code& code, const OperandSpec& spec, bool write, int axis, int team) {
  Access a{write, region_of(code, spec), {}};
  for (int member = 0; axis != kWhole && member < team; ++member)
    a.parts.push_back(part_of(code, spec, axis, member, team));
  return a;
}

Work work_of(const Code& code, int k, double cost, int team, bool forced) {
  const Instruction& instruction = code.instructions[static_cast<size_t>(k)];
  Parts parts{};
  Work work{k, cost, forced, {}, {}};
  if (instruction.control != Control::none) {
    BodyPlan plan = plan_bodies(instruction, team, forced);
    // What may run for long may be told to stop, and then all have to know.
    work.led = !plan.shared && may_run_long(instruction, cost);
    work.shared = plan.shared || work.led;
    work.bodies = std::move(plan.schedules);
  } else {
    std::vector<Operand> operands;
    const Call call = describe_call(instruction, operands);
    if (instruction.kernel->parts != nullptr) parts = instruction.kernel->parts(call, team);
    work.shared = forced || parts.rows != 0 || cost - cost / team > kWorthSharing;
  }
  for (size_t i = 0; i < instruction.operands.size(); ++i) {
    const OperandSpec& spec = instruction.operands[i];
    int axis = kWhole;
    if (work.shared && i < 64 && (parts.rows >> i & 1) != 0) axis = 0;
    if (work.shared && i < 64 && (parts.columns >> i & 1) != 0) axis = spec.operand.ndim - 1;
    work.accesses.push_back(
        access(code, spec, i >= static_cast<size_t>(instruction.n_in), axis, team));
  }
  return work;
}

bool depends(const Work& a, const Work& b) {
  for (const Access& x : a.accesses)
    for (const Access& y : b.accesses)
      if ((x.write || y.write) && overlap(x.whole, y.whole)) return true;
  return false;
}

// Whether a member touches what another one writes, or writes what another one touches.
bool members_meet(const Access& x, int x_owner, const Access& y, int y_owner, int team) {
  if (!overlap(x.whole, y.whole)) return false;
  for (int s = 0; s < team; ++s) {
    if (x_owner != kWholeTeam && s != x_owner) continue;
    for (int t = 0; t < team; ++t) {
      if (s == t || (y_owner != kWholeTeam && t != y_owner)) continue;
      const auto part = [](const Access& a, int member) -> const Region& {
        return a.parts.empty() ? a.whole : a.parts[static_cast<size_t>(member)];
      };
      if (overlap(part(x, s), part(y, t))) return true;
    }
  }
  return false;
}

bool conflict(const Work& a, int a_owner, const Work& b, int b_owner, int team) {
  for (const Access& x : a.accesses)
    for (const Access& y : b.accesses)
      if ((x.write || y.write) && members_meet(x, a_owner, y, b_owner, team)) return true;
  return false;
}

// How many operands of the shared instructions have members meet over what they gathered.
int64_t meetings_over(const Access& gathered, const std::vector<Work>& works, int team) {
  int64_t count = 0;
  for (const Work& work : works)
    for (const Access& read : work.accesses)
      count += work.shared && members_meet(gathered, kWholeTeam, read, kWholeTeam, team);
  return count;
}

// A batch is cut as those who read it cut it: into rows, or into parts of all rows.
Work gather_work(const Code& code, double cost, int team, bool forced,
                 const std::vector<Work>& readers, std::vector<bool>& in_columns) {
  Work work{kGather, cost, forced || cost - cost / team > kWorthSharing, {}, {}};
  in_columns.assign(code.feeds.size(), false);
  for (size_t k = 0; k < code.buffers.size(); ++k) {
    if (code.buffers[k].kind != BufferKind::feed) continue;
    const auto feed = static_cast<size_t>(code.buffers[k].position);
    const Slot& slot = code.feeds[feed];
    OperandSpec rows{static_cast<int64_t>(k), 0, {nullptr, slot.dtype, 0, {}, {}}};
    if (slot.ndim > 0) {
      const int64_t n = slot.shape[0],
                    elements = n > 0 ? slot.row_bytes() / kItemSize[slot.dtype] : 0;
      rows.operand = {nullptr, slot.dtype, 2, {n, elements}, {elements, 1}};
    }
    Access gathered = access(code, rows, true, work.shared && slot.ndim > 0 ? 0 : kWhole, team);
    if (work.shared && slot.ndim > 1) {
      Access columns = access(code, rows, true, 1, team);
      in_columns[feed] =
          meetings_over(columns, readers, team) < meetings_over(gathered, readers, team);
      if (in_columns[feed]) gathered = std::move(columns);
    }
    work.accesses.push_back(std::move(gathered));
  }
  return work;
}

// The tasks between two meetings.
class Phase {
 public:
  explicit Phase(int team) : team_(team), load_(static_cast<size_t>(team)) {}

  // Takes the task if it need not wait for the phase's others, and says whether it did.
  bool take(const Work& work) {
    if (work.shared) return fits(work, kWholeTeam) && add(work, kWholeTeam);
    std::vector<int> members(load_.size());
    for (size_t t = 0; t < members.size(); ++t) members[t] = static_cast<int>(t);
    std::stable_sort(members.begin(), members.end(), [this](int a, int b) {
      return load_[static_cast<size_t>(a)] < load_[static_cast<size_t>(b)];
    });
    for (const int member : members)
      if (fits(work, member)) return add(work, member);
    return false;
  }

  const std::vector<std::pair<const Work*, int>>& tasks() const { return tasks_; }
  double time() const { return *std::max_element(load_.begin(), load_.end()); }

 private:
  bool fits(const Work& work, int owner) const {
    return std::none_of(tasks_.begin(), tasks_.end(), [&](const auto& task) {
      return conflict(*task.first, task.second, work, owner, team_);
    });
  }

  bool add(const Work& work, int owner) {
    tasks_.emplace_back(&work, owner);
    for (int t = 0; t < team_; ++t)
      if (owner == kWholeTeam)
        load_[static_cast<size_t>(t)] += work.cost / team_;
      else if (owner == t)
        load_[static_cast<size_t>(t)] += work.cost;
    return true;
  }

  int team_;
  std::vector<double> load_;
  std::vector<std::pair<const Work*, int>> tasks_;
};

// The scratch memory of the task that was added last; its bodies' schedules are kept with it.
int64_t scratch_of(const Instruction& instruction, int members, const std::vector<Schedule>& bodies,
                   Schedule& schedule) {
  if (instruction.control != Control::none) {
    schedule.tasks.back().bodies = static_cast<int>(schedule.bodies.size());
    schedule.bodies.push_back(bodies);
    return control_scratch(instruction, bodies, members);
  }
  if (instruction.kernel->scratch == nullptr) return 0;
  std::vector<Operand> operands;
  return instruction.kernel->scratch(describe_call(instruction, operands), members);
}

void append(Schedule& schedule, const Phase& phase, const Code& code, int team) {
  int64_t scratch = 0;
  bool first = !schedule.tasks.empty();
  for (const auto& [work, owner] : phase.tasks()) {
    schedule.tasks.push_back({work->instruction, owner, first, scratch});
    first = false;
    if (work->instruction == kGather) continue;
    const Instruction& instruction = code.instructions[static_cast<size_t>(work->instruction)];
    const int members = owner == kWholeTeam && !work->led ? team : 1;
    schedule.tasks.back().led = work->led;
    // Members may be at different tasks, so no two tasks share scratch memory.
    scratch += (scratch_of(instruction, members, work->bodies, schedule) + 63) / 64 * 64;
  }
  schedule.scratch_bytes = std::max(schedule.scratch_bytes, scratch);
  schedule.time += phase.time();
  ++schedule.meetings;
}

// One thread: everything in order, one scratch memory for all.
Schedule in_order(const Code& code, const std::vector<double>& costs, double gather) {
  Schedule schedule;
  if (gather >= 0) {
    schedule.tasks.push_back({kGather, kWholeTeam, false, 0});
    schedule.time = gather;
  }
  for (size_t k = 0; k < code.instructions.size(); ++k) {
    schedule.tasks.push_back({static_cast<int>(k), kWholeTeam, false, 0});
    schedule.time += costs[k];
    const Instruction& instruction = code.instructions[k];
    std::vector<Schedule> bodies;
    if (instruction.control != Control::none) bodies = plan_bodies(instruction, 1, false).schedules;
    schedule.scratch_bytes =
        std::max(schedule.scratch_bytes, scratch_of(instruction, 1, bodies, schedule));
  }
  return schedule;
}

// The memory that a turn leaves to the next one is another one each time, and comes round again:
// here all of it is one.
Work in_every_turn(Work work, size_t carries) {
  const auto unify = [carries](Region& region) {
    const bool fetch = region.space >= 3 && region.space % 2 == 1;
    if (fetch && static_cast<size_t>(region.space - 3) / 2 < carries) --region.space;
  };
  for (Access& access : work.accesses) {
    unify(access.whole);
    for (Region& part : access.parts) unify(part);
  }
  return work;
}

using Tasks = std::vector<std::pair<const Work*, int>>;

// Whether a member that has begun the next turn disturbs one that is still in the last phase.
bool turns_conflict(const Tasks& last, const Tasks& first, size_t carries, int team) {
  for (const auto& [a, a_owner] : last) {
    const Work before = in_every_turn(*a, carries);
    for (const auto& [b, b_owner] : first)
      if (conflict(before, a_owner, in_every_turn(*b, carries), b_owner, team)) return true;
  }
  return false;
}

}  // namespace

Schedule make_schedule(const Code& code, const std::vector<double>& costs, double gather, int team,
                       bool forced, size_t carries) {
  if (team == 1) return in_order(code, costs, gather);
  Schedule schedule;
  std::vector<Work> works;
  for (size_t k = 0; k < code.instructions.size(); ++k)
    works.push_back(work_of(code, static_cast<int>(k), costs[k], team, forced));
  if (gather >= 0)
    works.insert(works.begin(),
                 gather_work(code, gather, team, forced, works, schedule.in_columns));
  std::vector<const Work*> rest;
  for (const Work& work : works) rest.push_back(&work);
  Tasks first, last;
  while (!rest.empty()) {
    Phase phase(team);
    std::vector<const Work*> put_off;
    for (const Work* work : rest) {
      const bool waits = put_off.size() >= kMostPutOff ||
                         std::any_of(put_off.begin(), put_off.end(),
                                     [work](const Work* other) { return depends(*other, *work); });
      if (waits || !phase.take(*work)) put_off.push_back(work);
    }
    append(schedule, phase, code, team);
    last = phase.tasks();
    if (first.empty()) first = last;
    rest = std::move(put_off);
  }
  schedule.meets_between = gather < 0 && turns_conflict(last, first, carries, team);
  return schedule;
}

std::string describe(const Schedule& schedule) {
  std::ostringstream text;
  const char* between = "";
  for (const Task& task : schedule.tasks) {
    text << (task.meet ? " | " : between);
    between = " ";
    if (task.instruction == kGather) {
      text << "gather";
      for (size_t feed = 0; feed < schedule.in_columns.size(); ++feed)
        if (schedule.in_columns[feed]) text << "/" << feed;
    } else {
      text << task.instruction;
    }
    if (task.owner != kWholeTeam) text << ":" << task.owner;
  }
  return text.str();
}

}  // namespace nncore
