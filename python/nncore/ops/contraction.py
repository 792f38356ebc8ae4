"""Einstein summation as transposes, reductions and matrix products."""

from __future__ import annotations

import math
from typing import Any

from nncore.ops import dtypes
from nncore.ops.elementwise import binary
from nncore.ops.linalg import matmul
from nncore.ops.reduction import sum as ops_sum
from nncore.ops.shape import reshape, transpose

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def contract(subscripts: str, operands: list[Any]) -> Any:
    """Evaluate an einsum expression by contracting operands from left to right."""
    inputs, output = parse(subscripts, operands)
    sizes: dict[str, int] = {}
    for labels, x in zip(inputs, operands, strict=True):
        for label, d in zip(labels, x.shape, strict=True):
            if sizes.setdefault(label, d) != d and d != 1:
                if sizes[label] != 1:
                    raise ValueError(
                        f"einsum: axis {label!r} must have one length. "
                        f"Received: {sizes[label]} and {d} in {subscripts!r}."
                    )
                sizes[label] = d
    terms = [_diagonal(labels, x) for labels, x in zip(inputs, operands, strict=True)]
    labels, result = terms[0]
    for position, (other_labels, other) in enumerate(terms[1:], start=1):
        later = set(output).union(*(set(inputs[i]) for i in range(position + 1, len(inputs))))
        labels, result = _pair(labels, result, other_labels, other, later)
    drop = tuple(i for i, label in enumerate(labels) if label not in output)
    if drop:
        result = ops_sum(result, axis=drop)
        labels = [label for label in labels if label in output]
    return transpose(result, tuple(labels.index(label) for label in output))


def parse(subscripts: str, operands: list[Any]) -> tuple[list[list[str]], list[str]]:
    """Split an expression into one list of labels per operand and one for the result."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(operands):
        raise ValueError(f"einsum: {len(parts)} operands were expected for {subscripts!r}. Received: {len(operands)}.")
    free = [letter for letter in _LETTERS if letter not in text]
    ellipsis = 0
    for part, x in zip(parts, operands, strict=True):
        named = len(part.replace("...", ""))
        if "..." in part:
            ellipsis = max(ellipsis, len(x.shape) - named)
        elif named != len(x.shape):
            raise ValueError(f"einsum: {part!r} names {named} axes. Received: an array of shape {x.shape}.")
    extra = free[len(free) - ellipsis :] if ellipsis else []
    inputs = []
    for part, x in zip(parts, operands, strict=True):
        count = len(x.shape) - len(part.replace("...", ""))
        inputs.append(list(part.replace("...", "".join(extra[ellipsis - count :]) if count else "")))
    if arrow:
        output = list(right.replace("...", "".join(extra)))
    else:
        named_once = sorted(c for c in set("".join(parts)) - {"."} if left.count(c) == 1)
        output = [*extra, *named_once]
    missing = [c for c in output if not any(c in labels for labels in inputs)]
    if missing or len(set(output)) != len(output):
        raise ValueError(
            f"einsum: the result must name axes that the operands have, each once. Received: subscripts={subscripts!r}."
        )
    return inputs, output


def _diagonal(labels: list[str], x: Any) -> tuple[list[str], Any]:
    """Keep the diagonal of axes that an operand names twice."""
    from nncore.ops.creation import eye

    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            n = x.shape[first]
            shape = [n if i in (first, second) else 1 for i in range(len(x.shape))]
            x = ops_sum(binary("mul", x, reshape(eye(n, dtype=dtypes.dtype_of(x)), shape)), axis=second)
            labels = labels[:second] + labels[second + 1 :]
    return labels, x


def _pair(a_labels: list[str], a: Any, b_labels: list[str], b: Any, later: set[str]) -> tuple[list[str], Any]:
    """Contract two operands: sum out labels that nobody needs later, by one (stacked) matrix product."""
    a_labels, a = _sum_own(a_labels, a, set(b_labels) | later)
    b_labels, b = _sum_own(b_labels, b, set(a_labels) | later)
    shared = [label for label in a_labels if label in b_labels]
    batch = [label for label in shared if label in later]
    inner = [label for label in shared if label not in later]
    rows = [label for label in a_labels if label not in shared]
    columns = [label for label in b_labels if label not in shared]
    size = {**dict(zip(b_labels, b.shape, strict=True)), **dict(zip(a_labels, a.shape, strict=True))}
    if any(a.shape[a_labels.index(c)] != b.shape[b_labels.index(c)] for c in shared):
        a, b, size = _stretch(a_labels, a, b_labels, b, shared)

    def count(labels: list[str]) -> int:
        return math.prod(size[label] for label in labels)

    lead = tuple(size[label] for label in batch)
    a = transpose(a, tuple(a_labels.index(c) for c in (*batch, *rows, *inner)))
    b = transpose(b, tuple(b_labels.index(c) for c in (*batch, *inner, *columns)))
    if not inner:
        a = reshape(a, (*lead, count(rows), 1))
        b = reshape(b, (*lead, 1, count(columns)))
        y = binary("mul", a, b)
    else:
        a = reshape(a, (*lead, count(rows), count(inner)))
        b = reshape(b, (*lead, count(inner), count(columns)))
        y = matmul(a, b)
    labels = [*batch, *rows, *columns]
    return labels, reshape(y, tuple(size[label] for label in labels))


def _stretch(
    a_labels: list[str], a: Any, b_labels: list[str], b: Any, shared: list[str]
) -> tuple[Any, Any, dict[str, int]]:
    """Broadcast shared axes of length one to their partner's length."""
    from nncore.ops.shape import broadcast_to

    size = dict(zip(a_labels, a.shape, strict=True))
    for label, d in zip(b_labels, b.shape, strict=True):
        size[label] = max(size.get(label, 1), d) if label in shared else d
    a = broadcast_to(a, tuple(size[c] for c in a_labels))
    b = broadcast_to(b, tuple(size[c] for c in b_labels))
    return a, b, size


def _sum_own(labels: list[str], x: Any, needed: set[str]) -> tuple[list[str], Any]:
    drop = tuple(i for i, label in enumerate(labels) if label not in needed)
    if not drop:
        return labels, x
    return [label for label in labels if label in needed], ops_sum(x, axis=drop)
