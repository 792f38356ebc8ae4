// elementwise: out_j = program(in_0, in_1, ...), element by element, over one iteration shape.
//
// A small interpreter. The iteration shape is cut into tiles of 4 KB per register; for each tile
// the inputs are brought into registers (contiguous ones of the arithmetic type are used where they
// lie), the instructions run one after the other over the whole tile, and the outputs are stored.
// So a chain of operations touches memory once, its intermediate values stay in the first-level
// cache, and decoding an instruction is paid once per 512 or 1024 elements.
//
// ints: [ctype, n, (opcode, dst, a, b, c) * n, out_reg...]; floats: immediates, named -1-k.
// Dimensions that are contiguous for every operand are merged first. Where the last dimension is
// short, a tile holds whole rows: operands repeated along the rows, such as a bias, then look alike
// in every tile and are loaded once per call. Each element depends on itself alone, so results do
// not depend on the tiles or the team.
#include "kernels/check.hpp"
#include "kernels/convert.hpp"
#include "kernels/elementwise_ops.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

// Members take whole rows, unless so many elements would then lie across vectors.
Parts elementwise_parts(const Call& c, int team) {
  constexpr int64_t few = 1 << 14;
  const Operand& out = c.ops[c.n_in];
  const int operands = c.n_in + c.n_out;
  if (out.ndim == 0 || operands > 63 || !enough_rows(out.shape[0], team)) return {};
  const int64_t n = element_count(out), row = n / out.shape[0];
  if (n > few && row * dtype_size(out.dtype) % 64 != 0) return {};
  uint64_t cut = 0;
  for (int i = 0; i < operands; ++i)
    if (c.ops[i].strides[0] != 0) cut |= uint64_t{1} << i;
  return {cut, 0};
}

