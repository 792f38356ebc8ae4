# Kernel sources, one per line. Each is compiled once per instruction-set level.
set(NNCORE_KERNEL_SOURCES
  cumulative.cpp
  elementwise.cpp
  elementwise_f32.cpp
  elementwise_f64.cpp
  elementwise_i64.cpp
  indexing.cpp
  losses.cpp
  optimizer_steps.cpp
  reduce.cpp
  softmax.cpp
  sort.cpp
  table.cpp
)
