// The walk of an update through its tensors: see optimizer_gradients.hpp.
//
// Tensors of many rows are cut by rows, as all other kernels cut them, since what is in the caches
// of another member comes slowly. The work for the others is laid end to end and cut evenly. Bits
// depend on no cut: those of products are the engine's, those of sums `reduce`'s, and each element
// is updated alone.
#include "kernels/optimizer_gradients.hpp"

#include "kernels/check.hpp"
#include "kernels/column_sums.hpp"
#include "kernels/gemm.hpp"
#include "kernels/product_cost.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

struct Tensor {
  int64_t source;
  const Operand *in, *out;
  int gradients;  // operands: 1 or 2

  const Operand& parameter() const { return in[0]; }
  const Operand* gradient() const { return in + 1; }
  const Operand* slots() const { return in + 1 + gradients; }
};

// Calls f(tensor) for each tensor of a call that was checked.
template <class F>
void each_tensor(const Call& call, const UpdateForm& form, F f) {
  const int64_t* sources = call.ints + 1 + form.flags;
  const Operand *in = call.ops + form.scalars, *out = call.ops + call.n_in;
  for (int64_t t = 0; t < call.ints[0]; ++t) {
    const int more = sources[t] == kProduct;
    f(Tensor{sources[t], in, out, 1 + more});
    in += form.group_in + more;
    out += form.group_out;
  }
}

bool contiguous(const Operand& x) {
  int64_t step = 1;
  for (int d = x.ndim - 1; d >= 0; step *= x.shape[d--])
    if (x.shape[d] > 1 && x.strides[d] != step) return false;
  return true;
}

// The product that is a tensor's gradient, as the plan has it, without its operands' places.
template <class T>
void product_of(const Tensor& tensor, Gemm<T>& g, GemmPlan& plan) {
  const Operand &a = tensor.gradient()[0], &b = tensor.gradient()[1];
  g = {a.shape[0], b.shape[1],   a.shape[1],   nullptr, a.strides[0], a.strides[1],
       nullptr,    b.strides[0], b.strides[1], nullptr, b.shape[1],   false,
       nullptr,    false,        false,        0,       T(0)};
  plan = gemm_plan(g);
  if (plan.swap) gemm_swap(g);
  gemm_plan_pieces(g, plan);
}

double bytes_of(const Operand& x) {
  return static_cast<double>(element_count(x)) * (x.dtype == f32 ? 4 : 8);
}

// Nanoseconds for making a gradient.
double gradient_cost(const Tensor& tensor) {
  if (tensor.source == kGiven) return 0;
  const Operand& x = tensor.gradient()[0];
  if (tensor.source == kColumnSums) return 20 + bytes_of(x) / 40;
  const auto length = [](int64_t n) { return static_cast<double>(n); };
  const Operand& b = tensor.gradient()[1];
  return 50 + product_cost(length(x.shape[0]), length(b.shape[1]), length(x.shape[1]),
                           x.dtype == f32 ? 4 : 8);
}

// Nanoseconds for the elements: a core streams about 90 bytes a nanosecond from its own caches,
// half of that from memory; a root and a division take longer than the former.
double streaming_cost(double bytes, double divided, double whole) {
  const double streamed = bytes / (whole < 8e6 ? 90 : 48), slow = divided * 0.08 * 64 / kVecBytes;
  return streamed > slow ? streamed : slow;
}

double tensor_cost(const Tensor& tensor, const UpdateForm& form) {
  const double bytes = bytes_of(tensor.parameter());
  return gradient_cost(tensor) +
         streaming_cost(bytes * (form.group_in - 1 + form.group_out), form.root ? bytes : 0, 0);
}

// Whether each member has its rows of a tensor; of less work than this, some have none.
bool cut_by_rows(const Tensor& tensor, const UpdateForm& form, int team) {
  constexpr double worthwhile = 2000;
  if (tensor.source == kGiven) return true;
  return team > 1 && tensor.source == kProduct && enough_rows(tensor.gradient()->shape[0], team) &&
         tensor_cost(tensor, form) >= worthwhile;
}

template <class T>
GemmBlock rows_of_product(const Gemm<T>& g, const GemmPlan& plan, const Team& team) {
  const Range rows = share(plan.swap ? g.n : g.m, team);
  return plan.swap ? GemmBlock{0, g.m, rows.begin, rows.end}
                   : GemmBlock{rows.begin, rows.end, 0, g.n};
}

// From where to where in a tensor a member works, from 0 to 1.
struct Stretch {
  double begin, end;
  Range of(int64_t units) const {
    const double n = static_cast<double>(units);
    return {static_cast<int64_t>(begin * n + 0.5), static_cast<int64_t>(end * n + 0.5)};
  }
};

