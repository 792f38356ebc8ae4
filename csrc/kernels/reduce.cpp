// reduce: out[k] = op over the reduced axes of x[k, r];  op = sum, prod, max, min, any, all.
//
// x has any strides; ints: [op, axis...]; out is contiguous without the reduced axes. max and min
// give NaN when there is one; over nothing the result is the operation's identity (0, 1, -inf,
// ...). Integers wrap. Float sums are within about 2e-7 sum|x|, see Total.
//
// Axes that follow each other in memory are merged. Then either
//   columns  a kept axis is contiguous (bias gradients): strips of 8 vectors of it are accumulated
//            down the reduced axes, so each cache line is read once and lanes never meet;
//   rows     otherwise: each output's runs are added up in vectors, lanes meet at the end. Runs
//   that
//            are not contiguous pass through a small buffer.
// Few outputs of much work are split along the outermost reduced axis into parts, fixed by the
// shape alone; their results wait in scratch and are combined in order. So the team's size can't be
// seen.
#include "kernels/check.hpp"
#include "kernels/column_sums.hpp"
#include "kernels/convert.hpp"
#include "kernels/planned.hpp"
#include "kernels/reduce_ops.hpp"
#include "kernels/rows.hpp"

namespace nncore::NNCORE_ISA {
namespace {

// Each is called from several places, and is long.
#define NOINLINE __attribute__((noinline))

constexpr int kStrip = kStripVectors;  // vectors abreast in a strip of columns
constexpr int64_t kBlock = 64;         // vectors added up before a Total takes them
constexpr int64_t kPart = 1 << 15;     // elements that are worth a part of their own
constexpr int64_t kMaxParts = 64, kEnoughWork = 16;

struct Dim {
  int64_t n, in, out;  // length; strides in x and in the output
};

// How the axes are walked.
struct Axes {
  Dim kept[kMaxDims], reduced[kMaxDims];  // outermost first
  int n_kept, n_reduced;                  // n_reduced >= 1
  bool columns;
  Dim col;  // the contiguous kept axis, taken out of `kept`
  int64_t outer, outputs, total;
  int64_t strips, parts;
};

// What a member does.
struct Plan {
  Axes axes;
  Range items;
  void (*run)(const Call&, const Plan&, const Team&);
};

bool is_reduced(const Call& c, int d) {
  for (int k = 1; k < c.n_ints; ++k)
    if (c.ints[k] == d) return true;
  return false;
}

void append(Dim* dims, int& n, Dim d, bool adjacent) {
  if (adjacent && n > 0 && dims[n - 1].in == d.in * d.n) {
    dims[n - 1] = {dims[n - 1].n * d.n, d.in, d.out};
  } else {
    dims[n++] = d;
  }
}

int64_t strip_width(int32_t dtype) { return kStrip * (kVecBytes / dtype_size(dtype)); }

void cut_in_parts(Axes& p, int32_t dtype) {
  const int64_t width = p.columns ? strip_width(dtype) : 1;
  p.strips = (p.col.n + width - 1) / width;
  const int64_t work = p.total * (p.col.n < width ? p.col.n : width);
  if (p.outer * p.strips < kEnoughWork && work > kPart) {
    p.parts = work / kPart;
    if (p.parts > kMaxParts) p.parts = kMaxParts;
    if (p.parts > p.reduced[0].n) p.parts = p.reduced[0].n;
  }
}

void read_axes(const Call& c, Axes& p) {
  const Operand& x = c.ops[0];
  p.n_kept = p.n_reduced = 0;
  p.columns = false;
  p.col = {1, 1, 1};
  p.outer = p.outputs = p.total = p.parts = 1;
  int64_t out_stride[kMaxDims], next = 1;
  for (int d = x.ndim - 1; d >= 0; --d) {
    out_stride[d] = next;
    if (!is_reduced(c, d)) next *= x.shape[d];
  }
  int last_kind = -1;
  for (int d = 0; d < x.ndim; ++d) {
    const bool reduced = is_reduced(c, d);
    (reduced ? p.total : p.outputs) *= x.shape[d];
    if (x.shape[d] == 1) continue;
    const Dim dim{x.shape[d], x.strides[d], reduced ? 0 : out_stride[d]};
    if (reduced)
      append(p.reduced, p.n_reduced, dim, last_kind == 1);
    else
      append(p.kept, p.n_kept, dim, last_kind == 0);
    last_kind = reduced;
  }
  if (p.n_reduced == 0) p.reduced[p.n_reduced++] = {1, 1, 0};
  for (int k = 0; k < p.n_kept && !p.columns; ++k) {
    if (p.kept[k].in != 1) continue;
    p.columns = true;
    p.col = p.kept[k];
    for (int rest = k; rest + 1 < p.n_kept; ++rest) p.kept[rest] = p.kept[rest + 1];
    --p.n_kept;
  }
  for (int k = 0; k < p.n_kept; ++k) p.outer *= p.kept[k].n;
  cut_in_parts(p, x.dtype);
}

// The sums over the rows of a contiguous matrix; as read_axes has them.
Axes axes_of_columns(const Operand& x) {
  Axes p;
  p.n_kept = 0;
  p.n_reduced = 1;
  p.reduced[0] = {x.shape[0], x.shape[0] == 1 ? 1 : x.shape[1], 0};
  p.columns = x.shape[1] > 1;
  p.col = p.columns ? Dim{x.shape[1], 1, 1} : Dim{1, 1, 1};
  p.outer = p.parts = 1;
  p.total = x.shape[0];
  p.outputs = x.shape[1];
  cut_in_parts(p, x.dtype);
  return p;
}

// Calls f(start, n) for each run along the innermost reduced axis, within one part.
template <class T, class F>
NNCORE_INLINE void for_runs(const Axes& p, const T* base, int64_t part, F f) {
  const int last = p.n_reduced - 1;
  const int64_t begin = p.reduced[0].n * part / p.parts,
                end = p.reduced[0].n * (part + 1) / p.parts;
  base += begin * p.reduced[0].in;
  if (last == 0) return f(base, end - begin);
  int64_t runs = end - begin, index[kMaxDims] = {};
  for (int d = 1; d < last; ++d) runs *= p.reduced[d].n;
  for (int64_t r = 0; r < runs; ++r) {
    f(base, p.reduced[last].n);
    for (int d = last - 1; d >= 0; --d) {
      base += p.reduced[d].in;
      if (d == 0 || ++index[d] < p.reduced[d].n) break;
      base -= p.reduced[d].n * p.reduced[d].in;
      index[d] = 0;
    }
  }
}

// Where an outer kept index starts, in x and in the output.
struct Place {
  int64_t in, out;
};
Place place_of(const Axes& p, int64_t outer) {
  Place at{0, 0};
  for (int k = p.n_kept - 1; k >= 0; --k) {
    const int64_t i = outer % p.kept[k].n;
    outer /= p.kept[k].n;
    at.in += i * p.kept[k].in;
    at.out += i * p.kept[k].out;
  }
  return at;
}

template <class T, ReduceCode Op>
struct Reducer {
  using R = Reduction<T, Op>;
  using Sum = Total<T, Op>;
  using Wide = typename Sum::Wide;
  using V = Vec<T>;
  static constexpr int lanes = kLanes<T>;

