// simple_rnn: all time steps of h_s = act(x_t + h_s-1 r) in one pass, and its gradient.
//
// x (B, T, U) are the inputs' products with their weights, bias added; r (U, U). Time t is s, or
// T - 1 - s when reversed; a masked step hands h on as it is.
//
// simple_rnn       x, r, h (B, U) [, mask (B, T)] -> h (B, T, U), last h (B, U)
//                  ints [act, has_mask, reverse]
// simple_rnn_grad  r, h (B, T, U) [, mask] [, dh (B, T, U)] [, dlast h] -> dx (B, T, U), dh (B, U)
//                  ints [act, has_mask, has_dh, has_dlast_h, reverse]
#include "kernels/recurrent.hpp"

namespace nncore::NNCORE_ISA {
namespace {

constexpr int kVectors = 4;  // columns of a panel, in vectors

template <class T>
constexpr int64_t panel_width = kVectors* kLanes<T>;
template <class T>
int64_t panels_of(int64_t units) {
  return (units + panel_width<T> - 1) / panel_width<T>;
}

// Panels of kVectors vectors of adjacent columns.
template <class T>
void pack_columns(const T* weights, int64_t units, const Team& team, T* packed) {
  constexpr int64_t width = panel_width<T>;
  const Range mine = share(panels_of<T>(units), team);
  for (int64_t j = mine.begin; j < mine.end; ++j)
    for (int64_t p = 0; p < units; ++p)
      for (int64_t i = 0; i < width; ++i)
        packed[(j * units + p) * width + i] =
            j * width + i < units ? weights[p * units + j * width + i] : T(0);
}

template <class T>
void simple_typed(const Call& call, const Team& team) {
  constexpr int64_t width = panel_width<T>;
  const int act = static_cast<int>(call.ints[0]);
  const bool has_mask = call.ints[1] != 0, reverse = call.ints[2] != 0;
  const int64_t batch = call.ops[0].shape[0], steps = call.ops[0].shape[1],
                units = call.ops[1].shape[0];
  const int64_t panels = panels_of<T>(units), wide = panels * width;
  T* packed = reinterpret_cast<T*>(call.scratch);
  pack_columns<T>(data_of<T>(call, 1), units, team, packed);
  team.barrier();
  const Range rows = share(batch, team);
  const int64_t m = rows.end - rows.begin;
  if (m == 0) return;
  T* h = member_scratch<T>(call, wide * units, 2 * wide + width, rows, team);
  T *next = h + m * wide, *z = next + m * wide;
  enter_state(call, 2, rows, units, wide, h);
  T* out = data_of<T>(call, call.n_in);
  for (int64_t s = 0; s < steps; ++s) {
    const int64_t t = reverse ? steps - 1 - s : s;
    const Live live = live_at(call, has_mask ? 3 : -1, rows, steps, t);
    for (int64_t j = 0; j < panels; ++j) {
      multiply<T, kVectors>(m, h, wide, units, packed + j * units * width, live, z);
      const int64_t count = units - j * width < width ? units - j * width : width;
      for (int64_t r = 0; r < m; ++r) {
        const int64_t at = ((rows.begin + r) * steps + t) * units + j * width;
        const T* x = data_of<T>(call, 0) + at;
        const bool alive = live(r);
        for_vectors<T>(
            count, [&](int64_t i, int lanes) __attribute__((always_inline)) {
              const Vec<T> y = alive
                                   ? gate<T>(act, load(z + r * width + i) + get(x + i, lanes, T(0)))
                                   : load(h + r * wide + j * width + i);
              store(next + r * wide + j * width + i, y);
              put(out + at + i, y, lanes);
            });
      }
    }
    exchange(h, next);
  }
  leave_state(call, call.n_in + 1, rows, units, wide, h);
}

template <class T>
void simple_grad_typed(const Call& call, const Team& team) {
  constexpr int w = kLanes<T>;
  constexpr int64_t width = panel_width<T>;
  const GradOperands given(call, 2, 1);
  const int act = static_cast<int>(call.ints[0]);
  const bool reverse = call.ints[4] != 0;
  const int64_t batch = call.ops[1].shape[0], steps = call.ops[1].shape[1],
                units = call.ops[1].shape[2];
  const int64_t panels = panels_of<T>(units), wide = panels * width;
  T* packed = reinterpret_cast<T*>(call.scratch);
  pack_transposed<T, kVectors>(data_of<T>(call, 0), units, units, units, team, packed);
  team.barrier();
  const Range rows = share(batch, team);
  const int64_t m = rows.end - rows.begin;
  if (m == 0) return;
  T* dh = member_scratch<T>(call, wide * units, wide + width, rows, team);
  T* z = dh + m * wide;
  enter_state(call, given.last_h, rows, units, wide, dh);
  T* dx = data_of<T>(call, call.n_in);
  for (int64_t s = steps - 1; s >= 0; --s) {
    const int64_t t = reverse ? steps - 1 - s : s;
    const Live live = live_at(call, given.mask, rows, steps, t);
    for (int64_t r = 0; r < m; ++r) {
      const int64_t at = ((rows.begin + r) * steps + t) * units;
      for_vectors<T>(
          units, [&](int64_t u, int lanes) __attribute__((always_inline)) {
            Vec<T> d = load(dh + r * wide + u);
            if (given.dh >= 0) d += get(data_of<T>(call, given.dh) + at + u, lanes, T(0));
            if (live(r)) {
              const Vec<T> y = get(data_of<T>(call, 1) + at + u, lanes, T(0));
              put(dx + at + u, d * slope<T>(act, y), lanes);
            } else {
              store(dh + r * wide + u, d);
              put(dx + at + u, Vec<T>{}, lanes);
            }
          });
    }
    const T* a = dx + (rows.begin * steps + t) * units;
    for (int64_t j = 0; j < panels; ++j) {
      multiply<T, kVectors>(m, a, steps * units, units, packed + j * units * width, live, z);
      for (int64_t r = 0; r < m; ++r)
        if (live(r))
          for (int64_t i = 0; i < width; i += w)
            store(dh + r * wide + j * width + i, load(z + r * width + i));
    }
  }
  leave_state(call, call.n_in + 1, rows, units, wide, dh);
}

template <class T>
int64_t scratch_typed(int64_t batch, int64_t units, int64_t buffers, int team) {
  const int64_t wide = panels_of<T>(units) * panel_width<T>;
  return scratch_bytes<T>(wide * units, buffers * wide + panel_width<T>, batch, team);
}

double cost_of(const Operand& h) {
  const double rows = static_cast<double>(h.shape[0]) * static_cast<double>(h.shape[1]);
  const double units = static_cast<double>(h.shape[2]);
  return recurrent_cost(h, rows * units * units, rows * units);
}

}  // namespace

void simple_rnn_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? simple_typed<float>(call, team) : simple_typed<double>(call, team);
}
int64_t simple_rnn_scratch(const Call& call, int team) {
  const int64_t batch = call.ops[0].shape[0], units = call.ops[1].shape[0];
  return call.ops[0].dtype == f32 ? scratch_typed<float>(batch, units, 2, team)
                                  : scratch_typed<double>(batch, units, 2, team);
}
double simple_rnn_cost(const Call& call) { return cost_of(call.ops[0]); }

