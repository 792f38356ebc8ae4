// Hints to the compiler about loops.
#pragma once

// The loop that follows has independent iterations, whatever its pointers look like.
#if defined(__clang__)
#define NNCORE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define NNCORE_INDEPENDENT _Pragma("GCC ivdep")
#endif
