"""The convolution kernels: any window against the float64 reference, the same bits from any team, and bad calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from kernel_outputs import FLOATS, output_of
from nncore import _native, ops
from nncore.ops.apply import apply
from nncore.ops.definition import OPS

TOLERANCE = {"float32": 3e-5, "float64": 1e-13}


def draw(rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
    """A random geometry, and random image, filters and results that fit it."""
    rank, pick = int(rng.integers(1, 4)), lambda *numbers: int(rng.choice(numbers))
    groups, channels, filters = pick(1, 1, 1, 2, 3), pick(1, 2, 3, 5, 16, 17), pick(1, 2, 3, 8, 16, 17, 33, 49)
    if rng.random() < 0.25:
        groups, channels, filters = pick(5, 16, 33), 1, pick(1, 1, 2)
    plain = rng.random() < 0.4
    taps = [pick(1, 2, 3, 3, 4) for _ in range(rank)]
    strides = [1 if plain else pick(1, 2, 3) for _ in range(rank)]
    dilations = [1 if plain else pick(1, 2, 3) for _ in range(rank)]
    pads, image, result = [], [], []
    for k, s, d in zip(taps, strides, dilations, strict=True):
        reach = (k - 1) * d + 1
        before, behind = int(rng.integers(0, reach)), int(rng.integers(0, reach))
        n = int(rng.integers(max(1, reach - before - behind), reach + (18 if rank < 3 else 4)))
        pads.append(before)
        image.append(n)
        result.append((n + before + behind - reach) // s + 1)
    n = pick(1, 2, 3)
    arrays = {
        "x": rng.normal(size=(n, *image, groups * channels)),
        "w": rng.normal(size=(*taps, channels, groups * filters)),
        "y": rng.normal(size=(n, *result, groups * filters)),
    }
    where = {"strides": tuple(strides), "dilations": tuple(dilations), "pads": tuple(pads), "groups": groups}
    return where, arrays


def calls(where: dict[str, Any], a: dict[str, Any]) -> list[tuple[str, list[Any], dict[str, Any]]]:
    """The three kernels' operands and attributes."""
    linear = {"activation": "linear", "alpha": 0.0}
    return [
        ("conv", [a["x"], a["w"]], {"size": a["y"].shape[1:-1], **where, **linear}),
        ("conv_data", [a["y"], a["w"]], {"size": a["x"].shape[1:-1], **where, **linear}),
        ("conv_filters", [a["x"], a["y"]], {"size": a["w"].shape[:-2], **where}),
    ]


@pytest.mark.parametrize("seed", range(60))
def test_random_windows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    where, arrays = draw(rng)
    for dtype in FLOATS:
        for name, operands, attrs in calls(where, {k: v.astype(dtype) for k, v in arrays.items()}):
            bias = [] if name == "conv_filters" or seed % 2 else [rng.normal(size=operands[1].shape[-1])]
            if name == "conv_data" and bias:
                bias = [rng.normal(size=operands[1].shape[-2] * where["groups"])]
            if bias:
                attrs = {**attrs, "activation": "relu" if seed % 4 else "tanh"}
            operands = [*operands, *(b.astype(dtype) for b in bias)]
            op = OPS[name]
            expected = op.reference(*(o.astype("float64") for o in operands), **attrs)
            ints, floats = op.encode([(o.shape, dtype) for o in operands], attrs)  # type: ignore[misc]
            got = output_of(name, operands, expected.shape, dtype, ints, floats)
            scale = max(1.0, np.abs(expected).max(initial=0))
            np.testing.assert_allclose(got, expected, rtol=0, atol=TOLERANCE[dtype] * scale, err_msg=f"{name} {where}")


# Images, taps of 3 x 3, filters: large enough for Winograd's transforms. Odd sizes, ragged channels, all paddings.
TRANSFORMED = [
    ((9, 6, 7, 19), 33, (0, 0)),
    ((9, 7, 6, 33), 48, (1, 1)),
    ((5, 9, 11, 64), 64, (2, 1)),
    ((3, 13, 12, 128), 65, (1, 2)),
]


