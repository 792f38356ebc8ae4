# Kernel sources, one per line. Each is compiled once per instruction-set level.
set(NNCORE_KERNEL_SOURCES
  cumulative.cpp
  indexing.cpp
  optimizer_steps.cpp
  sort.cpp
  table.cpp
)
