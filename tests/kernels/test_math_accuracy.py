"""Errors of the vector functions in units in the last place, against a wider float type."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernel_outputs import FLOATS, elementwise

WIDER = {"float32": np.float64, "float64": np.longdouble}
needs_longdouble = np.finfo(np.longdouble).eps < 1e-18


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


erf = np.vectorize(math.erf, otypes=[float])
# name: reference, ranges for float32 and float64, largest error in ULP
CASES = {
    "exp": (np.exp, [(-103.9, 88.7), (-1, 1)], [(-745, 709.7), (-1, 1)], 1.05),
    "expm1": (np.expm1, [(-30, 88.7), (-1, 1)], [(-50, 709.7), (-1, 1)], 2),
    "sinh": (np.sinh, [(-89.4, 89.4), (-1.5, 1.5)], [(-710, 710), (-1.5, 1.5)], 2),
    "cosh": (np.cosh, [(-89.4, 89.4), (-1.5, 1.5)], [(-710, 710), (-1.5, 1.5)], 2),
    "tanh": (np.tanh, [(-11, 11), (-0.7, 0.7)], [(-22, 22), (-0.7, 0.7)], 2),
    "sigmoid": (sigmoid, [(-103, 103), (-5, 5)], [(-740, 740), (-5, 5)], 2),
    "softplus": (softplus, [(-103, 103), (-5, 5)], [(-740, 740), (-5, 5)], 2),
    "log1p": (np.log1p, [(-0.99999, 3), (-1e-3, 1e-3), (1, 1e30)], [(-0.99999, 3), (-1e-3, 1e-3), (1, 1e300)], 2),
    "sin": (np.sin, [(-10, 10), (-7e5, 7e5)], [(-10, 10), (-7e5, 7e5)], 2),
    "cos": (np.cos, [(-10, 10), (-7e5, 7e5)], [(-10, 10), (-7e5, 7e5)], 2),
    "tan": (np.tan, [(-10, 10), (-7e5, 7e5)], [(-10, 10), (-7e5, 7e5)], 2),
    "asin": (np.arcsin, [(-1, 1), (-1e-3, 1e-3)], [(-1, 1), (-1e-3, 1e-3)], 2),
    "acos": (np.arccos, [(-1, 1), (0.999, 1)], [(-1, 1), (0.999, 1)], 2),
    "atan": (np.arctan, [(-10, 10), (-1e4, 1e4)], [(-10, 10), (-1e4, 1e4)], 2),
    "asinh": (np.arcsinh, [(-10, 10), (-1e-3, 1e-3)], [(-10, 10), (-1e-3, 1e-3)], 2),
    "acosh": (np.arccosh, [(1, 10), (1, 1.001)], [(1, 10), (1, 1.001)], 2),
    "atanh": (np.arctanh, [(-1, 1), (-1e-3, 1e-3)], [(-1, 1), (-1e-3, 1e-3)], 2),
    "sqrt": (np.sqrt, [(0, 100)], [(0, 100)], 0.51),
    "rsqrt": (lambda x: 1 / np.sqrt(x), [(1e-3, 100)], [(1e-3, 100)], 2),
    "erf": (erf, [(-5, 5), (-1, 1)], [(-6, 6)], 2),
    "log": (np.log, None, None, 1.05),
    "log2": (np.log2, None, None, 2),
    "log10": (np.log10, None, None, 2),
}  # fmt: skip


def positive(dtype: str, count: int) -> np.ndarray:
    """Numbers over the whole range, denormals too, and many around 1."""
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    exponents = rng.uniform(info.minexp - info.nmant + 1, info.maxexp - 1e-3, count)
    spread = np.exp2(exponents.astype(np.longdouble)).astype(dtype)
    return np.concatenate(
        [spread, rng.uniform(0.5, 2, count).astype(dtype), 1 + rng.normal(size=count).astype(dtype) * 1e-4]
    )


def sample(name: str, dtype: str, count: int) -> np.ndarray:
    ranges = CASES[name][1 if dtype == "float32" else 2]
    if ranges is None:
        return positive(dtype, count)
    rng = np.random.default_rng(0)
    return np.concatenate([rng.uniform(low, high, count) for low, high in ranges]).astype(dtype)


def error_in_ulp(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """|got - want| over the distance of neighbours at want, in got's type."""
    spacing = np.spacing(np.abs(want).astype(got.dtype)).astype(want.dtype)
    return np.abs(got.astype(want.dtype) - want) / spacing


