// lstm: all time steps of a long short-term memory in one pass, and its gradient.
//
// x (B, T, 4U) are the inputs' products with their weights, bias added; r (U, 4U) the recurrent
// weights; columns in the order i, f, g, o. With h_-1, c_-1 given, for each step s (time t = s, or
// T - 1 - s when reversed):
//
//   (i, f, g, o) = x_t + h_s-1 r;   i, f, o through `rec`, g through `act`
//   c_s = f c_s-1 + i g,   h_s = o act(c_s);   a masked step hands h and c on as they are
//
// lstm       x, r, h (B, U), c (B, U) [, mask (B, T)]
//            -> h (B, T, U), last h (B, U), last c (B, U) [, c (B, T, U), gates (B, T, 4U) when
//            saved] ints [act, rec, has_mask, save, reverse]
// lstm_grad  r, c (B, U), c (B, T, U), gates (B, T, 4U) [, mask] [, dh (B, T, U)] [, dlast h] [,
// dlast c]
//            -> dz (B, T, 4U), dh (B, U), dc (B, U);   dz is the gradient of x + h r before the
//            gates ints [act, rec, has_mask, has_dh, has_dlast_h, has_dlast_c, reverse]
//
// The products of a tile and the gates of its units follow each other while the sums lie in the
// first-level cache. The gradient of r is left to one matrix product over all steps.
#include "kernels/recurrent.hpp"

