"""Pooling over one to three spatial dimensions: the largest or the mean value of windows.

The primitives work on channels at the end. Their attribute ``windows`` has (size, stride, low padding) for each spatial
dimension; a stride of 0 stands for windows that divide a dimension evenly. The maximum's gradient goes to the first
largest element of a window, in order of memory.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, to_float
from nncore.ops.elementwise import convert
from nncore.ops.spatial import (
    channels_back,
    channels_last,
    low_padding,
    sizes,
    standardize_data_format,
    standardize_padding,
    window_count,
)

Window = tuple[int, int, int]

# --- primitives ------------------------------------------------------------------------------------------------------


def _windows(shape: Any, attrs: dict[str, Any]) -> Any:
    """Each output position with the slices of its window (NumPy, for references)."""
    ranges = []
    for size, out, (window, stride, low) in zip(shape[1:-1], attrs["out"], attrs["windows"], strict=True):
        if stride == 0:
            ranges.append([(o * size // out, -(-(o + 1) * size // out)) for o in range(out)])
        else:
            starts = [o * stride - low for o in range(out)]
            ranges.append([(max(s, 0), min(s + window, size)) for s in starts])
    for position in itertools.product(*(range(len(r)) for r in ranges)):
        yield position, tuple(slice(*r[o]) for r, o in zip(ranges, position, strict=True))


def _np_pool(x: Any, reduce: Any, attrs: dict[str, Any]) -> Any:
    y = np.empty((x.shape[0], *attrs["out"], x.shape[-1]), x.dtype)
    axes = tuple(range(1, x.ndim - 1))
    for position, window in _windows(x.shape, attrs):
        y[(slice(None), *position)] = reduce(x[(slice(None), *window)], axis=axes)
    return y


def _np_first(x: Any, attrs: dict[str, Any]) -> Any:
    """Each output position with the mask of its window's first largest elements."""
    for position, window in _windows(x.shape, attrs):
        part = x[(slice(None), *window)]
        flat = part.reshape(part.shape[0], -1, part.shape[-1])
        mask = np.zeros_like(flat)
        np.put_along_axis(mask, flat.argmax(axis=1)[:, None], 1, axis=1)
        yield (slice(None), *position), (slice(None), *window), mask.reshape(part.shape)


def _np_max_grad(x: Any, y: Any, g: Any, **attrs: Any) -> Any:
    dx = np.zeros_like(x)
    for position, window, mask in _np_first(x, attrs):
        dx[window] += mask * g[position].reshape(x.shape[0], *(1,) * (x.ndim - 2), -1)
    return dx


def _np_max_pick(x: Any, y: Any, u: Any, **attrs: Any) -> Any:
    v = np.empty_like(y)
    for position, window, mask in _np_first(x, attrs):
        v[position] = (mask * u[window]).sum(axis=tuple(range(1, x.ndim - 1)))
    return v


def _np_average_grad(g: Any, *, shape: Any, **attrs: Any) -> Any:
    dx = np.zeros((g.shape[0], *shape, g.shape[-1]), g.dtype)
    for position, window in _windows(dx.shape, attrs):
        count = math.prod(w.stop - w.start for w in window)
        dx[(slice(None), *window)] += (g[(slice(None), *position)] / count).reshape(g.shape[0], *(1,) * len(shape), -1)
    return dx


def _pool_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    shape, dtype = specs[0]
    return [((shape[0], *attrs["out"], shape[-1]), dtype)]


