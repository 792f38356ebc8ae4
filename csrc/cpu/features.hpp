// What this processor, and the operating system on it, can execute.
#pragma once

namespace nncore {

// True when every instruction of the x86-64 micro-architecture level (2, 3 or 4, as in the psABI)
// may be executed: the processor has it and the operating system saves the registers it needs.
bool cpu_supports_x86_level(int level);

}  // namespace nncore
