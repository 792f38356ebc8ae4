// Running a function on a team of threads.
#pragma once

#include "cpu/barrier.hpp"

namespace nncore {

using TeamFn = void (*)(void* argument, const Team& team);

// Calls fn(argument, member) on `size` threads, or on fewer when the OpenMP runtime grants fewer,
// and returns when all have. A team of one is a plain call. `sync` belongs to this run alone.
void run_team(int size, Barrier& sync, TeamFn fn, void* argument);

// Makes fork() safe: see the implementation. Called once, when the library is loaded.
void install_fork_handlers();

}  // namespace nncore
