# Kernel sources, one per line. Each is compiled once per instruction-set level.
set(NNCORE_KERNEL_SOURCES
  table.cpp
)
