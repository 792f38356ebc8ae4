#include "program/control.hpp"

#include <algorithm>
#include <cstring>

#include "cpu/team.hpp"

namespace nncore {
namespace {

int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

// What members tell each other during an instruction, in front of its other memory: what the first
// one found, by turns in two places, since a slow member may read one when a fast one is writing
// the next.
constexpr int64_t kNoteBytes = 64;
enum Note { kLedNote = 0, kPollNote = 1, kAnswer = 3 };

// Turns between two looks at the clock: about a millisecond of them, and few where members have to
// meet, which takes long when other work has their processors.
int64_t turns_between_polls(const std::vector<Schedule>& bodies, const Team& team) {
  constexpr double kNanoseconds = 1e6;
  double time = 1;
  for (const Schedule& body : bodies) time += body.time;
  return std::clamp(static_cast<int64_t>(kNanoseconds / time), int64_t{1},
                    int64_t{team.size > 1 ? 64 : 4096});
}

size_t slot_count(const Code& body) { return body.feeds.size() + body.fetches.size(); }

// Each member has operands and slots of its own, since members may be at different turns.
int64_t member_bytes(const Code& body) {
  return aligned(static_cast<int64_t>(body.operand_count * sizeof(Operand))) +
         aligned(static_cast<int64_t>(slot_count(body) * sizeof(char*)));
}

// Where turns may follow each other without a meeting they take two pieces of scratch memory in
// turn. A kernel whose members share such memory meets within, so nobody gets two turns ahead.
int64_t body_bytes(const Code& body, const Schedule& schedule, int team) {
  return team * member_bytes(body) + aligned(body.arena_bytes) +
         (schedule.meets_between ? 1 : 2) * aligned(schedule.scratch_bytes);
}

// One member's hold on a body while it runs.
class Runner {
 public:
  Runner(const Code& body, const Schedule& schedule, char* memory, const Team& team, Poll* poll)
      : body_(body), schedule_(schedule), team_(team), poll_(poll) {
    const int64_t own = member_bytes(body);
    char* mine = memory + team.tid * own;
    frame_ = reinterpret_cast<Operand*>(mine);
    slots_ = reinterpret_cast<char**>(
        mine + aligned(static_cast<int64_t>(body.operand_count * sizeof(Operand))));
    char* arena = memory + team.size * own;
    scratch_ = arena + aligned(body.arena_bytes);
    Operand* next = frame_;
    for (const Instruction& instruction : body.instructions)
      for (const OperandSpec& spec : instruction.operands) {
        *next = spec.operand;
        const Buffer& buffer = body.buffers[static_cast<size_t>(spec.buffer)];
        if (buffer.kind == BufferKind::arena) next->data = arena + buffer.position + spec.offset;
        if (buffer.kind == BufferKind::constant)
          next->data = body.constants[static_cast<size_t>(buffer.position)].data + spec.offset;
        ++next;
      }
  }

  char*& feed(size_t k) { return slots_[k]; }
  char*& fetch(size_t k) { return slots_[body_.feeds.size() + k]; }

  // Runs the body on what the slots point at; false: called off.
  bool run() {
    for (const SlotPatch& patch : body_.slot_patches)
      frame_[patch.operand].data = slots_[patch.slot] + patch.offset;
    char* scratch = scratch_;
    if (!schedule_.meets_between && (turn_ & 1) != 0) scratch += aligned(schedule_.scratch_bytes);
    for (const Task& task : schedule_.tasks) {
      if (task.meet) team_.barrier();
      const bool alone = task.owner != kWholeTeam;
      if (alone && team_.size > 1 && task.owner != team_.tid) continue;
      const Team members = alone ? Team{0, 1, nullptr} : team_;
      Poll* poll = alone && team_.size > 1 ? nullptr : poll_;
      if (!run_task(body_, schedule_, task,
                    frame_ + body_.first_operand[static_cast<size_t>(task.instruction)], scratch,
                    members, poll))
        return false;
    }
    ++turn_;
    return true;
  }

 private:
  const Code& body_;
  const Schedule& schedule_;
  Team team_;
  Poll* poll_;
  Operand* frame_;
  char** slots_;
  char* scratch_;
  int64_t turn_ = 0;
};

char* data_of(const Operand& x) { return static_cast<char*>(x.data); }

int64_t carry_bytes(const Code& body, size_t carries) {
  int64_t bytes = 0;
  for (size_t k = 0; k < carries; ++k) bytes += aligned(body.feeds[k].nbytes());
  return bytes;
}

// The values that turns hand on: they lie in the result's place and in a spare one by turns.
class Carries {
 public:
  Carries(const Instruction& instruction, const Operand* operands, const Code& body, char* spare)
      : count_(static_cast<size_t>(instruction.ints[0])),
        first_(operands),
        last_(operands + instruction.n_in),
        body_(body),
        spare_(spare) {}

