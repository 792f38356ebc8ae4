// How a team executes a program: step by step, instruction by instruction.
#include <algorithm>
#include <chrono>

#include "cpu/team.hpp"
#include "program/control.hpp"
#include "program/program.hpp"

namespace nncore {

using Clock = std::chrono::steady_clock;

namespace {

Clock::duration budget(double seconds) {
  constexpr double kLongest = 1e9;  // what a clock can still add up
  const std::chrono::duration<double> clamped(std::clamp(seconds, 0.0, kLongest));
  return std::chrono::duration_cast<Clock::duration>(clamped);
}

}  // namespace

// One run or run_steps call, shared by the members of its team. Only the first member writes to it,
// and the others read what it wrote after the barrier that ends the step.
class Execution {
 public:
  Execution(Program& program, Context& context, const Plan& plan, const Program::Steps* steps,
            Clock::time_point deadline, uint64_t stop_count, const Interrupt& interrupt,
            const Timeline* timeline = nullptr)
      : program_(program),
        code_(program.code_),
        context_(context),
        plan_(plan),
        binding_(context.bind(program.code_, plan)),
        steps_(steps),
        stop_count_(stop_count),
        deadline_(deadline),
        poll_(interrupt),
        timeline_(timeline) {
    context.moving.clear();
    context.gathered.clear();
    for (size_t k = 0; k < code_.feeds.size(); ++k) {
      if (reads_in_place(k)) continue;
      context.staging[k].reserve(code_.feeds[k].nbytes());
      context.gathered.push_back({k, RowGather(context.sources[k], code_.feeds[k].dtype)});
    }
    for (const SlotPatch& patch : code_.slot_patches) {
      const Place at = place_of(patch.slot);
      char* first = at.first + patch.offset;
      for (std::vector<Operand>& frame : context.frames) frame[patch.operand].data = first;
      if (at.bytes != 0) context.moving.push_back({patch.operand, first, at.bytes});
    }
  }

  int64_t run() {
    begin_ = looked_ = Clock::now();
    run_team(
        plan_.team, context_.barrier,
        [](void* self, const Team& team) { static_cast<Execution*>(self)->run_member(team); },
        this);
    end_ = Clock::now();
    return done_;
  }

  bool interrupted() const { return interrupted_; }

  // Without the first one, if there are others: it waited for the team to come together.
  double ns_per_step() const {
    const bool others = done_ > 1;
    const std::chrono::duration<double, std::nano> time = end_ - (others ? first_done_ : begin_);
    return time.count() / static_cast<double>(others ? done_ - 1 : 1);
  }

 private:
  // Where a feed or fetch lies in the first step, and how far from there in the next one.
  struct Place {
    char* first;
    int64_t bytes;
  };

  bool reads_in_place(size_t feed) const {
    const ArrayView& source = context_.sources[feed];
    return source.contiguous && source.dtype == code_.feeds[feed].dtype &&
           (steps_ == nullptr || steps_->index == nullptr || source.ndim == 0);
  }

  Place place_of(size_t slot) const {
    const bool feed = slot < code_.feeds.size();
    const size_t k = feed ? slot : slot - code_.feeds.size();
    if (feed && !reads_in_place(k)) return {context_.staging[k].data(), 0};
    char* data = feed ? context_.sources[k].data : context_.dests[k].data;
    const Slot& shape = feed ? code_.feeds[k] : code_.fetches[k];
    if (steps_ == nullptr || !(feed ? shape.ndim > 0 : shape.per_row)) return {data, 0};
    const int64_t row = shape.row_bytes();
    return {data + steps_->first * row, steps_->batch * row};
  }

  // Members may be a step apart, so that a team takes two frames in turn.
  size_t frame_of(int64_t step) const {
    return plan_.team > 1 ? static_cast<size_t>(step & 1) : size_t{0};
  }

  // Points the step's frame at the rows that it reads and writes.
  void point_at_step(int64_t step) {
    Operand* frame = context_.frames[frame_of(step)].data();
    for (const Moving& place : context_.moving)
      frame[place.operand].data = place.first + step * place.bytes;
  }

  bool goes_on_after(int64_t step) {
    return steps_ != nullptr && step + 1 < steps_->n_steps &&
           program_.stop_count_.load(std::memory_order_relaxed) == stop_count_ && in_time(step);
  }

  // A look at the clock takes as long as a small instruction: short steps look only every so often,
  // never so rarely that they could miss the deadline by more than a quarter of what remains.
  bool in_time(int64_t step) {
    constexpr double kMostUnseen = 64;
    if (step < next_look_) return true;
    const auto now = Clock::now();
    if (now >= deadline_) return false;
    const std::chrono::duration<double> rest = deadline_ - now, passed = now - looked_;
    const double paced = rest.count() / 4 * static_cast<double>(step - looked_at_);
    next_look_ = step + std::max<int64_t>(
                            1, static_cast<int64_t>(std::min(kMostUnseen, paced / passed.count())));
    looked_ = now;
    looked_at_ = step;
    return true;
  }

  // A developer's question, answered at the price of one test for everybody else.
  void mark(int64_t step, const Team& team, size_t point) const {
    if (timeline_ == nullptr) [[likely]]
      return;
    if (step >= timeline_->steps || team.tid >= timeline_->members) return;
    const auto row = static_cast<size_t>(step * timeline_->members + team.tid);
    timeline_->ns[row * Timeline::points(code_) + point] =
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
            .count();
  }

