"""Training with scikit-learn's multi-layer perceptrons, without their L2 penalty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from case import Case, Data
from cases import BETAS, EPSILON, LEARNING_RATE
from serve import NotOfferedError, Weights, serve
from sklearn.neural_network import MLPClassifier, MLPRegressor


class Network:
    def __init__(self, case: Case, data: Data, weights: Weights) -> None:
        if case.layers:
            raise NotOfferedError("dense networks only")
        if len(case.inputs) > 1:
            raise NotOfferedError("no branches")
        if case.optimizer != "adam":
            raise NotOfferedError(f"no {case.optimizer}")
        (self.x,), self.y = data
        kind: Any = MLPRegressor if case.loss == "mse" else MLPClassifier
        self.model = kind(
            hidden_layer_sizes=case.trunk[:-1],
            solver="adam",
            alpha=0,
            batch_size=case.batch,
            learning_rate_init=LEARNING_RATE,
            beta_1=BETAS[0],
            beta_2=BETAS[1],
            epsilon=EPSILON,
        )
        # Weights exist after a first call only, and the optimizer that it made holds on to them.
        options = {} if case.loss == "mse" else {"classes": np.arange(case.trunk[-1])}
        self.model.partial_fit(self.x[: case.batch], self.y[: case.batch], **options)
        self.model.coefs_ = [kernel.copy() for kernel, _ in weights]
        self.model.intercepts_ = [bias.copy() for _, bias in weights]
        del self.model._optimizer

    def train(self, epochs: int, steps: int, *, shuffle: bool) -> list[float]:
        rows = steps * self.model.batch_size
        self.model.set_params(shuffle=shuffle)
        for _ in range(epochs):
            # One epoch. `fit` would do the same, but wants every class to be in the data.
            self.model.partial_fit(self.x[:rows], self.y[:rows])
        losses: list[float] = [float(loss) for loss in self.model.loss_curve_[-epochs:]]
        return losses

    def caller(self, how: str, inputs: list[np.ndarray]) -> Callable[[], object]:
        (x,) = inputs
        predict = self.model.predict_proba if hasattr(self.model, "predict_proba") else self.model.predict
        return lambda: predict(x)


class ScikitLearn:
    def set_threads(self, threads: int) -> None:
        """Its BLAS takes the number from the environment."""

    def make(self, case: Case, data: Data, weights: Weights) -> Network:
        return Network(case, data, weights)


if __name__ == "__main__":
    serve(ScikitLearn)
