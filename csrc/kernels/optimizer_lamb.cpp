// lamb_step: m and v as Adam's;  u = (m / c1) / (sqrt(v / c2) + eps);
// p -= (|p| / |u|) lr u, or lr u where one of the lengths is 0.
//
// The lengths are over whole tensors, so memory is walked twice: the first pass leaves m and v and
// the squares summed over blocks of fixed size, the second adds the blocks up, in order, and
// changes p. u is computed twice rather than stored.
#include "kernels/optimizer_steps.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

constexpr int64_t kLambBlock = 2048;  // elements

NNCORE_INLINE int64_t lamb_blocks(const Operand& p) {
  return (element_count(p) + kLambBlock - 1) / kLambBlock;
}

template <class T>
struct Lamb {
  T lr, c1, c2, rest1, rest2, eps, wd;

  explicit Lamb(const Call& c)
      : lr(scalar<T>(c, 0)),
        c1(scalar<T>(c, 1)),
        c2(scalar<T>(c, 2)),
        rest1(static_cast<T>(1 - c.floats[0])),
        rest2(static_cast<T>(1 - c.floats[1])),
        eps(static_cast<T>(c.floats[2])),
        wd(static_cast<T>(c.floats[3])) {}

  Vec<T> start(Vec<T> p) const { return wd != 0 ? p - p * wd * lr : p; }
  Vec<T> update(Vec<T> m, Vec<T> v) const { return m / c1 / (sqrt(v / c2) + eps); }
};

template <class T>
NNCORE_INLINE Vec<T> first_lanes(Vec<T> x, int lanes) {
  T part[kLanes<T>] = {};
  store_partial(part, x, lanes);
  return load(part);
}

// Moves the means of a block, and says the sums of squares of its parameters and of its updates.
template <class T>
NNCORE_INLINE void lamb_means(const Lamb<T>& lamb, const Operand* in, const Operand* out,
                              Range block, double* squares) {
  const T *p = static_cast<const T*>(in[0].data), *g = static_cast<const T*>(in[1].data);
  const T *m = static_cast<const T*>(in[2].data), *v = static_cast<const T*>(in[3].data);
  T *to_m = static_cast<T*>(out[1].data), *to_v = static_cast<T*>(out[2].data);
  Vec<T> of_p{}, of_u{};
  for_vectors<T>(
      block.end - block.begin, [&](int64_t k, int lanes) __attribute__((always_inline)) {
        const int64_t i = block.begin + k;
        const Vec<T> grad = get(g + i, lanes, T(0)), old_m = get(m + i, lanes, T(0));
        const Vec<T> old_v = get(v + i, lanes, T(0));
        const Vec<T> mean = old_m + (grad - old_m) * lamb.rest1;
        const Vec<T> square = old_v + (grad * grad - old_v) * lamb.rest2;
        put(to_m + i, mean, lanes);
        put(to_v + i, square, lanes);
        const Vec<T> u = lamb.update(mean, square), w = lamb.start(get(p + i, lanes, T(0)));
        of_p += w * w;
        // Beyond the end all is 0, but 0 / 0 is not.
        of_u += lanes == kLanes<T> ? u * u : first_lanes<T>(u * u, lanes);
      });
  squares[0] = static_cast<double>(sum_lanes<T>(of_p)[0]);
  squares[1] = static_cast<double>(sum_lanes<T>(of_u)[0]);
}

template <class T>
NNCORE_INLINE void lamb_move(const Lamb<T>& lamb, const Operand* in, const Operand* out,
                             Range block, T length) {
  const T* p = static_cast<const T*>(in[0].data);
  const T *m = static_cast<const T*>(out[1].data), *v = static_cast<const T*>(out[2].data);
  T* to = static_cast<T*>(out[0].data);
  for_vectors<T>(
      block.end - block.begin, [&](int64_t k, int lanes) __attribute__((always_inline)) {
        const int64_t i = block.begin + k;
        const Vec<T> u = lamb.update(get(m + i, lanes, T(0)), get(v + i, lanes, T(0)));
        put(to + i, lamb.start(get(p + i, lanes, T(0))) - length * u, lanes);
      });
}

// The learning rate, scaled to the parameters' length.
template <class T>
NNCORE_INLINE T lamb_length(const Lamb<T>& lamb, const double* squares, int64_t blocks) {
  double of_p = 0, of_u = 0;
  for (int64_t b = 0; b < blocks; ++b) {
    of_p += squares[2 * b];
    of_u += squares[2 * b + 1];
  }
  const T p = static_cast<T>(root(of_p)), u = static_cast<T>(root(of_u));
  return (p > 0 && u > 0 ? p / u : T(1)) * lamb.lr;
}

// Calls f(tensor's inputs, outputs, first block in the line, blocks, own blocks) for every tensor
// that has blocks among this member's share of the line.
template <class F>
NNCORE_INLINE void each_tensor(const Call& call, const Team& team, F f) {
  int64_t all = 0, start = 0;
  for (int64_t t = 0; t < call.ints[0]; ++t) all += lamb_blocks(call.ops[3 + 4 * t]);
  const Range mine = share(all, team);
  for (int64_t t = 0; t < call.ints[0]; ++t) {
    const Operand *in = call.ops + 3 + 4 * t, *out = call.ops + call.n_in + 3 * t;
    const int64_t blocks = lamb_blocks(in[0]);
    const int64_t from = mine.begin > start ? mine.begin - start : 0;
    const int64_t to = mine.end - start < blocks ? mine.end - start : blocks;
    if (from < to) f(in, out, start, blocks, Range{from, to});
    start += blocks;
  }
}

NNCORE_INLINE Range lamb_block(const Operand& p, int64_t b) {
  const int64_t n = element_count(p), end = (b + 1) * kLambBlock;
  return {b * kLambBlock, end < n ? end : n};
}

template <class T>
void lamb_typed(const Call& call, const Team& team) {
  const Lamb<T> lamb(call);
  double* squares = reinterpret_cast<double*>(call.scratch);
  each_tensor(call, team,
              [&](const Operand* in, const Operand* out, int64_t line, int64_t, Range own) {
                for (int64_t b = own.begin; b < own.end; ++b)
                  lamb_means(lamb, in, out, lamb_block(in[0], b), squares + 2 * (line + b));
              });
  team.barrier();
  each_tensor(call, team,
              [&](const Operand* in, const Operand* out, int64_t line, int64_t blocks, Range own) {
                const T length = lamb_length(lamb, squares + 2 * line, blocks);
                for (int64_t b = own.begin; b < own.end; ++b)
                  lamb_move(lamb, in, out, lamb_block(in[0], b), length);
              });
}

void lamb_step_run(const Call& call, const Team& team) { NNCORE_BY_TYPE(lamb_typed); }

constexpr UpdateForm kLambForm{3, 4, 3, 0, 4, true};

const char* lamb_step_check(const Call& call) {
  if (const char* wrong = check_update(call, kLambForm)) return wrong;
  for (int64_t t = 0; t < call.ints[0]; ++t)
    if (call.ints[1 + t] != kGiven) return "expects given gradients";
  return nullptr;
}
double lamb_step_cost(const Call& call) { return 2 * update_cost(call, kLambForm); }
int64_t lamb_step_scratch(const Call& call, int) {
  int64_t blocks = 0;
  for (int64_t t = 0; t < call.ints[0]; ++t) blocks += lamb_blocks(call.ops[3 + 4 * t]);
  return 2 * blocks * static_cast<int64_t>(sizeof(double));
}

}  // namespace nncore::NNCORE_ISA
