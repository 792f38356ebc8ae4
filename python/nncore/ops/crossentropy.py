"""Cross-entropies, computed from logits wherever the logits are known.

A model may end in softmax or sigmoid and be trained with a loss of probabilities. While such a function is traced, the
loss sees which operation made the probabilities and works on that operation's input instead: no logarithm of a
rounded probability, and none of the clipping that the formula for bare probabilities needs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nncore import config
from nncore.ops.apply import apply, op
from nncore.ops.definition import KERNEL, OPS, OpDef, SpecPair
from nncore.ops.dtypes import as_operand, dtype_of, to_float
from nncore.ops.elementwise import clip, convert, unary, where
from nncore.ops.indexing import one_hot, take_along_axis
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.rules import made_by
from nncore.ops.shape import normalize_axis, reshape, transpose
from nncore.ops.softmax import np_log_softmax, np_softmax, softmax_grad


def _row(g: Any) -> Any:
    return reshape(g, (*g.shape, 1))


def _row_sum(x: Any) -> Any:
    return ops_sum(x, axis=-1, keepdims=True)


def _nothing(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> tuple[Any, Any]:
    return (), ()


def _loss_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [(specs[0][0][:-1], specs[0][1])]


def _grad_infer(specs: Sequence[SpecPair], attrs: dict[str, Any]) -> list[SpecPair]:
    return [specs[0]]


def _softmax(z: Any) -> Any:
    return apply(OPS["softmax"], [z])


def _log_softmax(z: Any) -> Any:
    return apply(OPS["log_softmax"], [z])


# --- dense targets: logits (R, C), targets (R, C) -> (R) ----------------------------------------------------------


def _dense_loss_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    z, t = node.inputs
    return [
        apply(OPS["softmax_crossentropy_grad"], [z, t, g]) if needs[0] else None,
        -_row(g) * _log_softmax(z) if needs[1] else None,
    ]


def _dense_grad_grad(node: Any, needs: Sequence[bool], u: Any) -> list[Any]:
    z, t, g = node.inputs
    p, total, wide = _softmax(z), _row_sum(t), _row(g)
    return [
        wide * total * softmax_grad(p, u) if needs[0] else None,
        wide * (_row_sum(u * p) - u) if needs[1] else None,
        ops_sum(u * (p * total - t), axis=-1) if needs[2] else None,
    ]


OpDef(
    "softmax_crossentropy",
    KERNEL,
    _loss_infer,
    _dense_loss_grad,
    lambda z, t: -(t * np_log_softmax(z)).sum(axis=-1),
    encode=_nothing,
    composed=lambda z, t: -ops_sum(t * _log_softmax(z), axis=-1),
)
OpDef(
    "softmax_crossentropy_grad",
    KERNEL,
    _grad_infer,
    _dense_grad_grad,
    lambda z, t, g: g[:, None] * (np_softmax(z) * t.sum(axis=-1, keepdims=True) - t),
    encode=_nothing,
    composed=lambda z, t, g: _row(g) * (_softmax(z) * _row_sum(t) - t),
)

# --- class numbers: logits (R, C), labels (R) -> (R) --------------------------------------------------------------


def _sparse_loss_grad(node: Any, needs: Sequence[bool], g: Any) -> list[Any]:
    z, labels = node.inputs
    return [apply(OPS["sparse_softmax_crossentropy_grad"], [z, labels, g]), None]


def _hot(z: Any, labels: Any) -> Any:
    return one_hot(labels, z.shape[-1], dtype=dtype_of(z))


def _sparse_grad_grad(node: Any, needs: Sequence[bool], u: Any) -> list[Any]:
    z, labels, g = node.inputs
    p = _softmax(z)
    return [
        _row(g) * softmax_grad(p, u) if needs[0] else None,
        None,
        ops_sum(u * (p - _hot(z, labels)), axis=-1) if needs[2] else None,
    ]


def _np_hot(z: Any, labels: Any) -> Any:
    return (labels[:, None] == np.arange(z.shape[-1])).astype(z.dtype)


def _np_valid(z: Any, labels: Any) -> Any:
    return np.where((labels >= 0) & (labels < z.shape[-1]), 0.0, np.nan).astype(z.dtype)


def _composed_sparse(z: Any, labels: Any) -> Any:
    return -reshape(take_along_axis(_log_softmax(z), _row(labels), axis=-1), labels.shape)


OpDef(
    "sparse_softmax_crossentropy",
    KERNEL,
    _loss_infer,
    _sparse_loss_grad,
    lambda z, labels: -(_np_hot(z, labels) * np_log_softmax(z)).sum(axis=-1) + _np_valid(z, labels),
    encode=_nothing,
    composed=_composed_sparse,
)
OpDef(
    "sparse_softmax_crossentropy_grad",
    KERNEL,
    _grad_infer,
    _sparse_grad_grad,
    lambda z, labels, g: g[:, None] * (np_softmax(z) - _np_hot(z, labels)) + _np_valid(z, labels)[:, None],
    encode=_nothing,
    composed=lambda z, labels, g: _row(g) * (_softmax(z) - _hot(z, labels)),
)


# --- functions -------------------------------------------------------------------------------------------------------


def _float_output(output: Any) -> Any:
    output = as_operand(output)
    return convert(output, to_float(dtype_of(output)))


def _last(x: Any, axis: int) -> Any:
    """Move an axis to the end."""
    ndim = len(x.shape)
    return transpose(x, (*(i for i in range(ndim) if i != axis), axis))


def _clipped_log(output: Any, axis: int) -> Any:
    """Logarithms of probabilities scaled to sum to one and kept away from 0 and 1, as Keras has it."""
    output = output / ops_sum(output, axis=axis, keepdims=True)
    epsilon = config.epsilon()
    return unary("log", clip(output, epsilon, 1.0 - epsilon))


@op
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """Cross-entropy between distributions over classes: ``-sum(target * log(output))``.

    Args:
        target: Probabilities of the classes, for example one-hot.
        output: Predicted probabilities, or logits; of the same shape.
        from_logits: Whether ``output`` holds logits. Defaults to False. The result of a softmax is recognised in
            compiled functions, and its logits are used.
        axis: The axis of classes. Defaults to -1.

    Returns:
        Array without the class axis.

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> from nncore import ops
        >>> float(ops.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0]) > 0.69
        True
    """
    output = _float_output(output)
    target = convert(as_operand(target), dtype_of(output))
    if target.shape != output.shape or not output.shape:
        raise ValueError(
            "categorical_crossentropy: target and output must have one shape with a class axis (class numbers "
            "go with sparse_categorical_crossentropy). "
            f"Received: target.shape={target.shape}, output.shape={output.shape}."
        )
    axis = normalize_axis(axis, len(output.shape))
    logits = output if from_logits else made_by("softmax", output, axis)
    if logits is None:
        return -ops_sum(target * _clipped_log(output, axis), axis=axis)
    logits, target = _last(logits, axis), _last(target, axis)
    lead, classes = logits.shape[:-1], logits.shape[-1]
    rows = (math.prod(lead), classes)
    loss = apply(OPS["softmax_crossentropy"], [reshape(logits, rows), reshape(target, rows)])
    return reshape(loss, lead)


@op
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """Cross-entropy between class numbers and predictions: ``-log(output[target])``.

    Args:
        target: Class numbers, of the shape of ``output`` without the class axis (or with length one there).
        output: Predicted probabilities, or logits.
        from_logits: Whether ``output`` holds logits. Defaults to False. The result of a softmax is recognised in
            compiled functions, and its logits are used.
        axis: The axis of classes. Defaults to -1.

    Returns:
        Array without the class axis; NaN where a class number is out of range.

    Raises:
        ValueError: If the shapes don't fit.

    Example:
        >>> from nncore import ops
        >>> float(ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]) > 0.69
        True
    """
    output = _float_output(output)
    target = as_operand(target)
    if dtype_of(target) not in ("int32", "int64", "uint8"):
        target = convert(target, "int32")
    if not output.shape:
        raise ValueError("sparse_categorical_crossentropy: output must have a class axis. Received: a scalar.")
    axis = normalize_axis(axis, len(output.shape))
    lead = output.shape[:axis] + output.shape[axis + 1 :]
    if target.shape != lead and math.prod(target.shape) == math.prod(lead):
        kept = (*output.shape[:axis], 1, *output.shape[axis + 1 :])
        if target.shape in (kept, (*lead, 1)):
            target = reshape(target, lead)
    if target.shape != lead:
        raise ValueError(
            f"sparse_categorical_crossentropy: target must have the shape {lead}, that of output without the class "
            f"axis. Received: target.shape={target.shape}, output.shape={output.shape}."
        )
    logits = output if from_logits else made_by("softmax", output, axis)
    if logits is not None:
        logits = _last(logits, axis)
        rows = math.prod(lead)
        flat = reshape(logits, (rows, logits.shape[-1]))
        loss = apply(OPS["sparse_softmax_crossentropy"], [flat, reshape(target, (rows,))])
        return reshape(loss, lead)
    log = _last(_clipped_log(output, axis), axis)
    # Out of range even when counted from the end: a negative class number is no class.
    index = convert(target, "int32") if dtype_of(target) == "uint8" else target
    index = where(index < 0, log.shape[-1], index)
    return -reshape(take_along_axis(log, _row(index), axis=-1), lead)


@op
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Cross-entropy of yes-or-no predictions: ``-t * log(p) - (1 - t) * log(1 - p)``, element by element.

    Args:
        target: Probabilities of yes.
        output: Predicted probabilities, or logits; of the same shape.
        from_logits: Whether ``output`` holds logits. Defaults to False. The result of a sigmoid is recognised in
            compiled functions, and its logits are used.

    Returns:
        Array of the same shape.

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> from nncore import ops
        >>> float(ops.binary_crossentropy([1.0], [0.5])[0]) > 0.69
        True
    """
    output = _float_output(output)
    target = convert(as_operand(target), dtype_of(output))
    if target.shape != output.shape:
        raise ValueError(
            "binary_crossentropy: target and output must have one shape. "
            f"Received: target.shape={target.shape}, output.shape={output.shape}."
        )
    logits = output if from_logits else made_by("sigmoid", output)
    if logits is None:
        epsilon = config.epsilon()
        p = clip(output, epsilon, 1.0 - epsilon)
        return -(target * unary("log", p) + (1.0 - target) * unary("log", 1.0 - p))
    # Each term is exact where the other vanishes, and smooth at 0.
    yes, no = unary("softplus", -logits), unary("softplus", logits)
    return target * yes + (1.0 - target) * no
