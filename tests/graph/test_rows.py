"""Tables of embeddings are updated by rows where that changes no bit, and as a whole elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nncore
from nncore import layers, models
from nncore.graph import step as compiling
from nncore.graph.rows import update_rows

X = np.random.default_rng(0).integers(0, 40, (48, 7)).astype("int32")
Y = np.random.default_rng(1).normal(size=(48, 2)).astype("float32")


def train(optimizer: Any, threads: int = 2, shared: bool = False) -> tuple[list[Any], str]:
    """Weights after some steps, and the training step's program."""
    nncore.utils.set_random_seed(3)
    nncore.config.set_num_threads(threads)
    try:
        inputs = layers.Input((7,), dtype="int32")
        table = layers.Embedding(50, 5)
        h = table(inputs)
        if shared:
            h = layers.Add()([h, table(inputs)])
        model = models.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling1D()(h)))
        model.compile(optimizer(), "mse")
        found: list[Any] = []
        made = compiling.Step.__init__

        def keep(self: Any, *args: Any, **kwargs: Any) -> None:
            made(self, *args, **kwargs)
            found.append(self)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiling.Step, "__init__", keep)
            model.fit(X, Y, batch_size=16, epochs=3, verbose=0)
        return model.get_weights(), "".join(step.dump("program") for step in found)
    finally:
        nncore.config.set_num_threads(None)


BY_ROWS = {
    "sgd": lambda: nncore.optimizers.SGD(0.3),
    "adagrad": lambda: nncore.optimizers.Adagrad(0.3),
}
AS_A_WHOLE = {
    "momentum": lambda: nncore.optimizers.SGD(0.3, momentum=0.9),
    "adam": lambda: nncore.optimizers.Adam(0.1),
    "decay": lambda: nncore.optimizers.SGD(0.3, weight_decay=0.01),
    "clipped": lambda: nncore.optimizers.SGD(0.3, clipnorm=0.1),
}


@pytest.mark.parametrize("name", BY_ROWS)
def test_rows_have_the_bits_of_the_whole(name: str, monkeypatch: Any) -> None:
    weights, program = train(BY_ROWS[name])
    assert f"{name}_rows_step" in program
    assert "scatter_add" not in program
    single, _ = train(BY_ROWS[name], threads=1)
    monkeypatch.setattr(compiling, "PASSES", tuple(p for p in compiling.PASSES if p is not update_rows))
    whole, program = train(BY_ROWS[name])
    assert "rows_step" not in program
    for a, b, c in zip(weights, whole, single, strict=True):
        assert a.tobytes() == b.tobytes() == c.tobytes()


@pytest.mark.parametrize("name", AS_A_WHOLE)
def test_others_are_updated_as_a_whole(name: str) -> None:
    _, program = train(AS_A_WHOLE[name])
    assert "rows_step" not in program
    assert "scatter_add" in program


def test_a_table_that_is_read_twice_gets_both_gradients() -> None:
    _, program = train(BY_ROWS["sgd"], shared=True)
    assert "rows_step" not in program