  // A contiguous run: four accumulators hide the latency of a step.
  NOINLINE static void add_contiguous(const T* x, int64_t n, Sum& total) {
    const V none = broadcast(R::identity);
    for (int64_t start = 0; start < n; start += kBlock * lanes) {
      const int64_t stop = n - start < kBlock * lanes ? n : start + kBlock * lanes;
      int64_t i = start;
      V a = none;
      if (i + 4 * lanes <= stop) {
        V b = none, d = none, e = none;
        for (; i + 4 * lanes <= stop; i += 4 * lanes) {
          a = R::step(a, load(x + i));
          b = R::step(b, load(x + i + lanes));
          d = R::step(d, load(x + i + 2 * lanes));
          e = R::step(e, load(x + i + 3 * lanes));
        }
        a = R::step(R::step(a, b), R::step(d, e));
      }
      for (; i + lanes <= stop; i += lanes) a = R::step(a, load(x + i));
      if (i < stop) a = R::step(a, load_partial(x + i, static_cast<int>(stop - i), none));
      total.add(a);
    }
  }

  NOINLINE static void add_strided(const T* x, int64_t n, int64_t stride, Sum& total) {
    constexpr int64_t room = 4 * lanes;
    T buffer[room];
    for (int64_t start = 0; start < n; start += room) {
      const int64_t length = n - start < room ? n - start : room;
      for (int64_t i = 0; i < length; ++i) buffer[i] = x[(start + i) * stride];
      add_contiguous(buffer, length, total);
    }
  }