  // A runtime that grants fewer threads than planned has the plan carried out by one: the order of
  // the tasks is right for that, too.
  void run_member(const Team& granted) {
    const bool complete = granted.size == plan_.team;
    if (!complete && granted.tid != 0) return;
    const Team team = complete ? granted : Team{0, 1, nullptr};
    for (int64_t step = 0;; ++step) {
      // All members come back here when a step is called off, and none is waiting.
      if (!(complete ? run_bound(step, team) : run_in_order(step, team))) {
        if (team.tid == 0) interrupted_ = true;
        return;
      }
      if (team.tid == 0) {
        if (step == 0) first_done_ = Clock::now();
        done_ = step + 1;
        more_[step & 1] = goes_on_after(step);
        if (more_[step & 1]) point_at_step(step + 1);
      }
      team.barrier();
      if (!more_[step & 1]) return;
    }
  }

  // False: the step was called off.
  bool run_bound(int64_t step, const Team& team) {
    mark(step, team, 0);
    for (const BoundTask& task : binding_.tasks(team.tid, frame_of(step))) {
      if (task.meet) team.barrier();
      if (task.task == nullptr) continue;
      const auto k = static_cast<size_t>(task.task->instruction);
      if (task.task->instruction == kGather) {
        gather(step, task.members);
        mark(step, team, 1);
        continue;
      }
      mark(step, team, 2 * k + 2);
      bool done = true;
      if (task.run != nullptr) [[likely]]
        task.run(task.call, task.members);
      else
        done = run_bodies(code_.instructions[k], plan_.schedule, *task.task, task.call,
                          task.members, task.members.size == team.size ? &poll_ : nullptr);
      mark(step, team, 2 * k + 3);
      if (!done) return false;
    }
    return true;
  }

  bool run_in_order(int64_t step, const Team& team) {
    const Operand* frame = context_.frames[frame_of(step)].data();
    for (const Task& task : plan_.schedule.tasks) {
      if (task.instruction == kGather)
        gather(step, team);
      else if (!run_task(code_, plan_.schedule, task,
                         frame + code_.first_operand[static_cast<size_t>(task.instruction)],
                         context_.scratch.data(), team, &poll_))
        return false;
    }
    return true;
  }

  // Each member gathers a slice of every feed.
  void gather(int64_t step, const Team& members) {
    for (const GatheredFeed& each : context_.gathered) {
      const Slot& slot = code_.feeds[each.feed];
      RowSelection selection{nullptr, 0};
      if (steps_ != nullptr && slot.ndim > 0) {
        selection.first = steps_->first + step * steps_->batch;
        if (steps_->index != nullptr) selection.index = steps_->index + selection.first;
      }
      BatchPart part{0, slot.ndim > 0 ? slot.shape[0] : 1, 0, each.gather.elements()};
      if (members.size > 1) {
        const bool columns = plan_.schedule.in_columns[each.feed];
        int64_t &begin = columns ? part.from : part.begin, &end = columns ? part.to : part.end;
        const int64_t n = end;
        begin = n * members.tid / members.size;
        end = n * (members.tid + 1) / members.size;
      }
      each.gather(selection, part, context_.staging[each.feed].data());
    }
  }

  Program& program_;
  const Code& code_;
  Context& context_;
  const Plan& plan_;
  const Binding& binding_;
  const Program::Steps* steps_;
  uint64_t stop_count_;
  Clock::time_point deadline_;
  Poll poll_;
  bool interrupted_ = false;
  const Timeline* timeline_;
  // Whether another step follows an even or odd one. Two, since a slow member may read its answer
  // only when the first member has already finished the next step.
  bool more_[2] = {false, false};
  int64_t done_ = 0;
  // When the first member last looked at the clock, after which step, and after which it will.
  int64_t looked_at_ = -1, next_look_ = 0;
  Clock::time_point looked_;
  Clock::time_point begin_, first_done_, end_;
};

namespace {

const Plan& plan_for(const Program::Spread& spread, Pace::Way way) {
  return way == Pace::team ? spread.plan : *spread.alone;
}

}  // namespace

void Program::run(Context& context, const Spread& spread, const Interrupt& interrupt) {
  const Pace::Way way = spread.pace == nullptr ? Pace::team : spread.pace->choose();
  Execution execution(*this, context, plan_for(spread, way), nullptr, {}, 0, interrupt);
  execution.run();
  if (spread.pace != nullptr && !execution.interrupted())
    spread.pace->record(way, 1, execution.ns_per_step());
}

int64_t Program::run_steps(Context& context, const Spread& spread, const Steps& steps,
                           const Interrupt& interrupt, const Timeline* timeline) {
  if (steps.n_steps == 0) return 0;
  const auto deadline = Clock::now() + budget(steps.budget_s);
  const uint64_t stop_count = stop_count_.load(std::memory_order_relaxed);
  if (spread.pace == nullptr || timeline != nullptr)
    return Execution(*this, context, spread.plan, &steps, deadline, stop_count, interrupt, timeline)
        .run();
  Steps rest = steps;
  for (;;) {
    const Pace::Way way = spread.pace->choose();
    Steps part = rest;
    part.n_steps = std::min(rest.n_steps, spread.pace->chunk(way));
    Execution execution(*this, context, plan_for(spread, way), &part, deadline, stop_count,
                        interrupt);
    const int64_t done = execution.run();
    if (execution.interrupted()) return steps.n_steps - rest.n_steps + done;
    spread.pace->record(way, done, execution.ns_per_step());
    rest.first += done * rest.batch;
    rest.n_steps -= done;
    // Each part does a step at least, so whether to go on is asked here, too.
    const bool goes_on = done == part.n_steps && rest.n_steps > 0 && Clock::now() < deadline &&
                         stop_count_.load(std::memory_order_relaxed) == stop_count;
    if (!goes_on) return steps.n_steps - rest.n_steps;
  }
}

}  // namespace nncore
