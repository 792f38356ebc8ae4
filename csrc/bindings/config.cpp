// What was built, what was chosen and why.
#include <pybind11/stl.h>

#include "bindings/bindings.hpp"
#include "cpu/caches.hpp"
#include "cpu/dispatch.hpp"
#include "cpu/threads.hpp"

namespace py = pybind11;

namespace nncore::bindings {
namespace {

py::dict kernels() {
  py::dict result;
  for (const KernelEntry* entry = chosen_level().table; entry->name != nullptr; ++entry)
    result[entry->name] = entry->flags;
  return result;
}

py::dict elementwise_opcodes() {
  py::dict result;
#define ELEMENTWISE(name, arity) result[#name] = py::make_tuple(static_cast<int>(op_##name), arity);
#include "kernels/elementwise.def"
  return result;
}

py::dict isa_levels() {
  py::dict result;
  for (const Level& level : levels()) result[level.name] = level.supported;
  return result;
}

py::tuple as_tuple(const CacheSizes& sizes) { return py::make_tuple(sizes.l1, sizes.l2, sizes.l3); }

std::string isa() { return chosen_level().name; }

}  // namespace

void bind_config(py::module_& m) {
  m.attr("__version__") = NNCORE_VERSION;
  m.attr("compiler") = NNCORE_COMPILER;
  m.attr("STRIDED_IN") = static_cast<int>(STRIDED_IN);
  m.attr("STRIDED_OUT") = static_cast<int>(STRIDED_OUT);
  m.attr("INPLACE") = static_cast<int>(INPLACE);
  m.def("kernels", &kernels, "Names of all kernels with their flags.");
  m.def("elementwise_opcodes", &elementwise_opcodes,
        "Operations of the elementwise kernel: name -> (code, arity).");
  m.def("isa_levels", &isa_levels,
        "Levels built into the library -> whether this machine supports them.");
  m.def("isa", &isa, "The instruction-set level in use.");
  m.def("set_num_threads", &set_num_threads, py::arg("n"),
        "The most threads that a run may take; 0 returns to the default.");
  m.def("get_num_threads", &num_threads, "The most threads that a run takes.");
  m.def("thread_reason", &thread_reason, "Where that number comes from.");
  m.def("cpu_quota", &cgroup_cpu_quota, py::arg("root") = "",
        "The control group's CPU quota in processors, or None; root is put before all paths read.");
  m.def(
      "cache_sizes", [] { return as_tuple(cache_sizes); },
      "Bytes of the first, second and third cache level that a core may count on.");
  m.def(
      "detect_cache_sizes",
      [](const std::string& root) {
        return as_tuple(detect_cache_sizes(root, {0, 0, 0}));
      },
      py::arg("root") = "",
      "What the operating system tells of them, 0 where it doesn't; root is put before all paths.");
  m.def("isa_reason", &level_reason, "Why that level was chosen.");
}

}  // namespace nncore::bindings