  static Wide reduce_row(const Axes& p, const T* x, int64_t part) {
    Sum total;
    const int64_t stride = p.reduced[p.n_reduced - 1].in;
    for_runs(
        p, x, part, [&](const T* run, int64_t n) __attribute__((always_inline)) {
          if (stride == 1)
            add_contiguous(run, n, total);
          else
            add_strided(run, n, stride, total);
        });
    return total.lanes_combined();
  }

  // Vectors abreast down the rows; every `kBlock / 2` rows the Totals take over.
  template <int Vectors>
  NOINLINE static void add_columns(const T* x, int64_t rows, int64_t stride, Sum* totals) {
    for (int64_t start = 0; start < rows; start += kBlock / 2) {
      const int64_t stop = rows - start < kBlock / 2 ? rows : start + kBlock / 2;
      V sum[Vectors];
      for (int v = 0; v < Vectors; ++v) sum[v] = broadcast(R::identity);
      for (int64_t r = start; r < stop; ++r)
        for (int v = 0; v < Vectors; ++v)
          sum[v] = R::step(sum[v], load(x + r * stride + v * lanes));
      for (int v = 0; v < Vectors; ++v) totals[v].add(sum[v]);
    }
  }

  // One vector wide, perhaps not filled: four rows at a time instead.
  NOINLINE static void add_narrow(const T* x, int64_t rows, int64_t stride, int width,
                                  Sum* totals) {
    const V none = broadcast(R::identity);
    const auto at = [&](int64_t r) __attribute__((always_inline)) {
      return width == lanes ? load(x + r * stride) : load_partial(x + r * stride, width, none);
    };
    for (int64_t start = 0; start < rows; start += kBlock) {
      const int64_t stop = rows - start < kBlock ? rows : start + kBlock;
      V a = none, b = none, d = none, e = none;
      int64_t r = start;
      for (; r + 4 <= stop; r += 4) {
        a = R::step(a, at(r));
        b = R::step(b, at(r + 1));
        d = R::step(d, at(r + 2));
        e = R::step(e, at(r + 3));
      }
      for (; r < stop; ++r) a = R::step(a, at(r));
      totals[0].add(R::step(R::step(a, b), R::step(d, e)));
    }
  }

  // Writes the strip's results to `to`, which has room for whole vectors.
  static void reduce_strip(const Axes& p, const T* x, int64_t width, int64_t part, Wide* to) {
    const int64_t stride = p.reduced[p.n_reduced - 1].in;
    if (width == kStrip * lanes) {
      Sum totals[kStrip];
      for_runs(
          p, x, part, [&](const T* run, int64_t n) __attribute__((always_inline)) {
            add_columns<kStrip>(run, n, stride, totals);
          });
      for (int v = 0; v < kStrip; ++v) totals[v].spill(to + v * lanes);
      return;
    }
    for (int64_t col = 0; col < width; col += lanes) {
      const int filled = static_cast<int>(width - col < lanes ? width - col : lanes);
      Sum total;
      for_runs(
          p, x + col, part, [&](const T* run, int64_t n) __attribute__((always_inline)) {
            add_narrow(run, n, stride, filled, &total);
          });
      total.spill(to + col);
    }
  }

