// gru: all time steps of a gated recurrent unit in one pass, and its gradient.
//
// x (B, T, 3U) are the inputs' products with their weights, bias added; r (U, 3U) the recurrent
// weights and b (3U) their bias; columns in the order z, r, h. With h_-1 given, for each step s
// (time t = s, or T - 1 - s when reversed), n = h_s-1 r + b:
//
//   z = rec(x_z + n_z),  r = rec(x_r + n_r),  g = act(x_h + r n_h),  h_s = z h_s-1 + (1 - z) g
//
// and a masked step hands h on as it is.
//
// gru       x, r, b, h (B, U) [, mask (B, T)] -> h (B, T, U), last h (B, U) [, gates (B, T, 4U)
// when
//           saved: z, r, g, n_h]                      ints [act, rec, has_mask, save, reverse]
// gru_grad  r, h (B, U), h (B, T, U), gates [, mask] [, dh (B, T, U)] [, dlast h]
//           -> dx (B, T, 3U), dn (B, T, 3U), dh (B, U)
//           ints [act, rec, has_mask, has_dh, has_dlast_h, reverse]
//
// See recurrent.hpp for the order of the loops. The gradients of r and b are left to one matrix
// product and one sum over all steps.
#include "kernels/recurrent.hpp"

namespace nncore::NNCORE_ISA {
namespace {

constexpr int kBackVectors = 4;

// One row and block of units: z holds the products of the three gates, one vector each.
template <class T>
NNCORE_INLINE Vec<T> gru_cell(int act, int rec, int64_t u, const T* z, const T* x, const T* bias,
                              int lanes, Vec<T> before, T* gates) {
  constexpr int w = kLanes<T>;
  const auto part = [&](int g) __attribute__((always_inline)) {
    return load(z + g * w) + get(bias + g * u, lanes, T(0));
  };
  const Vec<T> inner = part(2);
  const Vec<T> update = gate<T>(rec, get(x, lanes, T(0)) + part(0));
  const Vec<T> reset = gate<T>(rec, get(x + u, lanes, T(0)) + part(1));
  const Vec<T> fresh = gate<T>(act, get(x + 2 * u, lanes, T(0)) + reset * inner);
  if (gates != nullptr) {
    put(gates, update, lanes);
    put(gates + u, reset, lanes);
    put(gates + 2 * u, fresh, lanes);
    put(gates + 3 * u, inner, lanes);
  }
  return update * before + (broadcast(T(1)) - update) * fresh;
}

template <class T>
void gru_typed(const Call& call, const Team& team) {
  constexpr int w = kLanes<T>;
  const int act = static_cast<int>(call.ints[0]), rec = static_cast<int>(call.ints[1]);
  const bool has_mask = call.ints[2] != 0, save = call.ints[3] != 0, reverse = call.ints[4] != 0;
  const int64_t batch = call.ops[0].shape[0], steps = call.ops[0].shape[1],
                units = call.ops[1].shape[0];
  const int64_t blocks = blocks_of<T>(units), wide = blocks * w;
  T* packed = reinterpret_cast<T*>(call.scratch);
  pack_gates<T>(data_of<T>(call, 1), units, units, 3 * units, 3, team, packed);
  team.barrier();
  const Range rows = share(batch, team);
  const int64_t m = rows.end - rows.begin;
  if (m == 0) return;
  T* h = member_scratch<T>(call, wide * units * 3, 2 * wide + 3 * w, rows, team);
  T *next = h + m * wide, *z = next + m * wide;
  enter_state(call, 3, rows, units, wide, h);
  const int out = call.n_in;
  for (int64_t s = 0; s < steps; ++s) {
    const int64_t t = reverse ? steps - 1 - s : s;
    const Live live = live_at(call, has_mask ? 4 : -1, rows, steps, t);
    const int64_t ahead = s + 1 == steps ? 0 : reverse ? -1 : 1;
    for (int64_t j = 0; j < blocks; ++j) {
      multiply<T, 3>(m, h, wide, units, packed + j * units * 3 * w, live, z);
      const int lanes = static_cast<int>(units - j * w < w ? units - j * w : w);
      for (int64_t r = 0; r < m; ++r) {
        const int64_t row = (rows.begin + r) * steps + t;
        T* gates = save ? data_of<T>(call, out + 2) + row * 4 * units + j * w : nullptr;
        const T* x = data_of<T>(call, 0) + row * 3 * units + j * w;
        T* to = data_of<T>(call, out) + row * units + j * w;
        fetch_next<3>(x, units, ahead);
        fetch_next<1, true>(to, units, ahead);
        if (save) fetch_next<4, true>(gates, units, ahead);
        Vec<T> y = load(h + r * wide + j * w);
        if (live(r))
          y = gru_cell<T>(act, rec, units, z + r * 3 * w, x, data_of<T>(call, 2) + j * w, lanes, y,
                          gates);
        else if (save)
          for (int g = 0; g < 4; ++g) put(gates + g * units, Vec<T>{}, lanes);
        store(next + r * wide + j * w, y);
        put(to, y, lanes);
      }
    }
    exchange(h, next);
  }
  leave_state(call, out + 1, rows, units, wide, h);
}

template <class T>
void gru_grad_typed(const Call& call, const Team& team) {
  constexpr int w = kLanes<T>;
  constexpr int NV = kBackVectors;
  const GradOperands given(call, 4, 2);
  const int act = static_cast<int>(call.ints[0]), rec = static_cast<int>(call.ints[1]);
  const bool reverse = call.ints[5] != 0;
  const int64_t batch = call.ops[2].shape[0], steps = call.ops[2].shape[1],
                units = call.ops[2].shape[2];
  const int64_t panels = (units + NV * w - 1) / (NV * w), wide = panels * NV * w;
  T* packed = reinterpret_cast<T*>(call.scratch);
  pack_transposed<T, NV>(data_of<T>(call, 0), units, 3 * units, 3 * units, team, packed);
  team.barrier();
  const Range rows = share(batch, team);
  const int64_t m = rows.end - rows.begin;
  if (m == 0) return;
  T* dh = member_scratch<T>(call, wide * 3 * units, wide + NV * w, rows, team);
  T* z = dh + m * wide;
  enter_state(call, given.last_h, rows, units, wide, dh);
  T *dx = data_of<T>(call, call.n_in), *dn = data_of<T>(call, call.n_in + 1);
  for (int64_t s = steps - 1; s >= 0; --s) {
    const int64_t t = reverse ? steps - 1 - s : s, earlier = reverse ? t + 1 : t - 1;
    const Live live = live_at(call, given.mask, rows, steps, t);
    const int64_t ahead = s == 0 ? 0 : earlier - t;
    for (int64_t r = 0; r < m; ++r) {
      const int64_t b = rows.begin + r, row = b * steps + t;
      const T* gates = data_of<T>(call, 3) + row * 4 * units;
      const T* h_before = s > 0 ? data_of<T>(call, 2) + (b * steps + earlier) * units
                                : data_of<T>(call, 1) + b * units;
      for_vectors<T>(
          units, [&](int64_t u, int lanes) __attribute__((always_inline)) {
            fetch_next<4>(gates + u, units, ahead);
            fetch_next<1>(h_before + u, units, ahead);
            fetch_next<3, true>(dx + row * 3 * units + u, units, ahead);
            fetch_next<3, true>(dn + row * 3 * units + u, units, ahead);
            if (given.dh >= 0)
              fetch_next<1>(data_of<T>(call, given.dh) + row * units + u, units, ahead);
            Vec<T> d = load(dh + r * wide + u);
            if (given.dh >= 0) d += get(data_of<T>(call, given.dh) + row * units + u, lanes, T(0));
            T *to_x = dx + row * 3 * units + u, *to_n = dn + row * 3 * units + u;
            if (!live(r)) {
              store(dh + r * wide + u, d);
              for (int g = 0; g < 3; ++g) {
                put(to_x + g * units, Vec<T>{}, lanes);
                put(to_n + g * units, Vec<T>{}, lanes);
              }
              return;
            }
            const Vec<T> update = get(gates + u, lanes, T(0)),
                         reset = get(gates + units + u, lanes, T(0)),
                         fresh = get(gates + 2 * units + u, lanes, T(0)),
                         inner = get(gates + 3 * units + u, lanes, T(0));
            const Vec<T> d_update =
                d * (get(h_before + u, lanes, T(0)) - fresh) * slope<T>(rec, update);
            const Vec<T> d_fresh = d * (broadcast(T(1)) - update) * slope<T>(act, fresh);
            const Vec<T> d_reset = d_fresh * inner * slope<T>(rec, reset);
            put(to_x, d_update, lanes);
            put(to_n, d_update, lanes);
            put(to_x + units, d_reset, lanes);
            put(to_n + units, d_reset, lanes);
            put(to_x + 2 * units, d_fresh, lanes);
            put(to_n + 2 * units, d_fresh * reset, lanes);
            store(dh + r * wide + u, d * update);
          });
    }
    const T* a = dn + (rows.begin * steps + t) * 3 * units;
    for (int64_t j = 0; j < panels; ++j) {
      multiply<T, NV>(m, a, steps * 3 * units, 3 * units, packed + j * 3 * units * NV * w, live, z);
      for (int64_t r = 0; r < m; ++r) {
        if (!live(r)) continue;
        for (int v = 0; v < NV; ++v) {
          T* at = dh + r * wide + (j * NV + v) * w;
          store(at, load(at) + load(z + (r * NV + v) * w));
        }
      }
    }
  }
  leave_state(call, call.n_in + 2, rows, units, wide, dh);
}

template <class T>
int64_t gru_scratch_typed(const Call& call, int team) {
  const int64_t units = call.ops[1].shape[0], wide = padded<T>(units);
  return scratch_bytes<T>(wide * units * 3, 2 * wide + 3 * kLanes<T>, call.ops[0].shape[0], team);
}
template <class T>
int64_t gru_grad_scratch_typed(const Call& call, int team) {
  constexpr int64_t width = kBackVectors * kLanes<T>;
  const int64_t units = call.ops[2].shape[2], wide = (units + width - 1) / width * width;
  return scratch_bytes<T>(wide * 3 * units, wide + width, call.ops[2].shape[0], team);
}

double cost_of(const Operand& h, int64_t columns) {
  const double rows = static_cast<double>(h.shape[0]) * static_cast<double>(h.shape[1]);
  const double units = static_cast<double>(columns) / 3;
  return recurrent_cost(h, rows * units * units * 3, rows * units * 3);
}

}  // namespace

void gru_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? gru_typed<float>(call, team) : gru_typed<double>(call, team);
}
int64_t gru_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? gru_scratch_typed<float>(call, team)
                                  : gru_scratch_typed<double>(call, team);
}
double gru_cost(const Call& call) { return cost_of(call.ops[0], call.ops[0].shape[2]); }

