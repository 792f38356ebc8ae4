// Who of a team executes what, in which order, and where the team meets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "program/code.hpp"
#include "program/memory.hpp"

namespace nncore {

constexpr int kGather = -1;       // in an instruction's place: the batch is gathered
constexpr int kWholeTeam = -1;    // in an owner's place
constexpr double kNoGather = -1;  // in the place of gathering's cost: a body gathers nothing

struct Task {
  int instruction;
  int owner;         // the member that executes it alone, or kWholeTeam
  bool meet;         // the team meets before it
  int64_t scratch;   // where its scratch memory begins
  int bodies = -1;   // of an instruction with bodies: which of the schedule's
  bool led = false;  // the first member runs the bodies alone, and the others wait for it
  // Filled in by prepare(): where the kernel's plans begin, how far those of two members lie apart,
  // and for how many members they were made; none when that is 0.
  int64_t plan = 0, plan_bytes = 0;
  int planned_for = 0;

  // The kernel's plan for a member, or null.
  const void* plan_of(const char* plans, const Team& team) const {
    return planned_for == team.size ? plans + plan + team.tid * plan_bytes : nullptr;
  }
};

struct Schedule {
  std::vector<Task> tasks;
  int64_t scratch_bytes = 0;
  std::vector<bool> in_columns;  // by feed: members gather their columns of all rows
  double time = 0;               // estimated, in nanoseconds, without the meetings
  int meetings = 0;
  // Of a body that is run again and again: whether the team has to meet between two turns.
  bool meets_between = false;
  std::vector<std::vector<Schedule>> bodies;
  std::shared_ptr<const AlignedMemory> plans;  // the kernels', one after the other

  const char* plan_memory() const { return plans == nullptr ? nullptr : plans->data(); }
};

// `costs` has one entry per instruction, in nanoseconds on one thread, `gather` is that of the
// gathering. When `forced`, the whole team shares everything.
//
// Two tasks may follow each other without a meeting when no member reads or writes what another
// one writes in between. Kernels say which rows or columns of their operands a member keeps to
// (KernelEntry::parts), so a member can go through its rows of a batch from the gathering to the
// gradients alone. What has to wait for other members is put off, where its operands allow that,
// until the team meets anyway.
//
// Of a body, `carries` of whose feeds take over what its first fetches held in the turn before, it
// is found as well whether turns may follow each other without a meeting.
Schedule make_schedule(const Code& code, const std::vector<double>& costs, double gather, int team,
                       bool forced, size_t carries = 0);

// "gather/0 0 1 2:0 | 3 4": task by task, instructions of one member with its number, | for
// meetings, /0 for a feed of which members gather columns.
std::string describe(const Schedule& schedule);

}  // namespace nncore
