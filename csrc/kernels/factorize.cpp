// Factors of square matrices and systems with triangular ones; stacks of them in C order.
//
// cholesky: L L' = X, L lower triangular, of which only X's lower triangle is read. Rows of L are
//   made one after the other from dot products of rows. Where X is not positive definite its L is
//   NaN.
// lu: P X = L U with the largest pivot of each column; L (its unit diagonal left out) and U share
//   an array. pivots[k] is the row that row k was swapped with, order the row of X that each row
//   of P X was. A pivot of 0 leaves its column as it is.
// triangular_solve: X of op(A) X = B, op(A) the upper or lower triangle, transposed when wanted,
//   with ones on the diagonal when wanted; the rest of A is not read. Rows of X are combined.
//   A zero on the diagonal gives infinities or NaN.
#include "kernels/matrices.hpp"

namespace nncore::NNCORE_ISA {

template <class T>
void cholesky_typed(const Call& call, const Team& team) {
  const int64_t n = matrix_rows(call.ops[0]);
  const Range range = share(matrix_count(call.ops[0]), team);
  for (int64_t k = range.begin; k < range.end; ++k) {
    const T* x = data_of<T>(call, 0) + k * n * n;
    T* l = data_of<T>(call, 1) + k * n * n;
    bool good = true;
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < i; ++j)
        l[i * n + j] = (x[i * n + j] - dot(l + i * n, l + j * n, j)) / l[j * n + j];
      const T rest = x[i * n + i] - dot(l + i * n, l + i * n, i);
      good = good && rest > T(0);
      l[i * n + i] = root(rest);
      for (int64_t j = i + 1; j < n; ++j) l[i * n + j] = T(0);
    }
    if (!good)
      for (int64_t i = 0; i < n * n; ++i) l[i] = Float<T>::nan;
  }
}

template <class T>
void swap_rows(T* a, T* b, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const T kept = a[i];
    a[i] = b[i];
    b[i] = kept;
  }
}

template <class T>
void lu_typed(const Call& call, const Team& team) {
  const Operand& x = call.ops[0];
  const int64_t m = matrix_rows(x), n = matrix_columns(x), steps = m < n ? m : n;
  const Range range = share(matrix_count(x), team);
  for (int64_t k = range.begin; k < range.end; ++k) {
    const T* from = data_of<T>(call, 0) + k * m * n;
    T* a = data_of<T>(call, 1) + k * m * n;
    int32_t* pivots = data_of<int32_t>(call, 2) + k * steps;
    int32_t* order = data_of<int32_t>(call, 3) + k * m;
    for (int64_t i = 0; i < m * n; ++i) a[i] = from[i];
    for (int64_t i = 0; i < m; ++i) order[i] = static_cast<int32_t>(i);
    for (int64_t j = 0; j < steps; ++j) {
      int64_t best = j;
      for (int64_t i = j + 1; i < m; ++i)
        if (magnitude(a[i * n + j]) > magnitude(a[best * n + j])) best = i;
      pivots[j] = static_cast<int32_t>(best);
      if (best != j) {
        swap_rows(a + j * n, a + best * n, n);
        swap_rows(order + j, order + best, 1);
      }
      const T pivot = a[j * n + j];
      if (pivot == T(0)) continue;
      for (int64_t i = j + 1; i < m; ++i) {
        const T factor = a[i * n + j] / pivot;
        a[i * n + j] = factor;
        if (factor != T(0)) add_row(a + i * n + j + 1, -factor, a + j * n + j + 1, n - j - 1);
      }
    }
  }
}