const char* gru_check(const Call& call) {
  if (call.n_ints != 5 || call.n_floats != 0)
    return "expects ints [act, rec, has_mask, save, reverse]";
  const bool has_mask = call.ints[2] != 0, save = call.ints[3] != 0;
  if (call.n_in != (has_mask ? 5 : 4) || call.n_out != (save ? 3 : 2))
    return "expects x, r, b, h [, mask] and 2 outputs, 3 when saved";
  if (!is_gate_function(call.ints[0]) || !is_gate_function(call.ints[1]))
    return "unknown activation code";
  const Operand &x = call.ops[0], &r = call.ops[1], &bias = call.ops[2];
  if (!is_float(x) || x.ndim != 3) return "expects x (B, T, 3U), float32 or float64";
  const int64_t b = x.shape[0], t = x.shape[1], u = r.ndim == 2 ? r.shape[0] : 0;
  if (u < 1 || !has_shape(r, x.dtype, u, 3 * u) || x.shape[2] != 3 * u)
    return "expects x (B, T, 3U) and r (U, 3U) of one type";
  if (bias.dtype != x.dtype || bias.ndim != 1 || bias.shape[0] != 3 * u)
    return "expects a bias (3U)";
  for (int i : {3, call.n_in + 1})
    if (!has_shape(call.ops[i], x.dtype, b, u)) return "expects states (B, U)";
  if (has_mask && !has_shape(call.ops[4], b8, b, t)) return "expects a mask (B, T) of booleans";
  if (!has_shape(call.ops[call.n_in], x.dtype, b, t, u)) return "expects h (B, T, U)";
  if (save && !has_shape(call.ops[call.n_in + 2], x.dtype, b, t, 4 * u))
    return "expects gates (B, T, 4U)";
  return nullptr;
}

