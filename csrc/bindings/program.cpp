// The Program class: from Python's lists and tuples to code, and runs.
#include "program/program.hpp"

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"

namespace py = pybind11;

namespace nncore::bindings {
namespace {

std::string numbered(const char* what, size_t position) {
  return std::string(what) + " " + std::to_string(position);
}

int32_t small_int(py::handle number, const std::string& what) {
  const int64_t value = to_int(number);
  if (value < INT32_MIN || value > INT32_MAX)
    throw std::invalid_argument(what + " is out of range. Received: " + std::to_string(value));
  return static_cast<int32_t>(value);
}

// Copies up to kMaxDims integers and returns how many.
int32_t read_dims(py::handle sequence, const std::string& what, int64_t (&dims)[kMaxDims]) {
  const py::tuple items = hold(sequence, what.c_str());
  if (items.size() > kMaxDims)
    throw std::invalid_argument(what + " must have at most " + std::to_string(kMaxDims) +
                                " dimensions. Received: " + std::to_string(items.size()));
  for (size_t d = 0; d < items.size(); ++d) dims[d] = to_int(items[d]);
  return static_cast<int32_t>(items.size());
}

Buffer read_buffer(py::handle item, size_t position) {
  const py::tuple fields = hold(item, numbered("Program: buffer", position).c_str(), 3);
  return {
      static_cast<BufferKind>(small_int(fields[0], numbered("Program: kind of buffer", position))),
      to_int(fields[1]), to_int(fields[2])};
}

OperandSpec read_operand(py::handle item, const std::string& what) {
  const py::tuple fields = hold(item, what.c_str(), 5);
  OperandSpec spec{to_int(fields[0]), to_int(fields[1]), {}};
  spec.operand.dtype = small_int(fields[2], what + "'s dtype");
  spec.operand.ndim = read_dims(fields[3], what + "'s shape", spec.operand.shape);
  const int32_t strides = read_dims(fields[4], what + "'s strides", spec.operand.strides);
  if (strides != spec.operand.ndim)
    throw std::invalid_argument(what + " must have as many strides as dimensions. Received: " +
                                std::to_string(spec.operand.ndim) + " dimensions, " +
                                std::to_string(strides) + " strides");
  return spec;
}

Code read_body(py::handle item, const std::string& what, const std::vector<External>& constants);

Instruction read_instruction(py::handle item, size_t position,
                             const std::vector<External>& constants) {
  const std::string what = numbered("Program: instruction", position);
  const py::tuple fields = hold(item, what.c_str());
  if (fields.size() != 5 && fields.size() != 6) hold(item, what.c_str(), 5);  // throws
  Instruction instruction;
  if (!py::isinstance<py::str>(fields[0])) throw TypeError(what + "'s kernel must be a str.");
  instruction.name = py::cast<std::string>(fields[0]);
  const std::string named = what + " (" + instruction.name + ")";
  size_t k = 0;
  for (const py::handle operand : hold(fields[1], (named + "'s operands").c_str()))
    instruction.operands.push_back(
        read_operand(operand, named + " operand " + std::to_string(k++)));
  instruction.n_in = small_int(fields[2], named + "'s n_in");
  for (const py::handle number : hold(fields[3], (named + "'s ints").c_str()))
    instruction.ints.push_back(to_int(number));
  for (const py::handle number : hold(fields[4], (named + "'s floats").c_str()))
    instruction.floats.push_back(to_float(number));
  if (fields.size() == 6)
    for (const py::handle body : hold(fields[5], (named + "'s bodies").c_str()))
      instruction.bodies.push_back(read_body(body, named + "'s body", constants));
  return instruction;
}

Slot read_slot(py::handle item, const std::string& what, bool fetch) {
  const py::tuple fields = hold(item, what.c_str(), fetch ? 3 : 2);
  Slot slot{};
  slot.dtype = small_int(fields[0], what + "'s dtype");
  slot.ndim = read_dims(fields[1], what + "'s shape", slot.shape);
  slot.per_row = fetch && py::cast<bool>(fields[2]);
  return slot;
}

External read_external(py::handle array, const char* what, size_t position, bool writable) {
  const ArrayView seen = view(array, what, position, writable);
  if (seen.dtype >= kGraphDTypes)
    throw TypeError(numbered(what, position) +
                    " must have dtype float32, float64, int32, int64, uint8 or bool. Received: " +
                    nncore::describe(seen));
  if (!seen.contiguous)
    throw std::invalid_argument(numbered(what, position) + " must be C-contiguous and aligned.");
  return {seen.data, count(nncore::shape_of(seen)) * kItemSize[seen.dtype]};
}

// (buffers, instructions, arena_bytes, feeds, fetches); its constants are the program's.
Code read_body(py::handle item, const std::string& what, const std::vector<External>& constants) {
  const py::tuple fields = hold(item, what.c_str(), 5);
  Code code;
  code.constants = constants;
  code.arena_bytes = to_int(fields[2]);
  for (const py::handle each : hold(fields[0], (what + "'s buffers").c_str()))
    code.buffers.push_back(read_buffer(each, code.buffers.size()));
  for (const py::handle each : hold(fields[1], (what + "'s instructions").c_str()))
    code.instructions.push_back(read_instruction(each, code.instructions.size(), constants));
  for (const py::handle each : hold(fields[3], (what + "'s feeds").c_str()))
    code.feeds.push_back(read_slot(each, numbered("Program: feed", code.feeds.size()), false));
  for (const py::handle each : hold(fields[4], (what + "'s fetches").c_str()))
    code.fetches.push_back(read_slot(each, numbered("Program: fetch", code.fetches.size()), true));
  return code;
}

Code read_code(py::handle buffers, const py::tuple& constants, py::handle instructions,
               int64_t arena_bytes, py::handle feeds, py::handle fetches,
               const py::tuple& variables) {
  Code code;
  code.arena_bytes = arena_bytes;
  for (const py::handle item : hold(buffers, "Program: buffers"))
    code.buffers.push_back(read_buffer(item, code.buffers.size()));
  for (const py::handle item : constants)
    code.constants.push_back(
        read_external(item, "Program: constant", code.constants.size(), false));
  for (const py::handle item : hold(instructions, "Program: instructions"))
    code.instructions.push_back(read_instruction(item, code.instructions.size(), code.constants));
  for (const py::handle item : hold(feeds, "Program: feeds"))
    code.feeds.push_back(read_slot(item, numbered("Program: feed", code.feeds.size()), false));
  for (const py::handle item : hold(fetches, "Program: fetches"))
    code.fetches.push_back(read_slot(item, numbered("Program: fetch", code.fetches.size()), true));
  for (const py::handle item : variables)
    code.variables.push_back(read_external(item, "Program: variable", code.variables.size(), true));
  return code;
}

// Whether a signal, such as that of Ctrl-C, has raised an exception. Python runs its handlers in
// the main thread alone, so elsewhere the answer is no.
bool signalled(void*) {
  const py::gil_scoped_acquire lock;
  return PyErr_CheckSignals() != 0;
}

constexpr Interrupt kSignals{signalled, nullptr};

void throw_if_signalled() {
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
}

// The arrays are kept for as long as the program may use their memory.
class PyProgram {
 public:
  PyProgram(py::handle buffers, py::handle constants, py::handle instructions, int64_t arena_bytes,
            py::handle feeds, py::handle fetches, py::handle variables)
      : constants_(hold(constants, "Program: constants")),
        variables_(hold(variables, "Program: variables")),
        program_(read_code(buffers, constants_, instructions, arena_bytes, feeds, fetches,
                           variables_)) {}