// A member's share of a line of work, piece by piece. All members come to the same borders.
class Line {
 public:
  Line(double length, const Team& team)
      : begin_(length * team.tid / team.size),
        end_(length * (team.tid + 1) / team.size),
        first_(team.tid == 0),
        last_(team.tid + 1 == team.size) {}

  Stretch next(double length) {
    const Stretch found{first_ ? 0 : within(begin_ - at_, length),
                        last_ ? 1 : within(end_ - at_, length)};
    at_ += length;
    return found;
  }

 private:
  static double within(double x, double length) {
    return x <= 0 ? 0 : x >= length ? 1 : x / length;
  }

  double begin_, end_, at_ = 0;
  bool first_, last_;
};

// A part of a product, in tiles. Few rows of tiles are cut by columns instead.
template <class T>
GemmBlock part_of_product(const Gemm<T>& g, const GemmPlan& plan, const Stretch& stretch) {
  constexpr int64_t few = 4;
  const int64_t row_units = (g.m + plan.rows - 1) / plan.rows;
  const auto cut = [&](int64_t n, int64_t unit) {
    const Range units = stretch.of((n + unit - 1) / unit);
    return Range{units.begin * unit < n ? units.begin * unit : n,
                 units.end * unit < n ? units.end * unit : n};
  };
  const int64_t panel = static_cast<int64_t>(plan.vectors) * kLanes<T>;
  const int64_t unit = g.n < few * panel ? kLanes<T> : panel;
  if (row_units >= few || row_units * unit >= g.n) {
    const Range rows = cut(g.m, plan.rows);
    return {rows.begin, rows.end, 0, g.n};
  }
  const Range columns = cut(g.n, unit);
  return {0, g.m, columns.begin, columns.end};
}

// A member's elements of a given gradient: its rows, as a product cuts the gradient that it leaves,
// since what is in the caches of another member comes slowly; or, of few rows, its cache lines.
Range part_of(const Operand& x, const Team& team) {
  const int64_t count = element_count(x);
  if (x.ndim > 0 && enough_rows(x.shape[0], team.size)) {
    const Range rows = share(x.shape[0], team);
    const int64_t row = count / x.shape[0];
    return {rows.begin * row, rows.end * row};
  }
  constexpr int64_t unit = 64;  // elements: no two members write to one cache line
  const Range lines = share((count + unit - 1) / unit, team);
  const int64_t end = lines.end * unit;
  return {lines.begin * unit, end < count ? end : count};
}

// A member's part of a tensor.
template <class T>
struct TensorPlan {
  int64_t source;
  int in, out, gradients;  // numbers of its first input and output; operands of its gradient
  Range part;              // elements of a given gradient, or strips of columns
  Gemm<T> product;
  GemmPlan gemm;
  GemmBlock block;
};

template <class T>
void plan_part(const Tensor& tensor, const UpdateForm& form, const Team& team, Line& line,
               TensorPlan<T>& plan) {
  if (tensor.source == kGiven) {
    plan.part = part_of(tensor.parameter(), team);
    return;
  }
  const bool by_rows = cut_by_rows(tensor, form, team.size);
  Stretch stretch{0, 1};
  if (!by_rows && team.size > 1) stretch = line.next(tensor_cost(tensor, form));
  if (tensor.source == kColumnSums) {
    plan.part = stretch.of((tensor.gradient()->shape[1] + kColumnStrip<T> - 1) / kColumnStrip<T>);
    return;
  }
  product_of(tensor, plan.product, plan.gemm);
  plan.block = by_rows ? rows_of_product(plan.product, plan.gemm, team)
                       : part_of_product(plan.product, plan.gemm, stretch);
}

// Calls f(plan) for each tensor, in order.
template <class T, class F>
void each_plan(const Call& call, const UpdateForm& form, const Team& team, F f) {
  double work = 0;
  if (team.size > 1)
    each_tensor(call, form, [&](const Tensor& tensor) {
      if (!cut_by_rows(tensor, form, team.size)) work += tensor_cost(tensor, form);
    });
  Line line(work, team);
  each_tensor(call, form, [&](const Tensor& tensor) {
    TensorPlan<T> plan;
    plan.source = tensor.source;
    plan.in = static_cast<int>(tensor.in - call.ops);
    plan.out = static_cast<int>(tensor.out - call.ops);
    plan.gradients = tensor.gradients;
    plan_part(tensor, form, team, line, plan);
    f(plan);
  });
}

