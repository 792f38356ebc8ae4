// One function per topic, each in a file of its own; module.cpp calls them.
#pragma once

#include <pybind11/pybind11.h>

namespace nncore::bindings {

void bind_config(pybind11::module_& m);
void bind_execute(pybind11::module_& m);
void bind_program(pybind11::module_& m);

}  // namespace nncore::bindings