def _encode(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> tuple[Any, Any]:
    return tuple(itertools.chain.from_iterable(attrs["windows"])), ()


def _max_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    return [apply(OPS["max_pool_grad"], [node.inputs[0], node.outputs[0], g], node.attrs)]


def _max_grad_grad(node: Any, needs: Sequence[bool], u: Any) -> list[Any]:
    x, y, _ = node.inputs
    return [None, None, apply(OPS["max_pool_pick"], [x, y, u], node.attrs) if needs[2] else None]


def _max_pick_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    x, y, _ = node.inputs
    return [None, None, apply(OPS["max_pool_grad"], [x, y, g], node.attrs) if needs[2] else None]


def _average_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    shape = tuple(node.inputs[0].shape[1:-1])
    return [apply(OPS["average_pool_grad"], [g], {**node.attrs, "shape": shape})]


def _average_grad_grad(node: Any, needs: Sequence[bool], u: Any) -> list[Any]:
    attrs = {key: value for key, value in node.attrs.items() if key != "shape"}
    return [apply(OPS["average_pool"], [u], attrs)]


OpDef("max_pool", KERNEL, _pool_infer, _max_grad, lambda x, **attrs: _np_pool(x, np.max, attrs), encode=_encode)
OpDef("max_pool_grad", KERNEL, lambda specs, attrs: [specs[0]], _max_grad_grad, _np_max_grad, encode=_encode)
OpDef("max_pool_pick", KERNEL, lambda specs, attrs: [specs[1]], _max_pick_grad, _np_max_pick, encode=_encode)
OpDef(
    "average_pool", KERNEL, _pool_infer, _average_grad, lambda x, **attrs: _np_pool(x, np.mean, attrs), encode=_encode
)
OpDef(
    "average_pool_grad",
    KERNEL,
    lambda specs, attrs: [((specs[0][0][0], *attrs["shape"], specs[0][0][-1]), specs[0][1])],
    _average_grad_grad,
    _np_average_grad,
    encode=_encode,
)

# --- public functions ------------------------------------------------------------------------------------------------


def _operand(name: str, inputs: Any, data_format: Any) -> tuple[Any, str]:
    """The input as floats with its channels at the end, and the data format."""
    data_format = standardize_data_format(name, data_format)
    x = as_operand(inputs)
    if not 3 <= len(x.shape) <= 5:
        raise ValueError(
            f"{name}: an array of batch, one to three spatial dimensions and channels was expected. "
            f"Received: inputs.shape={tuple(x.shape)}."
        )
    return channels_last(convert(x, to_float(dtype_of(x))), data_format), data_format


def _pool(name: str, inputs: Any, pool_size: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    x, data_format = _operand(name, inputs, data_format)
    n = len(x.shape) - 2
    window = sizes(name, "pool_size", pool_size, n)
    stride = window if strides is None else sizes(name, "strides", strides, n)
    padding = standardize_padding(name, padding)
    out = tuple(window_count(d, w, s, padding) for d, w, s in zip(x.shape[1:-1], window, stride, strict=True))
    if any(o <= 0 for o in out):
        raise ValueError(
            f"{name}: the pooling window doesn't fit into the input. "
            f"Received: inputs.shape={tuple(as_operand(inputs).shape)}, pool_size={window}, strides={stride}, "
            f"padding={padding!r}, data_format={data_format!r}."
        )
    low = [low_padding(d, w, s, padding) for d, w, s in zip(x.shape[1:-1], window, stride, strict=True)]
    attrs = {"windows": tuple(zip(window, stride, low, strict=True)), "out": out}
    return channels_back(apply(OPS[name], [x], attrs), data_format)


def _adaptive(name: str, kind: str, inputs: Any, output_size: Any, data_format: Any) -> Any:
    x, data_format = _operand(name, inputs, data_format)
    out = sizes(name, "output_size", output_size, len(x.shape) - 2)
    if not all(x.shape[1:-1]):
        raise ValueError(
            f"{name}: spatial dimensions without elements can't be pooled. "
            f"Received: inputs.shape={tuple(as_operand(inputs).shape)}."
        )

    def window(size: int, count: int) -> Window:
        return (0, 0, 0) if size % count else (size // count, size // count, 0)

    windows = tuple(window(d, o) for d, o in zip(x.shape[1:-1], out, strict=True))
    return channels_back(apply(OPS[kind], [x], {"windows": windows, "out": out}), data_format)


@op
def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    """The largest element of each window.

    Args:
        inputs: Array ``(B, ..., C)`` with one to three spatial dimensions, or ``(B, C, ...)`` by ``data_format``.
        pool_size: Size of the windows: a whole number, or one per spatial dimension.
        strides: From window to window, likewise. Defaults to None: the window's size.
        padding: ``"valid"``: windows lie within the input; ``"same"``: as many windows as strides fit into it, those at
            the edges being smaller. Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats. Its gradient goes to the first of equal elements.

    Raises:
        ValueError: If no window fits, or an argument is out of range.

    Example:
        >>> from nncore import ops
        >>> ops.max_pool([[[1.0], [5.0], [2.0], [3.0]]], 2)[0, :, 0]
        array([5., 3.], dtype=float32)
    """
    return _pool("max_pool", inputs, pool_size, strides, padding, data_format)


@op
def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    """The mean of each window; padding does not count.

    Args:
        inputs: Array ``(B, ..., C)`` with one to three spatial dimensions, or ``(B, C, ...)`` by ``data_format``.
        pool_size: Size of the windows: a whole number, or one per spatial dimension.
        strides: From window to window, likewise. Defaults to None: the window's size.
        padding: ``"valid"``: windows lie within the input; ``"same"``: as many windows as strides fit into it, those at
            the edges being smaller. Defaults to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats.

    Raises:
        ValueError: If no window fits, or an argument is out of range.

    Example:
        >>> from nncore import ops
        >>> ops.average_pool([[[1.0], [5.0], [2.0]]], 2, padding="same")[0, :, 0]
        array([3., 2.], dtype=float32)
    """
    return _pool("average_pool", inputs, pool_size, strides, padding, data_format)


@op
def adaptive_max_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    """The largest element of each of a given number of windows, which divide the input as evenly as can be.

    Args:
        inputs: Array ``(B, ..., C)`` with one to three spatial dimensions, or ``(B, C, ...)`` by ``data_format``.
        output_size: Number of windows: a whole number, or one per spatial dimension. Window ``o`` of ``n`` reaches from
            ``floor(o * size / n)`` to ``ceil((o + 1) * size / n)``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> from nncore import ops
        >>> ops.adaptive_max_pool([[[1.0], [5.0], [2.0]]], 2)[0, :, 0]
        array([5., 5.], dtype=float32)
    """
    return _adaptive("adaptive_max_pool", "max_pool", inputs, output_size, data_format)


@op
def adaptive_average_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    """The mean of each of a given number of windows, which divide the input as evenly as can be.

    Args:
        inputs: Array ``(B, ..., C)`` with one to three spatial dimensions, or ``(B, C, ...)`` by ``data_format``.
        output_size: Number of windows: a whole number, or one per spatial dimension. Window ``o`` of ``n`` reaches from
            ``floor(o * size / n)`` to ``ceil((o + 1) * size / n)``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.

    Returns:
        Array of floats.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> from nncore import ops
        >>> ops.adaptive_average_pool([[[1.0], [5.0], [2.0]]], 2)[0, :, 0]
        array([3. , 3.5], dtype=float32)
    """
    return _adaptive("adaptive_average_pool", "average_pool", inputs, output_size, data_format)