  void run(py::handle feeds, py::handle fetches) {
    const Code& code = program_.code();
    const py::tuple sources = hold(feeds, "Program.run: feeds", code.feeds.size());
    const py::tuple dests = hold(fetches, "Program.run: fetches", code.fetches.size());
    const Lease context = program_.lease();
    fill(*context, sources, "Program.run: feed", dests, "Program.run: fetch");
    program_.check_run(*context);
    const Program::Spread& spread = program_.spread();
    {
      const py::gil_scoped_release release;
      program_.run(*context, spread, kSignals);
    }
    throw_if_signalled();
  }

  int64_t run_steps(py::handle sources, py::handle index, int64_t first, int64_t n_steps,
                    int64_t batch, py::handle dests, double budget_s, py::handle timeline) {
    const Code& code = program_.code();
    const py::tuple from = hold(sources, "Program.run_steps: sources", code.feeds.size());
    const py::tuple to = hold(dests, "Program.run_steps: dests", code.fetches.size());
    Program::Steps steps{nullptr, 0, first, n_steps, batch, budget_s};
    const py::object held_index = py::reinterpret_borrow<py::object>(index);
    if (!index.is_none())
      steps.index = row_index(index, "Program.run_steps: index", steps.index_length);
    const Lease context = program_.lease();
    fill(*context, from, "Program.run_steps: source", to, "Program.run_steps: dest");
    program_.check_steps(*context, steps);
    const Program::Spread& spread = program_.spread();
    Timeline wanted{};
    if (!timeline.is_none()) wanted = read_timeline(timeline);
    int64_t done = 0;
    {
      const py::gil_scoped_release release;
      done = program_.run_steps(*context, spread, steps, kSignals,
                                timeline.is_none() ? nullptr : &wanted);
    }
    throw_if_signalled();
    return done;
  }