  // Points the slots so that the turn reads what the one before wrote; the turn writes to the
  // result's own place when `home`.
  void point(Runner& runner, bool first_turn, bool home) {
    int64_t offset = 0;
    for (size_t k = 0; k < count_; ++k) {
      char* result = data_of(last_[k]);
      char* spare = spare_ + offset;
      runner.feed(k) = first_turn ? data_of(first_[k]) : home ? spare : result;
      runner.fetch(k) = home ? result : spare;
      offset += aligned(body_.feeds[k].nbytes());
    }
  }

  void copy_first_home() {
    for (size_t k = 0; k < count_; ++k)
      std::memcpy(last_[k].data, first_[k].data, static_cast<size_t>(body_.feeds[k].nbytes()));
  }

  void copy_spare_home() {
    int64_t offset = 0;
    for (size_t k = 0; k < count_; ++k) {
      const int64_t bytes = body_.feeds[k].nbytes();
      std::memcpy(last_[k].data, spare_ + offset, static_cast<size_t>(bytes));
      offset += aligned(bytes);
    }
  }

 private:
  size_t count_;
  const Operand* first_;
  const Operand* last_;
  const Code& body_;
  char* spare_;
};

bool run_scan(const Instruction& instruction, const Operand* operands,
              const std::vector<Schedule>& schedules, char* notes, const Team& team, Poll* poll) {
  char* scratch = notes + kNoteBytes;
  const Code& body = instruction.bodies[0];
  const auto carries = static_cast<size_t>(instruction.ints[0]);
  const auto stacks = static_cast<size_t>(instruction.ints[1]);
  const int64_t turns = instruction.ints[2];
  const bool reverse = instruction.ints[3] != 0;
  Runner runner(body, schedules[0], scratch, team, poll);
  Carries state(instruction, operands, body, scratch + body_bytes(body, schedules[0], team.size));
  if (turns == 0 && team.tid == 0) state.copy_first_home();
  for (size_t k = carries + stacks; k < body.feeds.size(); ++k)
    runner.feed(k) = data_of(operands[k]);
  const Operand* results = operands + instruction.n_in;
  const int64_t rest = turns_between_polls(schedules, team);
  for (int64_t t = 0; t < turns; ++t) {
    if (t > 0 && poll != nullptr && t % rest == 0) {
      char& note = notes[kPollNote + (t / rest & 1)];
      if (team.tid == 0) note = poll->asked() ? 1 : 0;
      team.barrier();
      if (note != 0) return false;
    } else if (t > 0 && schedules[0].meets_between) {
      team.barrier();
    }
    const int64_t row = reverse ? turns - 1 - t : t;
    state.point(runner, t == 0, (turns - 1 - t) % 2 == 0);
    for (size_t k = carries; k < carries + stacks; ++k)
      runner.feed(k) = data_of(operands[k]) + row * body.feeds[k].nbytes();
    for (size_t k = carries; k < body.fetches.size(); ++k)
      runner.fetch(k) = data_of(results[k]) + row * body.fetches[k].nbytes();
    if (!runner.run()) return false;
  }
  return true;
}

bool run_while(const Instruction& instruction, const Operand* operands,
               const std::vector<Schedule>& schedules, char* notes, const Team& team, Poll* poll) {
  char* scratch = notes + kNoteBytes;
  const Code &condition = instruction.bodies[0], &body = instruction.bodies[1];
  const auto carries = static_cast<size_t>(instruction.ints[0]);
  const int64_t most = instruction.ints[1];
  Runner asking(condition, schedules[0], scratch, team, poll);
  scratch += body_bytes(condition, schedules[0], team.size);
  Runner runner(body, schedules[1], scratch, team, poll);
  scratch += body_bytes(body, schedules[1], team.size);
  Carries state(instruction, operands, body, scratch);
  char* answers = notes + kAnswer;
  char* stops = notes + kPollNote;
  const int64_t rest = turns_between_polls(schedules, team);
  for (size_t k = carries; k < body.feeds.size(); ++k)
    asking.feed(k) = runner.feed(k) = data_of(operands[k]);
  int64_t t = 0;
  for (;; ++t) {
    if (most >= 0 && t >= most) break;
    state.point(runner, t == 0, t % 2 == 0);
    for (size_t k = 0; k < carries; ++k) asking.feed(k) = runner.feed(k);
    asking.fetch(0) = answers + (t & 1);
    if (!asking.run()) return false;
    if (team.tid == 0) stops[t & 1] = poll != nullptr && t % rest == 0 && poll->asked() ? 1 : 0;
    team.barrier();
    if (stops[t & 1] != 0) return false;
    if (answers[t & 1] == 0) break;
    if (!runner.run()) return false;
    team.barrier();
  }
  if (team.tid != 0) return true;
  if (t == 0) state.copy_first_home();
  if (t > 0 && t % 2 == 0) state.copy_spare_home();
  return true;
}

bool run_switch(const Instruction& instruction, const Operand* operands,
                const std::vector<Schedule>& schedules, char* notes, const Team& team, Poll* poll) {
  const auto last = static_cast<int64_t>(instruction.bodies.size()) - 1;
  const int64_t index = *static_cast<const int32_t*>(operands[0].data);
  const auto chosen = static_cast<size_t>(std::clamp<int64_t>(index, 0, last));
  const Code& body = instruction.bodies[chosen];
  Runner runner(body, schedules[chosen], notes + kNoteBytes, team, poll);
  for (size_t k = 0; k < body.feeds.size(); ++k) runner.feed(k) = data_of(operands[k + 1]);
  for (size_t k = 0; k < body.fetches.size(); ++k)
    runner.fetch(k) = data_of(operands[static_cast<size_t>(instruction.n_in) + k]);
  return runner.run();
}

bool run_control(const Instruction& instruction, const Operand* operands,
                 const std::vector<Schedule>& bodies, char* scratch, const Team& team, Poll* poll) {
  if (instruction.control == Control::scan)
    return run_scan(instruction, operands, bodies, scratch, team, poll);
  if (instruction.control == Control::loop)
    return run_while(instruction, operands, bodies, scratch, team, poll);
  return run_switch(instruction, operands, bodies, scratch, team, poll);
}

bool same(const Slot& slot, const Operand& x, bool stacked) {
  const int lead = stacked ? 1 : 0;
  return slot.dtype == x.dtype && slot.ndim + lead == x.ndim &&
         std::equal(slot.shape, slot.shape + slot.ndim, x.shape + lead);
}

// Whether operands [begin, ...) are what the slots say; the first `carries` and those from
// `others` on are single, those in between are stacks of `turns`.
bool fit(const std::vector<Slot>& slots, const OperandSpec* operands, size_t carries, size_t others,
         int64_t turns) {
  for (size_t k = 0; k < slots.size(); ++k) {
    const bool stacked = k >= carries && k < others;
    const Operand& x = operands[k].operand;
    if (!same(slots[k], x, stacked) || !is_contiguous(x) || (stacked && x.shape[0] != turns))
      return false;
  }
  return true;
}

bool same_slots(const Slot& a, const Slot& b) {
  return a.dtype == b.dtype && a.ndim == b.ndim && std::equal(a.shape, a.shape + a.ndim, b.shape);
}

std::string check_carries(const Instruction& instruction, const Code& body) {
  const int64_t carries = instruction.ints[0];
  if (carries < 0 || static_cast<size_t>(carries) > body.feeds.size() ||
      static_cast<size_t>(carries) > body.fetches.size())
    return "expects as many carries among the body's feeds and fetches as its first int says";
  for (size_t k = 0; k < static_cast<size_t>(carries); ++k)
    if (!same_slots(body.feeds[k], body.fetches[k]))
      return "expects a body that gives carry " + std::to_string(k) + " as it takes it";
  return "";
}

std::string check_scan(const Instruction& instruction, size_t n_in, size_t n_out) {
  const std::vector<int64_t>& ints = instruction.ints;
  if (instruction.bodies.size() != 1 || ints.size() != 4)
    return "expects one body and ints [carries, stacks, turns, reverse]";
  const Code& body = instruction.bodies[0];
  if (std::string wrong = check_carries(instruction, body); !wrong.empty()) return wrong;
  const auto carries = static_cast<size_t>(ints[0]);
  if (ints[1] < 0 || carries + static_cast<size_t>(ints[1]) > body.feeds.size() || ints[2] < 0)
    return "expects no more stacks than the body has feeds, and turns that are not negative";
  if (n_in != body.feeds.size() || n_out != body.fetches.size() ||
      !fit(body.feeds, instruction.operands.data(), carries, carries + static_cast<size_t>(ints[1]),
           ints[2]) ||
      !fit(body.fetches, instruction.operands.data() + n_in, carries, n_out, ints[2]))
    return "expects contiguous operands as its body's feeds and fetches say";
  return "";
}

std::string check_while(const Instruction& instruction, size_t n_in, size_t n_out) {
  if (instruction.bodies.size() != 2 || instruction.ints.size() != 2)
    return "expects a condition, a body and ints [carries, most turns]";
  const Code &condition = instruction.bodies[0], &body = instruction.bodies[1];
  if (std::string wrong = check_carries(instruction, body); !wrong.empty()) return wrong;
  const auto carries = static_cast<size_t>(instruction.ints[0]);
  if (condition.fetches.size() != 1 || condition.fetches[0].dtype != b8 ||
      condition.fetches[0].ndim != 0)
    return "expects a condition that gives one bool";
  if (n_in != body.feeds.size() || n_in != condition.feeds.size() || n_out != carries ||
      body.fetches.size() != carries ||
      !fit(body.feeds, instruction.operands.data(), n_in, n_in, 0) ||
      !fit(condition.feeds, instruction.operands.data(), n_in, n_in, 0) ||
      !fit(body.fetches, instruction.operands.data() + n_in, carries, carries, 0))
    return "expects contiguous operands as its bodies' feeds and fetches say";
  return "";
}

std::string check_switch(const Instruction& instruction, size_t n_in, size_t n_out) {
  if (instruction.bodies.empty() || !instruction.ints.empty())
    return "expects at least one body and no ints";
  if (n_in == 0 || instruction.operands[0].operand.dtype != i32 ||
      instruction.operands[0].operand.ndim != 0)
    return "expects an index, an int32 without dimensions";
  for (const Code& body : instruction.bodies)
    if (n_in != body.feeds.size() + 1 || n_out != body.fetches.size() ||
        !fit(body.feeds, instruction.operands.data() + 1, n_in, n_in, 0) ||
        !fit(body.fetches, instruction.operands.data() + n_in, n_out, n_out, 0))
      return "expects contiguous operands as its bodies' feeds and fetches say";
  return "";
}

}  // namespace

Control control_named(const std::string& name) {
  if (name == "scan") return Control::scan;
  if (name == "while") return Control::loop;
  if (name == "switch") return Control::choose;
  return Control::none;
}

std::string check_control(const Instruction& instruction) {
  const auto n_in = static_cast<size_t>(instruction.n_in);
  const size_t n_out = instruction.operands.size() - n_in;
  switch (instruction.control) {
    case Control::scan:
      return check_scan(instruction, n_in, n_out);
    case Control::loop:
      return check_while(instruction, n_in, n_out);
    default:
      return check_switch(instruction, n_in, n_out);
  }
}

int64_t control_scratch(const Instruction& instruction, const std::vector<Schedule>& bodies,
                        int team) {
  int64_t sum = 0, largest = 0;
  for (size_t k = 0; k < instruction.bodies.size(); ++k) {
    const int64_t bytes = body_bytes(instruction.bodies[k], bodies[k], team);
    sum += bytes;
    largest = std::max(largest, bytes);
  }
  if (instruction.control == Control::choose) return kNoteBytes + largest;
  const auto carries = static_cast<size_t>(instruction.ints[0]);
  return kNoteBytes + sum + carry_bytes(instruction.bodies.back(), carries);
}

Call call_of(const Instruction& instruction, const Schedule& schedule, const Task& task,
             const Operand* operands, char* scratch, const Team& team) {
  return {operands,
          instruction.n_in,
          static_cast<int>(instruction.operands.size()) - instruction.n_in,
          instruction.ints.data(),
          static_cast<int>(instruction.ints.size()),
          instruction.floats.data(),
          static_cast<int>(instruction.floats.size()),
          scratch + task.scratch,
          task.plan_of(schedule.plan_memory(), team)};
}

bool run_bodies(const Instruction& instruction, const Schedule& schedule, const Task& task,
                const Call& call, const Team& team, Poll* poll) {
  const std::vector<Schedule>& bodies = schedule.bodies[static_cast<size_t>(task.bodies)];
  if (!task.led || team.size == 1)
    return run_control(instruction, call.ops, bodies, call.scratch, team, poll);
  if (team.tid == 0) {
    const Team alone{0, 1, nullptr};
    const bool done = run_control(instruction, call.ops, bodies, call.scratch, alone, poll);
    call.scratch[kLedNote] = done ? 1 : 0;
  }
  team.barrier();
  return call.scratch[kLedNote] != 0;
}

bool run_task(const Code& code, const Schedule& schedule, const Task& task, const Operand* operands,
              char* scratch, const Team& team, Poll* poll) {
  const Instruction& instruction = code.instructions[static_cast<size_t>(task.instruction)];
  const Call call = call_of(instruction, schedule, task, operands, scratch, team);
  if (instruction.control != Control::none)
    return run_bodies(instruction, schedule, task, call, team, poll);
  instruction.kernel->run(call, team);
  return true;
}

}  // namespace nncore
