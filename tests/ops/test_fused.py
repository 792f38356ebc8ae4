"""Every fused op is the composition that it carries, in value and gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import ops, tree
from nncore.ops.definition import OPS
from op_rows_fused import FUSED

TOLERANCE = {"float32": 3e-6, "float64": 1e-13}


def _apply(name: str, inputs: Any, attrs: dict[str, Any]) -> Any:
    from nncore.ops.apply import apply

    return apply(OPS[name.partition(":")[0]], inputs, attrs)


def test_every_fused_op_is_compared() -> None:
    assert {name for name, op in OPS.items() if op.composed} == {name.partition(":")[0] for name in FUSED}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUSED)
def test_fused_is_composed(name: str, dtype: str) -> None:
    inputs, attrs, positions = FUSED[name]
    arrays = [a.astype(dtype) if a.dtype == np.float64 else a for a in inputs]
    definition = OPS[name.partition(":")[0]]
    tolerance = TOLERANCE[dtype] * 8
    fused, composed = (
        nncore.function(lambda *x, f=f: f(*x))(*arrays)
        for f in (lambda *x: _apply(name, x, attrs), lambda *x: definition.composed(*x, **attrs))
    )
    reference = definition.reference(*(a.astype(float) if a.dtype.kind == "f" else a for a in arrays), **attrs)
    for a, b, r in zip(tree.flatten(fused), tree.flatten(composed), tree.flatten(reference), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(a, r, rtol=tolerance, atol=tolerance)
    if not positions:
        assert definition.grad is None or name == "ctc:saved"
        return

    def slope(f: Any) -> Any:
        def total(*x: Any) -> Any:
            leaves = tree.flatten(f(*x))
            weights = [np.cos(np.arange(np.prod(y.shape))).reshape(y.shape).astype(dtype) for y in leaves]
            return sum(ops.sum(y * w) for y, w in zip(leaves, weights, strict=True))

        return nncore.function(nncore.grad(total, argnums=positions))(*arrays)

    pairs = zip(
        slope(lambda *x: _apply(name, x, attrs)), slope(lambda *x: definition.composed(*x, **attrs)), strict=True
    )
    for a, b in pairs:
        np.testing.assert_allclose(a, b, rtol=tolerance * 4, atol=tolerance * 4)
