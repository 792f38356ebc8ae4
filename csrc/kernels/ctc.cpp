// ctc: -log of the probability that a path through T steps spells a row's labels, and its gradient.
//
// A path takes one class per step; what it spells is left after merging repeats and dropping
// blanks. With the labels l_1 .. l_L set apart by blanks, x = (-, l_1, -, l_2, ..., l_L, -), of
// S = 2 L + 1 states, and p_t = softmax(z_t),
//
//   a_t(s) = p_t(x_s) (a_t-1(s) + a_t-1(s - 1) + [x_s is no blank and not x_s-2] a_t-1(s - 2))
//   loss   = -log(a_T(S) + a_T(S - 1))
//
// in logarithms, so that nothing underflows. With b_t(s), the probability of the rest after step t,
//
//   dz_t(c) = g (p_t(c) - sum over the s of class c of a_t(s) b_t(s) exp(loss))
//
// ctc       z (B, T, C), labels (B, N), their lengths (B), lengths of z's rows (B) -> loss (B)
//           [, log a (B, T, 2N + 1), log sum exp z_t (B, T) when saved]       ints [blank, save]
// ctc_grad  z, labels, lengths, lengths, loss, log a, log sums, g (B) -> dz       ints [blank]
//
// Where no path spells the labels the loss is infinite and the gradient NaN; with lengths or labels
// out of range both are NaN. Beyond a row's length the gradient is 0. Members take whole rows; the
// states of a step lie beside each other and are computed in vectors.
#include "kernels/ctc.hpp"

namespace nncore::NNCORE_ISA {
namespace {

// A member's memory: what one row needs, as vectors that may be read two states before and two
// behind the states in use.
template <class T>
struct Lattice {
  static constexpr int w = kLanes<T>;
  int64_t states = 0, wide = 0;
  T *now, *next, *emit, *skip;
  int64_t* classes;

  static int64_t width(int64_t labels) { return (2 * labels + 1 + w - 1) / w * w + 2 * w; }
  static int64_t bytes(int64_t labels) {
    return width(labels) * (4 * static_cast<int64_t>(sizeof(T)) + 8);
  }

  Lattice(const Call& call, const Team& team) {
    const int64_t n = width(call.ops[1].shape[1]);
    char* memory = call.scratch + team.tid * bytes(call.ops[1].shape[1]);
    classes = reinterpret_cast<int64_t*>(memory);
    now = reinterpret_cast<T*>(memory + n * 8) + w;
    next = now + n, emit = next + n, skip = emit + n;
    for (T* at : {now, next, emit, skip})
      for (int64_t s = -w; s < n - w; ++s) at[s] = -Float<T>::inf;
    for (int64_t s = 0; s < n; ++s) classes[s] = 0;
  }

  // The states of a row; false if its lengths or labels are out of range.
  bool enter(const Call& call, int64_t row) {
    const int64_t blank = call.ints[0], n = call.ops[1].shape[1], c = call.ops[0].shape[2];
    const int64_t labels = whole_at(call.ops[2], row), steps = whole_at(call.ops[3], row);
    if (labels < 0 || labels > n || steps < 0 || steps > call.ops[0].shape[1]) return false;
    states = 2 * labels + 1;
    wide = (states + w - 1) / w * w;
    for (int64_t s = 0; s < wide; ++s) classes[s] = blank;
    for (int64_t s = 0; s < wide + w; ++s) skip[s] = -Float<T>::inf;
    for (int64_t i = 0; i < labels; ++i) {
      const int64_t label = whole_at(call.ops[1], row * n + i);
      if (label < 0 || label >= c) return false;
      classes[2 * i + 1] = label;
      if (i > 0 && label != blank && label != classes[2 * i - 1]) skip[2 * i + 1] = T(0);
    }
    for (T* at : {now, next})
      for (int64_t s = -w; s < wide + w; ++s) at[s] = -Float<T>::inf;
    return true;
  }

