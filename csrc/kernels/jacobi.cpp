// Eigenvalues of symmetric matrices and singular values, by Jacobi's rotations.
//
// eigh: X = V diag(w) V' for symmetric X (of which all is read), w ascending, columns of V
//   orthonormal. Rotations make off-diagonal elements zero, sweep after sweep, until none is
//   larger than rounding leaves it.
// svd: X = U diag(s) V', s descending, for X (m, n) with m >= n. Columns of X are rotated against
//   each other until all are orthogonal: these are U's, times s. ints [full]: U is (m, m) when
//   full, otherwise (m, n). Columns of U that X does not give (for a singular value of 0, and
//   when full) are unit vectors, made orthogonal to the others.
//
// Jacobi's way is short, and more accurate than others; it costs about as many sweeps as a
// matrix's logarithm more. Columns are kept as rows, since rotations run along them. NaN or an
// infinity in X makes all results NaN.
#include "kernels/matrices.hpp"

namespace nncore::NNCORE_ISA {

constexpr int kMostSweeps = 40;

template <class T>
struct Rotation {
  T s, t;  // the sine, and the tangent of half the angle
};

// The rotation that makes two vectors (or a row and a column) with products a, b and g orthogonal.
template <class T>
Rotation<T> rotation_for(T a, T b, T g) {
  const T zeta = (b - a) / (T(2) * g);
  const T length = root(T(1) + zeta * zeta);
  const T t = (zeta >= T(0) ? T(1) : T(-1)) / (magnitude(zeta) + length);
  const T c = T(1) / root(T(1) + t * t);
  return {c * t, c * t / (T(1) + c)};
}

template <class T>
bool all_finite(const T* x, int64_t n) {
  bool finite = true;
  for (int64_t i = 0; i < n; ++i) finite = finite && magnitude(x[i]) < Float<T>::inf;
  return finite;
}

template <class T>
void fill(T* x, int64_t n, T value) {
  for (int64_t i = 0; i < n; ++i) x[i] = value;
}

template <class T>
void fill_identity(T* x, int64_t n) {
  fill(x, n * n, T(0));
  for (int64_t i = 0; i < n; ++i) x[i * n + i] = T(1);
}

// The places of the values in ascending or descending order; equal ones keep theirs.
template <class T>
void sort_places(const T* values, T* places, int64_t n, bool ascending) {
  for (int64_t k = 0; k < n; ++k) {
    int64_t at = k;
    for (; at > 0; --at) {
      const T before = values[static_cast<int64_t>(places[at - 1])];
      if (ascending ? before <= values[k] : before >= values[k]) break;
      places[at] = places[at - 1];
    }
    places[at] = static_cast<T>(k);
  }
}

template <class T>
void eigh_one(const T* x, T* w, T* v, int64_t n, T* a) {
  T *vectors = a + n * n, *places = vectors + n * n;
  if (!all_finite(x, n * n)) {
    fill(w, n, Float<T>::nan);
    fill(v, n * n, Float<T>::nan);
    return;
  }
  T largest = T(0);
  for (int64_t i = 0; i < n * n; ++i)
    if (magnitude(x[i]) > largest) largest = magnitude(x[i]);
  // Scaled, so that no square overflows.
  const T scale = largest > T(0) ? largest : T(1);
  for (int64_t i = 0; i < n * n; ++i) a[i] = x[i] / scale;
  fill_identity(vectors, n);
  const T small = kEps<T> / T(4);
  bool rotated = true;
  for (int sweep = 0; rotated && sweep < kMostSweeps; ++sweep) {
    rotated = false;
    for (int64_t p = 0; p < n; ++p)
      for (int64_t q = p + 1; q < n; ++q) {
        const T g = a[p * n + q];
        if (!(magnitude(g) > small)) continue;
        rotated = true;
        const Rotation<T> r = rotation_for(a[p * n + p], a[q * n + q], g);
        rotate_rows(a + p * n, a + q * n, r.s, r.t, n);
        for (int64_t i = 0; i < n; ++i) {
          const T left = a[i * n + p], right = a[i * n + q];
          a[i * n + p] = left - r.s * (right + r.t * left);
          a[i * n + q] = right + r.s * (left - r.t * right);
        }
        a[p * n + q] = a[q * n + p] = T(0);
        rotate_rows(vectors + p * n, vectors + q * n, r.s, r.t, n);
      }
  }
  for (int64_t i = 0; i < n; ++i) a[i] = a[i * n + i];
  sort_places(a, places, n, true);
  for (int64_t k = 0; k < n; ++k) {
    const auto from = static_cast<int64_t>(places[k]);
    w[k] = a[from] * scale;
    for (int64_t i = 0; i < n; ++i) v[i * n + k] = vectors[from * n + i];
  }
}

// Row k of `rows` (of length m) becomes a unit vector orthogonal to the k rows before it.
template <class T>
void complete_row(T* rows, int64_t k, int64_t m) {
  T* row = rows + k * m;
  for (int64_t axis = 0; axis < m; ++axis) {
    fill(row, m, T(0));
    row[axis] = T(1);
    for (int twice = 0; twice < 2; ++twice)
      for (int64_t j = 0; j < k; ++j) add_row(row, -dot(row, rows + j * m, m), rows + j * m, m);
    const T squares = dot(row, row, m);
    // Some axis keeps at least 1 / m.
    if (!(squares * T(2) * static_cast<T>(m) >= T(1))) continue;
    const T length = root(squares);
    for (int64_t i = 0; i < m; ++i) row[i] /= length;
    return;
  }
}

template <class T>
void orthogonalize(T* columns, T* vectors, int64_t n, int64_t m) {
  const T small = kEps<T>;
  bool rotated = true;
  for (int sweep = 0; rotated && sweep < kMostSweeps; ++sweep) {
    rotated = false;
    for (int64_t p = 0; p < n; ++p)
      for (int64_t q = p + 1; q < n; ++q) {
        T *x = columns + p * m, *y = columns + q * m;
        const T a = dot(x, x, m), b = dot(y, y, m), g = dot(x, y, m);
        if (!(magnitude(g) > small * root(a) * root(b)) || g == T(0)) continue;
        rotated = true;
        const Rotation<T> r = rotation_for(a, b, g);
        rotate_rows(x, y, r.s, r.t, m);
        rotate_rows(vectors + p * n, vectors + q * n, r.s, r.t, n);
      }
  }
}

template <class T>
void svd_one(const T* x, T* u, T* s, T* v, int64_t m, int64_t n, int64_t width, T* columns) {
  T *left = columns + n * m, *vectors = left + width * m, *places = vectors + n * n;
  if (!all_finite(x, m * n)) {
    fill(u, m * width, Float<T>::nan);
    fill(s, n, Float<T>::nan);
    fill(v, n * n, Float<T>::nan);
    return;
  }
  T largest = T(0);
  for (int64_t i = 0; i < m * n; ++i)
    if (magnitude(x[i]) > largest) largest = magnitude(x[i]);
  const T scale = largest > T(0) ? largest : T(1);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) columns[j * m + i] = x[i * n + j] / scale;
  fill_identity(vectors, n);
  orthogonalize(columns, vectors, n, m);
  T* lengths = places + n;
  for (int64_t j = 0; j < n; ++j) lengths[j] = root(dot(columns + j * m, columns + j * m, m));
  sort_places(lengths, places, n, false);
  const T first = n > 0 ? lengths[static_cast<int64_t>(places[0])] : T(0);
  const T none = first * kEps<T> * static_cast<T>(m);
  for (int64_t k = 0; k < width; ++k) {
    const int64_t from = k < n ? static_cast<int64_t>(places[k]) : 0;
    T* row = left + k * m;
    if (k < n && lengths[from] > none)
      for (int64_t i = 0; i < m; ++i) row[i] = columns[from * m + i] / lengths[from];
    else
      complete_row(left, k, m);
    for (int64_t i = 0; i < m; ++i) u[i * width + k] = row[i];
    if (k >= n) continue;
    s[k] = lengths[from] * scale;
    for (int64_t i = 0; i < n; ++i) v[k * n + i] = vectors[from * n + i];
  }
}

