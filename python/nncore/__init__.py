"""Train and run neural networks on the CPU: Keras's API over C++ kernels."""