  void emissions(const T* z, T norm) {
    for (int64_t s = 0; s < states; ++s) emit[s] = z[classes[s]] - norm;
    for (int64_t s = states; s < wide; ++s) emit[s] = -Float<T>::inf;
  }
};

template <class T>
void ctc_typed(const Call& call, const Team& team) {
  using L = Lattice<T>;
  const int64_t steps = call.ops[0].shape[1], classes = call.ops[0].shape[2],
                all = 2 * call.ops[1].shape[1] + 1;
  const bool save = call.ints[1] != 0;
  T* loss = data_of<T>(call, 4);
  const Range rows = share(call.ops[0].shape[0], team);
  L at(call, team);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    T* saved = save ? data_of<T>(call, 5) + row * steps * all : nullptr;
    T* norms = save ? data_of<T>(call, 6) + row * steps : nullptr;
    if (save) {
      for (int64_t i = 0; i < steps * all; ++i) saved[i] = -Float<T>::inf;
      for (int64_t t = 0; t < steps; ++t) norms[t] = 0;
    }
    if (!at.enter(call, row)) {
      loss[row] = Float<T>::nan;
      continue;
    }
    const int64_t length = whole_at(call.ops[3], row);
    at.now[0] = T(0);  // before the first step; two states may come next
    for (int64_t t = 0; t < length; ++t) {
      const T* z = data_of<T>(call, 0) + (row * steps + t) * classes;
      const T norm = row_log_sum(z, classes);
      at.emissions(z, norm);
      for (int64_t s = 0; s < at.wide; s += L::w)
        store(at.next + s,
              load(at.emit + s) + log_add<T>(load(at.now + s), load(at.now + s - 1),
                                             load(at.now + s - 2) + load(at.skip + s)));
      T* swapped = at.now;
      at.now = at.next, at.next = swapped;
      if (!save) continue;
      norms[t] = norm;
      for (int64_t s = 0; s < at.states; ++s) saved[t * all + s] = at.now[s];
    }
    const Vec<T> none = broadcast(-Float<T>::inf);
    const Vec<T> last = broadcast(at.now[at.states - 1]),
                 before = at.states > 1 && length > 0 ? broadcast(at.now[at.states - 2]) : none;
    loss[row] = -log_add<T>(last, before, none)[0];
  }
}

template <class T>
void ctc_grad_typed(const Call& call, const Team& team) {
  using L = Lattice<T>;
  constexpr int w = L::w;
  const int64_t steps = call.ops[0].shape[1], classes = call.ops[0].shape[2],
                all = 2 * call.ops[1].shape[1] + 1;
  const Range rows = share(call.ops[0].shape[0], team);
  L at(call, team);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const T loss = data_of<T>(call, 4)[row], g = data_of<T>(call, 7)[row];
    T* dz_row = data_of<T>(call, 8) + row * steps * classes;
    const bool valid = at.enter(call, row) && loss - loss == 0;
    const int64_t length = valid ? whole_at(call.ops[3], row) : 0;
    for (int64_t i = length * classes; i < steps * classes; ++i)
      dz_row[i] = valid ? T(0) : Float<T>::nan;
    at.now[at.states - 1] = T(0);
    if (at.states > 1) at.now[at.states - 2] = T(0);
    for (int64_t t = length - 1; t >= 0; --t) {
      const T* z = data_of<T>(call, 0) + (row * steps + t) * classes;
      T* dz = dz_row + t * classes;
      const T norm = data_of<T>(call, 6)[row * steps + t];
      const T* a = data_of<T>(call, 5) + (row * steps + t) * all;
      for_vectors<T>(
          classes, [&](int64_t i, int lanes) __attribute__((always_inline)) {
            put(dz + i, g * exp<T>(get(z + i, lanes, T(0)) - norm), lanes);
          });
      at.emissions(z, norm);
      // What passes through each state; `next` lends its memory.
      for (int64_t s = 0; s < at.wide; s += w) {
        const int lanes = static_cast<int>(all - s < w ? all - s : w);
        store(at.next + s, exp<T>(get(a + s, lanes, -Float<T>::inf) + load(at.now + s) + loss));
      }
      for (int64_t s = 0; s < at.states; ++s) dz[at.classes[s]] -= g * at.next[s];
      // The rest after step t - 1 begins with step t.
      for (int64_t s = 0; s < at.wide; s += w)
        store(at.now + s, load(at.now + s) + load(at.emit + s));
      for (int64_t s = 0; s < at.wide; s += w)
        store(at.next + s, log_add<T>(load(at.now + s), load(at.now + s + 1),
                                      load(at.now + s + 2) + load(at.skip + s + 2)));
      T* swapped = at.now;
      at.now = at.next, at.next = swapped;
      // What lies behind the last state stays impossible.
      for (int64_t s = at.states; s < at.wide; ++s) at.now[s] = -Float<T>::inf;
    }
  }
}