def check(name: str, dtype: str, x: np.ndarray) -> None:
    want = CASES[name][0](x.astype(WIDER[dtype]))
    got = elementwise(name, x)
    inside = np.abs(want) < np.finfo(dtype).max
    errors = np.where(inside, error_in_ulp(got, np.where(inside, want, 1)), 0)
    worst = np.argmax(errors)
    assert errors[worst] <= CASES[name][3], f"{name}({x[worst]!r}) = {got[worst]!r}: {errors[worst]:.3f} ULP"


# float64 is measured where there is a type wider than it.
@pytest.mark.parametrize("dtype", FLOATS if needs_longdouble else FLOATS[:1])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_error(name: str, dtype: str) -> None:
    check(name, dtype, sample(name, dtype, 20_000))


@pytest.mark.parametrize("dtype", FLOATS if needs_longdouble else FLOATS[:1])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_any_bits(name: str, dtype: str) -> None:
    """Whatever the bits say: denormals, NaN, infinities, numbers far outside the domain."""
    bits = np.random.default_rng(1).integers(0, 2 ** (8 * np.dtype(dtype).itemsize), 20_000, dtype=np.uint64)
    x = np.concatenate([bits.astype(f"uint{8 * np.dtype(dtype).itemsize}").view(dtype), [0, -0.0, np.inf, -np.inf]])
    x = np.concatenate([x, np.finfo(dtype).smallest_subnormal * np.arange(-50, 50)]).astype(dtype)
    want = CASES[name][0](x.astype(WIDER[dtype]))
    got = elementwise(name, x)
    ends = want.astype(dtype)  # overflow to infinity and underflow to 0 where the type has its ends
    special = ~np.isfinite(ends) | (want == 0)
    np.testing.assert_array_equal(got[special], ends[special])
    errors = error_in_ulp(got[~special], want[~special])
    worst = np.argmax(errors)
    assert errors[worst] <= CASES[name][3], f"{name}({x[~special][worst]!r}): {errors[worst]:.3f} ULP"


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_error_dense(name: str) -> None:
    check(name, "float32", sample(name, "float32", 3_000_000 if name != "erf" else 300_000))


@pytest.mark.parametrize(("name", "reference"), [("pow", np.power), ("atan2", np.arctan2)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_two_arguments(name: str, reference: np.ufunc) -> None:
    """Powers and angles of float32, of any bits and of ordinary numbers."""
    rng = np.random.default_rng(2)
    bits = rng.integers(0, 2**32, (2, 20_000), dtype=np.uint64).astype(np.uint32).view(np.float32)
    near = rng.uniform(-20, 20, (2, 20_000)).astype(np.float32)
    x, y = np.concatenate([bits, np.abs(near), np.round(near), [near[0], np.round(near[1])]], axis=1)
    want, got = reference(x.astype(np.float64), y.astype(np.float64)), elementwise(name, x, y)
    ends = want.astype(np.float32)
    special = ~np.isfinite(ends) | (ends == 0)
    np.testing.assert_array_equal(got[special], ends[special])
    assert error_in_ulp(got[~special], want[~special]).max() <= 1


@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 30.0, -3.0])
def test_exact_points(x: float) -> None:
    """Powers of two have whole logarithms, and 0 and 1 map to what they must."""
    for dtype in FLOATS:
        powers = np.exp2(np.arange(-120, 120, dtype=dtype))
        np.testing.assert_array_equal(elementwise("log2", powers), np.arange(-120, 120))
        value = np.array([x], dtype)
        np.testing.assert_array_equal(elementwise("exp", value * 0), 1)
        np.testing.assert_array_equal(elementwise("sigmoid", value * 0), 0.5)
        np.testing.assert_array_equal(elementwise("log", np.abs(value) * 0 + 1), 0)


def test_gelu_keeps_its_tail() -> None:
    """Relative accuracy where 1 + erf would cancel: down to 1e-20 of the argument."""
    x = np.linspace(-9, 9, 4001).astype(np.float32)
    want = np.array([float(v) * 0.5 * math.erfc(-float(v) / math.sqrt(2)) for v in x])
    np.testing.assert_allclose(elementwise("gelu", x), want, rtol=2e-5, atol=0)
    near = np.abs(x) < 3
    np.testing.assert_allclose(elementwise("gelu", x)[near], want[near], rtol=2e-6, atol=0)


@pytest.mark.parametrize("dtype", FLOATS)
def test_huge_angles(dtype: str) -> None:
    """Beyond the vector reduction's range, also when only one element is."""
    x = np.array([0.5, 1e6, 1e10, -3e20, 2.0] * 9).astype(dtype)
    for name, f in (("sin", np.sin), ("cos", np.cos)):
        np.testing.assert_allclose(
            elementwise(name, x), f(x.astype(np.float64)), rtol=1e-6 if dtype == "float32" else 1e-15
        )
