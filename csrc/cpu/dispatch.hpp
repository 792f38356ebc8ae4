// The choice of the instruction-set level, made once when the library is loaded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/kernel.hpp"

namespace nncore {

struct Level {
  const char* name;          // "x86-64-v3"
  const KernelEntry* table;  // ended by an entry without a name
  bool supported;            // by this processor and operating system
};

// Every level built into the library, lowest first.
const std::vector<Level>& levels();

// Chooses a level: the one that NNCORE_ISA names, otherwise the highest supported. Throws
// std::runtime_error when the name is unknown or the level can't run here.
void choose_level();

const Level& chosen_level();
const std::string& level_reason();

// The chosen level's kernel of that name, or null.
const KernelEntry* find_kernel(std::string_view name);

}  // namespace nncore
