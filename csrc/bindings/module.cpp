#include "bindings/bindings.hpp"
#include "cpu/dispatch.hpp"

PYBIND11_MODULE(_native, m) {
  m.doc() = "Kernels, programs and threads of nncore.";
  try {
    nncore::choose_level();
  } catch (const std::runtime_error& error) {
    throw pybind11::import_error(error.what());
  }
  nncore::bindings::bind_config(m);
}
