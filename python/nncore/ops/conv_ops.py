"""Convolution primitives: ``conv``, its two gradients, which are each other's gradients, and their NumPy references.

Images are channels-last, ``(N, spatial..., C)``, filters ``(taps..., C / groups, F)``. The three are the derivatives of
a trilinear form, the sum of ``x(n, o * stride + t * dilation - pad, c) w(t, c, f) y(n, o, f)``, for each of its parts.

Attributes: ``size``, the spatial sizes of what is computed; ``strides``, ``dilations`` and ``pads`` (before) by
dimension; ``groups``; and for ``conv`` and ``conv_data`` an activation, applied to the sum with the bias.

``conv_backward`` and ``conv_data_backward`` multiply the sum by an activation's derivative, from the activation's
results: the gradient before the previous layer's activation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nncore.ops.apply import apply
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.linalg import EPILOGUES, activate, activation_grad, slope_grad, slope_reference
from nncore.ops.reduction import sum as ops_sum

LINEAR = {"activation": "linear", "alpha": 0.0}


def geometry(attrs: dict[str, Any]) -> dict[str, Any]:
    """The attributes that describe how windows lie, which all three primitives share."""
    return {name: attrs[name] for name in ("strides", "dilations", "pads", "groups")}


# --- float64 references ----------------------------------------------------------------------------------------------


def _windows(
    x: Any, size: Sequence[int], taps: Sequence[int], strides: Any, dilations: Any, pads: Any
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Each tap, and the part of the padded image that it meets."""
    for tap in itertools.product(*(range(t) for t in taps)):
        starts = [t * d for t, d in zip(tap, dilations, strict=True)]
        yield (
            tap,
            (
                slice(None),
                *(slice(a, a + (o - 1) * s + 1, s) for a, o, s in zip(starts, size, strides, strict=True)),
            ),
        )


def _padded(x: Any, size: Any, taps: Any, strides: Any, dilations: Any, pads: Any) -> Any:
    widths = [(0, 0)]
    for n, o, t, s, d, p in zip(x.shape[1:-1], size, taps, strides, dilations, pads, strict=True):
        widths.append((p, max(0, (o - 1) * s + (t - 1) * d + 1 - p - n)))
    return np.pad(x, [*widths, (0, 0)])


def _grouped(x: Any, groups: int) -> Any:
    return x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)