  Program& program() { return program_; }

 private:
  static void fill(Context& context, const py::tuple& sources, const char* source_name,
                   const py::tuple& dests, const char* dest_name) {
    for (size_t k = 0; k < sources.size(); ++k)
      context.sources[k] = view(sources[k], source_name, k, false);
    for (size_t k = 0; k < dests.size(); ++k) context.dests[k] = view(dests[k], dest_name, k, true);
  }

  Timeline read_timeline(py::handle array) {
    const ArrayView marks = view(array, "Program.run_steps: timeline", 0, true);
    const auto points = static_cast<int64_t>(Timeline::points(program_.code()));
    if (marks.dtype != i64 || !marks.contiguous || marks.ndim != 3 || marks.shape[2] != points)
      throw std::invalid_argument(
          "Program.run_steps: timeline must be a C-contiguous int64 array (steps, members, " +
          std::to_string(points) + "). Received: " + nncore::describe(marks));
    return {reinterpret_cast<int64_t*>(marks.data), marks.shape[0], marks.shape[1]};
  }

  py::tuple constants_;
  py::tuple variables_;
  Program program_;
};

}  // namespace

void bind_program(py::module_& m) {
  py::class_<Pace>(m, "Pace", "Chooses between a team and one thread by what runs took.")
      .def(py::init<>())
      .def("choose", [](const Pace& self) { return self.choose() == Pace::team; })
      .def(
          "chunk",
          [](const Pace& self, bool team) { return self.chunk(team ? Pace::team : Pace::alone); },
          py::arg("team"))
      .def(
          "record",
          [](Pace& self, bool team, int64_t steps, double ns_per_step) {
            self.record(team ? Pace::team : Pace::alone, steps, ns_per_step);
          },
          py::arg("team"), py::arg("steps"), py::arg("ns_per_step"));
  py::class_<PyProgram>(m, "Program", "A validated list of instructions over planned memory.")
      .def(py::init<py::handle, py::handle, py::handle, int64_t, py::handle, py::handle,
                    py::handle>(),
           py::arg("buffers"), py::arg("constants"), py::arg("instructions"),
           py::arg("arena_bytes"), py::arg("feeds"), py::arg("fetches"), py::arg("variables"))
      .def("run", &PyProgram::run, py::arg("feeds"), py::arg("fetches"))
      .def("run_steps", &PyProgram::run_steps, py::arg("sources"), py::arg("index").none(true),
           py::arg("first"), py::arg("n_steps"), py::arg("batch"), py::arg("dests"),
           py::arg("budget_s") = 0.05, py::arg("timeline") = py::none())
      .def("stop", [](PyProgram& self) { self.program().stop(); })
      .def("dump", [](PyProgram& self) { return self.program().dump(); })
      .def(
          "set_threads", [](PyProgram& self, int n) { self.program().set_threads(n); },
          py::arg("n"))
      .def_property_readonly("threads",
                             [](PyProgram& self) { return self.program().spread().plan.team; })
      .def_property_readonly("arena_bytes",
                             [](PyProgram& self) { return self.program().code().arena_bytes; })
      .def_property_readonly("instruction_count", [](PyProgram& self) {
        return self.program().code().instructions.size();
      });
}

}  // namespace nncore::bindings
