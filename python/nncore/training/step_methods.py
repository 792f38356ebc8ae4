"""StepMethods: what one batch of training, testing and predicting does, in ops."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any

from nncore import config, ops, tree
from nncore.training.unpack import unpack_x_y_sample_weight

if TYPE_CHECKING:

    class _Model:
        """What the steps need of the model that they are mixed into."""

        built: bool

        @property
        def losses(self) -> Any: ...
        @property
        def metrics(self) -> Any: ...
        @property
        def optimizer(self) -> Any: ...
        @property
        def trainable_variables(self) -> Any: ...
        def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> Any: ...
        def _require_compiled(self, method: str) -> Any: ...

else:
    _Model = object


class StepMethods(_Model):
    """The part of a model that users override to change what happens in a batch."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on one batch: forward pass, loss, gradients, update, metrics.

        Runs inside a trace, once per input signature; the compiled result then runs for every
        batch. Override it to train in another way, with ops or NumPy functions.

        Args:
            data: The batch as it was passed to `fit`: `x`, `(x,)`, `(x, y)` or
                `(x, y, sample_weight)`.

        Returns:
            Dict of results by name, for the logs.

        Example:
        >>> import numpy as np
        >>> import nncore
        >>> class Plain(nncore.Sequential):
        ...     def train_step(self, data):
        ...         x, y = data
        ...         variables = self.trainable_variables
        ...         def loss():
        ...             return np.mean((self(x, training=True) - y) ** 2)
        ...         value, grads = nncore.value_and_grad(loss, variables=variables)()
        ...         self.optimizer.apply(grads, variables)
        ...         return {"loss": value}
        >>> model = Plain([nncore.layers.Input((2,)), nncore.layers.Dense(1)])
        >>> model.compile(optimizer="sgd")
        >>> history = model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
        >>> list(history.history)
        ['loss']
        """
        return self.compute_metrics(*self._train_pass(data))

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate one batch: forward pass, loss, metrics.

        Args:
            data: The batch as it was passed to `evaluate`.

        Returns:
            Dict of results by name, for the logs.
        """
        return self.compute_metrics(*self._test_pass(data))

    def predict_step(self, data: Any) -> Any:
        """Compute the outputs of one batch.

        Args:
            data: The batch as it was passed to `predict`.

        Returns:
            The model's outputs, with the batch as first axis.
        """
        x, _, _ = unpack_x_y_sample_weight(data)
        return self._call_for(x, training=False)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Compute the value that training minimises.

        The sum of the losses given to `compile`, of regularization and of `add_loss`. Override
        it for losses that need more than targets and outputs.

        Args:
            x: The batch's inputs.
            y: The batch's targets.
            y_pred: The model's outputs.
            sample_weight: Weights, or None.
            training: Whether this is a training step.

        Returns:
            A scalar.

        Raises:
            ValueError: If there is no loss at all.
        """
        del x, training
        state = self._require_compiled("compute_loss")
        losses = []
        if state.compile_loss is not None:
            value = state.compile_loss(y, y_pred, sample_weight)
            if value is not None:
                losses.append(value)
        for value in self.losses:
            if not str(value.dtype).startswith("float"):
                value = ops.cast(value, config.floatx())
            losses.append(ops.sum(value))
        if not losses:
            raise ValueError(
                "No loss to compute. Provide a `loss` argument in `compile()`, use `add_loss`, "
                "or override `compute_loss`."
            )
        total = losses[0]
        for value in losses[1:]:
            total = ops.add(total, value)
        return total

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Update the metrics with a batch and return all results.

        Args:
            x: The batch's inputs.
            y: The batch's targets.
            y_pred: The model's outputs.
            sample_weight: Weights, or None.

        Returns:
            Dict of results by name.
        """
        self._update_metrics(x, y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """Read all metrics.

        Returns:
            Dict of current values by name; a metric may contribute several.
        """
        results: dict[str, Any] = {}
        for metric in self.metrics:
            value = metric.result()
            results.update(value if isinstance(value, dict) else {metric.name: value})
        return results

    # ---- parts of the steps ----------------------------------------------------------------

    def _train_pass(self, data: Any) -> tuple[Any, Any, Any, Any]:
        """Forward pass, loss, gradients and update of one batch."""
        from nncore.graph import gradients

        x, y, sample_weight = unpack_x_y_sample_weight(data)
        variables = list(self.trainable_variables)
        values = [variable.value for variable in variables]
        y_pred = self._call_for(x, training=True)
        loss = self._checked_loss(x, y, y_pred, sample_weight, training=True)
        if variables:
            optimizer = self.optimizer
            scale = getattr(optimizer, "scale_loss", None)
            scaled = scale(loss) if scale is not None else loss
            optimizer.apply(gradients([scaled], values), variables)
        else:
            warnings.warn("The model does not have any trainable weights.", stacklevel=2)
        return x, y, y_pred, sample_weight

    def _test_pass(self, data: Any) -> tuple[Any, Any, Any, Any]:
        """Forward pass and loss of one batch."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._call_for(x, training=False)
        self._checked_loss(x, y, y_pred, sample_weight, training=False)
        return x, y, y_pred, sample_weight

    def _update_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> None:
        del x
        state = self._require_compiled("compute_metrics")
        if state.compile_metrics is not None:
            if state.compile_loss is not None and state.compile_loss.built:
                state.compile_metrics.used_outputs = state.compile_loss.used_outputs
            state.compile_metrics.update_state(y, y_pred, sample_weight)

    def _checked_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        """The loss, checked to be one number, and added to the running mean."""
        if takes_argument(type(self).compute_loss, "training"):
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        else:
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight)
        shape = getattr(loss, "shape", None)
        if shape is None or len(shape) != 0:
            raise ValueError(
                "`compute_loss` must return a scalar. Expected shape (). "
                f"Received: {loss!r}, shape={shape}. Reduce it with `ops.mean` or `ops.sum`."
            )
        first = next(leaf for leaf in tree.flatten(x) if leaf is not None)
        tracker = self._require_compiled("fit").loss_tracker
        tracker.update_state(loss, sample_weight=first.shape[0])
        return loss

    def _call_for(self, x: Any, training: bool) -> Any:
        """Call the model; layers inside it learn the mode whether or not its `call` takes it."""
        return self(x, training=training)  # type: ignore[operator]


def takes_argument(function: Any, name: str) -> bool:
    """Tell whether `function` can be called with a keyword `name`."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
