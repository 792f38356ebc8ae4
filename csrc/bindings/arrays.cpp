#include "bindings/arrays.hpp"

namespace py = pybind11;

namespace nncore::bindings {
namespace {

std::string named(const char* what, size_t position) {
  return std::string(what) + " " + std::to_string(position);
}

// -1 for what the library does not read: complex, text, objects, foreign byte order, ...
int dtype_code(const py::dtype& dtype) {
  using api = py::detail::npy_api;
  if (dtype.byteorder() != '=' && dtype.byteorder() != '|') return -1;
  switch (dtype.num()) {
    case api::NPY_FLOAT_:
      return f32;
    case api::NPY_DOUBLE_:
      return f64;
    case api::NPY_INT_:
      return i32;
    case api::NPY_LONG_:
    case api::NPY_LONGLONG_:
      return i64;
    case api::NPY_UBYTE_:
      return u8;
    case api::NPY_BOOL_:
      return b8;
    case api::NPY_BYTE_:
      return i8;
    case api::NPY_USHORT_:
      return u16;
    case api::NPY_SHORT_:
      return i16;
    case api::NPY_UINT_:
      return u32;
    case api::NPY_ULONG_:
    case api::NPY_ULONGLONG_:
      return u64;
    case 23:
      return f16;  // NPY_HALF, which pybind11 does not name
    default:
      return -1;
  }
}

struct Header {
  char* data;
  int dtype;
  int ndim;
  const py::ssize_t* shape;
  const py::ssize_t* strides;  // bytes
  int flags;
};

Header read_header(py::handle object, const char* what, size_t position, bool writable) {
  using api = py::detail::npy_api;
  if (!py::isinstance<py::array>(object))
    throw TypeError(named(what, position) + " must be a NumPy array. Received: " +
                    std::string(py::str(py::type::handle_of(object))));
  const auto* proxy = py::detail::array_proxy(object.ptr());
  Header header{proxy->data,    dtype_code(py::reinterpret_borrow<py::dtype>(proxy->descr)),
                proxy->nd,      proxy->dimensions,
                proxy->strides, proxy->flags};
  if (header.dtype < 0)
    throw TypeError(
        named(what, position) +
        " must hold numbers or bools in this machine's byte order (bool, int8 to int64, "
        "uint8 to uint64, float16, float32 or float64). Received: dtype=" +
        std::string(py::str(object.attr("dtype"))));
  if (header.ndim > kMaxDims)
    throw std::invalid_argument(named(what, position) + " must have at most " +
                                std::to_string(kMaxDims) +
                                " dimensions. Received: ndim=" + std::to_string(header.ndim));
  if (writable && (header.flags & api::NPY_ARRAY_WRITEABLE_) == 0)
    throw std::invalid_argument(named(what, position) + " is written, but the array is read-only.");
  return header;
}

}  // namespace

ArrayView view(py::handle object, const char* what, size_t position, bool writable) {
  using api = py::detail::npy_api;
  const Header header = read_header(object, what, position, writable);
  constexpr int wanted = api::NPY_ARRAY_C_CONTIGUOUS_ | api::NPY_ARRAY_ALIGNED_;
  ArrayView array;
  array.data = header.data;
  array.dtype = header.dtype;
  array.ndim = header.ndim;
  array.contiguous = (header.flags & wanted) == wanted;
  for (int d = 0; d < header.ndim; ++d) {
    array.shape[d] = header.shape[d];
    array.strides[d] = header.strides[d];
  }
  return array;
}

Operand operand(py::handle object, const char* what, size_t position, bool writable) {
  using api = py::detail::npy_api;
  const Header header = read_header(object, what, position, writable);
  if (header.dtype >= kGraphDTypes)
    throw TypeError(
        named(what, position) +
        " must have dtype float32, float64, int32, int64, uint8 or bool. Received: dtype=" +
        kDTypeName[header.dtype]);
  if ((header.flags & api::NPY_ARRAY_ALIGNED_) == 0)
    throw std::invalid_argument(named(what, position) + " must be aligned to its elements.");
  const int64_t item = kItemSize[header.dtype];
  Operand result;
  result.data = header.data;
  result.dtype = header.dtype;
  result.ndim = header.ndim;
  for (int d = 0; d < header.ndim; ++d) {
    if (header.strides[d] % item != 0)
      throw std::invalid_argument(named(what, position) +
                                  " must have strides that are multiples of its element size " +
                                  std::to_string(item) + ". Received: strides[" +
                                  std::to_string(d) + "]=" + std::to_string(header.strides[d]));
    result.shape[d] = header.shape[d];
    result.strides[d] = header.strides[d] / item;
  }
  return result;
}

py::tuple hold(py::handle sequence, const char* what) {
  if (!PyList_Check(sequence.ptr()) && !PyTuple_Check(sequence.ptr()))
    throw TypeError(std::string(what) + " must be a list or tuple. Received: " +
                    std::string(py::str(py::type::handle_of(sequence))));
  return py::reinterpret_steal<py::tuple>(PySequence_Tuple(sequence.ptr()));
}

py::tuple hold(py::handle sequence, const char* what, size_t expected) {
  py::tuple items = hold(sequence, what);
  if (items.size() != expected)
    throw std::invalid_argument(std::string(what) + " must have " + std::to_string(expected) +
                                " items. Received: " + std::to_string(items.size()));
  return items;
}

const int64_t* row_index(py::handle object, const char* what, int64_t& length) {
  const ArrayView index = view(object, what, 0, false);
  if (index.dtype != i64)
    throw TypeError(std::string(what) +
                    " must have dtype int64. Received: " + nncore::describe(index));
  if (index.ndim != 1 || !index.contiguous)
    throw std::invalid_argument(
        std::string(what) +
        " must be one-dimensional and C-contiguous. Received: " + nncore::describe(index));
  length = index.shape[0];
  return reinterpret_cast<const int64_t*>(index.data);
}

int64_t to_int(py::handle number) {
  const long long value = PyLong_AsLongLong(number.ptr());
  if (value == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return value;
}

double to_float(py::handle number) {
  const double value = PyFloat_AsDouble(number.ptr());
  if (value == -1.0 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return value;
}

}  // namespace nncore::bindings