namespace {

constexpr int kMaxRegisters = 64, kMaxImmediates = 128, kMaxOperands = 80;
constexpr int64_t kTileBytes = 4096, kRegisterBytes = kTileBytes + 2 * 64;
constexpr int kInstruction = 5;  // ints per instruction

struct Program {
  int64_t count;
  const int64_t* code;     // the instructions
  const int64_t* outputs;  // the outputs' registers
};

Program program_of(const Call& c) {
  const int64_t n = c.ints[1];
  return {n, c.ints + 2, c.ints + 2 + kInstruction * n};
}

const ElementwiseFn* operations_of(int64_t ctype) {
  return ctype == f32 ? elementwise_f32 : ctype == f64 ? elementwise_f64 : elementwise_i64;
}

int register_count(const Call& c) {
  const Program p = program_of(c);
  int64_t count = c.n_in;
  for (int64_t i = 0; i < p.count; ++i)
    if (p.code[kInstruction * i + 1] >= count) count = p.code[kInstruction * i + 1] + 1;
  return static_cast<int>(count) + c.n_floats;
}

constexpr int8_t kArity[] = {
#define ELEMENTWISE(name, arity) arity,
#include "kernels/elementwise.def"
};

const char* check_program(const Call& c) {
  if (c.n_ints < 2 || (c.ints[0] != f32 && c.ints[0] != f64 && c.ints[0] != i64))
    return "expects ints [ctype (float32, float64 or int64), number of instructions, ...]";
  const Program p = program_of(c);
  if (p.count < 0 || p.count > (1 << 20) || c.n_ints != 2 + kInstruction * p.count + c.n_out)
    return "expects five ints per instruction and one per output";
  const ElementwiseFn* operations = operations_of(c.ints[0]);
  // One bit for each register that holds something: the inputs, then what has been written.
  uint64_t filled = c.n_in == kMaxRegisters ? ~uint64_t{0} : (uint64_t{1} << c.n_in) - 1;
  const auto readable = [&](int64_t r) {
    return r < 0 ? -1 - r < c.n_floats : r < kMaxRegisters && (filled >> r & 1) != 0;
  };
  for (int64_t i = 0; i < p.count; ++i) {
    const int64_t* op = p.code + kInstruction * i;
    if (op[0] < 0 || op[0] >= op_count) return "unknown operation code";
    if (operations[op[0]] == nullptr) return "operation not defined for this arithmetic type";
    for (int k = 0; k < 3; ++k) {
      const bool used = k < kArity[op[0]];
      if (used ? !readable(op[2 + k]) : op[2 + k] != 0)
        return "an instruction reads a register or immediate that does not exist";
    }
    if (op[1] < c.n_in || op[1] >= kMaxRegisters)
      return "an instruction writes an input's register or one beyond 63";
    filled |= uint64_t{1} << op[1];
  }
  for (int j = 0; j < c.n_out; ++j)
    if (!readable(p.outputs[j])) return "an output names a register that does not exist";
  return nullptr;
}

// ---- the iteration space -----------------------------------------------------------------------

struct Walk {
  int64_t start;  // of the member's rows
  int64_t stride[kMaxDims];
};

// Dimensions innermost first, merged; dimension 0 makes the columns, the others the rows.
struct Space {
  int ndim;
  int64_t shape[kMaxDims];
  int64_t rows, cols;
  int64_t tile_rows, tile_cols, pieces, tiles;  // a row in `pieces`, or several rows in a tile
  Walk* walk;                                   // of each operand
};

void merge_dimensions(const Call& c, const Range& share, Space& s) {
  const Operand& like = c.ops[0];
  const int operands = c.n_in + c.n_out;
  const auto length = [&](int d) { return d == 0 ? share.end - share.begin : like.shape[d]; };
  for (int i = 0; i < operands; ++i)
    s.walk[i].start = like.ndim > 0 ? share.begin * c.ops[i].strides[0] : 0;
  int n = 0;
  for (int d = like.ndim - 1; d >= 0; --d) {
    if (length(d) == 1) continue;
    bool merges = n > 0;
    for (int i = 0; i < operands && merges; ++i)
      merges = c.ops[i].strides[d] == s.walk[i].stride[n - 1] * s.shape[n - 1];
    if (merges) {
      s.shape[n - 1] *= length(d);
      continue;
    }
    s.shape[n] = length(d);
    for (int i = 0; i < operands; ++i) s.walk[i].stride[n] = c.ops[i].strides[d];
    ++n;
  }
  if (n == 0) {
    s.shape[0] = 1;
    for (int i = 0; i < operands; ++i) s.walk[i].stride[0] = 1;
    n = 1;
  }
  s.ndim = n;
  s.cols = s.shape[0];
  s.rows = 1;
  for (int d = 1; d < n; ++d) s.rows *= s.shape[d];
}

// Tiles end on whole vectors where they can: the rest of a vector costs more than its share.
void choose_tiles(Space& s, int64_t capacity, int64_t lanes) {
  if (s.rows == 1 || 2 * s.cols > capacity) {
    s.tile_rows = 1;
    s.pieces = (s.cols + capacity - 1) / capacity;
    const int64_t even = (s.cols + s.pieces - 1) / s.pieces;
    s.tile_cols = (even + lanes - 1) / lanes * lanes;
    s.tiles = s.rows * s.pieces;
    return;
  }
  int64_t whole = lanes;  // rows that fill whole vectors together
  for (int64_t c = s.cols; whole > 1 && c % 2 == 0; c /= 2) whole /= 2;
  s.tile_rows = capacity / s.cols;
  if (s.tile_rows >= whole) s.tile_rows -= s.tile_rows % whole;
  if (s.tile_rows > s.rows) s.tile_rows = s.rows;
  s.tile_cols = s.cols;
  s.pieces = 1;
  s.tiles = (s.rows + s.tile_rows - 1) / s.tile_rows;
}

// A tile's place: rows [row, row + rows), columns [col, col + cols); index[d] of the first row.
struct Tile {
  int64_t row, col, rows, cols;
  int64_t index[kMaxDims];
};

Tile tile_at(const Space& s, int64_t number) {
  Tile t;
  t.row = s.pieces == 1 ? number * s.tile_rows : number / s.pieces;
  t.col = s.pieces == 1 ? 0 : (number % s.pieces) * s.tile_cols;
  t.rows = s.rows - t.row < s.tile_rows ? s.rows - t.row : s.tile_rows;
  t.cols = s.cols - t.col < s.tile_cols ? s.cols - t.col : s.tile_cols;
  int64_t rest = t.row;
  for (int d = 1; d < s.ndim; ++d) {
    t.index[d] = d + 1 == s.ndim ? rest : rest % s.shape[d];
    if (d + 1 < s.ndim) rest /= s.shape[d];
  }
  return t;
}

int64_t offset_of(const Space& s, const Walk& w, const Tile& t) {
  int64_t offset = w.start + t.col * w.stride[0];
  for (int d = 1; d < s.ndim; ++d) offset += t.index[d] * w.stride[d];
  return offset;
}

template <class T, class S>
void load_rows(const Space& s, const Walk& w, const Tile& t, const void* data, T* to) {
  const S* from = static_cast<const S*>(data) + offset_of(s, w, t);
  int64_t index[kMaxDims];
  for (int d = 1; d < s.ndim; ++d) index[d] = t.index[d];
  for (int64_t r = 0;;) {
    load_row(to + r * t.cols, from, w.stride[0], t.cols);
    if (++r == t.rows) return;
    for (int d = 1; d < s.ndim; ++d) {  // on to the next row
      from += w.stride[d];
      if (++index[d] < s.shape[d]) break;
      from -= s.shape[d] * w.stride[d];
      index[d] = 0;
    }
  }
}

template <class T>
void load_tile(const Space& s, const Walk& w, const Tile& t, const Operand& x, T* to) {
  switch (x.dtype) {
    case f32:
      return load_rows<T, float>(s, w, t, x.data, to);
    case f64:
      return load_rows<T, double>(s, w, t, x.data, to);
    case i32:
      return load_rows<T, int32_t>(s, w, t, x.data, to);
    case i64:
      return load_rows<T, int64_t>(s, w, t, x.data, to);
    case u8:
      return load_rows<T, uint8_t>(s, w, t, x.data, to);
    default:
      return load_rows<T, bool>(s, w, t, x.data, to);
  }
}

// ---- execution ---------------------------------------------------------------------------------

enum Mode : int8_t {
  kCopied,   // converted or gathered into a register, tile by tile
  kOnce,     // the same in every tile: loaded once
  kInPlace,  // the register is the operand's own memory
};

// What a member does, apart from the operands' places.
template <class T>
struct Plan {
  Range tiles;
  int64_t first;  // where its rows begin in the outputs, in elements
  int registers;  // in scratch memory, without the immediates'
  Mode input[kMaxOperands];
  bool direct[kMaxOperands];  // whether an output is computed in its own memory
  Space space;
  T* immediates;  // `repeated` of each; null: written at every run
  int64_t repeated;
};

// Where immediates are repeated no more often than this, the plan has room for them.
constexpr int64_t kBytesToKeep = 512;

template <class T>
constexpr int64_t room_of(int64_t elements) {
  return (elements + 2 * kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

template <class T>
using Registers = T * [kMaxRegisters + kMaxImmediates];

int slot(int64_t code) { return static_cast<int>(code >= 0 ? code : kMaxRegisters - 1 - code); }

// An input that is stored as it came (its register is an output's) and shares memory with an output
// must be copied first, or the other output's store would change it.
bool stored_and_shared(const Call& c, int input) {
  const Program p = program_of(c);
  bool stored = false, shared = false;
  for (int j = 0; j < c.n_out; ++j) {
    stored |= p.outputs[j] == input;
    shared |= c.ops[c.n_in + j].data == c.ops[input].data;
  }
  return stored && shared;
}

template <class T>
Mode input_mode(const Call& c, const Space& s, int i) {
  const int64_t* stride = s.walk[i].stride;
  bool rows_follow = true, rows_equal = true;  // row after row in memory; every row the same
  int64_t expected = s.cols;
  for (int d = 1; d < s.ndim; ++d) {
    rows_follow &= stride[d] == expected;
    rows_equal &= stride[d] == 0;
    expected *= s.shape[d];
  }
  if (c.ops[i].dtype == kDTypeOf<T> && stride[0] == 1 && (rows_follow || s.tile_rows == 1) &&
      !stored_and_shared(c, i))
    return kInPlace;
  return rows_equal && (stride[0] == 0 || s.pieces == 1) ? kOnce : kCopied;
}

// An output may be computed in its own memory unless an input lies there that is read after the
// output's register is first written.
template <class T>
bool is_direct(const Call& c, const Plan<T>& plan, int j) {
  const Program p = program_of(c);
  const Operand& out = c.ops[c.n_in + j];
  const int64_t reg = p.outputs[j];
  if (out.dtype != kDTypeOf<T> || reg < c.n_in) return false;
  for (int k = 0; k < j; ++k)
    if (p.outputs[k] == reg) return false;
  int64_t written = 0;
  while (p.code[kInstruction * written + 1] != reg) ++written;
  for (int i = 0; i < c.n_in; ++i) {
    if (plan.input[i] != kInPlace || c.ops[i].data != out.data) continue;
    for (int64_t later = written + 1; later < p.count; ++later) {
      const int64_t* op = p.code + kInstruction * later;
      for (int k = 0; k < kArity[op[0]]; ++k)
        if (op[2 + k] == i) return false;
    }
  }
  return true;
}

template <class T>
void write_immediates(const Call& c, const Plan<T>& plan, T* to) {
  for (int k = 0; k < c.n_floats; ++k, to += room_of<T>(plan.repeated)) {
    const T value = static_cast<T>(c.floats[k]);
    load_row(to, &value, 0, plan.repeated);
  }
}

// `walk` has room for all operands.
template <class T>
void make_plan(const Call& c, const Team& team, Walk* walk, Plan<T>& plan) {
  Space& s = plan.space;
  s.walk = walk;
  const int64_t n_rows = c.ops[0].ndim > 0 ? c.ops[0].shape[0] : 1;
  const bool by_rows = team.size > 1 && elementwise_parts(c, team.size).rows != 0;
  merge_dimensions(c, by_rows ? share(n_rows, team) : Range{0, n_rows}, s);
  choose_tiles(s, kTileBytes / static_cast<int64_t>(sizeof(T)), kLanes<T>);
  for (int i = 0; i < c.n_in; ++i) plan.input[i] = input_mode<T>(c, s, i);
  for (int j = 0; j < c.n_out; ++j) plan.direct[j] = is_direct(c, plan, j);
  plan.tiles = by_rows ? Range{0, s.tiles} : share(s.tiles, team);
  plan.first = walk[c.n_in].start;  // the same for all outputs
  plan.registers = register_count(c) - c.n_floats;
  plan.repeated = s.tile_rows * s.tile_cols;
  plan.immediates = nullptr;
}

// Behind a plan lie the operands' walks, then the immediates.
template <class T>
int64_t put_plan(const Call& c, const Team& team, void* to) {
  const auto round = [](int64_t bytes) { return (bytes + 63) / 64 * 64; };
  const int64_t head = round(sizeof(Plan<T>));
  const int64_t walks = round(static_cast<int64_t>(sizeof(Walk)) * (c.n_in + c.n_out));
  const int64_t each = room_of<T>(kBytesToKeep / sizeof(T)) * static_cast<int64_t>(sizeof(T));
  if (to != nullptr) {
    char* memory = static_cast<char*>(to);
    Plan<T>& plan = *static_cast<Plan<T>*>(to);
    make_plan(c, team, reinterpret_cast<Walk*>(memory + head), plan);
    if (plan.repeated * static_cast<int64_t>(sizeof(T)) <= kBytesToKeep) {
      plan.immediates = reinterpret_cast<T*>(memory + head + walks);
      write_immediates(c, plan, plan.immediates);
    }
  }
  return head + walks + c.n_floats * each;
}

// Repeats the first n elements until there are `total`, copying ever longer pieces.
template <class T>
void repeat(T* row, int64_t n, int64_t total) {
  while (n < total) {
    const int64_t more = n < total - n ? n : total - n;
    __builtin_memcpy(row + n, row, static_cast<size_t>(more) * sizeof(T));
    n += more;
  }
}

template <class T>
void load_inputs(const Call& c, const Plan<T>& plan, const Tile& t, bool first,
                 Registers<T>& registers) {
  const Space& s = plan.space;
  const Tile first_row = {0, 0, 1, s.cols < s.tile_cols ? s.cols : s.tile_cols, {}};
  for (int i = 0; i < c.n_in; ++i) {
    if (plan.input[i] == kInPlace) {
      registers[i] = static_cast<T*>(c.ops[i].data) + offset_of(s, s.walk[i], t);
    } else if (plan.input[i] == kCopied || first) {
      const bool once = plan.input[i] == kOnce;
      load_tile(s, s.walk[i], once ? first_row : t, c.ops[i], registers[i]);
      if (once) repeat(registers[i], first_row.cols, s.tile_rows * first_row.cols);
    }
  }
}

// The registers that lie in a member's scratch memory, and the immediates'.
template <class T>
void place_registers(const Call& c, const Plan<T>& plan, char* scratch, Registers<T>& registers) {
  for (int r = 0; r < plan.registers; ++r, scratch += kRegisterBytes)
    registers[r] = reinterpret_cast<T*>(scratch);
  T* immediates = plan.immediates;
  if (immediates == nullptr) {
    immediates = reinterpret_cast<T*>(scratch);
    write_immediates(c, plan, immediates);
  }
  for (int k = 0; k < c.n_floats; ++k, immediates += room_of<T>(plan.repeated))
    registers[kMaxRegisters + k] = immediates;
}

template <class T>
void run(const Call& c, const Team& team, const ElementwiseFn* operations) {
  const Program p = program_of(c);
  Plan<T> own;
  Walk walk[kMaxOperands];
  if (c.plan == nullptr) make_plan(c, team, walk, own);
  const Plan<T>& plan = c.plan != nullptr ? *static_cast<const Plan<T>*>(c.plan) : own;
  char* scratch = c.scratch;
  if (team.tid > 0) scratch += team.tid * (plan.registers + c.n_floats) * kRegisterBytes;
  Registers<T> registers;
  place_registers(c, plan, scratch, registers);
  for (int64_t number = plan.tiles.begin; number < plan.tiles.end; ++number) {
    const Tile t = tile_at(plan.space, number);
    const int64_t n = t.rows * t.cols, at = plan.first + t.row * plan.space.cols + t.col;
    load_inputs(c, plan, t, number == plan.tiles.begin, registers);
    for (int j = 0; j < c.n_out; ++j)
      if (plan.direct[j]) registers[p.outputs[j]] = static_cast<T*>(c.ops[c.n_in + j].data) + at;
    const int64_t* op = p.code;
    for (int64_t i = 0; i < p.count; ++i, op += kInstruction)
      operations[op[0]](registers[op[1]], registers[slot(op[2])], registers[slot(op[3])],
                        registers[slot(op[4])], n);
    for (int j = 0; j < c.n_out; ++j) {
      const Operand& out = c.ops[c.n_in + j];
      if (!plan.direct[j])
        store_run(static_cast<char*>(out.data) + at * dtype_size(out.dtype), out.dtype,
                  registers[slot(p.outputs[j])], n);
    }
  }
}

// Nanoseconds per element of one operation: a pass over registers, a polynomial, or the C library.
double operation_cost(int64_t opcode, int64_t ctype) {
  const double wide = ctype == f32 ? 1 : 2.5;
  switch (opcode) {
    case op_exp:
    case op_expm1:
    case op_log:
    case op_log1p:
    case op_log2:
    case op_log10:
    case op_sinh:
    case op_cosh:
    case op_tanh:
    case op_sigmoid:
    case op_silu:
    case op_softplus:
    case op_gelu_tanh:
    case op_mish:
    case op_log_sigmoid:
    case op_selu:
    case op_elu:
      return 0.5 * wide;
    case op_erf:
    case op_gelu:
      return ctype == f32 ? 0.7 : 15;
    case op_sin:
    case op_cos:
      return 1.5;
    case op_tan:
    case op_asin:
    case op_acos:
    case op_atan:
    case op_asinh:
    case op_acosh:
    case op_atanh:
    case op_erfinv:
    case op_pow:
    case op_atan2:
      return ctype == f32 ? 2 : 15;
    case op_floor_div:
    case op_mod:
    case op_hypot:
    case op_erfc:
      return 15;
    case op_gcd:
      return 60;
    default:
      return 0.05 * wide;
  }
}

}  // namespace

const char* elementwise_check(const Call& c) {
  if (c.n_out < 1 || c.n_in < 0 || c.n_in > kMaxRegisters || c.n_in + c.n_out > kMaxOperands ||
      c.n_floats > kMaxImmediates)
    return "expects up to 64 inputs, 1 to 16 outputs and at most 128 immediates";
  for (int i = 0; i < c.n_in + c.n_out; ++i) {
    if (c.ops[i].dtype < 0 || c.ops[i].dtype >= kGraphDTypes) return "unsupported dtype";
    if (!same_shape(c.ops[0], c.ops[i])) return "expects operands of one shape";
  }
  return check_program(c);
}

int64_t elementwise_scratch(const Call& c, int team) {
  return team * register_count(c) * kRegisterBytes;
}

double elementwise_cost(const Call& c) {
  const Program p = program_of(c);
  double each = 0.05 * (c.n_in + c.n_out);
  for (int64_t i = 0; i < p.count; ++i) each += operation_cost(p.code[kInstruction * i], c.ints[0]);
  return 50 + each * static_cast<double>(element_count(c.ops[c.n_in]));
}

int64_t elementwise_plan(const Call& c, const Team& team, void* to) {
  if (element_count(c.ops[c.n_in]) == 0) return 0;
  switch (c.ints[0]) {
    case f32:
      return put_plan<float>(c, team, to);
    case f64:
      return put_plan<double>(c, team, to);
    default:
      return put_plan<int64_t>(c, team, to);
  }
}

void elementwise_run(const Call& c, const Team& team) {
  if (element_count(c.ops[c.n_in]) == 0) return;
  switch (c.ints[0]) {
    case f32:
      return run<float>(c, team, elementwise_f32);
    case f64:
      return run<double>(c, team, elementwise_f64);
    default:
      return run<int64_t>(c, team, elementwise_i64);
  }
}

}  // namespace nncore::NNCORE_ISA
