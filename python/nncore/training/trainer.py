"""Trainer: compile, fit, evaluate and predict; mixed into every model."""

from __future__ import annotations

import warnings
from typing import Any

from nncore import revision
from nncore.training.ready import ReadyStep, ReadySteps, array_key
from nncore.training.step_methods import StepMethods


class Trainer(StepMethods):
    """Training, evaluation and prediction on NumPy data.

    `compile` says what to minimise and how; `fit`, `evaluate` and `predict` trace one batch per
    input signature, compile it to a native program, and let that program run whole epochs.
    """

    stop_training = False
    stop_evaluating = False
    stop_predicting = False
    history: Any = None
    _not_recorded = frozenset({"history", "stop_training", "stop_evaluating", "stop_predicting"})

    # ---- configuration ---------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Configure the model for training.

        Args:
            optimizer: Name or instance of an optimizer. Defaults to `"rmsprop"`.
            loss: Name, function of `(y_true, y_pred)` or `Loss`; a list or dict of them, one per
                output; None when the model adds its own losses.
            loss_weights: Factor of each loss in the total: number, list or dict.
            metrics: List of names, functions or `Metric`s; for several outputs a list of lists
                or a dict. `"accuracy"` becomes binary, categorical or sparse by the shapes.
            weighted_metrics: The same, for metrics that use sample and class weights.
            run_eagerly: Run every operation from Python, so that breakpoints and prints in
                layers see numbers. Slow. Defaults to False.
            steps_per_execution: Batches between two calls of per-batch callbacks. Defaults to 1.
            jit_compile: Accepted for compatibility: steps are always compiled unless
                `run_eagerly` is set. Defaults to `"auto"`.
            auto_scale_loss: Accepted for compatibility: it concerns float16 training, which
                does not exist here. Defaults to True.

        Raises:
            ValueError: For unknown names and impossible values. The model stays as it was.

        Example:
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(10, input_shape=(4,))])
        >>> model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        >>> model.compiled
        True
        """
        from nncore.training.compile_args import CompileState

        arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
            "auto_scale_loss": auto_scale_loss,
        }
        self.__dict__["_compiled_as"] = CompileState(arguments)
        revision.advance()
        self.stop_training = False

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile` as plain data; empty before `compile`.

        Returns:
            Dict for `compile_from_config`.

        Example:

        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(1, input_shape=(3,))])
        >>> model.compile(loss="mse")
        >>> model.get_compile_config()["loss"]
        'mse'
        """
        state = self._compile_state
        return state.get_config() if state is not None else {}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile the model as another one was.

        Args:
            config: What `get_compile_config` returned.

        Raises:
            ValueError: If it names something unknown.
        """
        from nncore.serialization import deserialize_keras_object

        if type(self).compile is not Trainer.compile:
            warnings.warn(
                "`compile()` was not called as part of model loading because the model's `compile()` method is custom. "
                "A model that overrides `compile()` should also override `get_compile_config()` and "
                "`compile_from_config(config)`. Or call `compile()` after loading.",
                stacklevel=2,
            )
            return
        self.compile(**{name: deserialize_keras_object(value) for name, value in config.items()})
        if self.built and self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)

    @property
    def _compile_state(self) -> Any:
        """What `compile` decided, or None. Kept out of the layer's attribute tracking."""
        return self.__dict__.get("_compiled_as")

    def _require_compiled(self, method: str) -> Any:
        state = self._compile_state
        if state is None:
            raise ValueError(
                f"You must call `compile()` before using `{method}()`. "
                "For example: model.compile(optimizer='rmsprop', loss='mse')"
            )
        return state

    @property
    def compiled(self) -> bool:
        """Whether `compile` has been called."""
        return self._compile_state is not None

    @property
    def optimizer(self) -> Any:
        """The optimizer, or None before `compile`."""
        state = self._compile_state
        return state.optimizer if state is not None else self.__dict__.get("_own_optimizer")

    @optimizer.setter
    def optimizer(self, value: Any) -> None:
        from nncore import optimizers

        state = self._compile_state
        if state is None:
            self.__dict__["_own_optimizer"] = optimizers.get(value)
            return
        state.optimizer = optimizers.get(value)
        state.steps.clear()

    @property
    def loss(self) -> Any:
        """The loss as it was given to `compile`."""
        state = self._compile_state
        own = self.__dict__.get("_own_loss")
        return state.loss if state is not None and own is None else own

    @loss.setter
    def loss(self, value: Any) -> None:
        # A subclass may keep what it likes under this name; `compile` sets what is minimised.
        self.__dict__["_own_loss"] = value

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run op by op from Python; may be set at any time."""
        state = self._compile_state
        return bool(state is not None and state.run_eagerly)

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        self._require_compiled("run_eagerly").run_eagerly = bool(value)
        revision.advance()

    @property
    def jit_compile(self) -> bool:
        """Whether `compile` asked for compiled steps; see `compile`."""
        state = self._compile_state
        return bool(state is not None and state.jit_compile)

    @property
    def steps_per_execution(self) -> int:
        """Batches between two calls of per-batch callbacks."""
        state = self._compile_state
        return state.steps_per_execution if state is not None else 1

    # ---- metrics ---------------------------------------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """All metrics: the loss's mean, those of `compile`, and those of the layers."""
        found: list[Any] = []
        state = self._compile_state
        if state is not None:
            found.append(state.loss_tracker)
            if state.compile_metrics is not None:
                found.append(state.compile_metrics)
            if state.compile_loss is not None:
                found.extend(state.compile_loss.metrics)
        for layer in self._flatten_layers():
            own = getattr(layer, "_metrics", ())
            found.extend(m for m in own if not any(m is known for known in found))
        return found

    @property
    def metrics_names(self) -> list[str]:
        """Names of what `evaluate` returns, in its order (known after the first batch)."""
        from nncore.training.evaluate import order_names

        names: list[str] = []
        for metric in self.metrics:
            if hasattr(metric, "named"):
                names.extend(name for name, _ in metric.named())
            else:
                names.append(metric.name)
        return order_names(self, names)

    @property
    def metrics_variables(self) -> list[Any]:
        """The state of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def reset_metrics(self) -> None:
        """Start all metrics afresh; `fit` and `evaluate` do it at their start."""
        for metric in self.metrics:
            metric.reset_state()

    # ---- fit -------------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Train the model.

        Args:
            x: Inputs: array of shape `(samples, ...)`, list or dict of arrays, or a generator,
                iterable or data set of batches `(x, y)` or `(x, y, sample_weight)`. Arrays of
                any dtype and stride, memory maps included, are read in place.
            y: Targets, like `x`; absent when `x` yields batches.
            batch_size: Samples per update. Defaults to 32.
            epochs: Number of the epoch to stop at. Defaults to 1.
            verbose: `"auto"` or 1 for a live line on a terminal (one line per epoch elsewhere),
                2 for one line per epoch, 0 for silence. Defaults to `"auto"`.
            callbacks: List of `Callback`s.
            validation_split: Share of the samples, from the end, kept for validation.
                Defaults to 0.
            validation_data: `(x, y)`, `(x, y, sample_weight)` or an iterable of batches,
                evaluated after each epoch. Goes before `validation_split`.
            shuffle: Draw a new order of samples for each epoch; `"batch"` keeps runs of
                `batch_size` samples together. Generators are not shuffled. Defaults to True.
            class_weight: Dict from class number to weight.
            sample_weight: Weight per sample, shape `(samples,)`, or nested like `y`.
            initial_epoch: Number of the first epoch, to go on counting. Defaults to 0.
            steps_per_epoch: Batches per epoch. Defaults to all.
            validation_steps: Batches per validation. Defaults to all.
            validation_batch_size: Samples per validation batch. Defaults to `batch_size`.
            validation_freq: Validate every so many epochs, or a list of epochs (from 1).
                Defaults to 1.

        Returns:
            A `History`; its `history` maps names to one value per epoch.

        Raises:
            ValueError: If arguments, data and model do not fit. Nothing has changed then.
            TypeError: If the data are no numbers.

        Example:
        >>> import numpy as np
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(1, input_shape=(3,))])
        >>> model.compile(optimizer="sgd", loss="mse")
        >>> x = np.ones((64, 3))
        >>> history = model.fit(x, x.sum(1), batch_size=16, epochs=2, verbose=0)
        >>> history.history["loss"][1] < history.history["loss"][0]
        True
        """
        from nncore.training.fit import plan_fit
        from nncore.training.loop import run_epochs

        arguments = dict(locals())
        del arguments["self"], arguments["plan_fit"], arguments["run_epochs"]
        self._require_compiled("fit")
        plan, listeners = plan_fit(self, arguments)
        try:
            run_epochs(self, plan, listeners)
        finally:
            listeners.close()
        return self.history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Compute loss and metrics on test data.

        Args:
            x: Inputs, as for `fit`.
            y: Targets, as for `fit`.
            batch_size: Samples per batch. Defaults to 32.
            verbose: As for `fit`.
            sample_weight: Weight per sample, or nested like `y`.
            steps: Batches to evaluate. Defaults to all.
            callbacks: List of `Callback`s.
            return_dict: Return a dict by name instead of a list. Defaults to False.

        Returns:
            The loss; with metrics a list `[loss, metric, ...]` in the order of
            `metrics_names`, or a dict.

        Raises:
            ValueError: If arguments, data and model do not fit.

        Example:
        >>> import numpy as np
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(1, input_shape=(3,))])
        >>> model.compile(loss="mse", metrics=["mae"])
        >>> list(model.evaluate(np.ones((4, 3)), np.ones(4), verbose=0, return_dict=True))
        ['loss', 'mae']
        """
        from nncore.training.evaluate import evaluate, flatten_results

        logs = evaluate(self, x, y, batch_size, verbose, sample_weight, steps, callbacks)
        return logs if return_dict else flatten_results(self, logs)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Compute the model's outputs, batch by batch.

        May be called from several threads at once.

        Args:
            x: Inputs, as for `fit`.
            batch_size: Samples per batch. Defaults to 32.
            verbose: As for `fit`.
            steps: Batches to predict. Defaults to all.
            callbacks: List of `Callback`s.

        Returns:
            NumPy array of shape `(samples, ...)`, or nested as the model's outputs.

        Raises:
            ValueError: If the data do not fit the model.

        Example:
        >>> import numpy as np
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(2, input_shape=(3,))])
        >>> model.predict(np.ones((5, 3)), verbose=0).shape
        (5, 2)
        """
        if verbose == 0 and steps is None and callbacks is None:
            ready = self._ready_step(x, batch_size)
            if ready is not None:
                return ready(x)
        from nncore.training.evaluate import predict

        return predict(self, x, batch_size, verbose, steps, callbacks)

    # ---- single batches --------------------------------------------------------------------

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Make one update on one batch.

        Args:
            x: Inputs of the batch.
            y: Targets of the batch.
            sample_weight: Weight per sample.
            class_weight: Dict from class number to weight.
            return_dict: Return a dict by name instead of a list. Defaults to False.

        Returns:
            Loss and metrics of this batch alone, as `evaluate` returns them.

        Raises:
            ValueError: If the batch does not fit the model. Nothing has changed then.
        """
        from nncore.training.batch import run_batch

        self._require_compiled("train_on_batch")
        return run_batch(self, "train", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Evaluate one batch.

        Args:
            x: Inputs of the batch.
            y: Targets of the batch.
            sample_weight: Weight per sample.
            return_dict: Return a dict by name instead of a list. Defaults to False.

        Returns:
            Loss and metrics of this batch alone, as `evaluate` returns them.

        Raises:
            ValueError: If the batch does not fit the model.
        """
        from nncore.training.batch import run_batch

        self._require_compiled("test_on_batch")
        return run_batch(self, "test", x, y, sample_weight, None, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Compute the outputs of one batch.

        Args:
            x: Inputs of the batch.

        Returns:
            NumPy array, or nested as the model's outputs.

        Raises:
            ValueError: If the batch does not fit the model.
        """
        ready = self._ready_step(x, "batch")
        if ready is not None:
            return ready(x)
        from nncore.training.batch import predict_batch

        return predict_batch(self, x)

    # ---- what was compiled -----------------------------------------------------------------

    def _ready_step(self, x: Any, how: Any) -> ReadyStep | None:
        """The step that predicts ``x`` as one batch, if an equal call found one and nothing has changed since."""
        steps: ReadySteps | None = self.__dict__.get("_ready_steps")
        return None if steps is None else steps.find((how.__class__, how, array_key(x)))

    def _keep_ready(self, x: Any, how: Any, step: Any, number: int) -> None:
        """Remember the step that has predicted ``x`` as one batch, since the revision ``number``."""
        steps: ReadySteps = self.__dict__.setdefault("_ready_steps", ReadySteps())
        steps.keep((how.__class__, how, array_key(x)), step.runner, number)

    def _predict_steps(self) -> Any:
        """Compiled prediction steps of a model that is not compiled."""
        found = self.__dict__.get("_own_predict_steps")
        if found is None:
            from nncore.training.steps import StepCache

            found = self.__dict__.setdefault("_own_predict_steps", StepCache())
        return found