template <class T>
void triangular_solve_typed(const Call& call, const Team& team) {
  const int64_t n = matrix_rows(call.ops[1]), columns = matrix_columns(call.ops[1]);
  const bool transposed = call.ints[1] != 0, unit = call.ints[2] != 0;
  const bool forward = (call.ints[0] != 0) != transposed;
  const Range range = share(matrix_count(call.ops[1]), team);
  for (int64_t k = range.begin; k < range.end; ++k) {
    const T* a = data_of<T>(call, 0) + k * n * n;
    const T* b = data_of<T>(call, 1) + k * n * columns;
    T* x = data_of<T>(call, 2) + k * n * columns;
    for (int64_t step = 0; step < n; ++step) {
      const int64_t i = forward ? step : n - 1 - step;
      T* row = x + i * columns;
      for (int64_t c = 0; c < columns; ++c) row[c] = b[i * columns + c];
      for (int64_t before = 0; before < step; ++before) {
        const int64_t j = forward ? before : n - 1 - before;
        add_row(row, -(transposed ? a[j * n + i] : a[i * n + j]), x + j * columns, columns);
      }
      if (unit) continue;
      const T diagonal = a[i * n + i];
      for (int64_t c = 0; c < columns; ++c) row[c] /= diagonal;
    }
  }
}

void cholesky_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    cholesky_typed<float>(call, team);
  else
    cholesky_typed<double>(call, team);
}

void lu_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    lu_typed<float>(call, team);
  else
    lu_typed<double>(call, team);
}

void triangular_solve_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    triangular_solve_typed<float>(call, team);
  else
    triangular_solve_typed<double>(call, team);
}

static double cubic_cost(const Operand& x, double columns) {
  const auto count = static_cast<double>(matrix_count(x));
  const auto rows = static_cast<double>(matrix_rows(x));
  return 50 + count * (rows * 20 + rows * rows * columns / 8);
}

double cholesky_cost(const Call& call) {
  return cubic_cost(call.ops[0], static_cast<double>(matrix_columns(call.ops[0])));
}

double lu_cost(const Call& call) {
  return cubic_cost(call.ops[0], static_cast<double>(matrix_columns(call.ops[0])));
}

double triangular_solve_cost(const Call& call) {
  return cubic_cost(call.ops[1], 8 + static_cast<double>(matrix_columns(call.ops[1])));
}

const char* cholesky_check(const Call& call) {
  if (!has_counts(call, 1, 1, 0, 0)) return "expects X -> L";
  const Operand &x = call.ops[0], &l = call.ops[1];
  if (!is_stack(x) || matrix_rows(x) != matrix_columns(x))
    return "expects a stack of square float matrices";
  if (l.dtype != x.dtype || !same_shape(x, l)) return "expects an output like the input";
  return nullptr;
}

const char* lu_check(const Call& call) {
  if (!has_counts(call, 1, 3, 0, 0)) return "expects X -> LU, pivots, order";
  const Operand &x = call.ops[0], &lu = call.ops[1], &pivots = call.ops[2], &order = call.ops[3];
  if (!is_stack(x)) return "expects a stack of float matrices";
  if (lu.dtype != x.dtype || !same_shape(x, lu)) return "expects LU like X";
  const int64_t m = matrix_rows(x), n = matrix_columns(x);
  if (m > INT32_MAX) return "expects rows that an int32 can count";
  if (pivots.dtype != i32 || pivots.ndim < 1 || !same_batch(x, pivots, 1) ||
      pivots.shape[pivots.ndim - 1] != (m < n ? m : n))
    return "expects one int32 pivot for each step";
  if (order.dtype != i32 || order.ndim < 1 || !same_batch(x, order, 1) ||
      order.shape[order.ndim - 1] != m)
    return "expects the order as one int32 for each row";
  return nullptr;
}

const char* triangular_solve_check(const Call& call) {
  if (!has_counts(call, 2, 1, 3, 0)) return "expects A, B -> X and ints [lower, transposed, unit]";
  const Operand &a = call.ops[0], &b = call.ops[1], &x = call.ops[2];
  if (!is_stack(b) || !is_stack(a)) return "expects stacks of float matrices";
  if (!matrices_like(b, a, matrix_rows(b), matrix_rows(b)))
    return "expects A (..., N, N) for B (..., N, K)";
  if (x.dtype != b.dtype || !same_shape(x, b)) return "expects X like B";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