namespace nncore::NNCORE_ISA {
namespace {

constexpr int kBackVectors = 4;  // columns of a panel of the transposed weights, in vectors

template <class T>
struct LstmStep {
  int act, rec;
  int64_t units;
  bool save;
};

// One row and block of units: z holds the products of the four gates, one vector each.
template <class T>
NNCORE_INLINE void lstm_cell(const LstmStep<T>& l, const T* z, const T* x, int lanes, T* h, T* c,
                             T* out, T* saved_c, T* gates) {
  constexpr int w = kLanes<T>;
  const int64_t u = l.units;
  const Vec<T> i = gate<T>(l.rec, load(z) + get(x, lanes, T(0)));
  const Vec<T> f = gate<T>(l.rec, load(z + w) + get(x + u, lanes, T(0)));
  const Vec<T> g = gate<T>(l.act, load(z + 2 * w) + get(x + 2 * u, lanes, T(0)));
  const Vec<T> o = gate<T>(l.rec, load(z + 3 * w) + get(x + 3 * u, lanes, T(0)));
  const Vec<T> cell = f * load(c) + i * g;
  const Vec<T> y = o * gate<T>(l.act, cell);
  store(c, cell);
  store(h, y);
  put(out, y, lanes);
  if (l.save) {
    put(saved_c, cell, lanes);
    put(gates, i, lanes);
    put(gates + u, f, lanes);
    put(gates + 2 * u, g, lanes);
    put(gates + 3 * u, o, lanes);
  }
}

template <class T>
void lstm_typed(const Call& call, const Team& team) {
  constexpr int w = kLanes<T>;
  const bool has_mask = call.ints[2] != 0, reverse = call.ints[4] != 0;
  const LstmStep<T> l{static_cast<int>(call.ints[0]), static_cast<int>(call.ints[1]),
                      call.ops[1].shape[0], call.ints[3] != 0};
  const int64_t batch = call.ops[0].shape[0], steps = call.ops[0].shape[1], units = l.units;
  const int64_t blocks = blocks_of<T>(units), wide = blocks * w;
  const int64_t packed_size = wide * units * 4, per_row = 3 * wide + 4 * w;
  T* packed = reinterpret_cast<T*>(call.scratch);
  pack_gates<T>(data_of<T>(call, 1), units, units, 4 * units, 4, team, packed);
  team.barrier();
  const Range rows = share(batch, team);
  const int64_t m = rows.end - rows.begin;
  if (m == 0) return;
  T* h = member_scratch<T>(call, packed_size, per_row, rows, team);
  T *next = h + m * wide, *c = next + m * wide, *z = c + m * wide;
  enter_state(call, 2, rows, units, wide, h);
  enter_state(call, 3, rows, units, wide, c);
  const int out = call.n_in;
  for (int64_t s = 0; s < steps; ++s) {
    const int64_t t = reverse ? steps - 1 - s : s;
    const Live live = live_at(call, has_mask ? 4 : -1, rows, steps, t);
    const int64_t ahead = s + 1 == steps ? 0 : reverse ? -1 : 1;
    for (int64_t j = 0; j < blocks; ++j) {
      multiply<T, 4>(m, h, wide, units, packed + j * units * 4 * w, live, z);
      const int lanes = static_cast<int>(units - j * w < w ? units - j * w : w);
      for (int64_t r = 0; r < m; ++r) {
        const int64_t at = ((rows.begin + r) * steps + t) * units + j * w;
        const int64_t at4 = ((rows.begin + r) * steps + t) * 4 * units + j * w;
        T *to = data_of<T>(call, out) + at, *cell = c + r * wide + j * w;
        fetch_next<4>(data_of<T>(call, 0) + at4, units, ahead);
        fetch_next<1, true>(to, units, ahead);
        if (l.save) {
          fetch_next<1, true>(data_of<T>(call, out + 3) + at, units, ahead);
          fetch_next<4, true>(data_of<T>(call, out + 4) + at4, units, ahead);
        }
        T* saved_c = l.save ? data_of<T>(call, out + 3) + at : nullptr;
        if (live(r)) {
          lstm_cell<T>(l, z + r * 4 * w, data_of<T>(call, 0) + at4, lanes, next + r * wide + j * w,
                       cell, to, saved_c, l.save ? data_of<T>(call, out + 4) + at4 : nullptr);
          continue;
        }
        const Vec<T> kept = load(h + r * wide + j * w);
        store(next + r * wide + j * w, kept);
        put(to, kept, lanes);
        if (!l.save) continue;
        put(saved_c, load(cell), lanes);
        for (int g = 0; g < 4; ++g)
          put(data_of<T>(call, out + 4) + at4 + g * units, Vec<T>{}, lanes);
      }
    }
    exchange(h, next);
  }
  leave_state(call, out + 1, rows, units, wide, h);
  leave_state(call, out + 2, rows, units, wide, c);
}

template <class T>
void lstm_grad_typed(const Call& call, const Team& team) {
  constexpr int w = kLanes<T>;
  constexpr int NV = kBackVectors;
  const GradOperands given(call, 4, 2, true);
  const int act = static_cast<int>(call.ints[0]), rec = static_cast<int>(call.ints[1]);
  const bool reverse = call.ints[6] != 0;
  const int64_t batch = call.ops[2].shape[0], steps = call.ops[2].shape[1],
                units = call.ops[2].shape[2];
  const int64_t panels = (units + NV * w - 1) / (NV * w), wide = panels * NV * w;
  const int64_t packed_size = wide * 4 * units, per_row = 2 * wide + NV * w;
  T* packed = reinterpret_cast<T*>(call.scratch);
  pack_transposed<T, NV>(data_of<T>(call, 0), units, 4 * units, 4 * units, team, packed);
  team.barrier();
  const Range rows = share(batch, team);
  const int64_t m = rows.end - rows.begin;
  if (m == 0) return;
  T* dh = member_scratch<T>(call, packed_size, per_row, rows, team);
  T *dc = dh + m * wide, *z = dc + m * wide;
  enter_state(call, given.last_h, rows, units, wide, dh);
  enter_state(call, given.last_c, rows, units, wide, dc);
  T* dz = data_of<T>(call, call.n_in);
  for (int64_t s = steps - 1; s >= 0; --s) {
    const int64_t t = reverse ? steps - 1 - s : s, before = reverse ? t + 1 : t - 1;
    const Live live = live_at(call, given.mask, rows, steps, t);
    const int64_t ahead = s == 0 ? 0 : before - t;
    for (int64_t r = 0; r < m; ++r) {
      const int64_t b = rows.begin + r, at = (b * steps + t) * units;
      const T* gates = data_of<T>(call, 3) + at * 4;
      const T* c = data_of<T>(call, 2) + at;
      const T* c_before = s > 0 ? data_of<T>(call, 2) + (b * steps + before) * units
                                : data_of<T>(call, 1) + b * units;
      for_vectors<T>(
          units, [&](int64_t u, int lanes) __attribute__((always_inline)) {
            fetch_next<4>(gates + u, units, ahead);
            fetch_next<1>(c_before + u, units, ahead);
            fetch_next<4, true>(dz + at * 4 + u, units, ahead);
            if (given.dh >= 0) fetch_next<1>(data_of<T>(call, given.dh) + at + u, units, ahead);
            Vec<T> d = load(dh + r * wide + u);
            if (given.dh >= 0) d += get(data_of<T>(call, given.dh) + at + u, lanes, T(0));
            T* to = dz + at * 4 + u;
            if (!live(r)) {
              store(dh + r * wide + u, d);
              for (int g = 0; g < 4; ++g) put(to + g * units, Vec<T>{}, lanes);
              return;
            }
            const Vec<T> i = get(gates + u, lanes, T(0)), f = get(gates + units + u, lanes, T(0)),
                         g = get(gates + 2 * units + u, lanes, T(0)),
                         o = get(gates + 3 * units + u, lanes, T(0));
            const Vec<T> y = gate<T>(act, get(c + u, lanes, T(0)));
            const Vec<T> cell = load(dc + r * wide + u) + d * o * slope<T>(act, y);
            put(to, cell * g * slope<T>(rec, i), lanes);
            put(to + units, cell * get(c_before + u, lanes, T(0)) * slope<T>(rec, f), lanes);
            put(to + 2 * units, cell * i * slope<T>(act, g), lanes);
            put(to + 3 * units, d * y * slope<T>(rec, o), lanes);
            store(dc + r * wide + u, cell * f);
          });
    }
    const T* a = dz + (rows.begin * steps + t) * 4 * units;
    for (int64_t j = 0; j < panels; ++j) {
      multiply<T, NV>(m, a, steps * 4 * units, 4 * units, packed + j * 4 * units * NV * w, live, z);
      for (int64_t r = 0; r < m; ++r) {
        if (!live(r)) continue;
        for (int v = 0; v < NV; ++v)
          store(dh + r * wide + (j * NV + v) * w, load(z + (r * NV + v) * w));
      }
    }
  }
  leave_state(call, call.n_in + 1, rows, units, wide, dh);
  leave_state(call, call.n_in + 2, rows, units, wide, dc);
}

template <class T>
int64_t lstm_scratch_typed(const Call& call, int team) {
  const int64_t wide = padded<T>(call.ops[1].shape[0]);
  return scratch_bytes<T>(wide * call.ops[1].shape[0] * 4, 3 * wide + 4 * kLanes<T>,
                          call.ops[0].shape[0], team);
}
template <class T>
int64_t lstm_grad_scratch_typed(const Call& call, int team) {
  constexpr int64_t width = kBackVectors * kLanes<T>;
  const int64_t units = call.ops[2].shape[2], wide = (units + width - 1) / width * width;
  return scratch_bytes<T>(wide * 4 * units, 2 * wide + width, call.ops[2].shape[0], team);
}

double cost_of(const Operand& gates) {
  const double rows = static_cast<double>(gates.shape[0]) * static_cast<double>(gates.shape[1]);
  const double columns = static_cast<double>(gates.shape[2]);
  return recurrent_cost(gates, rows * columns * columns / 4, rows * columns);
}

}  // namespace

void lstm_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? lstm_typed<float>(call, team) : lstm_typed<double>(call, team);
}
int64_t lstm_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? lstm_scratch_typed<float>(call, team)
                                  : lstm_scratch_typed<double>(call, team);
}
double lstm_cost(const Call& call) { return cost_of(call.ops[0]); }

