// From NumPy arrays and Python sequences to plain data, without copying.
#pragma once

#include <pybind11/numpy.h>

#include <string>

#include "program/array.hpp"

namespace nncore::bindings {

// `what` names the argument in the error, for instance "Program.run: feed"; `position` follows it.
// Throws TypeError for anything but an ndarray of a known dtype, std::invalid_argument for more
// dimensions than kMaxDims, and when it is to be written but may not be.
ArrayView view(pybind11::handle object, const char* what, size_t position, bool writable);

// The same as an Operand of a graph dtype. Element strides must be whole numbers.
Operand operand(pybind11::handle object, const char* what, size_t position, bool writable);

// A tuple of the same items, so that another thread can't take them out of a list meanwhile.
pybind11::tuple hold(pybind11::handle sequence, const char* what);
// The same, for a sequence that must have `expected` items.
pybind11::tuple hold(pybind11::handle sequence, const char* what, size_t expected);

// The data of a 1-D, C-contiguous int64 array, and its length.
const int64_t* row_index(pybind11::handle object, const char* what, int64_t& length);

int64_t to_int(pybind11::handle number);
double to_float(pybind11::handle number);

}  // namespace nncore::bindings
