"""Training through nncore's `fit`."""

from __future__ import annotations

from cases import BETAS, EPSILON, LEARNING_RATE, RHO, Case, make_data, make_weights
from serve import serve


class Network:
    def __init__(self, case: Case) -> None:
        import nncore
        from nncore import layers

        self.case = case
        self.data = make_data(case)
        *hidden, last = case.sizes[1:]
        self.model = nncore.Sequential(
            [
                layers.Input(shape=case.sizes[:1]),
                *(layers.Dense(units, activation="relu") for units in hidden),
                layers.Dense(last),
            ]
        )
        if case.optimizer == "adam":
            optimizer = nncore.optimizers.Adam(LEARNING_RATE, *BETAS, epsilon=EPSILON)
        else:
            optimizer = nncore.optimizers.RMSprop(LEARNING_RATE, RHO, epsilon=EPSILON**2)
        loss = nncore.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(optimizer=optimizer, loss=loss)
        self.model.set_weights(make_weights(case))

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        history = self.model.fit(*self.data, batch_size=self.case.batch, epochs=epochs, shuffle=shuffle, verbose=0)
        return history.history["loss"]


class Nncore:
    def __init__(self) -> None:
        import nncore

        self.version = f"nncore {nncore.__version__}"

    def set_threads(self, threads: int) -> None:
        import nncore

        nncore.config.set_num_threads(threads)

    def make(self, case: Case) -> Network:
        return Network(case)


if __name__ == "__main__":
    serve(Nncore)