// One tensor's update, for any pieces of it.
template <class T>
struct Update {
  const Call& call;
  const UpdateForm& form;
  const UpdateRule<T>& rule;
  const TensorPlan<T>& plan;

  const Operand& gradient(int i) const { return call.ops[plan.in + 1 + i]; }

  // The elements [begin, begin + n), whose gradients are g[0, n).
  void run(int64_t begin, int64_t n, const T* g) const {
    const Operand *slots = call.ops + plan.in + 1 + plan.gradients, *to = call.ops + plan.out;
    const T* in[kMaxGroup] = {static_cast<const T*>(call.ops[plan.in].data) + begin, g};
    T* out[kMaxGroup] = {};
    for (int i = 2; i < form.group_in; ++i)
      in[i] = static_cast<const T*>(slots[i - 2].data) + begin;
    for (int i = 0; i < form.group_out; ++i) out[i] = static_cast<T*>(to[i].data) + begin;
    rule.apply(rule.self, in, out, n);
  }

  void sums() const {
    const Operand& x = gradient(0);
    constexpr int64_t strip = kColumnStrip<T>;
    T g[strip];
    for (int64_t s = plan.part.begin; s < plan.part.end; ++s) {
      column_sums(x, s, g);
      const int64_t left = x.shape[1] - s * strip;
      run(s * strip, left < strip ? left : strip, g);
    }
  }

  void product(char* scratch) const;

  void all(char* scratch) const {
    if (plan.source == kProduct) return product(scratch);
    if (plan.source == kColumnSums) return sums();
    if (plan.part.begin < plan.part.end)
      run(plan.part.begin, plan.part.end - plan.part.begin,
          static_cast<const T*>(gradient(0).data) + plan.part.begin);
  }
};

template <class T>
struct PieceOfProduct {
  const Update<T>& update;
  const Gemm<T>& g;

  // Lines of p that are whole follow each other in memory.
  static void take(void* self, const T* c, int64_t c_row, const GemmBlock& piece) {
    const auto& [update, g] = *static_cast<const PieceOfProduct*>(self);
    const int64_t m = piece.m1 - piece.m0, n = piece.n1 - piece.n0;
    const int64_t lines = g.transposed ? n : m, length = g.transposed ? m : n;
    const int64_t first = g.place(piece.m0, piece.n0);
    if (length == g.c_row) return update.run(first, lines * length, c);
    for (int64_t l = 0; l < lines; ++l) update.run(first + l * g.c_row, length, c + l * c_row);
  }
};

template <class T>
void Update<T>::product(char* scratch) const {
  Gemm<T> g = plan.product;
  g.a = static_cast<const T*>(gradient(plan.gemm.swap ? 1 : 0).data);
  g.b = static_cast<const T*>(gradient(plan.gemm.swap ? 0 : 1).data);
  PieceOfProduct<T> pieces{*this, g};
  gemm_pieces<T>(g, plan.gemm, plan.block, reinterpret_cast<T*>(scratch),
                 {&pieces, PieceOfProduct<T>::take});
}

template <class T>
int64_t scratch_of_member(const Call& call, const UpdateForm& form) {
  int64_t most = 0;
  each_tensor(call, form, [&](const Tensor& tensor) {
    if (tensor.source != kProduct) return;
    Gemm<T> g;
    GemmPlan plan;
    product_of(tensor, g, plan);
    const int64_t needed = round_up_scratch<T>(gemm_pieces_scratch(g, plan));
    if (needed > most) most = needed;
  });
  return most * static_cast<int64_t>(sizeof(T));
}

// What a program has made once: this, then a TensorPlan for each tensor.
struct alignas(64) UpdatePlan {
  int64_t scratch;  // where the member's begins, in bytes
};

template <class T>
int64_t write_update_plan(const Call& call, const UpdateForm& form, const Team& team, void* to) {
  if (to != nullptr) {
    auto* plan = static_cast<UpdatePlan*>(to);
    plan->scratch = team.tid > 0 ? team.tid * scratch_of_member<T>(call, form) : 0;
    auto* next = reinterpret_cast<TensorPlan<T>*>(plan + 1);
    each_plan<T>(call, form, team, [&](const TensorPlan<T>& one) { *next++ = one; });
  }
  return static_cast<int64_t>(sizeof(UpdatePlan)) +
         call.ints[0] * static_cast<int64_t>(sizeof(TensorPlan<T>));
}

}  // namespace

