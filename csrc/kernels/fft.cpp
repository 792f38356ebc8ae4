// fft: y[k] = sum over j of x[j] exp(-2 pi i j k / n) along the last axis, or with +i (inverse);
// not scaled. Real and imaginary parts are arrays of their own. Rows are dealt out to the members
// of a team. See fft_stages.hpp.
#include "kernels/fft_stages.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
void fft_typed(const Call& call, const Team& team) {
  const int64_t n = row_length(call.ops[0]);
  if (n == 0) return;
  const T* table = data_of<T>(call, 2);
  const Roots<T> roots{table, table + n, call.ints[0] != 0 ? T(1) : T(-1)};
  T* own = reinterpret_cast<T*>(call.scratch) + team.tid * 2 * n;
  const Range range = share(row_count(call.ops[0]), team);
  for (int64_t row = range.begin; row < range.end; ++row) {
    const int64_t at = row * n;
    transform<T>({data_of<T>(call, 0) + at, data_of<T>(call, 1) + at},
                 {data_of<T>(call, 3) + at, data_of<T>(call, 4) + at}, {own, own + n}, roots, n);
  }
}

void fft_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    fft_typed<float>(call, team);
  else
    fft_typed<double>(call, team);
}

int64_t fft_scratch(const Call& call, int team) {
  return team * 2 * row_length(call.ops[0]) * (call.ops[0].dtype == f32 ? 4 : 8);
}

double fft_cost(const Call& call) {
  return 50 + static_cast<double>(element_count(call.ops[0])) *
                  fft_cost_of_element(row_length(call.ops[0]));
}

const char* fft_check(const Call& call) {
  if (!has_counts(call, 3, 2, 1, 0))
    return "expects real, imaginary, roots -> real, imaginary and ints [inverse]";
  const Operand& x = call.ops[0];
  if (!is_float(x) || x.ndim < 1) return "expects float arrays of at least one dimension";
  for (const int k : {1, 3, 4})
    if (call.ops[k].dtype != x.dtype || !same_shape(call.ops[k], x))
      return "expects parts of one type and shape";
  const int64_t n = row_length(x);
  const Operand& roots = call.ops[2];
  if (roots.dtype != x.dtype || roots.ndim != 2 || roots.shape[0] != 2 || roots.shape[1] != n)
    return "expects roots (2, N)";
  return has_small_factors(n) ? nullptr : "expects a length without prime factors above 13";
}

}  // namespace nncore::NNCORE_ISA