const char* simple_rnn_check(const Call& call) {
  if (call.n_ints != 3 || call.n_floats != 0) return "expects ints [act, has_mask, reverse]";
  const bool has_mask = call.ints[1] != 0;
  if (call.n_in != (has_mask ? 4 : 3) || call.n_out != 2)
    return "expects x, r, h [, mask] and 2 outputs";
  if (!is_gate_function(call.ints[0])) return "unknown activation code";
  const Operand& x = call.ops[0];
  if (!is_float(x) || x.ndim != 3) return "expects x (B, T, U), float32 or float64";
  const int64_t b = x.shape[0], t = x.shape[1], u = x.shape[2];
  if (u < 1 || !has_shape(call.ops[1], x.dtype, u, u)) return "expects r (U, U)";
  for (int i : {2, call.n_in + 1})
    if (!has_shape(call.ops[i], x.dtype, b, u)) return "expects states (B, U)";
  if (has_mask && !has_shape(call.ops[3], b8, b, t)) return "expects a mask (B, T) of booleans";
  if (!has_shape(call.ops[call.n_in], x.dtype, b, t, u)) return "expects h (B, T, U)";
  return nullptr;
}

void simple_rnn_grad_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? simple_grad_typed<float>(call, team)
                           : simple_grad_typed<double>(call, team);
}
int64_t simple_rnn_grad_scratch(const Call& call, int team) {
  const int64_t batch = call.ops[1].shape[0], units = call.ops[1].shape[2];
  return call.ops[0].dtype == f32 ? scratch_typed<float>(batch, units, 1, team)
                                  : scratch_typed<double>(batch, units, 1, team);
}
double simple_rnn_grad_cost(const Call& call) { return cost_of(call.ops[1]); }

const char* simple_rnn_grad_check(const Call& call) {
  if (call.n_ints != 5 || call.n_floats != 0)
    return "expects ints [act, has_mask, has_dh, has_dlast_h, reverse]";
  int n_in = 2;
  for (int i = 1; i < 4; ++i) n_in += call.ints[i] != 0;
  if (call.n_in != n_in || call.n_out != 2) return "expects what ints say, and 2 outputs";
  if (!is_gate_function(call.ints[0])) return "unknown activation code";
  const Operand& h = call.ops[1];
  if (!is_float(h) || h.ndim != 3) return "expects h (B, T, U), float32 or float64";
  const int64_t b = h.shape[0], t = h.shape[1], u = h.shape[2];
  if (u < 1 || !has_shape(call.ops[0], h.dtype, u, u)) return "expects r (U, U)";
  const GradOperands given(call, 2, 1);
  if (given.mask >= 0 && !has_shape(call.ops[given.mask], b8, b, t))
    return "expects a mask (B, T) of booleans";
  if (given.dh >= 0 && !has_shape(call.ops[given.dh], h.dtype, b, t, u))
    return "expects dh (B, T, U)";
  for (int i : {given.last_h, n_in + 1})
    if (i >= 0 && !has_shape(call.ops[i], h.dtype, b, u)) return "expects states (B, U)";
  if (!has_shape(call.ops[n_in], h.dtype, b, t, u)) return "expects dx (B, T, U)";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