def _rows(x: Any, groups: int) -> Any:
    return x.reshape(-1, groups, x.shape[-1] // groups)


def _finished(z: Any, bias: tuple[Any, ...], activation: str, alpha: float) -> Any:
    z = z + bias[0] if bias else z
    if activation == "linear":
        return z
    function = OPS[activation].reference
    return function(z, alpha) if activation in ("elu", "leaky_relu") else function(z)


def _conv_reference(
    x: Any, w: Any, *bias: Any, size: Any, strides: Any, dilations: Any, pads: Any, groups: int, activation: str,
    alpha: float,
) -> Any:  # fmt: skip
    where = (strides, dilations, pads)
    taps, filters = w.shape[:-2], w.shape[-1]
    padded = _padded(x, size, taps, *where)
    y = np.zeros((x.shape[0], *size, groups, filters // groups), x.dtype)
    if y.size:
        for tap, part in _windows(x, size, taps, *where):
            y += np.einsum("...gc,cgf->...gf", _grouped(padded[part], groups), _grouped(w[tap], groups))
    return _finished(y.reshape(*y.shape[:-2], filters), bias, activation, alpha)


def _conv_data_reference(
    y: Any, w: Any, *bias: Any, size: Any, strides: Any, dilations: Any, pads: Any, groups: int, activation: str,
    alpha: float,
) -> Any:  # fmt: skip
    where = (strides, dilations, pads)
    taps, out = w.shape[:-2], y.shape[1:-1]
    channels = w.shape[-2] * groups
    x = _padded(np.zeros((y.shape[0], *size, channels), y.dtype), out, taps, *where)
    if y.size:
        for tap, part in _windows(x, out, taps, *where):
            met = np.einsum("...gf,cgf->...gc", _grouped(y, groups), _grouped(w[tap], groups))
            x[part] += met.reshape(*met.shape[:-2], channels)
    x = x[(slice(None), *(slice(p, p + n) for p, n in zip(pads, size, strict=True)))]
    return _finished(x, bias, activation, alpha)


def _conv_filters_reference(x: Any, y: Any, *, size: Any, strides: Any, dilations: Any, pads: Any, groups: int) -> Any:
    where = (strides, dilations, pads)
    out = y.shape[1:-1]
    padded = _padded(x, out, size, *where)
    w = np.zeros((*size, x.shape[-1] // groups, y.shape[-1]), x.dtype)
    if y.size:
        for tap, part in _windows(x, out, size, *where):
            met = np.einsum("ngc,ngf->cgf", _rows(padded[part], groups), _rows(y, groups))
            w[tap] = met.reshape(w.shape[-2:])
    return w


# --- rules -----------------------------------------------------------------------------------------------------------


def _conv_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (x, dtype), (w, _) = specs[:2]
    return [((x[0], *attrs["size"], w[-1]), dtype)]


def _conv_data_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (y, dtype), (w, _) = specs[:2]
    return [((y[0], *attrs["size"], w[-2] * attrs["groups"]), dtype)]


def _conv_filters_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    (x, dtype), (y, _) = specs
    return [((*attrs["size"], x[-1] // attrs["groups"], y[-1]), dtype)]


def _where(attrs: dict[str, Any]) -> list[int]:
    numbers = [attrs["groups"]]
    for window in zip(attrs["strides"], attrs["dilations"], attrs["pads"], strict=True):
        numbers += window
    return numbers


def _encode(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> tuple[Any, Any]:
    return (*_where(attrs), EPILOGUES[attrs["activation"]], int(len(specs) == 3)), (attrs["alpha"],)


def conv_data(y: Any, w: Any, size: Sequence[int], attrs: dict[str, Any]) -> Any:
    """Record or compute ``conv_data`` for images of a spatial ``size``, windows as in ``attrs``."""
    return apply(OPS["conv_data"], [y, w], {"size": tuple(size), **geometry(attrs), **LINEAR})


def conv(x: Any, w: Any, size: Sequence[int], attrs: dict[str, Any]) -> Any:
    """Record or compute ``conv`` for results of a spatial ``size``, windows as in ``attrs``."""
    return apply(OPS["conv"], [x, w], {"size": tuple(size), **geometry(attrs), **LINEAR})


def conv_filters(x: Any, y: Any, size: Sequence[int], attrs: dict[str, Any]) -> Any:
    """Record or compute ``conv_filters`` for filters of a spatial ``size``, windows as in ``attrs``."""
    return apply(OPS["conv_filters"], [x, y], {"size": tuple(size), **geometry(attrs)})


def _before_epilogue(node: Any, needs: Sequence[bool], g: Any) -> tuple[Any, list[Any]]:
    """The gradient of the sum before bias and activation, and that of the bias in a list if there is one."""
    g = activation_grad(node.attrs["activation"], node.outputs[0], g, node.attrs["alpha"])
    if len(node.inputs) == 2:
        return g, []
    return g, [ops_sum(g, axis=tuple(range(len(g.shape) - 1))) if needs[2] else None]


def _conv_parts(x: Any, w: Any, attrs: dict[str, Any], needs: Sequence[bool], g: Any) -> list[Any]:
    return [
        conv_data(g, w, x.shape[1:-1], attrs) if needs[0] else None,
        conv_filters(x, g, w.shape[:-2], attrs) if needs[1] else None,
    ]


def _conv_data_parts(y: Any, w: Any, attrs: dict[str, Any], needs: Sequence[bool], g: Any) -> list[Any]:
    return [
        conv(g, w, y.shape[1:-1], attrs) if needs[0] else None,
        conv_filters(g, y, w.shape[:-2], attrs) if needs[1] else None,
    ]


def _with_epilogue(parts: Any) -> Any:
    """The gradient rule of a sum whose own gradients are ``parts``."""

    def gradients(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
        g, bias = _before_epilogue(node, needs, g)
        return [*parts(*node.inputs[:2], node.attrs, needs, g), *bias]

    return gradients


def _conv_filters_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    x, y = node.inputs
    return [
        conv_data(y, g, x.shape[1:-1], node.attrs) if needs[0] else None,
        conv(x, g, y.shape[1:-1], node.attrs) if needs[1] else None,
    ]


# The epilogue of a kernel: an activation's code, and what its third operand is.
_SLOPE = 2


def _encode_slope(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> tuple[Any, Any]:
    return (*_where(attrs), EPILOGUES[attrs["activation"]], _SLOPE), (attrs["alpha"],)


def _plain(name: str, inputs: Sequence[Any], attrs: dict[str, Any]) -> Any:
    return apply(OPS[name], list(inputs), {"size": attrs["size"], **geometry(attrs), **LINEAR})


def _backward(name: str, infer: Any, grad: Any, reference: Any) -> None:
    """Define the op ``name`` times an activation's derivative."""

    def infer_like_results(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
        result: list[SpecPair] = infer(specs[:2], attrs)
        if result[0] != specs[2]:
            raise ValueError(f"{name}_backward: y must be like the sum, {result[0]}. Received: {specs[2]}.")
        return result

    def composed(a: Any, b: Any, y: Any, **attrs: Any) -> Any:
        return activation_grad(attrs["activation"], y, _plain(name, (a, b), attrs), attrs["alpha"])

    def gradients(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
        a, b, y = node.inputs
        activation, alpha = node.attrs["activation"], node.attrs["alpha"]
        before = activation_grad(activation, y, g, alpha)
        slope = slope_grad(activation, y, g * _plain(name, (a, b), node.attrs), alpha) if needs[2] else None
        return [*grad(a, b, node.attrs, needs, before), slope]

    def times_slope(a: Any, b: Any, y: Any, activation: str, alpha: float, **where: Any) -> Any:
        return reference(a, b, **where, **LINEAR) * slope_reference(activation, y, alpha)

    OpDef(
        f"{name}_backward",
        KERNEL,
        infer_like_results,
        gradients,
        times_slope,
        kernel=name,
        encode=_encode_slope,
        composed=composed,
    )


def _composed(name: str) -> Any:
    def composed(*inputs: Any, activation: str = "linear", alpha: float = 0.0, **attrs: Any) -> Any:
        z = apply(OPS[name], list(inputs[:2]), {**attrs, **LINEAR})
        return activate(activation, z + inputs[2] if len(inputs) == 3 else z, alpha)

    return composed


OpDef(
    "conv",
    KERNEL,
    _conv_infer,
    _with_epilogue(_conv_parts),
    _conv_reference,
    encode=_encode,
    composed=_composed("conv"),
)
OpDef(
    "conv_data",
    KERNEL,
    _conv_data_infer,
    _with_epilogue(_conv_data_parts),
    _conv_data_reference,
    encode=_encode,
    composed=_composed("conv_data"),
)
OpDef(
    "conv_filters",
    KERNEL,
    _conv_filters_infer,
    _conv_filters_grad,
    _conv_filters_reference,
    encode=lambda specs, attrs: (tuple(_where(attrs)), ()),
)
_backward("conv", _conv_infer, _conv_parts, _conv_reference)
_backward("conv_data", _conv_data_infer, _conv_data_parts, _conv_data_reference)
