#include "bindings/bindings.hpp"
#include "cpu/caches.hpp"
#include "cpu/dispatch.hpp"
#include "cpu/team.hpp"
#include "program/array.hpp"

PYBIND11_MODULE(_native, m) {
  m.doc() = "Kernels, programs and threads of nncore.";
  try {
    nncore::choose_level();
    nncore::choose_cache_sizes();
  } catch (const std::runtime_error& error) {
    throw pybind11::import_error(error.what());
  }
  nncore::install_fork_handlers();
  pybind11::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const nncore::TypeError& type_error) {
      PyErr_SetString(PyExc_TypeError, type_error.what());
    }
  });
  nncore::bindings::bind_config(m);
  nncore::bindings::bind_execute(m);
  nncore::bindings::bind_program(m);
}