static int64_t eigh_elements(const Operand& x) {
  const int64_t n = matrix_rows(x);
  return 2 * n * n + n;
}

static int64_t svd_elements(const Call& call) {
  const int64_t m = matrix_rows(call.ops[0]), n = matrix_columns(call.ops[0]);
  return m * n + m * matrix_columns(call.ops[1]) + n * n + 2 * n;
}

template <class T>
void eigh_typed(const Call& call, const Team& team) {
  const int64_t n = matrix_rows(call.ops[0]);
  T* scratch = own_scratch<T>(call, team, eigh_elements(call.ops[0]));
  const Range range = share(matrix_count(call.ops[0]), team);
  for (int64_t k = range.begin; k < range.end; ++k)
    eigh_one(data_of<T>(call, 0) + k * n * n, data_of<T>(call, 1) + k * n,
             data_of<T>(call, 2) + k * n * n, n, scratch);
}

template <class T>
void svd_typed(const Call& call, const Team& team) {
  const int64_t m = matrix_rows(call.ops[0]), n = matrix_columns(call.ops[0]);
  const int64_t width = matrix_columns(call.ops[1]);
  T* scratch = own_scratch<T>(call, team, svd_elements(call));
  const Range range = share(matrix_count(call.ops[0]), team);
  for (int64_t k = range.begin; k < range.end; ++k)
    svd_one(data_of<T>(call, 0) + k * m * n, data_of<T>(call, 1) + k * m * width,
            data_of<T>(call, 2) + k * n, data_of<T>(call, 3) + k * n * n, m, n, width, scratch);
}

