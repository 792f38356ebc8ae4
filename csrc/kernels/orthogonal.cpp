// qr: X = Q R by Householder's reflections, Q with orthonormal columns and R upper triangular.
//
// X is (m, n); ints [complete]: Q is (m, m) and R (m, n) when complete, otherwise (m, k) and (k, n)
// with k = min(m, n). The diagonal of R has LAPACK's signs: opposite to those of the columns that
// are reflected. A reflection combines rows, so that all loops run along them.
#include "kernels/matrices.hpp"

namespace nncore::NNCORE_ISA {

// Rows [j, m) of `a`, n columns from `first` on, become (I - tau v v') a; v begins at row j with 1.
template <class T>
void reflect(T* a, int64_t n, int64_t first, const T* v, T tau, int64_t j, int64_t m, T* sums) {
  const int64_t width = n - first;
  for (int64_t c = 0; c < width; ++c) sums[c] = T(0);
  for (int64_t i = j; i < m; ++i) add_row(sums, v[i], a + i * n + first, width);
  for (int64_t i = j; i < m; ++i) add_row(a + i * n + first, -tau * v[i], sums, width);
}

// Makes v and tau of column j below the diagonal, and returns what R gets on its diagonal.
template <class T>
T find_reflection(const T* a, int64_t n, int64_t j, int64_t m, T* v, T& tau) {
  const T alpha = a[j * n + j];
  T scale = T(0);
  for (int64_t i = j + 1; i < m; ++i) {
    v[i] = a[i * n + j];
    const T size = magnitude(v[i]);
    // A NaN gets through, and stays.
    if (size > scale || size != size) scale = size;
  }
  v[j] = T(1);
  tau = T(0);
  if (scale == T(0)) return alpha;
  const T at = magnitude(alpha) > scale ? magnitude(alpha) : scale;
  T squares = (alpha / at) * (alpha / at);
  for (int64_t i = j + 1; i < m; ++i) squares += (v[i] / at) * (v[i] / at);
  const T length = at * root(squares);
  const T beta = alpha >= T(0) ? -length : length;
  tau = (beta - alpha) / beta;
  for (int64_t i = j + 1; i < m; ++i) v[i] /= alpha - beta;
  return beta;
}

static int64_t reflections(const Operand& x) {
  const int64_t m = matrix_rows(x), n = matrix_columns(x);
  return m < n ? m : n;
}

// A copy of X, the reflections' vectors as rows, their factors, sums of a row's length.
static int64_t qr_elements(const Operand& x) {
  const int64_t m = matrix_rows(x), n = matrix_columns(x), k = reflections(x);
  return m * n + k * m + k + (m > n ? m : n);
}

template <class T>
void qr_typed(const Call& call, const Team& team) {
  const Operand& x = call.ops[0];
  const int64_t m = matrix_rows(x), n = matrix_columns(x), k = reflections(x);
  const int64_t columns = matrix_columns(call.ops[1]), rows = matrix_rows(call.ops[2]);
  T* a = own_scratch<T>(call, team, qr_elements(x));
  T *vectors = a + m * n, *factors = vectors + k * m, *sums = factors + k;
  const Range range = share(matrix_count(x), team);
  for (int64_t b = range.begin; b < range.end; ++b) {
    const T* from = data_of<T>(call, 0) + b * m * n;
    T* q = data_of<T>(call, 1) + b * m * columns;
    T* r = data_of<T>(call, 2) + b * rows * n;
    for (int64_t i = 0; i < m * n; ++i) a[i] = from[i];
    for (int64_t j = 0; j < k; ++j) {
      T* v = vectors + j * m;
      const T diagonal = find_reflection(a, n, j, m, v, factors[j]);
      if (factors[j] != T(0)) reflect(a, n, j + 1, v, factors[j], j, m, sums);
      a[j * n + j] = diagonal;
    }
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t c = 0; c < n; ++c) r[i * n + c] = c < i ? T(0) : a[i * n + c];
    for (int64_t i = 0; i < m; ++i)
      for (int64_t c = 0; c < columns; ++c) q[i * columns + c] = i == c ? T(1) : T(0);
    for (int64_t j = k - 1; j >= 0; --j)
      if (factors[j] != T(0)) reflect(q, columns, j, vectors + j * m, factors[j], j, m, sums);
  }
}

void qr_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    qr_typed<float>(call, team);
  else
    qr_typed<double>(call, team);
}

int64_t qr_scratch(const Call& call, int team) {
  return team * member_scratch(call.ops[0], qr_elements(call.ops[0]));
}

double qr_cost(const Call& call) {
  const Operand& x = call.ops[0];
  const auto m = static_cast<double>(matrix_rows(x)), n = static_cast<double>(matrix_columns(x));
  const auto k = static_cast<double>(matrix_columns(call.ops[1]));
  return 50 + static_cast<double>(matrix_count(x)) * (100 + m * n * (n + k) / 4);
}

const char* qr_check(const Call& call) {
  if (!has_counts(call, 1, 2, 1, 0)) return "expects X -> Q, R and ints [complete]";
  const Operand& x = call.ops[0];
  if (!is_stack(x)) return "expects a stack of float matrices";
  const int64_t m = matrix_rows(x), k = call.ints[0] != 0 ? m : reflections(x);
  if (!matrices_like(x, call.ops[1], m, k)) return "expects Q (..., M, K) like X";
  if (!matrices_like(x, call.ops[2], k, matrix_columns(x))) return "expects R (..., K, N) like X";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
