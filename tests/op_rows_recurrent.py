"""Rows of the recurrent primitives: whole sequences, with and without masks, in both directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore.ops import recurrent
from nncore.ops.definition import OPS
from op_case import Case, Maker, away, fixed, normal

B, T, U = 5, 4, 3

# Rows that end early, one with a gap, one without any step.
MASK = [[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]
masks = fixed(MASK, "bool")


def _reference(name: str, **attrs: Any) -> Any:
    return lambda *arrays: OPS[name].reference(*arrays, **attrs)


def _rows(name: str, function: Any, inputs: tuple[Maker, ...], gates: bool, saves: bool) -> list[Case]:
    rows = []
    kinds = [("tanh", "sigmoid"), ("relu", "hard_sigmoid")] if gates else [("tanh", ""), ("relu", ""), ("linear", "")]
    grad = tuple(range(len(inputs)))
    for activation, recurrent_activation in kinds:
        for reverse in (False, True):
            for masked in (False, True):
                attrs: dict[str, Any] = {"activation": activation, "reverse": reverse}
                if gates:
                    attrs["recurrent_activation"] = recurrent_activation
                expected = {**attrs, "save": False} if saves else attrs
                label = f"{name}:{activation}{'_reverse' * reverse}{'_masked' * masked}"
                rows.append(
                    Case(
                        label,
                        lambda *x, attrs=attrs: function(*x, **attrs),
                        _reference(name, **expected),
                        *inputs,
                        *([masks] if masked else []),
                        grad=grad,
                        tol=4,
                    )
                )
    return rows


# Numbers that keep away from the kinks of relu: small weights, inputs of half or one and a half.
_small: Maker = lambda rng: rng.normal(size=(U, 4 * U)) * 0.1  # noqa: E731
_wide: Maker = lambda rng: rng.normal(size=(U, 3 * U)) * 0.1  # noqa: E731
_square: Maker = lambda rng: rng.normal(size=(U, U)) * 0.1  # noqa: E731
_bias: Maker = lambda rng: rng.normal(size=3 * U) * 0.1  # noqa: E731

RECURRENT = [
    *_rows("lstm", recurrent.lstm, (away(B, T, 4 * U), _small, normal(B, U), normal(B, U)), True, True),
    *_rows("gru", recurrent.gru, (away(B, T, 3 * U), _wide, _bias, normal(B, U)), True, True),
    *_rows("simple_rnn", recurrent.simple_rnn, (away(B, T, U), _square, normal(B, U)), False, False),
]

# Sizes beyond one tile and one vector, one step, one row.
for batch, steps, units in ((17, 3, 21), (1, 2, 70), (9, 1, 4)):
    RECURRENT.append(
        Case(
            f"lstm:{batch}x{steps}x{units}",
            recurrent.lstm,
            _reference("lstm", activation="tanh", recurrent_activation="sigmoid", reverse=False, save=False),
            normal(batch, steps, 4 * units),
            lambda rng, u=units: rng.normal(size=(u, 4 * u)) * 0.2,
            normal(batch, units),
            normal(batch, units),
            tol=4,
        )
    )
    RECURRENT.append(
        Case(
            f"gru:{batch}x{steps}x{units}",
            recurrent.gru,
            _reference("gru", activation="tanh", recurrent_activation="sigmoid", reverse=False, save=False),
            normal(batch, steps, 3 * units),
            lambda rng, u=units: rng.normal(size=(u, 3 * u)) * 0.2,
            normal(3 * units),
            normal(batch, units),
            tol=4,
        )
    )
    RECURRENT.append(
        Case(
            f"simple_rnn:{batch}x{steps}x{units}",
            recurrent.simple_rnn,
            _reference("simple_rnn", activation="tanh", reverse=False),
            normal(batch, steps, units),
            lambda rng, u=units: rng.normal(size=(u, u)) * 0.2,
            normal(batch, units),
            tol=4,
        )
    )
assert np.asarray(MASK).shape == (B, T)
