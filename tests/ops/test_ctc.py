"""Connectionist temporal classification: golden values of PyTorch and Keras, training, bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, losses, models, ops

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "ctc.npz")
LOGITS, COUNTS, STEPS = (GOLDEN[name] for name in ("logits", "counts", "steps"))
BLANKS = (0, LOGITS.shape[2] - 1)


def _labels(blank: int) -> Any:
    return GOLDEN["labels"] if blank == 0 else GOLDEN["labels"] - 1


@pytest.mark.parametrize("blank", BLANKS)
def test_loss_and_slope(blank: int) -> None:
    labels = _labels(blank)
    got = ops.ctc_loss(labels, LOGITS, COUNTS, STEPS, mask_index=blank)
    np.testing.assert_allclose(got, GOLDEN[f"loss{blank}"], rtol=1e-5)
    np.testing.assert_allclose(got, GOLDEN[f"keras_loss{blank}"], rtol=1e-5)
    slope = nncore.grad(lambda z: ops.sum(ops.ctc_loss(labels, z, COUNTS, STEPS, blank) * np.arange(1.0, 7.0)))
    np.testing.assert_allclose(slope(LOGITS), GOLDEN[f"slope{blank}"], rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("blank", BLANKS)
def test_greedy(blank: int, merge: bool) -> None:
    labels, scores = ops.ctc_decode(LOGITS, STEPS, merge_repeated=merge, mask_index=blank)
    np.testing.assert_array_equal(labels, GOLDEN[f"greedy{blank}{merge}"])
    np.testing.assert_allclose(scores, GOLDEN[f"greedy_score{blank}{merge}"], rtol=1e-5)


@pytest.mark.parametrize("width", [3, 20])
@pytest.mark.parametrize("blank", BLANKS)
def test_beam_search(blank: int, width: int) -> None:
    labels, scores = ops.ctc_decode(LOGITS, STEPS, "beam_search", beam_width=width, top_paths=3, mask_index=blank)
    np.testing.assert_array_equal(labels, GOLDEN[f"beam{blank}_{width}"])
    np.testing.assert_allclose(scores, GOLDEN[f"beam_score{blank}_{width}"], rtol=1e-5)


def test_fewer_labels_than_paths_leave_the_rest_impossible() -> None:
    labels, scores = ops.ctc_decode(np.zeros((1, 1, 2)), [1], "beam_search", top_paths=3)
    assert labels.tolist() == [[[-1]], [[1]], [[-1]]]
    np.testing.assert_allclose(scores, [[np.log(0.5), np.log(0.5), -np.inf]])


def test_long_sequences_do_not_underflow() -> None:
    z = np.random.default_rng(0).normal(size=(1, 3000, 5))
    labels = np.arange(600)[None] % 4 + 1
    value, slope = nncore.value_and_grad(lambda z: ops.ctc_loss(labels, z, [600], [3000])[0])(z)
    assert np.isfinite(value)
    # Adding a number to all classes of a step changes nothing.
    np.testing.assert_allclose(slope.sum(axis=2), 0, atol=1e-9)
    assert abs(slope).max() > 0.1


def test_what_is_only_known_in_a_program_may_be_infinite() -> None:
    """Labels and lengths that a traced function computes are not checked: the loss is PyTorch's."""

    def loss(z: Any, counts: Any) -> Any:
        return ops.ctc_loss([[1, 1]], z, counts + 1, [2])

    compiled = nncore.function(lambda z, n: (loss(z, n), nncore.grad(lambda z: ops.sum(loss(z, n)))(z)))
    value, slope = compiled(np.zeros((1, 3, 2)), np.array([1]))
    assert value[0] == np.inf
    assert np.isnan(slope).all()
    assert np.isnan(compiled(np.zeros((1, 3, 2)), np.array([5]))[0]).all()


BAD: list[tuple[dict[str, Any], str]] = [
    ({"target": [[1, 2, 1]], "target_length": [3]}, r"row 0 3 labels, which take 3 steps, and 2 steps"),
    ({"target": [[1, 1]], "target_length": [2]}, r"2 labels and a blank between equal neighbours \(1\), which take 3"),
    ({"target": [[4]], "target_length": [1]}, "from 0 to 2, for logits of 3 classes. Received: label 4 in row 0"),
    ({"target": [1]}, r"target.shape=\(1,\)"),
    ({"target_length": [2]}, "`target_length` must be from 0 to 1. Received: smallest 2, largest 2"),
    ({"output_length": [3]}, "`output_length` must be from 0 to 2"),
    ({"output_length": [1, 1]}, r"one length per row, of shape \(1,\). Received: output_length.shape=\(2,\)"),
    ({"output": np.zeros((2, 3))}, r"output.shape=\(2, 3\)"),
    ({"mask_index": 3}, "number of a class, from 0 to 2. Received: mask_index=3"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input(arguments: dict[str, Any], message: str) -> None:
    good = {"target": [[1]], "output": np.zeros((1, 2, 3)), "target_length": [1], "output_length": [2]}
    with pytest.raises(ValueError, match=message):
        ops.ctc_loss(**{**good, **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strategy": "best"}, "strategy='best'"),
        ({"strategy": "beam_search", "top_paths": 101}, "top_paths=101, beam_width=100"),
        ({"mask_index": -1}, "mask_index=-1"),
    ],
)
def test_bad_decoding(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ops.ctc_decode(np.zeros((1, 2, 3)), [2], **arguments)


def _model() -> Any:
    model = models.Sequential([layers.Dense(16, "relu", input_shape=(6, 5)), layers.Dense(5)])
    model.compile("adam", "ctc")
    return model


def test_training_finds_too_long_labels_before_it_starts() -> None:
    x, y = np.zeros((4, 6, 5), "float32"), np.ones((4, 4), "int32")
    model = _model()
    before = [w.copy() for w in model.get_weights()]
    with pytest.raises(ValueError, match=r"row 0 4 labels and a blank between equal neighbours \(3\), which take 7"):
        model.fit(x, y, verbose=0)
    with pytest.raises(ValueError, match="label"):
        model.fit(x, np.full((4, 2), 5), verbose=0)
    with pytest.raises(ValueError, match="7"):
        model.evaluate(x, y, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_training_spells() -> None:
    nncore.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    steps = rng.integers(0, 5, (256, 6))
    y = np.zeros((256, 6), "int32")
    for row, classes in zip(y, steps, strict=True):
        found = [c for c, before in zip(classes, [-1, *classes], strict=False) if c and c != before]
        row[: len(found)] = found
    model = _model()
    model.fit(np.eye(5, dtype="float32")[steps], y, epochs=30, verbose=0)
    labels, _ = ops.ctc_decode(model.predict(np.eye(5, dtype="float32")[steps], verbose=0), np.full(256, 6))
    assert ((labels[0] + (labels[0] < 0)) == y).all(axis=1).mean() > 0.95
    assert losses.get("ctc") is losses.ctc
