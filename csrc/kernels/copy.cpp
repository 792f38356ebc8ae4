// copy: out[i...] = x[i...] for any strides on both sides, same dtype and shape.
//
// Dimensions are put in the output's order of memory and merged where both sides allow it. What
// remains is walked in tiles over two of them:
//   - contiguous on both sides along the innermost: rows copied whole;
//   - contiguous in x along another dimension: a transpose, in blocks of 8 x 8 (4-byte elements) or
//     4 x 4 (8-byte) turned in registers, so that both sides are read and written in whole pieces
//     of cache lines; 32 x 32 elements make a tile;
//   - otherwise element by element.
// Members of the team take whole tiles.
#include <cstddef>

#include "kernels/check.hpp"
#include "kernels/convert.hpp"
#include "kernels/planned.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {

Parts copy_parts(const Call& c, int team) {
  constexpr int64_t few = 1 << 14;  // elements; more are cut in tiles that suit the caches
  const Operand& x = c.ops[0];
  if (x.ndim == 0 || !enough_rows(x.shape[0], team) || element_count(x) > few) return {};
  return {uint64_t(x.strides[0] != 0 ? 3 : 2), 0};
}

namespace {

struct Dim {
  int64_t n, in, out;
};

// `outer` dimensions, then tiles of tile_t x tile_i over `t` and the innermost `i`.
struct Plan {
  Dim outer[kMaxDims], t, i;
  int n_outer;
  int64_t count;  // of outer positions
  int64_t tile_t, tile_i, tiles_t, tiles_i;
  Range tiles;                  // of the member
  int64_t in_begin, out_begin;  // elements before the member's rows
};

int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

int sorted_dims(const Call& c, Dim* dims) {
  const Operand &x = c.ops[0], &out = c.ops[1];
  int n = 0;
  for (int d = 0; d < x.ndim; ++d) {
    if (x.shape[d] == 1) continue;
    int at = n++;
    const Dim dim{x.shape[d], x.strides[d], out.strides[d]};
    for (; at > 0 && magnitude(dims[at - 1].out) < magnitude(dim.out); --at)
      dims[at] = dims[at - 1];
    dims[at] = dim;
  }
  int merged = 0;
  for (int d = 0; d < n; ++d) {
    Dim& last = dims[merged > 0 ? merged - 1 : 0];
    if (merged > 0 && last.in == dims[d].in * dims[d].n && last.out == dims[d].out * dims[d].n)
      last = {last.n * dims[d].n, dims[d].in, dims[d].out};
    else
      dims[merged++] = dims[d];
  }
  return merged;
}

bool is_transpose(const Plan& p) { return p.t.in == 1 && p.i.out == 1 && p.i.in != 1; }

void lay_out(const Call& c, Plan& p) {
  p.t = {1, 0, 0};
  p.i = {1, 1, 1};
  p.count = 1;
  Dim dims[kMaxDims];
  int n = sorted_dims(c, dims);
  if (n > 0) p.i = dims[--n];
  if (n > 0) {  // rows of x if there are any to be turned, otherwise the next dimension
    int chosen = n - 1;
    for (int d = 0; d < n; ++d)
      if (p.i.in != 1 && dims[d].in == 1) chosen = d;
    p.t = dims[chosen];
    for (int d = chosen; d + 1 < n; ++d) dims[d] = dims[d + 1];
    --n;
  }
  for (int d = 0; d < n; ++d) p.count *= (p.outer[d] = dims[d]).n;
  p.n_outer = n;
  constexpr int64_t square = 32, run = 8192;
  p.tile_i = is_transpose(p) ? square : p.i.n < run ? p.i.n : run;
  p.tile_t = is_transpose(p) ? square : run / p.tile_i;
  p.tiles_t = (p.t.n + p.tile_t - 1) / p.tile_t;
  p.tiles_i = (p.i.n + p.tile_i - 1) / p.tile_i;
}

// Where copy_parts promises rows, a member copies its own; otherwise its share of the tiles.
void make_plan(const Call& c, const Team& team, Plan& p) {
  p.in_begin = p.out_begin = 0;
  if (team.size == 1 || copy_parts(c, team.size).rows == 0) {
    lay_out(c, p);
    p.tiles = share(p.count * p.tiles_t * p.tiles_i, team);
    return;
  }
  const Range rows = share(c.ops[0].shape[0], team);
  Operand part[2] = {c.ops[0], c.ops[1]};
  for (Operand& x : part) x.shape[0] = rows.end - rows.begin;
  Call mine = c;
  mine.ops = part;
  lay_out(mine, p);
  p.in_begin = rows.begin * part[0].strides[0];
  p.out_begin = rows.begin * part[1].strides[0];
  p.tiles = {0, p.count * p.tiles_t * p.tiles_i};
}

// Turns a block of N x N: out[t][i] = in[i][t].
template <int N, class T>
struct Block {
  typedef T Row __attribute__((vector_size(N * sizeof(T))));
  typedef T Unaligned __attribute__((vector_size(N * sizeof(T)), aligned(sizeof(T)), may_alias));

