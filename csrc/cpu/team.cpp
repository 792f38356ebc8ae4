#include "cpu/team.hpp"

#include <omp.h>
#include <pthread.h>

#include "cpu/threads.hpp"

namespace nncore {
namespace {

// A child has only the thread that forked, but the OpenMP runtime in it still believes in the pool
// of workers that this thread had, and would wait for them for ever. So the pool is let go before
// the fork: parent and child then each start new workers when they next need some. Pools of other
// threads don't matter: their owners don't exist in the child.
void release_workers() { omp_pause_resource(omp_pause_hard, omp_get_initial_device()); }

}  // namespace

void run_team(int size, Barrier& sync, TeamFn fn, void* argument) {
  if (size <= 1) {
    fn(argument, Team{0, 1, nullptr});
    return;
  }
  sync.arrived.store(0, std::memory_order_relaxed);
  sync.sleepers.store(0, std::memory_order_relaxed);
  sync.spin_turns = size <= available_processors() ? kSpinTurns : kSpinTurnsOversubscribed;
#pragma omp parallel num_threads(size)
  {
    const Team member{omp_get_thread_num(), omp_get_num_threads(), &sync};
    fn(argument, member);
  }
}

void install_fork_handlers() { pthread_atfork(release_workers, nullptr, nullptr); }

}  // namespace nncore
