"""Every row of the table: values, gradients, traced runs, threads, strides; and that the table is complete."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import _native, ops, tree
from nncore.graph.autodiff import gradients
from nncore.graph.step import compile_step
from nncore.ir import Spec, Trace
from nncore.ops.definition import ELEMENTWISE, KERNEL, OPS
from nncore.ops.dtypes import is_float
from nncore.ops.numpy_protocol import UFUNCS
from op_cases import BINARY, CASES, NN, UNARY, Case
from op_rows_fused import FUSED

TOLERANCE = {"float32": 3e-6, "float64": 1e-13}


def close(got: Any, expected: Any, dtype: str, factor: float = 1.0) -> None:
    got, expected = tree.flatten(got), tree.flatten(expected)
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        b = np.asarray(b)
        assert isinstance(a, np.ndarray)
        assert a.shape == b.shape
        if b.dtype.kind != "f":
            assert a.dtype.kind == b.dtype.kind
            np.testing.assert_array_equal(a, b)
            continue
        if a.dtype != np.float64 or dtype == "float32":
            factor_ = TOLERANCE["float32"] * factor
        else:
            factor_ = TOLERANCE[dtype] * factor
        np.testing.assert_allclose(a, b, rtol=factor_, atol=factor_ * max(1.0, _scale(b)))


def _scale(x: Any) -> float:
    finite = np.abs(x[np.isfinite(x)])
    return float(finite.max()) if finite.size else 1.0


def reference_of(case: Case, arrays: list[Any]) -> Any:
    wide = [a.astype("float64") if a.dtype.kind == "f" else a for a in arrays]
    with np.errstate(all="ignore"):
        return case.reference(*wide)


def strided(x: Any) -> Any:
    """The same elements, read-only, with negative and non-contiguous strides."""
    if not x.ndim:
        return x
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x[..., ::-1]
    view = wide[..., ::2][..., ::-1]
    view.flags.writeable = False
    np.testing.assert_array_equal(view, x)
    return view


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_values(case: Case, dtype: str) -> None:
    arrays = case.make(dtype)
    before = [a.copy() for a in arrays]
    got = case.function(*arrays)
    close(got, reference_of(case, arrays), dtype, case.tol)
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)  # no op writes to its arguments
    for leaf in tree.flatten(got):
        if is_float(leaf.dtype.name) and ":float" not in case.name and any(a.dtype == dtype for a in arrays):
            assert leaf.dtype == dtype


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_strides_and_read_only_inputs(case: Case) -> None:
    arrays = case.make("float32")
    plain = tree.flatten(case.function(*arrays))
    other = tree.flatten(case.function(*(strided(a) for a in arrays)))
    for a, b in zip(plain, other, strict=True):
        # Other strides may mean another order of adding up. Where terms cancel, the error is that of the terms.
        size = max((float(np.max(np.abs(x), initial=1)) for x in (a, b) if is_float(x.dtype.name)), default=1)
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6 * min(size, 100))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_traced_is_eager_on_any_number_of_threads(case: Case, dtype: str) -> None:
    arrays = case.make(dtype)
    eager = tree.flatten(case.function(*arrays))
    step = compile_step(lambda *x: tree.flatten(case.function(*x)), tuple(Spec(a.shape, a.dtype.name) for a in arrays))
    runs = []
    for threads in (1, 2):
        step.program.set_threads(threads)
        runs.append(step.run(tuple(arrays)))
    for one, two, plain in zip(*runs, eager, strict=True):
        assert one.tobytes() == two.tobytes()
        assert (one.shape, one.dtype) == (plain.shape, plain.dtype)
        if plain.dtype.kind == "f":
            tolerance = TOLERANCE[dtype] * case.tol
            np.testing.assert_allclose(one, plain, rtol=tolerance, atol=tolerance * _scale(plain))
        else:
            np.testing.assert_array_equal(one, plain)


def weighted(case: Case, *x: Any) -> Any:
    """A scalar that depends on every element of the result in its own way."""
    total: Any = 0.0
    for k, leaf in enumerate(tree.flatten(case.function(*x))):
        if not is_float(str(leaf.dtype)):
            continue
        n = int(np.prod(leaf.shape))
        weights = np.cos(np.arange(n) + k).reshape(leaf.shape)
        total = total + ops.sum(leaf * weights)
    return total


DIFFERENTIATED = [case for case in CASES if case.grad]


@pytest.mark.parametrize("case", DIFFERENTIATED, ids=lambda c: c.name)
def test_gradients_are_those_of_finite_differences(case: Case) -> None:
    arrays = case.make("float64")
    got = nncore.grad(lambda *x: weighted(case, *x), argnums=case.grad)(*arrays)
    h = 1e-6
    for position, g in zip(case.grad, got, strict=True):
        expected = np.zeros(arrays[position].shape)
        for at in np.ndindex(*expected.shape):
            ends = []
            for sign in (1, -1):
                moved = [a.copy() for a in arrays]
                moved[position][at] += sign * h
                ends.append(float(weighted(case, *moved)))
            expected[at] = (ends[0] - ends[1]) / (2 * h)
        assert g.dtype == np.float64
        np.testing.assert_allclose(g, expected, rtol=2e-6, atol=2e-7 * max(1.0, _scale(expected)))


@pytest.mark.parametrize("case", DIFFERENTIATED, ids=lambda c: c.name)
def test_compiled_gradients_are_eager_ones(case: Case) -> None:
    arrays = case.make("float32")
    gradient = nncore.grad(lambda *x: weighted(case, *x), argnums=case.grad)
    for a, b in zip(gradient(*arrays), nncore.function(gradient)(*arrays), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * max(1.0, _scale(a)))


# Products of zeros: the first derivative is exact there; the second takes the places of zeros for fixed.
SMOOTH = [c for c in DIFFERENTIATED if len(c.inputs) == 1 and ":zero" not in c.name]


@pytest.mark.parametrize("case", SMOOTH, ids=lambda c: c.name)
def test_second_derivatives_exist(case: Case) -> None:
    (x,) = case.make("float64")
    slope = nncore.grad(lambda a: weighted(case, a))
    second = nncore.grad(lambda a: ops.sum(slope(a) * np.sin(np.arange(x.size)).reshape(x.shape)))(x)
    h, along = 1e-5, np.cos(np.arange(x.size) * 0.7).reshape(x.shape)
    mixed = np.sin(np.arange(x.size)).reshape(x.shape)
    expected = ((slope(x + h * along) - slope(x - h * along)) * mixed).sum() / (2 * h)
    np.testing.assert_allclose((second * along).sum(), expected, rtol=1e-4, atol=1e-4 * max(1.0, _scale(second)))


SHAPES = [(), (0,), (1,), (37,), (3, 0, 2), (5, 13), (2, 3, 4, 5), (1, 2, 1, 2, 1, 2, 1, 2)]


@pytest.mark.parametrize("case", [c for c in UNARY if len(c.inputs) == 1], ids=lambda c: c.name)
def test_odd_shapes(case: Case) -> None:
    pool = case.make("float32")[0].reshape(-1)
    for shape in SHAPES:
        x = np.resize(pool, shape).astype(pool.dtype)
        close(case.function(x), reference_of(case, [x]), "float32", case.tol)


@pytest.mark.parametrize("case", [c for c in BINARY if len(c.inputs) == 2], ids=lambda c: c.name)
def test_odd_shapes_of_two(case: Case) -> None:
    pools = [a.reshape(-1) for a in case.make("float32")]
    for a_shape, b_shape in [((), ()), ((), (5,)), ((0,), (1,)), ((3, 1, 2), (4, 1)), ((37,), ()), ((1, 7), (3, 1))]:
        x, y = (np.resize(p, s).astype(p.dtype) for p, s in zip(pools, (a_shape, b_shape), strict=True))
        close(case.function(x, y), reference_of(case, [x, y]), "float32", case.tol)


@pytest.mark.parametrize("name", ["exp", "sqrt", "sigmoid", "mean", "std", "softmax", "divide", "log_softmax", "var"])
def test_integers_are_computed_as_floats(name: str) -> None:
    x = np.array([1, 2, 3], "int32")
    function: Any = getattr(ops, name)
    args = (x, x) if name == "divide" else (x,)
    got = function(*args)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, function(*(a.astype("float32") for a in args)), rtol=1e-6)


@pytest.mark.parametrize("case", [c for c in [*UNARY, *NN] if len(c.inputs) == 1], ids=lambda c: c.name)
def test_no_integer_input_ends_in_float64(case: Case) -> None:
    shape = case.make("float32")[0].shape
    for dtype in ("int32", "uint8", "bool"):
        x = np.ones(shape, dtype)
        for leaf in tree.flatten(case.function(x)):
            assert leaf.dtype != np.float64
        compiled = nncore.function(lambda a: tree.flatten(case.function(a)))(x)
        for a, b in zip(compiled, tree.flatten(case.function(x)), strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "square", "negative", "absolute", "sign", "relu"])
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_integers_stay_integers(name: str, dtype: str) -> None:
    x = np.array([-3, 2, 2**30 + 1], dtype) if dtype == "int64" else np.array([-3, 2, 5], dtype)
    function: Any = getattr(ops, name)
    args = (x, x) if name in ("add", "multiply", "maximum") else (x,)
    got = function(*args)
    assert got.dtype == dtype
    expected = np.maximum(x, 0) if name == "relu" else getattr(np, name)(*args)
    np.testing.assert_array_equal(got, expected)


def test_large_integers_are_exact() -> None:
    big = np.array([2**60 + 1, -(2**60) - 1])
    np.testing.assert_array_equal(ops.add(big, np.asarray(2**60 + 1)), big + (2**60 + 1))
    np.testing.assert_array_equal(ops.equal(big, np.asarray(2**60 + 1)), [True, False])
    got = nncore.function(lambda x: x + np.asarray(2**60 + 1))(big)
    np.testing.assert_array_equal(got, big + (2**60 + 1))


def test_promotion_of_scalars_and_arrays() -> None:
    x32, x64, i32 = np.ones(2, "float32"), np.ones(2), np.ones(2, "int32")
    assert ops.add(x32, 1.5).dtype == np.float32
    assert ops.add(x32, np.sqrt(2)).dtype == np.float32  # a NumPy scalar is weak as well
    assert ops.add(x32, x64).dtype == np.float64
    assert ops.add(x32, i32).dtype == np.float32
    assert ops.add(i32, 1.5).dtype == np.float32
    assert ops.add(i32, 1).dtype == np.int32
    assert ops.add(i32, np.ones(2, "uint8")).dtype == np.int32
    assert ops.multiply(np.array([True, False]), 2).dtype == np.int32
    assert ops.mean(i32).dtype == np.float32
    assert ops.exp(np.ones(2, "int8")).dtype == np.float32
    assert ops.convert_to_tensor([1.0, 2.0]).dtype == np.float32
    assert ops.convert_to_tensor([1, 2]).dtype == np.int32
    assert ops.convert_to_tensor(np.ones(2)).dtype == np.float64


# --- kinks and special values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "x", "slope"),
    [
        (ops.relu, 0.0, 0.0),
        (lambda x: ops.maximum(x, 0), 0.0, 0.0),
        (ops.abs, 0.0, 0.0),
        (lambda x: ops.maximum(x, np.zeros(())), 0.0, 0.5),
        (lambda x: ops.minimum(x, np.zeros(())), 0.0, 0.5),
        (lambda x: ops.clip(x, 0.0, 1.0), 0.0, 1.0),
        (ops.relu6, 0.0, 0.0),
        (lambda x: x**2, 0.0, 0.0),
        (lambda x: ops.power(x, np.asarray(2.0)), 0.0, 0.0),
        (lambda x: ops.divide_no_nan(x, x * 0.0), 1.0, 0.0),
        (lambda x: ops.binary_crossentropy(np.zeros(()), x, from_logits=True), 0.0, 0.5),
        (lambda x: ops.norm(ops.normalize(ops.reshape(x, (1,)))) * 0.0 + x, 0.0, None),
        (ops.softsign, 0.0, 1.0),
        (ops.elu, 0.0, 1.0),
        (ops.celu, 0.0, 1.0),
        (ops.sparse_plus, -1.0, 0.0),
    ],
)
def test_derivatives_at_kinks(function: Any, x: float, slope: float | None) -> None:
    got = nncore.grad(function)(np.asarray(x))
    if slope is not None:
        assert float(got) == slope


def test_ties_share_the_gradient_of_max() -> None:
    g = nncore.grad(lambda x: ops.max(x))(np.array([1.0, 3.0, 3.0]))
    np.testing.assert_array_equal(g, [0.0, 0.5, 0.5])


def test_ties_share_the_gradient_of_a_segment() -> None:
    g = nncore.grad(lambda x: ops.sum(ops.segment_max(x, [0, 0, 0, 1], 2)))(np.array([1.0, 3.0, 3.0, 2.0]))
    np.testing.assert_array_equal(g, [0.0, 0.5, 0.5, 1.0])


def test_normalize_of_zeros_has_finite_gradients() -> None:
    g = nncore.grad(lambda x: ops.sum(ops.normalize(x)))(np.zeros(3))
    assert np.isfinite(g).all()


@pytest.mark.parametrize("name", ["maximum", "minimum", "add", "relu", "max", "min", "sum", "sort", "clip", "softmax"])
def test_nan_propagates(name: str) -> None:
    x = np.array([1.0, np.nan, 3.0], "float32")
    function: Any = getattr(ops, name)
    args = {"clip": (0.0, 1.0), "maximum": (np.ones(3, "float32"),), "minimum": (1.0,), "add": (1,)}.get(name, ())
    assert np.isnan(function(x, *args)).any()


def test_argmax_prefers_nan_and_the_first_of_equals() -> None:
    assert int(ops.argmax(np.array([1.0, np.nan, 3.0, np.nan]))) == 1
    assert int(ops.argmin(np.array([2.0, 1.0, 1.0]))) == 1


def test_infinities() -> None:
    x = np.array([-np.inf, 0.0, np.inf])
    np.testing.assert_array_equal(ops.sigmoid(x), [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(ops.tanh(x), [-1.0, 0.0, 1.0])
    assert ops.softplus(x)[0] == 0
    assert ops.softplus(x)[2] == np.inf
    assert float(ops.logsumexp(np.array([-np.inf, -np.inf]))) == -np.inf
    np.testing.assert_array_equal(ops.softmax(np.array([-np.inf, 0.0])), [0.0, 1.0])


@pytest.mark.filterwarnings("error")
def test_nan_where_there_is_nothing_else() -> None:
    nothing = np.array([[np.nan, np.nan], [1.0, np.nan]])
    for name in ("nanmax", "nanmin", "nanvar", "nanstd", "nanmedian", "nanmean"):
        got = nncore.function(lambda x, name=name: getattr(ops, name)(x, axis=1))(nothing)
        np.testing.assert_array_equal(got, [np.nan, 0.0 if name in ("nanvar", "nanstd") else 1.0])
    assert np.isnan(ops.fmax(np.array([np.nan]), np.array([np.nan]))).all()
    g = nncore.grad(lambda x: ops.sum(ops.nanmax(x, axis=1)))(np.array([[1.0, np.nan, 3.0]]))
    np.testing.assert_array_equal(g, [[0.0, 0.0, 1.0]])


def test_cdist_of_equal_points_has_a_finite_gradient() -> None:
    x = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(nncore.grad(lambda a: ops.sum(ops.cdist(a, x)))(x), [[0.0, 0.0]])


def test_out_of_range_indices_pick_nan_and_zero() -> None:
    x = np.arange(3.0)
    np.testing.assert_array_equal(ops.take(x, [0, 7, -9, -1]), [0.0, np.nan, np.nan, 2.0])
    np.testing.assert_array_equal(ops.take(x.astype("int32"), [7]), [0])
    g = nncore.grad(lambda a: ops.sum(ops.take(a, np.array([0, 7]))))(x)
    np.testing.assert_array_equal(g, [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(ops.scatter([[0], [9]], [1.0, 2.0], (2,)), [1.0, 0.0])
    loss = ops.sparse_categorical_crossentropy([0, 5, -1], np.full((3, 2), 0.5))
    assert np.isnan(loss).tolist() == [False, True, True]
    loss = ops.sparse_categorical_crossentropy([0, 5, -1], np.zeros((3, 2)), from_logits=True)
    assert np.isnan(loss).tolist() == [False, True, True]


def test_crossentropy_of_softmax_keeps_its_gradient_where_probabilities_vanish() -> None:
    z = np.array([[200.0, 0.0]])
    t = np.array([[0.0, 1.0]])
    for function in (
        lambda x: ops.categorical_crossentropy(t, ops.softmax(x))[0],
        lambda x: ops.sparse_categorical_crossentropy([1], ops.softmax(x))[0],
    ):
        value, g = nncore.value_and_grad(function)(z)
        np.testing.assert_allclose(value, 200.0)
        np.testing.assert_allclose(g, [[1.0, -1.0]])
    value, g = nncore.value_and_grad(lambda x: ops.binary_crossentropy(np.ones(1), ops.sigmoid(x))[0])(
        np.array([-200.0])
    )
    np.testing.assert_allclose(value, 200.0)
    np.testing.assert_allclose(g, [-1.0])


def test_crossentropy_of_bare_probabilities_clips() -> None:
    np.testing.assert_allclose(ops.binary_crossentropy([1.0], [0.0]), [-np.log(np.float32(1e-7))], rtol=1e-5)
    loss = ops.categorical_crossentropy([[0.0, 1.0]], [[1.0, 0.0]])
    np.testing.assert_allclose(loss, [-np.log(np.float32(1e-7))], rtol=1e-5)


# --- random numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("dist", ["uniform", "normal", "truncated_normal"])
def test_random_numbers_are_the_references(dist: str, dtype: str) -> None:
    function: Any = getattr(ops, f"random_{dist}")
    for seed in ([1, 0], [-5, 2**40 + 3]):
        seed = np.array(seed)
        got = function(seed, (7, 31), dtype, stream=3)
        attrs = {"dist": dist, "shape": (7, 31), "dtype": dtype, "stream": 3}
        expected = OPS["random"].reference(seed, **attrs)
        tolerance = 2e-6 if dtype == "float32" else 1e-14
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)
        compiled = nncore.function(lambda s: function(s, (7, 31), dtype, stream=3))(seed)
        np.testing.assert_array_equal(compiled, got)


def test_rejected_random_numbers_are_the_references() -> None:
    """Decisions hang on thresholds, which no element of these meets by less than a rounding."""
    alpha = np.array([[0.3, 1.0, 2.5, 40.0]] * 5)
    counts, p = np.array([[3.0, 40.0, 100.0, 5000.0]] * 5), np.array([0.2, 0.6, 0.9, 0.01])
    wide = np.broadcast_to(p, counts.shape)
    for seed in ([1, 0], [-5, 2**40 + 3]):
        seed = np.array(seed)
        for log in (False, True):
            got = ops.random_gamma(seed, alpha, log, stream=3)
            want = OPS["random_gamma"].reference(seed, alpha, stream=3, log=log)
            np.testing.assert_allclose(got, want, rtol=1e-12)
        drawn = ops.random_binomial(seed, counts, p, stream=3)
        np.testing.assert_array_equal(drawn, OPS["random_binomial"].reference(seed, counts, wide, stream=3))
        step = lambda s: (ops.random_gamma(s, alpha, True, stream=3), ops.random_binomial(s, counts, p, stream=3))  # noqa: E731
        compiled = nncore.function(step)(seed)
        np.testing.assert_array_equal(compiled[0], got)
        np.testing.assert_array_equal(compiled[1], drawn)


def test_a_random_order_is_the_references() -> None:
    for n in (0, 1, 2, 1000):
        seed = np.array([3, 4])
        got = ops.random_permutation(seed, n)
        words = OPS["random"].reference(seed, dist="bits", shape=(n,), dtype="int64", stream=0)
        assert got.dtype == np.int64
        np.testing.assert_array_equal(got, OPS["permutation"].reference(words))
        np.testing.assert_array_equal(np.sort(got), np.arange(n))
        compiled = nncore.function(lambda s, n=n: ops.random_permutation(s, n))(seed)
        np.testing.assert_array_equal(compiled, got)


def test_random_numbers_have_their_distribution() -> None:
    n = 200_000
    u = ops.random_uniform(np.array([1, 2]), (n,), "float64")
    assert 0 <= u.min() < 1e-4
    assert 1 - 1e-4 < u.max() < 1
    assert abs(u.mean() - 0.5) < 0.003
    z = ops.random_normal(np.array([1, 3]), (n,))
    assert abs(z.mean()) < 0.01
    assert abs(z.std() - 1) < 0.01
    t = ops.random_truncated_normal(np.array([1, 4]), (n,))
    assert abs(t).max() <= 2
    assert abs(t.std() - 0.8796) < 0.01
    bits = ops.random_bits(np.array([1, 2]), (n,))
    assert bits.min() >= 0
    assert bits.max() < 2**32
    ones = (bits[:, None] >> np.arange(32) & 1).mean(axis=0)
    assert abs(ones - 0.5).max() < 0.006
    other = ops.random_uniform(np.array([1, 2]), (n,), "float64", stream=1)
    assert abs(np.corrcoef(u, other)[0, 1]) < 0.01


# --- completeness ----------------------------------------------------------------------------------------------------


def _recorded(case: Case) -> set[str]:
    arrays = case.make("float32")
    with Trace() as trace:
        inputs = [trace.input(a.shape, a.dtype.name) for a in arrays]
        leaves = tree.flatten(case.function(*inputs))
        floats = [x for x in leaves if is_float(str(x.dtype)) and not isinstance(x, np.ndarray)]
        if case.grad and floats:
            gradients(floats, [inputs[i] for i in case.grad])
    return {node.op.name for node in trace.nodes}


# Covered by tests of their own: what only compiled functions, transformations, seeds, layers or second derivatives
# bring about.
ELSEWHERE = {
    "dense",
    "identity",
    "custom_gradient",
    "random",
    "random_gamma",
    "random_binomial",
    "permutation",
    "max_pool_pick",
    "centred_sums",
}


def test_every_primitive_is_covered() -> None:
    covered = set(ELSEWHERE) | {name.partition(":")[0] for name in FUSED}
    for case in CASES:
        covered |= _recorded(case)
    assert set(OPS) - covered == set()


# Not functions of arrays, or tested on their own here and in test_helpers.py.
NO_ROW = {
    "arange",
    "array",
    "bartlett",
    "blackman",
    "convert_to_numpy",
    "convert_to_tensor",
    "custom_gradient",
    "dtype",
    "empty",
    "eval_shape",
    "eye",
    "hamming",
    "hanning",
    "identity",
    "image.elastic_transform",
    "is_tensor",
    "kaiser",
    "ndim",
    "nonzero",
    "ones",
    "random_binomial",
    "random_bits",
    "random_gamma",
    "random_normal",
    "random_permutation",
    "random_truncated_normal",
    "random_uniform",
    "shape",
    "size",
    "standardize_dtype",
    "tri",
    "zeros",
}


# Primitives that layers use and that have no public function.
OF_LAYERS = {"gru", "lstm", "simple_rnn"}


def test_every_public_function_has_a_row() -> None:
    rows = {case.name.partition(":")[0] for case in CASES}
    public = set(ops.__all__) - {"image"} | {f"image.{name}" for name in ops.image.__all__}
    assert public - rows == NO_ROW
    assert rows - OF_LAYERS <= public


# Used by eager calls, views and lowering rather than by an op of their own.
INTERNAL = {"copy", "elementwise"}


def test_kernels_and_ops_agree() -> None:
    assert set(_native.kernels()) == {op.kernel for op in OPS.values() if op.kind == KERNEL} | INTERNAL
    elementwise = {op.kernel for op in OPS.values() if op.kind == ELEMENTWISE} - {"convert"}
    assert set(_native.elementwise_opcodes()) == elementwise


def test_every_numpy_name_in_the_table_is_an_op() -> None:
    for target in UFUNCS.values():
        assert target == "identity_of" or callable(getattr(ops, target))


def test_names_are_plain() -> None:
    for name in ops.__all__:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert getattr(ops, name).__name__.removeprefix("nncore.ops.") == name