@pytest.mark.parametrize(("shape", "filters", "pads"), TRANSFORMED)
@pytest.mark.parametrize("activated", [False, True])
def test_transforms_round_no_worse_than_the_plain_sum(shape: Any, filters: int, pads: Any, activated: bool) -> None:
    """Against float64, beside plain sums: row by row there are no patches to transform."""
    rng = np.random.default_rng(4)
    around = [(0, 0), *((p, p) for p in pads), (0, 0)]
    x = np.pad(rng.normal(size=shape), around).astype("float32")
    x = np.maximum(x, 0) if activated else x
    w = rng.normal(size=(3, 3, shape[-1], filters)).astype("float32")

    def by_rows(x: Any, w: Any) -> Any:
        return np.concatenate([ops.conv(x[:, r : r + 3], w) for r in range(x.shape[1] - 2)], axis=1)

    exact = by_rows(x.astype("float64"), w.astype("float64"))
    transformed, plain = (np.abs(y - exact) for y in (ops.conv(x, w), by_rows(x, w)))
    assert not np.array_equal(transformed, plain), "both were computed alike"
    assert np.sqrt((transformed**2).mean()) < np.sqrt((plain**2).mean())
    assert transformed.max() < plain.max()


@pytest.mark.parametrize(("shape", "filters", "pads"), TRANSFORMED)
def test_transformed_sums_round_like_plain_ones(shape: Any, filters: int, pads: Any) -> None:
    """The largest error of a plain sum of n terms comes to sqrt(n) units of its spread: transforms stay below it."""
    rng = np.random.default_rng(3)
    size = tuple(n + 2 * p - 2 for n, p in zip(shape[1:-1], pads, strict=True))
    where = {"strides": (1, 1), "dilations": (1, 1), "pads": pads, "groups": 1}
    arrays = {
        "x": rng.normal(size=shape),
        "w": rng.normal(size=(3, 3, shape[-1], filters)),
        "y": rng.normal(size=(shape[0], *size, filters)),
    }
    arrays = {key: a.astype("float32") for key, a in arrays.items()}
    for name, operands, attrs in calls(where, arrays):
        wide = [o.astype("float64") for o in operands]
        expected = OPS[name].reference(*wide, **attrs)
        spread = np.sqrt(OPS[name].reference(*(o * o for o in wide), **attrs).max())
        ones = [np.ones(o.shape) for o in wide]
        terms = np.sqrt(OPS[name].reference(*ones, **attrs).max())
        ints, floats = OPS[name].encode([(o.shape, "float32") for o in operands], attrs)  # type: ignore[misc]
        got = output_of(name, operands, expected.shape, "float32", ints, floats)
        assert np.abs(got - expected).max() < terms * spread * 2.0**-23
        precise = output_of(name, wide, expected.shape, "float64", ints, floats)
        # Here the reference rounds as much.
        assert np.abs(precise - expected).max() < 2 * terms * spread * 2.0**-52


# One for each way of computing: tiles of rows, transformed patches, vectors along the pixels, channels by themselves;
# image, filters, groups, stride.
WAYS = [
    ((2, 7, 6, 12), 17, 1, 1),
    ((2, 7, 6, 12), 10, 2, 2),
    ((9, 6, 7, 19), 33, 1, 1),
    ((2, 9, 21, 20), 3, 1, 1),
    ((2, 9, 21, 3), 20, 1, 1),
    ((2, 19, 21, 2), 33, 1, 2),
    ((2, 9, 21, 37), 37, 37, 1),
]
SLOPES: dict[str, Any] = {"relu": lambda y: y > 0, "tanh": lambda y: 1 - y * y, "linear": lambda y: 1.0}