template <class T>
void update_tensors(const Call& call, const Team& team, const UpdateForm& form,
                    const UpdateRule<T>& rule) {
  char* scratch = call.scratch;
  const auto run = [&](const TensorPlan<T>& plan) {
    Update<T>{call, form, rule, plan}.all(scratch);
  };
  if (const auto* plan = static_cast<const UpdatePlan*>(call.plan)) {
    scratch += plan->scratch;
    const auto* tensors = reinterpret_cast<const TensorPlan<T>*>(plan + 1);
    for (int64_t t = 0; t < call.ints[0]; ++t) run(tensors[t]);
    return;
  }
  if (team.tid > 0) scratch += team.tid * scratch_of_member<T>(call, form);
  each_plan<T>(call, form, team, run);
}
template void update_tensors(const Call&, const Team&, const UpdateForm&, const UpdateRule<float>&);
template void update_tensors(const Call&, const Team&, const UpdateForm&,
                             const UpdateRule<double>&);

int64_t update_plan(const Call& call, const UpdateForm& form, const Team& team, void* to) {
  return call.ops[0].dtype == f32 ? write_update_plan<float>(call, form, team, to)
                                  : write_update_plan<double>(call, form, team, to);
}

namespace {

const char* check_gradient(const Tensor& tensor) {
  const Operand &p = tensor.parameter(), *g = tensor.gradient();
  if (tensor.source == kGiven)
    return same_shape(p, *g) && contiguous(*g) ? nullptr : "expects a contiguous gradient like p";
  if (tensor.source == kColumnSums)
    return g->ndim == 2 && g->shape[0] > 0 && g->shape[1] == element_count(p) && contiguous(*g)
               ? nullptr
               : "expects contiguous X (K, N) to be summed to the N elements of p";
  return g[0].ndim == 2 && g[1].ndim == 2 && g[0].shape[1] == g[1].shape[0] &&
                 g[0].shape[0] * g[1].shape[1] == element_count(p)
             ? nullptr
             : "expects A (M, K) and B (K, N) to be multiplied to the M N elements of p";
}

const char* check_tensor(const Tensor& tensor, const UpdateForm& form) {
  const Operand& p = tensor.parameter();
  if (!contiguous(p)) return "expects contiguous parameters";
  for (int i = 0; i < form.group_in - 2; ++i)
    if (!same_shape(p, tensor.slots()[i]) || !contiguous(tensor.slots()[i]))
      return "expects groups of one shape, contiguous";
  for (int i = 0; i < form.group_out; ++i)
    if (!same_shape(p, tensor.out[i])) return "expects groups of one shape";
  return check_gradient(tensor);
}

}  // namespace

const char* check_update(const Call& call, const UpdateForm& form) {
  const int64_t n = call.n_ints > 0 ? call.ints[0] : -1;
  if (n < 0 || call.n_ints != 1 + form.flags + n || call.n_floats != form.floats)
    return "expects ints [n_tensors, flags..., sources...] and its hyper-parameters as floats";
  int64_t products = 0;
  for (int64_t t = 0; t < n; ++t) {
    const int64_t source = call.ints[1 + form.flags + t];
    if (source < 0 || source >= kGradientSources) return "unknown source of a gradient";
    products += source == kProduct;
  }
  if (call.n_in != form.scalars + n * form.group_in + products || call.n_out != n * form.group_out)
    return "expects the scalars, n_tensors input groups and n_tensors output groups";
  const int32_t dtype = call.ops[0].dtype;
  if (dtype != f32 && dtype != f64) return "expects float32 or float64";
  for (int i = 0; i < call.n_in + call.n_out; ++i)
    if (call.ops[i].dtype != dtype) return "expects operands of one type";
  for (int i = 0; i < form.scalars; ++i)
    if (element_count(call.ops[i]) != 1) return "expects scalars of one element";
  const char* wrong = nullptr;
  each_tensor(call, form, [&](const Tensor& tensor) {
    if (wrong == nullptr) wrong = check_tensor(tensor, form);
  });
  return wrong;
}

double update_cost(const Call& call, const UpdateForm& form) {
  double bytes = 0, parameters = 0, gradients = 0;
  each_tensor(call, form, [&](const Tensor& tensor) {
    const double one = bytes_of(tensor.parameter());
    parameters += one;
    bytes += one * (form.group_in - (tensor.source != kGiven) + form.group_out);
    gradients += gradient_cost(tensor);
  });
  return 100 + gradients + streaming_cost(bytes, form.root ? parameters : 0, bytes);
}

int64_t update_scratch(const Call& call, const UpdateForm& form, int team) {
  return team * (call.ops[0].dtype == f32 ? scratch_of_member<float>(call, form)
                                          : scratch_of_member<double>(call, form));
}

}  // namespace nncore::NNCORE_ISA
