# Kernel sources, one per line. Each is compiled once per instruction-set level.
set(NNCORE_KERNEL_SOURCES
  cumulative.cpp
  elementwise.cpp
  elementwise_f32.cpp
  elementwise_f64.cpp
  elementwise_i64.cpp
  gemm.cpp
  gemm_epilogue.cpp
  indexing.cpp
  losses.cpp
  matmul.cpp
  optimizer_steps.cpp
  reduce.cpp
  softmax.cpp
  sort.cpp
  table.cpp
)
