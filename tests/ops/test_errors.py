"""Bad input: what is raised and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import ops
from nncore.ir import KerasTensor

A = np.ones((2, 3), "float32")
B = np.ones((4, 5), "float32")
V = np.ones(3, "float32")

CASES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: ops.add(A, B), ValueError, r"add: operands must have shapes that broadcast.*\(2, 3\).*\(4, 5\)"),
    (lambda: ops.add(A, None), TypeError, "array or tensor was expected. Received: None"),
    (lambda: ops.exp("text"), TypeError, "array of numbers was expected"),
    (lambda: ops.exp(np.array([1j])), TypeError, "complex128"),
    (lambda: ops.exp(np.array([object()])), TypeError, "object"),
    (lambda: ops.where(A > 0, A, B), ValueError, "where"),
    (lambda: ops.where(A > 0, A), ValueError, "x1 and x2"),
    (lambda: ops.cast(A, "complex64"), ValueError, "dtype='complex64'"),
    (lambda: ops.cast(A, "no_such"), ValueError, "dtype='no_such'"),
    (lambda: ops.power(np.array([2]), -1), ValueError, "negative whole power"),
    (lambda: ops.celu(A, alpha=0), ValueError, "alpha must not be 0"),
    (lambda: ops.glu(A), ValueError, r"even length.*\(2, 3\)"),
    (lambda: ops.bitwise_and(A, 1), TypeError, "dtype=float32"),
    (lambda: ops.left_shift(1.5, 1), TypeError, "integers"),
    (lambda: ops.bitwise_not(A), TypeError, "float32"),
    (lambda: ops.sum(A, axis=2), ValueError, r"axis must be in \[-2, 2\).*axis=2"),
    (lambda: ops.sum(A, axis=(0, 0)), ValueError, "named once"),
    (lambda: ops.max(np.ones((2, 0)), axis=1), ValueError, "no elements"),
    (lambda: ops.argmax(np.ones((2, 0)), axis=1), ValueError, "at least one element"),
    (lambda: ops.median(np.ones(0)), ValueError, "no elements"),
    (lambda: ops.quantile(V, 1.5), ValueError, "q=1.5"),
    (lambda: ops.quantile(V, 0.5, method="magic"), ValueError, "method='magic'"),
    (lambda: ops.norm(A, ord="nuc"), ValueError, "ord='nuc'"),
    (lambda: ops.norm(V, ord="fro"), ValueError, "ord='fro'"),
    (lambda: ops.norm(np.ones((2, 2, 2)), ord=1), ValueError, "one or two axes"),
    (lambda: ops.normalize(A, order=0), ValueError, "order=0"),
    (lambda: ops.average(A, weights=V), ValueError, "weights"),
    (lambda: ops.matmul(A, B), ValueError, r"matmul.*\(2, 3\) and \(4, 5\)"),
    (lambda: ops.matmul(A, 2.0), ValueError, "use multiply for scalars"),
    (lambda: ops.tensordot(A, B, 1), ValueError, "equal lengths"),
    (lambda: ops.einsum("ij,jk->ik", A, B), ValueError, "'j' must have one length"),
    (lambda: ops.einsum("ij,jk->ik", A), ValueError, "2 operands"),
    (lambda: ops.einsum("ijk->i", A), ValueError, "names 3 axes"),
    (lambda: ops.einsum("ij->z", A), ValueError, "axes that the operands have"),
    (lambda: ops.cross(A, B), ValueError, "2 or 3 elements"),
    (lambda: ops.reshape(A, (4, 2)), ValueError, r"reshape: 6 elements.*\(2, 3\)"),
    (lambda: ops.reshape(A, (-1, 4)), ValueError, "don't fill"),
    (lambda: ops.reshape(A, (-1, -1)), ValueError, "at most one dimension"),
    (lambda: ops.transpose(A, (0, 0)), ValueError, "each of 2 axes once"),
    (lambda: ops.moveaxis(A, (0, 1), 0), ValueError, "moveaxis"),
    (lambda: ops.squeeze(A, 0), ValueError, "length 1"),
    (lambda: ops.broadcast_to(A, (3, 3)), ValueError, "doesn't broadcast"),
    (lambda: ops.concatenate([A, B]), ValueError, "agree in all dimensions but axis 0"),
    (lambda: ops.concatenate([]), ValueError, "at least one array"),
    (lambda: ops.stack([A, B]), ValueError, "one shape"),
    (lambda: ops.split(A, 2, axis=1), ValueError, "equal parts"),
    (lambda: ops.array_split(A, 0), ValueError, "at least one part"),
    (lambda: ops.unstack(A, num=5), ValueError, "num=5"),
    (lambda: ops.repeat(A, [1, 2, 3], axis=0), ValueError, "repeats="),
    (lambda: ops.rot90(A, axes=(0, 0)), ValueError, "different axes"),
    (lambda: ops.pad(A, -1), ValueError, "negative"),
    (lambda: ops.pad(A, 1, mode="wrap around"), ValueError, "mode='wrap around'"),
    (lambda: ops.pad(A, 1, mode="edge", constant_values=1), ValueError, "constant_values"),
    (lambda: ops.diag(np.ones((2, 2, 2))), ValueError, "one or two dimensions"),
    (lambda: ops.diagonal(V), ValueError, "at least 2 dimensions"),
    (lambda: ops.tril(V), ValueError, "at least 2 dimensions"),
    (lambda: ops.diff(V, n=-1), ValueError, "n=-1"),
    (lambda: ops.meshgrid(V, indexing="ab"), ValueError, "indexing='ab'"),
    (lambda: ops.linspace(0, 1, -1), ValueError, "num=-1"),
    (lambda: ops.take(A, [0], axis=5), ValueError, "axis=5"),
    (lambda: ops.take(A, np.array([True, False]), axis=0), TypeError, "boolean"),
    (lambda: ops.take_along_axis(A, [0], axis=0), ValueError, "as many dimensions"),
    (lambda: ops.one_hot([0], 3, sparse=True), ValueError, "sparse"),
    (lambda: ops.multi_hot([0]), ValueError, "num_classes"),
    (lambda: ops.slice(A, (1, 1), (2, 2)), ValueError, "slice"),
    (lambda: ops.slice(A, (1,), (2, 2)), ValueError, "one start index per axis"),
    (lambda: ops.slice_update(A, (1, 1), A), ValueError, "inside of inputs"),
    (lambda: ops.slice_update(A, (0, 0), V), ValueError, "as many dimensions"),
    (lambda: ops.scatter([[0]], [1.0, 2.0], (3,)), ValueError, r"shape \(1,\) were expected"),
    (lambda: ops.scatter([[0, 0]], [1.0], (3,)), ValueError, "K at most|were expected"),
    (lambda: ops.scatter_update(V, [[0]], [1.0], reduction="median"), ValueError, "reduction='median'"),
    (lambda: ops.searchsorted(A, V), ValueError, "one-dimensional"),
    (lambda: ops.searchsorted(V, V, side="up"), ValueError, "side='up'"),
    (lambda: ops.select([A > 0], []), ValueError, "one choice per condition"),
    (lambda: ops.get_item(A, (0, 0, 0)), IndexError, "Too many indices"),
    (lambda: ops.get_item(A, 7), IndexError, "Index 7 is out of range for axis 0"),
    (lambda: ops.get_item(A, (slice(None), [9])), IndexError, "Index 9 is out of range for axis 1"),
    (lambda: ops.get_item(A, 0.5), IndexError, "whole numbers"),
    (lambda: ops.top_k(V, 4), ValueError, "k=4"),
    (lambda: ops.sort(np.float64(1.0)), ValueError, "axis"),
    (lambda: ops.in_top_k([0], A, 1), ValueError, "one target per row"),
    (lambda: ops.categorical_crossentropy(V, A), ValueError, "one shape"),
    (lambda: ops.sparse_categorical_crossentropy([0, 1, 2], A), ValueError, r"\(2,\)"),
    (lambda: ops.binary_crossentropy(V, A), ValueError, "one shape"),
    (lambda: ops.sgd_step(A, B, 0.1), ValueError, "one shape and dtype"),
    (lambda: ops.sgd_step([1, 2], [1, 2], 0.1), TypeError, "int32"),
    (lambda: ops.rmsprop_step(A, A, A, 0.1, momentum=0.5), ValueError, "momentum_slot"),
    (lambda: ops.rmsprop_step(A, A, A, 0.1, momentum_slot=A), ValueError, "momentum_slot"),
    (lambda: ops.random_uniform(V, (2,)), ValueError, "seed"),
    (lambda: ops.random_uniform(np.array([0, 0]), (2,), "int32"), ValueError, "dtype='int32'"),
    (lambda: ops.convert_to_tensor(A, sparse=True), ValueError, "sparse"),
    (lambda: ops.convert_to_tensor([[1, 2], [3]]), (ValueError, TypeError), "inhomogeneous|array"),  # type: ignore[list-item]
    (lambda: ops.moments(A, axes=7), ValueError, "axis"),
    (lambda: ops.matmul(KerasTensor((None, 3)), B), ValueError, "matmul"),
    (lambda: nncore.function(lambda x: ops.matmul(x, B))(A), ValueError, r"\(2, 3\) and \(4, 5\)"),
]


@pytest.mark.parametrize("position", range(len(CASES)))
def test_message(position: int) -> None:
    call, kind, message = CASES[position]
    with pytest.raises(kind, match=message) as caught:
        call()
    assert "Received" in str(caught.value) or isinstance(caught.value, IndexError) or "inhomogeneous" in message
    assert not isinstance(caught.value, NotImplementedError)