const char* lstm_check(const Call& call) {
  if (call.n_ints != 5 || call.n_floats != 0)
    return "expects ints [act, rec, has_mask, save, reverse]";
  const bool has_mask = call.ints[2] != 0, save = call.ints[3] != 0;
  if (call.n_in != (has_mask ? 5 : 4) || call.n_out != (save ? 5 : 3))
    return "expects x, r, h, c [, mask] and 3 outputs, 5 when saved";
  if (!is_gate_function(call.ints[0]) || !is_gate_function(call.ints[1]))
    return "unknown activation code";
  const Operand &x = call.ops[0], &r = call.ops[1];
  if (!is_float(x) || x.ndim != 3) return "expects x (B, T, 4U), float32 or float64";
  const int64_t b = x.shape[0], t = x.shape[1], u = r.ndim == 2 ? r.shape[0] : 0;
  if (u < 1 || !has_shape(r, x.dtype, u, 4 * u) || x.shape[2] != 4 * u)
    return "expects x (B, T, 4U) and r (U, 4U) of one type";
  for (int i : {2, 3, call.n_in + 1, call.n_in + 2})
    if (!has_shape(call.ops[i], x.dtype, b, u)) return "expects states (B, U)";
  if (has_mask && !has_shape(call.ops[4], b8, b, t)) return "expects a mask (B, T) of booleans";
  if (!has_shape(call.ops[call.n_in], x.dtype, b, t, u)) return "expects h (B, T, U)";
  if (save && (!has_shape(call.ops[call.n_in + 3], x.dtype, b, t, u) ||
               !has_shape(call.ops[call.n_in + 4], x.dtype, b, t, 4 * u)))
    return "expects c (B, T, U) and gates (B, T, 4U)";
  return nullptr;
}