  // Swaps the upper right and lower left halves of pairs of rows that lie `Step` apart.
  template <int Step, int... I>
  NNCORE_MEMBER void swap_halves(Row& a, Row& b, std::integer_sequence<int, I...>) {
    const Row first = __builtin_shufflevector(a, b, ((I & Step) ? N + I - Step : I)...);
    b = __builtin_shufflevector(a, b, ((I & Step) ? N + I : I + Step)...);
    a = first;
  }
  template <int Step>
  NNCORE_MEMBER void stage(Row (&row)[N]) {
    for (int k = 0; k < N; ++k)
      if (!(k & Step))
        swap_halves<Step>(row[k], row[k + Step], std::make_integer_sequence<int, N>{});
  }
  NNCORE_MEMBER void turn(T* out, int64_t out_stride, const T* in, int64_t in_stride) {
    Row row[N];
    for (int k = 0; k < N; ++k) row[k] = *reinterpret_cast<const Unaligned*>(in + k * in_stride);
    if constexpr (N > 4) stage<4>(row);
    stage<2>(row);
    stage<1>(row);
    for (int k = 0; k < N; ++k) *reinterpret_cast<Unaligned*>(out + k * out_stride) = row[k];
  }
};

template <class T>
void transpose_tile(T* out, int64_t out_stride, const T* in, int64_t in_stride, int64_t nt,
                    int64_t ni) {
  constexpr int N = sizeof(T) == 4 ? 8 : sizeof(T) == 8 ? 4 : 1;
  int64_t i = 0;
  if constexpr (N > 1) {
    for (; i + N <= ni; i += N) {
      int64_t t = 0;
      for (; t + N <= nt; t += N)
        Block<N, T>::turn(out + t * out_stride + i, out_stride, in + i * in_stride + t, in_stride);
      for (; t < nt; ++t)
        for (int k = 0; k < N; ++k) out[t * out_stride + i + k] = in[(i + k) * in_stride + t];
    }
  }
  for (; i < ni; ++i)
    for (int64_t t = 0; t < nt; ++t) out[t * out_stride + i] = in[i * in_stride + t];
}

template <class T>
void copy_row(T* out, int64_t out_stride, const T* in, int64_t in_stride, int64_t n) {
  if (out_stride == 1 && in_stride == 1) {
    __builtin_memcpy(out, in, static_cast<size_t>(n) * sizeof(T));
  } else if (out_stride == 1 && in_stride == 0) {
    const T value = *in;
    for (int64_t i = 0; i < n; ++i) out[i] = value;
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * out_stride] = in[i * in_stride];
  }
}

template <class T>
void run(const Call& c, const Team& team) {
  Plan own;
  const Plan& p = plan_of(c, team, own);
  for (int64_t number = p.tiles.begin; number < p.tiles.end; ++number) {
    const int64_t i = number % p.tiles_i * p.tile_i, t = number / p.tiles_i % p.tiles_t * p.tile_t;
    const int64_t ni = p.i.n - i < p.tile_i ? p.i.n - i : p.tile_i;
    const int64_t nt = p.t.n - t < p.tile_t ? p.t.n - t : p.tile_t;
    const T* in = data_of<T>(c, 0) + p.in_begin + i * p.i.in + t * p.t.in;
    T* out = data_of<T>(c, 1) + p.out_begin + i * p.i.out + t * p.t.out;
    int64_t rest = number / p.tiles_i / p.tiles_t;
    for (int d = p.n_outer - 1; d >= 0; --d) {
      in += rest % p.outer[d].n * p.outer[d].in;
      out += rest % p.outer[d].n * p.outer[d].out;
      rest /= p.outer[d].n;
    }
    if (is_transpose(p)) {
      transpose_tile(out, p.t.out, in, p.i.in, nt, ni);
      continue;
    }
    for (int64_t r = 0; r < nt; ++r)
      copy_row(out + r * p.t.out, p.i.out, in + r * p.t.in, p.i.in, ni);
  }
}

}  // namespace

const char* copy_check(const Call& c) {
  if (!has_counts(c, 1, 1, 0, 0)) return "expects one input and one output";
  if (c.ops[0].dtype != c.ops[1].dtype || c.ops[0].dtype < 0 || c.ops[0].dtype >= kGraphDTypes)
    return "expects operands of one dtype";
  return same_shape(c.ops[0], c.ops[1]) ? nullptr : "expects operands of one shape";
}

double copy_cost(const Call& c) {
  const double n = static_cast<double>(element_count(c.ops[0]));
  return 30 + n * 0.1 * static_cast<double>(dtype_size(c.ops[0].dtype));
}

int64_t copy_plan(const Call& c, const Team& team, void* to) {
  return element_count(c.ops[0]) == 0 ? 0 : write_plan<Plan>(c, team, to);
}

void copy_run(const Call& c, const Team& team) {
  if (element_count(c.ops[0]) == 0) return;
  switch (dtype_size(c.ops[0].dtype)) {
    case 1:
      return run<uint8_t>(c, team);
    case 4:
      return run<uint32_t>(c, team);
    default:
      return run<uint64_t>(c, team);
  }
}

}  // namespace nncore::NNCORE_ISA