  static void put_result(const Call& c, int64_t at, Wide value) {
    if constexpr (Op == kAny || Op == kAll)
      data_of<uint8_t>(c, 1)[at] = value != 0;
    else
      data_of<T>(c, 1)[at] = static_cast<T>(value);
  }

  // One output after the other, each from one run: the rows of a matrix.
  static void reduce_matrix(const Call& c, const Axes& p, const Range& rows) {
    const T* x = data_of<T>(c, 0);
    const Dim kept = p.n_kept == 0 ? Dim{1, 0, 0} : p.kept[0], run = p.reduced[0];
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      Sum total;
      const T* from = x + r * kept.in;
      if (run.in != 1)
        add_strided(from, run.n, run.in, total);
      else if (run.n > 0 && run.n < lanes)
        total.add(load_partial(from, static_cast<int>(run.n), broadcast(R::identity)));
      else
        add_contiguous(from, run.n, total);
      put_result(c, r * kept.out, total.lanes_combined());
    }
  }

  // The results of one strip of columns, its parts combined in order.
  static void finish_strip(const Axes& p, const T* x, int64_t strip, T* to) {
    constexpr int64_t most = kStrip * lanes;
    const int64_t first = strip * most, width = p.col.n - first < most ? p.col.n - first : most;
    Wide result[most], part_result[most];
    for (int64_t part = 0; part < p.parts; ++part) {
      Wide* of_part = part == 0 ? result : part_result;
      if (p.columns)
        reduce_strip(p, x + first, width, part, of_part);
      else
        of_part[0] = reduce_row(p, x, part);
      for (int64_t i = 0; part > 0 && i < width; ++i)
        result[i] = Sum::combine(result[i], part_result[i]);
    }
    for (int64_t i = 0; i < width; ++i) to[i] = static_cast<T>(result[i]);
  }

  static void matrix(const Call& c, const Plan& plan, const Team&) {
    reduce_matrix(c, plan.axes, plan.items);
  }

  static void items(const Call& c, const Plan& plan, const Team& team) {
    const Axes& p = plan.axes;
    const T* x = data_of<T>(c, 0);
    Wide* partial = reinterpret_cast<Wide*>(c.scratch);  // [output][part]
    for (int64_t item = plan.items.begin; item < plan.items.end; ++item) {
      const int64_t part = item % p.parts, strip = item / p.parts % p.strips;
      const Place at = place_of(p, item / p.parts / p.strips);
      const int64_t first = strip * kStrip * lanes;
      const int64_t width = p.col.n - first < kStrip * lanes ? p.col.n - first : kStrip * lanes;
      Wide result[kStrip * lanes];
      if (p.columns)
        reduce_strip(p, x + at.in + first, width, part, result);
      else
        result[0] = reduce_row(p, x + at.in, part);
      for (int64_t i = 0; i < width; ++i) {
        const int64_t out = at.out + (first + i) * p.col.out;
        if (p.parts == 1)
          put_result(c, out, result[i]);
        else
          partial[out * p.parts + part] = result[i];
      }
    }
    if (p.parts == 1) return;
    team.barrier();
    const Range outputs = share(p.outputs, team);
    for (int64_t o = outputs.begin; o < outputs.end; ++o) {
      Wide value = partial[o * p.parts];
      for (int64_t part = 1; part < p.parts; ++part)
        value = Sum::combine(value, partial[o * p.parts + part]);
      put_result(c, o, value);
    }
  }
};

// The shares of a member, and what it does with them.
template <class T, ReduceCode Op>
void choose(const Team& team, Plan& plan) {
  const Axes& p = plan.axes;
  const bool matrix = !p.columns && p.parts == 1 && p.n_kept <= 1 && p.n_reduced == 1;
  plan.run = matrix ? Reducer<T, Op>::matrix : Reducer<T, Op>::items;
  plan.items = share(matrix ? p.outer : p.outer * p.strips * p.parts, team);
}

template <ReduceCode Op>
void choose_type(const Call& c, const Team& team, Plan& plan) {
  constexpr bool bytes = Op != kSum && Op != kProd;
  switch (c.ops[0].dtype) {
    case f32:
      return choose<float, Op>(team, plan);
    case f64:
      return choose<double, Op>(team, plan);
    case i32:
      return choose<int32_t, Op>(team, plan);
    case i64:
      return choose<int64_t, Op>(team, plan);
    default:
      if constexpr (bytes) return choose<uint8_t, Op>(team, plan);
  }
}

void make_plan(const Call& c, const Team& team, Plan& plan) {
  read_axes(c, plan.axes);
  switch (c.ints[0]) {
    case kSum:
      return choose_type<kSum>(c, team, plan);
    case kProd:
      return choose_type<kProd>(c, team, plan);
    case kMax:
      return choose_type<kMax>(c, team, plan);
    case kMin:
      return choose_type<kMin>(c, team, plan);
    case kAny:
      return choose_type<kAny>(c, team, plan);
    default:
      return choose_type<kAll>(c, team, plan);
  }
}

}  // namespace

