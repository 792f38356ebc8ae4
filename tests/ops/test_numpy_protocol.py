"""NumPy's functions, operators and methods on symbolic tensors do what they do on arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import ops, tree
from nncore.ir import KerasTensor, TraceError
from nncore.ops.numpy_protocol import _PLAIN, FUNCTIONS, UFUNCS
from nncore.ops.operators import install_operators

X = np.array([[1.5, -2.0, 0.25], [4.0, 0.5, -1.0]])
Y = np.array([[2.0, 3.0, -0.5], [1.0, 1.0, 7.0]])
V = np.array([3.0, 1.0, 2.0])
I = np.array([[3, 5, 6], [1, 2, 12]], "int32")  # noqa: E741

Function = Callable[..., Any]


def same(function: Function, *arrays: Any) -> None:
    """The compiled function gives what plain NumPy gives."""
    expected = tree.flatten(function(*arrays))
    got = tree.flatten(nncore.function(function)(*arrays))
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        assert a.shape == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


# One call at least of each function in the table.
CALLS: dict[str, list[Function]] = {
    "sum": [np.sum, lambda x: np.sum(x, axis=1, keepdims=True), lambda x: np.sum(x, 0, np.float64)],
    "prod": [lambda x: np.prod(x, axis=-1)],
    "mean": [np.mean, lambda x: np.mean(x, axis=(0, 1))],
    "var": [np.var, lambda x: np.var(x, axis=1, ddof=1)],
    "std": [np.std, lambda x: np.std(x, axis=0, ddof=1, keepdims=True)],
    "max": [np.max, lambda x: np.max(x, axis=1, initial=2.0)],
    "min": [lambda x: np.min(x, axis=0)],
    "amax": [lambda x: np.amax(x, 1)],
    "amin": [lambda x: np.amin(x, 1)],
    "ptp": [lambda x: np.ptp(x, axis=1)],
    "any": [lambda x: np.any(x > 1, axis=0)],
    "all": [lambda x: np.all(x > 1, axis=0)],
    "argmax": [np.argmax, lambda x: np.argmax(x, axis=1)],
    "argmin": [lambda x: np.argmin(x, axis=0)],
    "nansum": [lambda x: np.nansum(x, axis=0)],
    "nanmean": [lambda x: np.nanmean(x, axis=0)],
    "median": [lambda x: np.median(x, axis=1)],
    "quantile": [lambda x: np.quantile(x, 0.3, axis=1)],
    "percentile": [lambda x: np.percentile(x, 30, axis=1)],
    "nanquantile": [lambda x: np.nanquantile(x, 0.3, axis=1)],
    "nanpercentile": [lambda x: np.nanpercentile(x, [30, 50], axis=0)],
    "nanmedian": [lambda x: np.nanmedian(x, axis=1)],
    "nanmax": [np.nanmax, lambda x: np.nanmax(x, axis=1)],
    "nanmin": [lambda x: np.nanmin(x, axis=1, keepdims=True)],
    "nanprod": [lambda x: np.nanprod(x, axis=1)],
    "nanvar": [lambda x: np.nanvar(x, axis=1)],
    "nanstd": [lambda x: np.nanstd(x, axis=1)],
    "nanargmax": [np.nanargmax],
    "nanargmin": [lambda x: np.nanargmin(x, axis=1)],
    "nancumsum": [lambda x: np.nancumsum(x, axis=1)],
    "nancumprod": [np.nancumprod],
    "average": [lambda x: np.average(x, axis=0), lambda x: np.average(x, axis=1, weights=V)],
    "count_nonzero": [lambda x: np.count_nonzero(x, axis=0)],
    "cumsum": [np.cumsum, lambda x: np.cumsum(x, axis=1)],
    "cumprod": [lambda x: np.cumprod(x, axis=0)],
    "diff": [np.diff, lambda x: np.diff(x, n=2)],
    "concatenate": [lambda x: np.concatenate([x, Y]), lambda x: np.concatenate((x, x), axis=1)],
    "stack": [lambda x: np.stack([x, Y], axis=-1)],
    "vstack": [lambda x: np.vstack([x, V])],
    "hstack": [lambda x: np.hstack([x, Y])],
    "dstack": [lambda x: np.dstack([x, Y])],
    "append": [lambda x: np.append(x, V)],
    "where": [lambda x: np.where(x > 0, x, 0.0), lambda x: np.where(Y > 1, x, Y)],
    "select": [lambda x: np.select([x > 1, x > 0], [x, x * 2], 5.0)],
    "clip": [lambda x: np.clip(x, -1, 1), lambda x: np.clip(x, None, 0.5)],
    "reshape": [lambda x: np.reshape(x, (3, -1)), lambda x: np.reshape(x, -1)],
    "ravel": [np.ravel],
    "transpose": [np.transpose, lambda x: np.transpose(x, (1, 0))],
    "swapaxes": [lambda x: np.swapaxes(x, 0, 1)],
    "moveaxis": [lambda x: np.moveaxis(x, 0, -1)],
    "expand_dims": [lambda x: np.expand_dims(x, 1)],
    "squeeze": [lambda x: np.squeeze(np.expand_dims(x, 0), axis=0)],
    "broadcast_to": [lambda x: np.broadcast_to(x, (4, 2, 3))],
    "tile": [lambda x: np.tile(x, (2, 2))],
    "repeat": [lambda x: np.repeat(x, 2, axis=0)],
    "roll": [lambda x: np.roll(x, 1, axis=1)],
    "rot90": [np.rot90],
    "flip": [np.flip, lambda x: np.flip(x, axis=0)],
    "split": [lambda x: np.split(x, 3, axis=1)],
    "array_split": [lambda x: np.array_split(x, 2, axis=1)],
    "hsplit": [lambda x: np.hsplit(x, 3)],
    "vsplit": [lambda x: np.vsplit(x, 2)],
    "dsplit": [lambda x: np.dsplit(x[None], [1])],
    "fliplr": [np.fliplr],
    "flipud": [np.flipud],
    "pad": [lambda x: np.pad(x, 1), lambda x: np.pad(x, ((0, 1), (2, 0)), mode="edge")],
    "take": [lambda x: np.take(x, [0, 2], axis=1)],
    "take_along_axis": [lambda x: np.take_along_axis(x, np.array([[1], [0]]), axis=1)],
    "searchsorted": [lambda x: np.searchsorted(np.sort(x[0]), V)],
    "digitize": [lambda x: np.digitize(x, np.array([-1.0, 0.0, 2.0]))],
    "isin": [lambda x: np.isin(x, [0.25, 3.0]), lambda x: np.isin(x, Y, invert=True)],
    "histogram": [np.histogram, lambda x: np.histogram(x, 4, (-1, 2))],
    "bincount": [lambda x: np.bincount(np.argmax(x, axis=1), minlength=3)],
    "unravel_index": [lambda x: np.unravel_index(np.argmax(x), (2, 3))],
    "argpartition": [lambda x: np.sort(np.argpartition(x, 1)[:, :2])],
    "trapezoid": [np.trapezoid, lambda x: np.trapezoid(x, axis=0, dx=0.5)],
    "vander": [lambda x: np.vander(x[0], 4)],
    "correlate": [lambda x: np.correlate(x[0], V), lambda x: np.correlate(x[0], V[:2], "full")],
    "corrcoef": [np.corrcoef],
    "dot": [lambda x: np.dot(x, V), lambda x: np.dot(x, Y.T)],
    "vdot": [lambda x: np.vdot(x, Y)],
    "inner": [lambda x: np.inner(x, V)],
    "outer": [lambda x: np.outer(x, V)],
    "kron": [lambda x: np.kron(x, Y)],
    "cross": [lambda x: np.cross(x, V)],
    "tensordot": [lambda x: np.tensordot(x, Y, axes=((0,), (0,)))],
    "linalg.norm": [np.linalg.norm, lambda x: np.linalg.norm(x, ord=1, axis=1)],
    "diag": [lambda x: np.diag(x[0])],
    "diagflat": [lambda x: np.diagflat(x)],
    "diagonal": [lambda x: np.diagonal(x, offset=1)],
    "trace": [np.trace],
    "tril": [np.tril],
    "triu": [lambda x: np.triu(x, 1)],
    "sort": [np.sort, lambda x: np.sort(x, axis=0)],
    "argsort": [np.argsort],
    "round": [lambda x: np.round(x), lambda x: np.round(x * 1.234, 1)],
    "around": [lambda x: np.around(x)],
    "nan_to_num": [lambda x: np.nan_to_num(np.log(x), nan=9.0)],
    "sinc": [np.sinc],
    "i0": [np.i0],
    "isposinf": [np.isposinf],
    "isneginf": [np.isneginf],
    "allclose": [lambda x: np.allclose(x, Y), lambda x: np.allclose(x, x + 1e-9)],
    "isclose": [lambda x: np.isclose(x, Y)],
    "zeros_like": [lambda x: np.zeros_like(x) + x],
    "ones_like": [lambda x: np.ones_like(x) * x],
    "empty_like": [lambda x: np.empty_like(x) * 0.0 + x],
    "full_like": [lambda x: np.full_like(x, 2.0) * x],
    "linspace": [lambda x: np.linspace(x[0], x[1], 4)],
    "logspace": [lambda x: np.logspace(x[0], x[1], 4, base=2)],
    "geomspace": [lambda x: np.geomspace(np.abs(x[0]) + 1, np.abs(x[1]) + 2, 4)],
    "copy": [np.copy],
    "shape": [lambda x: x * np.shape(x)[0]],
    "ndim": [lambda x: x * np.ndim(x)],
    "size": [lambda x: x * np.size(x)],
    "einsum": [lambda x: np.einsum("ij,kj->ik", x, Y)],
    "meshgrid": [lambda x: np.meshgrid(x[0], V)],
}


def test_every_function_is_called() -> None:
    assert set(CALLS) == set(FUNCTIONS) | set(_PLAIN)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", CALLS)
def test_functions(name: str) -> None:
    for function in CALLS[name]:
        same(function, X)


_WHOLE = {"gcd", "lcm", "bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "invert"}
_DOMAIN = {"arccosh": np.abs(X) + 1, "arcsin": X / 5, "arccos": X / 5, "arctanh": X / 5}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", [name for name in UFUNCS if hasattr(np, name)])
def test_ufuncs(name: str) -> None:
    ufunc = getattr(np, name)
    if name in _WHOLE:
        same(ufunc, *[I, I % 4][: ufunc.nin])
    elif name == "ldexp":
        same(lambda x: np.ldexp(x, I), X)
    elif name == "matmul":
        same(lambda x: np.matmul(x, Y.T), X)
    elif ufunc.nin == 1:
        same(ufunc, _DOMAIN.get(name, np.abs(X) + 0.1 if name.startswith(("log", "sqrt")) else X))
    else:
        x = np.abs(X) if "power" in name else X
        same(ufunc, x, Y)
        same(lambda a: ufunc(a, Y), x)
        same(lambda b: ufunc(x, b), Y)


OPERATORS: list[Function] = [
    lambda x: x + Y,
    lambda x: Y - x,
    lambda x: 2 * x,
    lambda x: 1 / x,
    lambda x: x // 2,
    lambda x: 7.5 // x,
    lambda x: x % 2,
    lambda x: 5.0 % x,
    lambda x: x**2,
    lambda x: x**-1,
    lambda x: 2.0**x,
    lambda x: x @ Y.T,
    lambda x: Y.T @ x,
    lambda x: -x,
    lambda x: +x,
    lambda x: abs(x),
    lambda x: round(x) if not isinstance(x, np.ndarray) else np.round(x),
    lambda x: divmod(x, 2.0),
    lambda x: x < 1,
    lambda x: x <= Y,
    lambda x: x < 1,
    lambda x: x >= 1,
    lambda x: x == 0.25,
    lambda x: x != 0.25,
    lambda x: (x > 0) & (x < 2),
    lambda x: (x > 0) | (x < -1),
    lambda x: (x > 0) ^ (x < 2),
    lambda x: ~(x > 0),
    lambda x: np.sqrt(2) * x,
    lambda x: x * np.float32(2),
    lambda x: np.arange(3) * x,
    lambda x: [1.0, 2.0, 3.0] + x,  # noqa: RUF005 - not the same for arrays
    lambda x: x.T,
    lambda x: x.sum(),
    lambda x: x.sum(axis=1, keepdims=True),
    lambda x: x.mean(0),
    lambda x: x.max(axis=1),
    lambda x: x.min(),
    lambda x: x.var(ddof=1),
    lambda x: x.std(axis=0),
    lambda x: x.prod(),
    lambda x: (x > 0).any(),
    lambda x: (x > 0).all(axis=0),
    lambda x: x.argmax(axis=1),
    lambda x: x.argmin(),
    lambda x: x.reshape(3, 2),
    lambda x: x.reshape((3, -1)),
    lambda x: x.reshape(-1),
    lambda x: x.transpose(),
    lambda x: x.transpose(1, 0),
    lambda x: x.transpose((1, 0)),
    lambda x: x.flatten(),
    lambda x: x.ravel(),
    lambda x: x.astype("float32") * 1.0,
    lambda x: x.astype(int),
    lambda x: x[None].squeeze(),
    lambda x: x.swapaxes(0, 1),
    lambda x: x.clip(-1, 1),
    lambda x: x.clip(max=0.0),
    lambda x: x.round(1),
    lambda x: x.dot(V),
    lambda x: x.cumsum(axis=0),
    lambda x: x.cumprod(),
    lambda x: x.take([0, 1], axis=1),
    lambda x: x.repeat(2, axis=1),
    lambda x: x.argsort(axis=0),
    lambda x: x.diagonal(),
    lambda x: x.copy(),
    lambda x: x * x.size + x.ndim + len(x),
    lambda x: x[0, 1:] + x[-1, 1:],
    lambda x: x[:, ::-1],
    lambda x: x[..., None],
    lambda x: x[[1, 0]],
    lambda x: x[np.array([True, False])],
    lambda x: [row * 2 for row in x],
    lambda x: np.add.reduce(x),
    lambda x: np.maximum.reduce(x, axis=1, keepdims=True),
    lambda x: np.add.accumulate(x, axis=1),
    lambda x: np.multiply.outer(x, V),
    lambda x: np.add(x, Y, dtype=np.float64),
    lambda x: sum([x, x, x]),
]


@pytest.mark.parametrize("position", range(len(OPERATORS)))
def test_operators_and_methods(position: int) -> None:
    same(OPERATORS[position], X)


def test_in_place_operators_bind_a_new_tensor() -> None:
    def function(x: Any) -> Any:
        y = x
        y += 1
        y *= 2
        return y - x

    got = nncore.function(function)(X)
    np.testing.assert_allclose(got, (X + 1) * 2 - X)


def test_comparison_with_no_array_is_identity() -> None:
    def function(x: Any) -> Any:
        assert x != "auto"
        assert (x == None) is False  # noqa: E711
        assert x in {x}
        return x

    nncore.function(function)(X)


def test_operators_on_placeholders_are_remembered() -> None:
    x = KerasTensor((None, 3))
    y = np.maximum(x * 2 + 1, 0)[:, 1:] @ np.ones((2, 5), "float32")
    assert y.shape == (None, 5)
    assert y.call.target is ops.matmul
    assert (x > 0).dtype == "bool"
    assert x.T.shape == (3, None)
    assert x.mean(axis=0).shape == (3,)
    with pytest.raises(TraceError, match="Iteration"):
        list(x)


def test_operators_for_classes_that_hold_a_tensor() -> None:
    class Box:
        def __init__(self, x: Any) -> None:
            self.x = x

        def __tensor__(self) -> Any:
            return self.x

    install_operators(Box)
    box = Box(X)
    np.testing.assert_array_equal(box + 1, X + 1)
    np.testing.assert_array_equal(2 / box, 2 / X)
    np.testing.assert_array_equal(box @ Y.T, X @ Y.T)
    np.testing.assert_array_equal(box > 0, X > 0)
    np.testing.assert_array_equal(-box, -X)
    np.testing.assert_array_equal(box[0], X[0])
    np.testing.assert_allclose(nncore.grad(lambda x: ops.sum(Box(x) ** 2))(X), 2 * X)


def test_gradients_go_through_numpy_functions() -> None:
    def loss(x: Any) -> Any:
        return np.mean(np.square(np.tanh(x) - Y)) + np.sum(np.log1p(np.exp(x[0])))

    h, g = 1e-6, nncore.grad(loss)(X)
    for at in np.ndindex(*X.shape):
        up, down = X.copy(), X.copy()
        up[at] += h
        down[at] -= h
        np.testing.assert_allclose(g[at], (loss(up) - loss(down)) / (2 * h), rtol=1e-6, atol=1e-8)


# What can't be recorded, and what the message says.
REFUSED: list[tuple[Function, str]] = [
    (lambda x: np.linalg.svd(x), r"np.linalg.svd can't be recorded"),
    (lambda x: np.fft.fft(x), r"np.fft.fft can't be recorded"),
    (lambda x: np.add(x, 1, out=np.zeros((2, 3))), "out="),
    (lambda x: np.sum(x, where=X > 0), "where="),
    (lambda x: np.add(x, 1, where=X > 0), "where="),
    (lambda x: np.spacing(x), "spacing can't be recorded"),
    (lambda x: np.add.at(x, [0], 1), "at can't be recorded"),
    (lambda x: np.sum(x, out=np.zeros(())), "out="),
    (lambda x: np.ravel(x, order="F"), "order='F'"),
    (lambda x: np.array_equal(x, x), "array_equal can't be recorded"),
    (lambda x: np.asarray(x), "Conversion to a NumPy array"),
    (lambda x: float(x[0, 0]), r"float\(\) needs the values"),
    (lambda x: int(x[0, 0]), r"int\(\) needs the values"),
    (lambda x: x if x.sum() > 0 else -x, "A Python condition"),
    (lambda x: x[x > 0], "A mask as index"),
    (lambda x: ops.nonzero(x), "nonzero"),
    (lambda x: ops.where(x > 0), "nonzero"),
    (lambda x: x.sort(), r"sort\(\) changes an array in place"),
    (lambda x: x.fill(0), r"fill\(\) changes an array in place"),
    (lambda x: x.tolist(), "Conversion to a NumPy array"),
    (lambda x: x.sum(out=np.zeros(())), "out"),
    (lambda x: x.__setitem__(0, 1), "written in place"),
    (lambda x: ops.arange(x[0, 0]), "arange needs its bounds"),
    (lambda x: ops.segment_sum(x, ops.argmax(x, axis=1)), "num_segments"),
    (lambda x: ops.unique(x), "the shape of the result depends on values"),
    (lambda x: ops.unique(x, axis=0, size=2), "slices of arrays only"),
    (lambda x: ops.bincount(ops.argmax(x, axis=1)), "the shape of the result depends on values"),
    (lambda x: ops.hanning(ops.argmax(x)), "as many elements as its argument says"),
    (lambda x: ops.quantile(x, x[0, 0]), "must be known while tracing"),
    (lambda x: range(ops.argmax(x)), "Using it as an index"),
]


@pytest.mark.parametrize("position", range(len(REFUSED)))
def test_what_cannot_be_recorded_names_the_users_line(position: int) -> None:
    function, message = REFUSED[position]
    with pytest.raises(TraceError, match=message) as caught:
        nncore.function(function)(X)
    shown = str(caught.value)
    assert f'File "{__file__}", line {function.__code__.co_firstlineno}' in shown
    assert len(shown.splitlines()) == 3  # the problem, the line, what to do instead


def test_writing_into_an_array_of_numbers_is_refused() -> None:
    def function(x: Any) -> Any:
        total = np.zeros((2, 3))
        total += x
        return total

    with pytest.raises(TraceError, match="in-place operator"):
        nncore.function(function)(X)


def test_eager_steps_let_values_through() -> None:
    from nncore.graph.step import run_eagerly

    def function(x: Any) -> Any:
        assert float(x[0, 0]) == 1.5
        return x * 2 if x.sum() > 0 else x

    np.testing.assert_array_equal(run_eagerly(function, (X,)), X * 2)