void gru_grad_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? gru_grad_typed<float>(call, team) : gru_grad_typed<double>(call, team);
}
int64_t gru_grad_scratch(const Call& call, int team) {
  return call.ops[0].dtype == f32 ? gru_grad_scratch_typed<float>(call, team)
                                  : gru_grad_scratch_typed<double>(call, team);
}
double gru_grad_cost(const Call& call) { return cost_of(call.ops[2], 3 * call.ops[2].shape[2]); }

const char* gru_grad_check(const Call& call) {
  if (call.n_ints != 6 || call.n_floats != 0)
    return "expects ints [act, rec, has_mask, has_dh, has_dlast_h, reverse]";
  int n_in = 4;
  for (int i = 2; i < 5; ++i) n_in += call.ints[i] != 0;
  if (call.n_in != n_in || call.n_out != 3) return "expects what ints say, and 3 outputs";
  if (!is_gate_function(call.ints[0]) || !is_gate_function(call.ints[1]))
    return "unknown activation code";
  const Operand& h = call.ops[2];
  if (!is_float(h) || h.ndim != 3) return "expects h (B, T, U), float32 or float64";
  const int32_t type = h.dtype;
  const int64_t b = h.shape[0], t = h.shape[1], u = h.shape[2];
  if (u < 1 || !has_shape(call.ops[0], type, u, 3 * u)) return "expects r (U, 3U)";
  if (!has_shape(call.ops[3], type, b, t, 4 * u)) return "expects gates (B, T, 4U)";
  const GradOperands given(call, 4, 2);
  if (given.mask >= 0 && !has_shape(call.ops[given.mask], b8, b, t))
    return "expects a mask (B, T) of booleans";
  if (given.dh >= 0 && !has_shape(call.ops[given.dh], type, b, t, u)) return "expects dh (B, T, U)";
  for (int i : {1, given.last_h, n_in + 2})
    if (i >= 0 && !has_shape(call.ops[i], type, b, u)) return "expects states (B, U)";
  for (int i : {n_in, n_in + 1})
    if (!has_shape(call.ops[i], type, b, t, 3 * u)) return "expects dx and dn (B, T, 3U)";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