@pytest.mark.parametrize(("shape", "filters", "groups", "stride"), WAYS)
@pytest.mark.parametrize("activation", SLOPES)
def test_epilogues(shape: Any, filters: int, groups: int, stride: int, activation: str) -> None:
    """Bias and activation, or another activation's derivative, whichever way the sums are computed."""
    rng = np.random.default_rng(5)
    size = tuple((n - 1) // stride + 1 for n in shape[1:-1])
    where = {"strides": (stride,) * 2, "dilations": (1, 1), "pads": (1, 1), "groups": groups}
    arrays = {
        "x": rng.normal(size=shape),
        "w": rng.normal(size=(3, 3, shape[-1] // groups, filters)),
        "y": rng.normal(size=(shape[0], *size, filters)),
    }
    for dtype in FLOATS:
        for name, operands, attrs in calls(where, {k: v.astype(dtype) for k, v in arrays.items()})[:2]:
            wide = [o.astype("float64") for o in operands]
            attrs["activation"] = "linear"
            sums = OPS[name].reference(*wide, **attrs)
            attrs["activation"] = activation
            bias = rng.normal(size=sums.shape[-1]).astype(dtype)
            results = np.tanh(rng.normal(size=sums.shape)).astype(dtype)
            finished = sums + bias
            if activation != "linear":
                finished = OPS[activation].reference(finished)
            for op, third, expected in (
                (name, bias, finished),
                (f"{name}_backward", results, sums * SLOPES[activation](results.astype("float64"))),
            ):
                all_three = [*operands, third]
                ints, floats = OPS[op].encode([(o.shape, dtype) for o in all_three], attrs)  # type: ignore[misc]
                got = output_of(name, all_three, expected.shape, dtype, ints, floats)
                bound = TOLERANCE[dtype] * np.abs(sums).max()
                np.testing.assert_allclose(got, expected, rtol=0, atol=bound, err_msg=f"{op} {where}")


@pytest.mark.parametrize("seed", range(12))
def test_each_is_the_others_gradient(seed: int) -> None:
    """The primitives' own gradients, so that all orders of derivatives exist, by finite differences."""
    rng = np.random.default_rng(1000 + seed)
    where, arrays = draw(rng)
    while max(a.size for a in arrays.values()) > 400:
        where, arrays = draw(rng)
    for name, operands, attrs in calls(where, arrays):
        weight = rng.normal(size=apply(OPS[name], operands, attrs).shape)

        def total(a: Any, b: Any, name: str = name, attrs: Any = attrs, weight: Any = weight) -> Any:
            return ops.sum(apply(OPS[name], [a, b], attrs) * weight)

        for got, direction, position in zip(
            nncore.grad(total, argnums=(0, 1))(*operands),
            [rng.normal(size=o.shape) for o in operands],
            (0, 1),
            strict=True,
        ):
            # Linear in each operand: a difference of any length is exact.
            moved = [o + direction if i == position else o for i, o in enumerate(operands)]
            difference = float(total(*moved)) - float(total(*operands))
            np.testing.assert_allclose(np.sum(got * direction), difference, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("name", ["conv", "conv_data", "conv_filters"])
def test_nan_reaches_what_sees_it(name: str) -> None:
    where = {"strides": (1,), "dilations": (1,), "pads": (1,), "groups": 1}
    arrays = {"x": np.ones((1, 6, 2)), "w": np.ones((3, 2, 3)), "y": np.ones((1, 6, 3))}
    for _, operands, attrs in [call for call in calls(where, arrays) if call[0] == name]:
        operands[0][0, 0, 0] = np.nan
        got = apply(OPS[name], operands, attrs)
        expected = OPS[name].reference(*operands, **attrs)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
        assert np.isnan(got).any()


def test_empty() -> None:
    where = {"strides": (1, 1), "dilations": (1, 1), "pads": (0, 0), "groups": 1}
    arrays = {"x": np.ones((0, 4, 4, 2)), "w": np.ones((2, 2, 2, 3)), "y": np.ones((0, 3, 3, 3))}
    for name, operands, attrs in calls(where, arrays):
        got = apply(OPS[name], operands, attrs)
        np.testing.assert_array_equal(got, np.zeros(got.shape))


X, W, Y = np.ones((1, 5, 2)), np.ones((3, 2, 4)), np.ones((1, 3, 4))
BAD = [
    ([X, W, Y], (1, 1, 1, 0, 0), "ints"),
    ([X, W, Y], (1, 0, 1, 0, 0, 0), "strides"),
    ([X, W, Y], (1, 1, 1, -1, 0, 0), "paddings"),
    ([X, W, Y], (2, 1, 1, 0, 0, 0), r"filters \(..., C / groups, F\)"),
    ([X, W, np.ones((1, 7, 4))], (1, 1, 1, 0, 0, 0), "every window"),
    ([X, W.astype("float32"), Y], (1, 1, 1, 0, 0, 0), "one type"),
    ([X, W, Y], (1, 1, 1, 0, 99, 0), "activation"),
    ([X, W, Y], (1, 1, 1, 0, 0, 1), "bias"),
    ([X, W, Y], (1, 1, 1, 0, 0, 3), "epilogue"),
    ([X, W, X, Y], (1, 1, 1, 0, 0, 2), "results like the result"),
    ([X, W, np.ones(3), Y], (1, 1, 1, 0, 0, 1), "one element per channel"),
    ([X, W[0], Y], (1, 1, 1, 0, 0, 0), "one to three spatial"),
]


@pytest.mark.parametrize(("operands", "ints", "message"), BAD)
def test_bad_calls(operands: Any, ints: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _native.execute("conv", operands, len(operands) - 1, ints, (0.0,))
