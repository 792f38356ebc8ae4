// Kernels called one by one, outside a program.
#include <algorithm>
#include <vector>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "cpu/dispatch.hpp"
#include "cpu/team.hpp"
#include "cpu/threads.hpp"
#include "program/gather.hpp"
#include "program/memory.hpp"
#include "program/plan.hpp"
#include "program/validate.hpp"

namespace py = pybind11;

namespace nncore::bindings {
namespace {

// Kept by each thread from call to call, so that a call of usual size allocates nothing.
struct Workspace {
  std::vector<Operand> operands;
  std::vector<int64_t> ints;
  std::vector<double> floats;
  AlignedMemory scratch;
  Barrier barrier;
};

Workspace& workspace() {
  thread_local Workspace instance;
  return instance;
}

[[noreturn]] void fail(std::string_view kernel, const std::string& message) {
  throw std::invalid_argument("execute(" + std::string(kernel) + "): " + message);
}

// The rule that programs follow, on addresses.
void check_sharing(const KernelEntry& kernel, const Call& call) {
  const int n = call.n_in + call.n_out;
  for (int out = call.n_in; out < n; ++out) {
    Extent a{}, b{};
    find_extent(call.ops[out], a);
    const char* data_a = static_cast<const char*>(call.ops[out].data);
    for (int other = 0; other < out; ++other) {
      find_extent(call.ops[other], b);
      const char* data_b = static_cast<const char*>(call.ops[other].data);
      if (data_a + a.begin >= data_b + b.end || data_b + b.begin >= data_a + a.end) continue;
      if (other < call.n_in &&
          may_share(kernel, call.ops[other], call.ops[out], data_a + a.begin == data_b + b.begin))
        continue;
      fail(kernel.name, "operand " + std::to_string(out) +
                            " is an output that shares memory with operand " +
                            std::to_string(other) + ". Received: " + nncore::describe(call));
    }
  }
}

struct Job {
  KernelFn run;
  const Call* call;
};

void run_call(const KernelEntry& kernel, Call& call, Workspace& space) {
  // Below this, giving up Python's lock costs more than others could gain.
  constexpr double kReleaseLockAbove = 5000;
  // A single call can't find out, as a program does, that a busy machine makes a team the slower
  // way.
  constexpr double kTeamAbove = 100000;
  const double cost = estimate_cost(kernel, call);
  const int team = cost < kTeamAbove ? 1 : team_for_cost(cost, num_threads());
  if (kernel.scratch != nullptr) {
    space.scratch.reserve(kernel.scratch(call, team));
    call.scratch = space.scratch.data();
  }
  if (team == 1 && cost < kReleaseLockAbove) {
    kernel.run(call, Team{0, 1, nullptr});
    return;
  }
  const py::gil_scoped_release release;
  Job job{kernel.run, &call};
  run_team(
      team, space.barrier,
      [](void* argument, const Team& member) {
        const Job& shared = *static_cast<Job*>(argument);
        shared.run(*shared.call, member);
      },
      &job);
}

void execute(std::string_view kernel_name, py::handle operands, int n_in, py::handle ints,
             py::handle floats) {
  const KernelEntry* kernel = find_kernel(kernel_name);
  if (kernel == nullptr) kernel = &kernel_named(std::string(kernel_name));  // throws
  const py::tuple arrays = hold(operands, "execute: operands");
  const auto n = static_cast<int>(arrays.size());
  if (n_in < 0 || n_in > n)
    fail(kernel_name, "n_in must be from 0 to the number of operands, " + std::to_string(n) +
                          ". Received: n_in=" + std::to_string(n_in));
  Workspace& space = workspace();
  space.operands.clear();
  space.ints.clear();
  space.floats.clear();
  for (int k = 0; k < n; ++k)
    space.operands.push_back(operand(arrays[static_cast<size_t>(k)], "execute: operand",
                                     static_cast<size_t>(k), k >= n_in));
  for (const py::handle number : hold(ints, "execute: ints")) space.ints.push_back(to_int(number));
  for (const py::handle number : hold(floats, "execute: floats"))
    space.floats.push_back(to_float(number));
  Call call{space.operands.data(),
            n_in,
            n - n_in,
            space.ints.data(),
            static_cast<int>(space.ints.size()),
            space.floats.data(),
            static_cast<int>(space.floats.size()),
            nullptr};
  const std::string wrong = check_call(*kernel, call);
  if (!wrong.empty()) fail(kernel_name, wrong + ". Received: " + nncore::describe(call));
  check_sharing(*kernel, call);
  run_call(*kernel, call, space);
}

void gather(py::handle source, py::handle index, int64_t first, py::handle out) {
  const ArrayView from = view(source, "gather_rows: argument", 0, false);
  const ArrayView to = view(out, "gather_rows: argument", 3, true);
  if (to.dtype >= kGraphDTypes)
    throw TypeError("gather_rows: out must have a dtype of the graph's. Received: " +
                    nncore::describe(to));
  if (!to.contiguous || from.ndim != to.ndim || to.ndim == 0 ||
      !std::equal(from.shape + 1, from.shape + from.ndim, to.shape + 1))
    throw std::invalid_argument(
        "gather_rows: out must be C-contiguous and have rows like the source's. "
        "Received: source " +
        nncore::describe(from) + ", out " + nncore::describe(to));
  RowSelection selection{nullptr, first};
  int64_t available = from.shape[0];
  if (!index.is_none()) {
    selection.index = row_index(index, "gather_rows: index", available);
    if (first >= 0 && first <= available) selection.index += first;
  }
  if (first < 0 || first > available - to.shape[0])
    throw std::invalid_argument(
        "gather_rows: rows first to first + " + std::to_string(to.shape[0]) + " must be within " +
        std::to_string(available) + ". Received: first=" + std::to_string(first));
  if (selection.index != nullptr &&
      find_out_of_range(selection.index, to.shape[0], from.shape[0]) >= 0)
    throw std::invalid_argument("gather_rows: entries of index must be from 0 to " +
                                std::to_string(from.shape[0] - 1) + ".");
  const py::gil_scoped_release release;
  const RowGather gather(from, to.dtype);
  gather(selection, {0, to.shape[0], 0, gather.elements()}, to.data);
}

}  // namespace

void bind_execute(py::module_& m) {
  m.def("execute", &execute, py::arg("kernel"), py::arg("operands"), py::arg("n_in"),
        py::arg("ints") = py::tuple(), py::arg("floats") = py::tuple(),
        "Run one kernel: the first n_in operands are inputs, the rest outputs to be written.");
  m.def("gather_rows", &gather, py::arg("source"), py::arg("index").none(true), py::arg("first"),
        py::arg("out"),
        "Fill out with rows of source, converted to out's dtype: index[first:first + len(out)], or "
        "consecutive rows from first when index is None.");
}

}  // namespace nncore::bindings
