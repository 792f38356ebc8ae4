// How a team executes a program: step by step, instruction by instruction.
#include <algorithm>
#include <chrono>

#include "cpu/team.hpp"
#include "program/control.hpp"
#include "program/gather.hpp"
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
        steps_(steps),
        stop_count_(stop_count),
        deadline_(deadline),
        poll_(interrupt),
        timeline_(timeline) {
    context.scratch.reserve(plan.schedule.scratch_bytes);
    for (size_t k = 0; k < code_.feeds.size(); ++k) {
      if (reads_in_place(k)) continue;
      context.staging[k].reserve(code_.feeds[k].nbytes());
      gathers_ = true;
    }
    point_at_step(0);
  }

  int64_t run() {
    begin_ = Clock::now();
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
  bool reads_in_place(size_t feed) const {
    const ArrayView& source = context_.sources[feed];
    return source.contiguous && source.dtype == code_.feeds[feed].dtype &&
           (steps_ == nullptr || steps_->index == nullptr || source.ndim == 0);
  }

  int64_t first_row(int64_t step) const {
    return steps_ == nullptr ? 0 : steps_->first + step * steps_->batch;
  }

  // Points the step's frame at the rows that it reads and writes.
  void point_at_step(int64_t step) {
    Operand* frame = context_.frames[static_cast<size_t>(step & 1)].data();
    const int64_t row = first_row(step);
    for (size_t k = 0; k < code_.feeds.size(); ++k) {
      char* base = context_.staging[k].data();
      if (reads_in_place(k)) {
        base = context_.sources[k].data;
        if (steps_ != nullptr && code_.feeds[k].ndim > 0) base += row * code_.feeds[k].row_bytes();
      }
      for (const Patch& patch : program_.feed_patches_[k])
        frame[patch.operand].data = base + patch.offset;
    }
    for (size_t k = 0; k < code_.fetches.size(); ++k) {
      char* base = context_.dests[k].data;
      if (steps_ != nullptr && code_.fetches[k].per_row) base += row * code_.fetches[k].row_bytes();
      for (const Patch& patch : program_.fetch_patches_[k])
        frame[patch.operand].data = base + patch.offset;
    }
  }

  bool goes_on_after(int64_t step) const {
    return steps_ != nullptr && step + 1 < steps_->n_steps &&
           program_.stop_count_.load(std::memory_order_relaxed) == stop_count_ &&
           Clock::now() < deadline_;
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
      if (!run_tasks(step, team)) {  // all members come back here, and none is waiting
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
  bool run_tasks(int64_t step, const Team& team) {
    mark(step, team, 0);
    for (const Task& task : plan_.schedule.tasks) {
      if (task.meet) team.barrier();
      const bool alone = task.owner != kWholeTeam;
      if (alone && team.size > 1 && task.owner != team.tid) continue;
      const Team members = alone ? Team{0, 1, nullptr} : team;
      if (task.instruction == kGather)
        gather(step, team, members);
      else if (!run_instruction(step, team, members, task))
        return false;
    }
    return true;
  }

  // Each member gathers a slice of every feed.
  void gather(int64_t step, const Team& team, const Team& members) {
    for (size_t k = 0; gathers_ && k < code_.feeds.size(); ++k)
      if (!reads_in_place(k)) gather_feed(k, step, members.tid, members.size);
    mark(step, team, 1);
  }

  void gather_feed(size_t feed, int64_t step, int part, int parts) {
    const Slot& slot = code_.feeds[feed];
    const ArrayView& source = context_.sources[feed];
    char* out = context_.staging[feed].data();
    const int64_t rows = slot.ndim > 0 ? slot.shape[0] : 1;
    const int64_t elements = slot.ndim > 0 ? slot.row_bytes() / kItemSize[slot.dtype] : 1;
    const bool columns = parts > 1 && plan_.schedule.in_columns[feed];
    const auto cut = [part, parts](int64_t n) {
      return std::pair{n * part / parts, n * (part + 1) / parts};
    };
    const auto [begin, end] = columns ? std::pair{int64_t{0}, rows} : cut(rows);
    const auto [from, to] = columns ? cut(elements) : std::pair{int64_t{0}, elements};
    if (steps_ == nullptr || slot.ndim == 0) {
      convert_array(source, {begin, end, from, to}, slot.dtype, out);
      return;
    }
    const int64_t row = first_row(step);
    const int64_t* index = steps_->index != nullptr ? steps_->index + row : nullptr;
    gather_rows(source, {index, row, rows}, {begin, end, from, to}, slot.dtype, out);
  }

  bool run_instruction(int64_t step, const Team& team, const Team& members, const Task& task) {
    const auto k = static_cast<size_t>(task.instruction);
    const Operand* frame = context_.frames[static_cast<size_t>(step & 1)].data();
    mark(step, team, 2 * k + 2);
    Poll* poll = members.size == team.size ? &poll_ : nullptr;
    const bool done = run_task(code_, plan_.schedule, task, frame + program_.first_operand_[k],
                               context_.scratch.data(), members, poll);
    mark(step, team, 2 * k + 3);
    return done;
  }

  Program& program_;
  const Code& code_;
  Context& context_;
  const Plan& plan_;
  const Program::Steps* steps_;
  uint64_t stop_count_;
  Clock::time_point deadline_;
  Poll poll_;
  bool interrupted_ = false;
  const Timeline* timeline_;
  bool gathers_ = false;
  // Whether another step follows an even or odd one. Two, since a slow member may read its answer
  // only when the first member has already finished the next step.
  bool more_[2] = {false, false};
  int64_t done_ = 0;
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