void lstm_grad_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? lstm_grad_typed<float>(call, team)
                           : lstm_grad_typed<double>(call, team);
}
int64_t lstm_grad_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? lstm_grad_scratch_typed<float>(call, team)
                                  : lstm_grad_scratch_typed<double>(call, team);
}
double lstm_grad_cost(const Call& call) { return cost_of(call.ops[3]); }

const char* lstm_grad_check(const Call& call) {
  if (call.n_ints != 7 || call.n_floats != 0)
    return "expects ints [act, rec, has_mask, has_dh, has_dlast_h, has_dlast_c, reverse]";
  int n_in = 4;
  for (int i = 2; i < 6; ++i) n_in += call.ints[i] != 0;
  if (call.n_in != n_in || call.n_out != 3) return "expects what ints say, and 3 outputs";
  if (!is_gate_function(call.ints[0]) || !is_gate_function(call.ints[1]))
    return "unknown activation code";
  const Operand& c = call.ops[2];
  if (!is_float(c) || c.ndim != 3) return "expects c (B, T, U), float32 or float64";
  const int32_t type = c.dtype;
  const int64_t b = c.shape[0], t = c.shape[1], u = c.shape[2];
  if (u < 1 || !has_shape(call.ops[0], type, u, 4 * u)) return "expects r (U, 4U)";
  if (!has_shape(call.ops[3], type, b, t, 4 * u)) return "expects gates (B, T, 4U)";
  const GradOperands given(call, 4, 2, true);
  if (given.mask >= 0 && !has_shape(call.ops[given.mask], b8, b, t))
    return "expects a mask (B, T) of booleans";
  if (given.dh >= 0 && !has_shape(call.ops[given.dh], type, b, t, u)) return "expects dh (B, T, U)";
  for (int i : {1, given.last_h, given.last_c, n_in + 1, n_in + 2})
    if (i >= 0 && !has_shape(call.ops[i], type, b, u)) return "expects states (B, U)";
  if (!has_shape(call.ops[n_in], type, b, t, 4 * u)) return "expects dz (B, T, 4U)";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