template <class T>
void column_sums(const Operand& x, int64_t strip, T* to) {
  const Axes p = axes_of_columns(x);
  Reducer<T, kSum>::finish_strip(p, static_cast<const T*>(x.data), strip, to);
}
template void column_sums(const Operand&, int64_t, float*);
template void column_sums(const Operand&, int64_t, double*);

const char* reduce_check(const Call& c) {
  if (c.n_in != 1 || c.n_out != 1 || c.n_floats != 0 || c.n_ints < 2)
    return "expects one input, one output and ints [op, axis, ...]";
  const Operand &x = c.ops[0], &out = c.ops[1];
  const int64_t op = c.ints[0];
  if (op < 0 || op >= kReduceCodes) return "unknown reduction";
  for (int k = 1; k < c.n_ints; ++k)
    if (c.ints[k] < 0 || c.ints[k] >= x.ndim || (k > 1 && c.ints[k] <= c.ints[k - 1]))
      return "expects sorted, non-negative axes of the input";
  if (x.dtype < 0 || x.dtype >= kGraphDTypes) return "unsupported dtype";
  const bool byte = x.dtype == u8 || x.dtype == b8;
  if (byte && (op == kSum || op == kProd)) return "sum and prod take float and integer input";
  if (out.dtype != (op == kAny || op == kAll ? b8 : x.dtype))
    return "expects an output of the input's dtype (bool for any and all)";
  int k = 0;
  for (int d = 0; d < x.ndim; ++d) {
    if (is_reduced(c, d)) continue;
    if (k >= out.ndim || out.shape[k++] != x.shape[d])
      return "expects the input's shape without the reduced axes";
  }
  return k == out.ndim ? nullptr : "expects the input's shape without the reduced axes";
}

int64_t reduce_scratch(const Call& c, int) {
  if (element_count(c.ops[0]) == 0) return 0;
  Axes p;
  read_axes(c, p);
  return p.parts == 1 ? 0 : p.parts * p.outputs * 8;
}

double reduce_cost(const Call& c) {
  return 50 + 3 * static_cast<double>(element_count(c.ops[1])) +
         0.012 * static_cast<double>(dtype_size(c.ops[0].dtype) * element_count(c.ops[0]));
}

Parts reduce_parts(const Call& c, int) {
  const Operand& x = c.ops[0];
  if (x.ndim != 2 || c.n_ints != 2 || c.ints[1] != 1 || element_count(x) == 0) return {};
  Axes p;
  read_axes(c, p);
  return !p.columns && p.parts == 1 && p.outer == x.shape[0] ? all_operands(c) : Parts{};
}

int64_t reduce_plan(const Call& c, const Team& team, void* to) {
  return element_count(c.ops[1]) == 0 ? 0 : write_plan<Plan>(c, team, to);
}

void reduce_run(const Call& c, const Team& team) {
  if (element_count(c.ops[1]) == 0) return;
  Plan own;
  const Plan& plan = plan_of(c, team, own);
  plan.run(c, plan, team);
}

}  // namespace nncore::NNCORE_ISA
