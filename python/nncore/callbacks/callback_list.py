"""CallbackList: calls a hook of several callbacks, and knows which hooks matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nncore.callbacks.callback import Callback, Logs, overrides
from nncore.callbacks.history import History
from nncore.callbacks.progbar_logger import ProgbarLogger

Hook = Callable[..., None]


class CallbackList(Callback):
    """A container that passes each hook on to its callbacks, in order.

    Args:
        callbacks: A callback, a list of callbacks, or None.
        add_history: Append a `History` unless one is there. Defaults to False.
        add_progbar: Append a `ProgbarLogger` unless one is there. Defaults to False.
        model: The model that runs.
        **params: Parameters of the run (`verbose`, `epochs`, `steps`) for `Callback.params`.

    Raises:
        TypeError: If an element is not a `Callback`.

    Example:
    >>> from nncore.callbacks import CallbackList, LambdaCallback
    >>> seen = []
    >>> many = CallbackList([LambdaCallback(on_epoch_end=lambda e, logs: seen.append(e))])
    >>> many.on_epoch_end(0, {})
    >>> seen
    [0]
    """

    def __init__(
        self,
        callbacks: Callback | Iterable[Callback] | None = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks = _flatten(callbacks)
        for callback in self.callbacks:
            if not _is_callback(callback):
                raise TypeError(
                    "`callbacks` must hold instances of nncore.callbacks.Callback. "
                    f"Received: {callback!r} of type {type(callback).__name__}. "
                    "Pass an instance, e.g. callbacks=[EarlyStopping()]."
                )
        self._history = self._first(History)
        self._progbar = self._first(ProgbarLogger)
        if self._history is None and add_history:
            self._history = History()
            self.callbacks.append(self._history)
        if self._progbar is None and add_progbar:
            self._progbar = ProgbarLogger()
            self.callbacks.append(self._progbar)
        self._batch_hooks: dict[str, list[Hook]] | None = None
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def _first(self, kind: type) -> Any:
        return next((c for c in self.callbacks if isinstance(c, kind)), None)

    def append(self, callback: Callback) -> None:
        """Add one more callback at the end."""
        self.callbacks.append(callback)
        self._batch_hooks = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Pass the run's parameters to every callback."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Pass the model to every callback."""
        self._model = model
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    # ---- per-batch hooks -------------------------------------------------------------------

    def batch_hooks(self, mode: str, when: str) -> list[Hook]:
        """Give the callbacks' own methods for a batch; an empty list means that nobody watches.

        Args:
            mode: `"train"`, `"test"` or `"predict"`.
            when: `"begin"` or `"end"`.
        """
        return self._hooks()[f"on_{mode}_batch_{when}"]

    def _hooks(self) -> dict[str, list[Hook]]:
        """Per batch hook, the bound methods that do something (computed once)."""
        if self._batch_hooks is None:
            self._batch_hooks = {
                f"on_{mode}_batch_{when}": self._find(mode, when)
                for mode in ("train", "test", "predict")
                for when in ("begin", "end")
            }
        return self._batch_hooks

    def _find(self, mode: str, when: str) -> list[Hook]:
        found: list[Hook] = []
        names = [f"on_{mode}_batch_{when}"]
        if mode == "train":
            names.append(f"on_batch_{when}")
        for callback in self.callbacks:
            name = next((n for n in names if overrides(callback, n)), None)
            if name is not None:
                found.append(getattr(callback, name))
        return found

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        for hook in self._hooks()["on_train_batch_begin"]:
            hook(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        for hook in self._hooks()["on_train_batch_end"]:
            hook(batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        for hook in self._hooks()["on_test_batch_begin"]:
            hook(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        for hook in self._hooks()["on_test_batch_end"]:
            hook(batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        for hook in self._hooks()["on_predict_batch_begin"]:
            hook(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        for hook in self._hooks()["on_predict_batch_end"]:
            hook(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Other name of `on_train_batch_begin`."""
        self.on_train_batch_begin(batch, logs)

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Other name of `on_train_batch_end`."""
        self.on_train_batch_end(batch, logs)

    # ---- progress --------------------------------------------------------------------------

    def progress(self, mode: str) -> ProgbarLogger | None:
        """Give the progress bar that wants to be told about steps of `mode`, if any."""
        bar = self._progbar
        return bar if bar is not None and bar.is_live(mode) else None

    def count_steps(self, mode: str, seen: int) -> None:
        """Tell the progress bar how many steps a pass of `mode` had."""
        if self._progbar is not None:
            self._progbar.count_steps(mode, seen)

    def close(self) -> None:
        """Give the terminal back, whatever happened."""
        if self._progbar is not None:
            self._progbar.close()

    # ---- the other hooks -------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        self._each("on_train_begin", logs)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        self._each("on_train_end", logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        self._each("on_test_begin", logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        self._each("on_test_end", logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        self._each("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Pass the hook on."""
        self._each("on_predict_end", logs)

    def _each(self, hook: str, logs: Logs | None) -> None:
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, hook)(logs)


def _flatten(callbacks: Any) -> list[Any]:
    """Make a flat list out of None, one callback, or nested lists of them."""
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [one for item in callbacks for one in _flatten(item)]
    return [callbacks]


def _is_callback(value: Any) -> bool:
    """Accept subclasses, and look-alikes that have every method (but no classes)."""
    if isinstance(value, Callback):
        return True
    names = [name for name in vars(Callback) if name.startswith(("on_", "set_"))]
    return not isinstance(value, type) and all(callable(getattr(value, n, None)) for n in names)


def as_callback_list(callbacks: Any, model: Any, add_history: bool = False, **params: Any) -> CallbackList:
    """Make the list for a run; one that the caller has made already is used as it is.

    Args:
        callbacks: None, a callback, a list of them, or a `CallbackList`.
        model: The model that runs.
        add_history: Append a `History`. Defaults to False.
        **params: `verbose`, `epochs` and `steps`; a progress bar is added unless `verbose` is 0.
    """
    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(
        callbacks,
        add_history=add_history,
        add_progbar=params["verbose"] != 0,
        model=model,
        **params,
    )