void eigh_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    eigh_typed<float>(call, team);
  else
    eigh_typed<double>(call, team);
}

void svd_run(const Call& call, const Team& team) {
  if (call.ops[0].dtype == f32)
    svd_typed<float>(call, team);
  else
    svd_typed<double>(call, team);
}

int64_t eigh_scratch(const Call& call, int team) {
  return team * member_scratch(call.ops[0], eigh_elements(call.ops[0]));
}

int64_t svd_scratch(const Call& call, int team) {
  return team * member_scratch(call.ops[0], svd_elements(call));
}

double eigh_cost(const Call& call) {
  const auto n = static_cast<double>(matrix_rows(call.ops[0]));
  return 50 + static_cast<double>(matrix_count(call.ops[0])) * (n * n * 60 + 8 * n * n * n);
}

double svd_cost(const Call& call) {
  const auto m = static_cast<double>(matrix_rows(call.ops[0]));
  const auto n = static_cast<double>(matrix_columns(call.ops[0]));
  return 50 + static_cast<double>(matrix_count(call.ops[0])) * (n * n * 150 + 3 * n * n * m);
}

const char* eigh_check(const Call& call) {
  if (!has_counts(call, 1, 2, 0, 0)) return "expects X -> w, V";
  const Operand &x = call.ops[0], &w = call.ops[1], &v = call.ops[2];
  if (!is_stack(x) || matrix_rows(x) != matrix_columns(x))
    return "expects a stack of square float matrices";
  // Places are kept as numbers of X's type.
  if (matrix_rows(x) > (1 << 24)) return "expects at most 2^24 rows";
  if (w.dtype != x.dtype || w.ndim < 1 || !same_batch(x, w, 1) ||
      w.shape[w.ndim - 1] != matrix_rows(x))
    return "expects w (..., N)";
  if (v.dtype != x.dtype || !same_shape(v, x)) return "expects V like X";
  return nullptr;
}

const char* svd_check(const Call& call) {
  if (!has_counts(call, 1, 3, 1, 0)) return "expects X -> U, s, V' and ints [full]";
  const Operand &x = call.ops[0], &s = call.ops[2];
  if (!is_stack(x) || matrix_rows(x) < matrix_columns(x))
    return "expects a stack of float matrices (..., M, N) with M >= N";
  const int64_t m = matrix_rows(x), n = matrix_columns(x);
  if (n > (1 << 24)) return "expects at most 2^24 columns";
  if (!matrices_like(x, call.ops[1], m, call.ints[0] != 0 ? m : n)) return "expects U like X";
  if (s.dtype != x.dtype || s.ndim < 1 || !same_batch(x, s, 1) || s.shape[s.ndim - 1] != n)
    return "expects s (..., N)";
  if (!matrices_like(x, call.ops[3], n, n)) return "expects V' (..., N, N)";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