const char* check_inputs(const Call& call) {
  const Operand &z = call.ops[0], &labels = call.ops[1];
  if (!is_float(z) || z.ndim != 3 || z.shape[2] < 1)
    return "expects logits (B, T, C), float32 or float64";
  if (!is_index(labels) || labels.ndim != 2 || labels.shape[0] != z.shape[0])
    return "expects labels (B, N) of int32 or int64";
  for (int i : {2, 3})
    if (!is_index(call.ops[i]) || call.ops[i].ndim != 1 || call.ops[i].shape[0] != z.shape[0])
      return "expects lengths (B) of int32 or int64";
  if (call.ints[0] < 0 || call.ints[0] >= z.shape[2]) return "expects a blank in [0, C)";
  return nullptr;
}

bool is_array(const Operand& x, const Operand& z, int ndim, int64_t last) {
  if (x.dtype != z.dtype || x.ndim != ndim || x.shape[0] != z.shape[0]) return false;
  if (ndim > 1 && x.shape[1] != z.shape[1]) return false;
  return ndim < 3 || x.shape[2] == last;
}

double ctc_costs(const Call& call, double passes) {
  const Operand& z = call.ops[0];
  const double lanes = kVecBytes / (z.dtype == f32 ? 4.0 : 8.0);
  const double rows = static_cast<double>(z.shape[0]) * static_cast<double>(z.shape[1]);
  const double states = 2 * static_cast<double>(call.ops[1].shape[1]) + 1;
  return 100 + passes * rows *
                   (20 + static_cast<double>(z.shape[2]) * 12 / lanes + states * (1 + 40 / lanes));
}

}  // namespace

void ctc_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? ctc_typed<float>(call, team) : ctc_typed<double>(call, team);
}
int64_t ctc_scratch(const Call& call, int team) {
  const int64_t labels = call.ops[1].shape[1];
  return team * (call.ops[0].dtype == f32 ? Lattice<float>::bytes(labels)
                                          : Lattice<double>::bytes(labels));
}
double ctc_cost(const Call& call) { return ctc_costs(call, 1); }
Parts ctc_parts(const Call& call, int) { return all_operands(call); }
const char* ctc_check(const Call& call) {
  if (call.n_ints != 2 || call.n_floats != 0) return "expects ints [blank, save]";
  const bool save = call.ints[1] != 0;
  if (call.n_in != 4 || call.n_out != (save ? 3 : 1))
    return "expects logits, labels, 2 lengths and a loss, 3 outputs when saved";
  if (const char* wrong = check_inputs(call)) return wrong;
  const Operand& z = call.ops[0];
  if (!is_array(call.ops[4], z, 1, 0)) return "expects one loss per row (B)";
  if (save && (!is_array(call.ops[5], z, 3, 2 * call.ops[1].shape[1] + 1) ||
               !is_array(call.ops[6], z, 2, 0)))
    return "expects saved states (B, T, 2N + 1) and sums (B, T)";
  return nullptr;
}

void ctc_grad_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? ctc_grad_typed<float>(call, team) : ctc_grad_typed<double>(call, team);
}
int64_t ctc_grad_scratch(const Call& call, int team) { return ctc_scratch(call, team); }
double ctc_grad_cost(const Call& call) { return ctc_costs(call, 1.2); }
Parts ctc_grad_parts(const Call& call, int) { return all_operands(call); }
const char* ctc_grad_check(const Call& call) {
  if (call.n_ints != 1 || call.n_floats != 0) return "expects ints [blank]";
  if (call.n_in != 8 || call.n_out != 1)
    return "expects logits, labels, 2 lengths, loss, states, sums, a gradient and one output";
  if (const char* wrong = check_inputs(call)) return wrong;
  const Operand& z = call.ops[0];
  if (!is_array(call.ops[4], z, 1, 0) || !is_array(call.ops[7], z, 1, 0))
    return "expects one loss and one gradient per row (B)";
  if (!is_array(call.ops[5], z, 3, 2 * call.ops[1].shape[1] + 1) || !is_array(call.ops[6], z, 2, 0))
    return "expects saved states (B, T, 2N + 1) and sums (B, T)";
  if (call.ops[8].dtype != z.dtype || !same_shape(call.ops[8], z))
    return "expects gradients of the logits' shape";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
