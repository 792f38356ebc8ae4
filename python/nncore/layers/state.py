"""The state of a layer: its variables and weights, whether they are trained, and its losses."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from nncore import revision, tree
from nncore.ir import trace as tracing
from nncore.layers.tracking import Tracker
from nncore.variable import Variable

__all__ = ["LayerState"]


def _unique(values: Iterator[Any]) -> list[Any]:
    return list({id(value): value for value in values}.values())


class LayerState(Tracker):
    """Mixin of Layer: variables, weights, ``trainable``, losses."""

    name: str
    built: bool
    _trainable: bool
    _losses: list[tuple[Any, Any]]

    @property
    def variables(self) -> list[Variable]:
        """All variables: weights and the seeds' states, those of inner layers included."""
        return _unique(self._walk_variables(seeds=True))

    @property
    def weights(self) -> list[Variable]:
        """All weights, trained or not, those of inner layers included; no seeds."""
        return _unique(self._walk_variables(seeds=False))

    def _walk_variables(self, seeds: bool) -> Iterator[Variable]:
        yield from self._trainable_variables
        yield from self._non_trainable_variables
        if seeds:
            for generator in self._seed_generators:
                yield generator.state
        for layer in self._layers:
            yield from layer._walk_variables(seeds)

    @property
    def trainable_variables(self) -> list[Variable]:
        """Variables that training changes; none if the layer is not trainable."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Variables that training leaves alone."""
        return [v for v in self.variables if not v.trainable] if self.trainable else self.variables

    @property
    def trainable_weights(self) -> list[Variable]:
        """Weights that training changes; none if the layer is not trainable."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Weights that training leaves alone."""
        return [v for v in self.weights if not v.trainable] if self.trainable else self.weights

    @property
    def metrics(self) -> list[Any]:
        """Metrics that the layer, or a layer inside it, has as attributes."""
        return _unique(metric for layer in self._flatten_layers() for metric in layer._metrics)

    @property
    def metrics_variables(self) -> list[Variable]:
        """Variables of ``metrics``."""
        return [v for metric in self.metrics for v in metric.variables]

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights. Setting it sets all layers and weights inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        self._trainable = value
        for variable in self._trainable_variables:
            variable.trainable = value
        for layer in self._layers:
            layer.trainable = value

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> Iterator[Any]:
        if include_self:
            yield self
        seen: set[int] = {id(self)}
        queue = list(self._layers)
        while queue:
            layer = queue.pop(0)
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            yield layer
            if recursive:
                queue[:0] = layer._layers

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Copies of all weights' values, in the order of ``weights``."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Set all weights.

        Args:
            weights: One array for each of ``weights``, of the same shape.

        Raises:
            ValueError: If the number or a shape differs. No weight has been changed then.

        Example:
            >>> import numpy as np
            >>> from nncore import layers
            >>> layer = layers.Dense(1)
            >>> layer.build((None, 2))
            >>> layer.set_weights([np.ones((2, 1)), np.zeros(1)])
            >>> layer.kernel.numpy().tolist()
            [[1.0], [1.0]]
        """
        variables = self.weights
        arrays = [np.asarray(value) for value in weights]
        if len(variables) != len(arrays):
            hint = "" if self.built else " The layer isn't built yet: call it on data or `build` it first."
            raise ValueError(
                f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of length "
                f"{len(arrays)}, but the layer was expecting {len(variables)} weights.{hint}"
            )
        wrong = [
            f"{v.path}: expected {v.shape}, received {a.shape}"
            for v, a in zip(variables, arrays, strict=True)
            if v.shape != a.shape
        ]
        if wrong:
            raise ValueError(
                f"set_weights on layer '{self.name}': weight shapes do not match the provided ones. "
                f"{'; '.join(wrong)}. No weight was changed."
            )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    def _own_variables(self) -> list[Variable]:
        """The variables that are the layer's own, not those of inner layers: what files hold for it."""
        return self._trainable_variables + self._non_trainable_variables

    def save_own_variables(self, store: Any) -> None:
        """Put the layer's own variables into a file, under their position; a subclass may store them in another way.

        Args:
            store: Mapping from keys (strings) to arrays; what is put into it is saved.
        """
        for i, variable in enumerate(self._own_variables()):
            store[f"{i}"] = variable

    def load_own_variables(self, store: Any) -> None:
        """Set the layer's own variables from what ``save_own_variables`` stored.

        Args:
            store: Mapping from keys to arrays.

        Raises:
            ValueError: If number or shapes differ. No variable has been changed then.
        """
        variables = self._own_variables()
        if len(store.keys()) != len(variables):
            hint = " The layer was never built." if not variables and not self.built else ""
            raise ValueError(
                f"Layer '{self.name}' expected {len(variables)} variables, but received {len(store.keys())} variables "
                f"during loading. Expected: {[v.name for v in variables]}.{hint}"
            )
        arrays = [np.asarray(store[f"{i}"]) for i in range(len(variables))]
        for variable, array in zip(variables, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    f"Layer '{self.name}': variable {variable.name!r} has shape {variable.shape}. Received: an array "
                    f"of shape {array.shape}."
                )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """Number of values in all weights.

        Returns:
            The sum of the weights' sizes.

        Raises:
            ValueError: If the layer isn't built, so that its weights don't exist.

        Example:
            >>> from nncore import layers
            >>> layer = layers.Dense(3)
            >>> layer.build((None, 4))
            >>> layer.count_params()
            15
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't built. "
                "Call it on data, or build it manually: `layer.build(input_shape)`."
            )
        return sum(variable.size for variable in self.weights)

    def add_loss(self, loss: Any) -> None:
        """Add a scalar to the loss that training minimises; for use inside ``call``.

        Args:
            loss: Scalar tensor, or nested ones.

        Raises:
            ValueError: If a loss is no tensor.

        Example:
            >>> import numpy as np
            >>> from nncore import layers, ops
            >>> class Shrink(layers.Layer):
            ...     def call(self, x):
            ...         self.add_loss(0.1 * ops.sum(ops.square(x)))
            ...         return x
            >>> layer = Shrink()
            >>> _ = layer(np.ones((1, 2), "float32"))
            >>> len(layer.losses)
            1
        """
        trace = tracing.current()
        for value in tree.flatten(loss):
            if not hasattr(value, "dtype") and not isinstance(value, (int, float)):
                raise ValueError(
                    "`add_loss()` can only be called from inside `call()`, on a tensor of shape (). "
                    f"Received: loss={value!r}."
                )
            # A symbolic loss means nothing once its trace is over: remember which it was.
            self._losses.append((None if trace is None else weakref.ref(trace), value))
        if trace is None:
            revision.advance()

    @property
    def losses(self) -> list[Any]:
        """What ``add_loss`` was given in the last call, and the regularizers' penalties of the weights."""
        trace = tracing.current()
        found: list[Any] = []
        for layer in self._flatten_layers():
            for of, value in layer._losses:
                if (None if of is None else of()) is trace and (of is None or trace is not None):
                    found.append(value)
        for variable in self.trainable_weights:
            if variable.regularizer is not None:
                found.append(variable.regularizer(variable))
        return found

    def stateless_call(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Call the layer with given values of its variables, and change nothing.

        Args:
            trainable_variables: Values, one for each of ``trainable_variables``.
            non_trainable_variables: Values, one for each of ``non_trainable_variables``.
            *args: Arguments of the call.
            return_losses: Return the losses as well. Defaults to False.
            **kwargs: Keyword arguments of the call.

        Returns:
            The outputs, and the values of ``non_trainable_variables`` after the call; then the losses if asked for.

        Raises:
            ValueError: If the layer isn't built, or numbers or shapes of values differ.

        Example:
            >>> import numpy as np
            >>> import nncore
            >>> layer = nncore.layers.Dense(1, use_bias=False)
            >>> layer.build((None, 2))
            >>> def loss(weights, x):
            ...     y, _ = layer.stateless_call(weights, [], x)
            ...     return nncore.ops.sum(y)
            >>> x = np.ones((3, 2), "float32")
            >>> value, gradients = nncore.value_and_grad(loss)([np.ones((2, 1), "float32")], x)
            >>> float(value), gradients[0].tolist()
            (6.0, [[3.0], [3.0]])
        """
        from nncore.stateless import run_stateless

        if not self.built:
            raise ValueError(
                f"To call stateless_call, layer '{self.name}' must be built (i.e. its variables must have been already "
                "created). You can build it by calling it on some data, or by `build(input_shape)`."
            )
        trainable, others = self.trainable_variables, self.non_trainable_variables
        for name, own, given in (
            ("trainable_variables", trainable, trainable_variables),
            ("non_trainable_variables", others, non_trainable_variables),
        ):
            if len(own) != len(given):
                raise ValueError(
                    f"Argument `{name}` must be a list of values corresponding 1:1 to the {len(own)} variables of "
                    f"`layer.{name}`. Received: {len(given)} values."
                )

        def run() -> Any:
            self._clear_losses()
            outputs = self(*args, **kwargs)  # type: ignore[operator]
            return outputs, self.losses if return_losses else None

        (outputs, losses), after = run_stateless(
            [*trainable, *others], [*trainable_variables, *non_trainable_variables], run
        )
        self._clear_losses()
        updated = after[len(trainable) :]
        return (outputs, updated, losses) if return_losses else (outputs, updated)

    def _clear_losses(self) -> None:
        for layer in self._flatten_layers():
            layer._losses.clear()
