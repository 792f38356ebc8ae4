"""MonitorCallback: the shared part of callbacks that follow one logged value."""

from __future__ import annotations

import warnings
from typing import Any

from nncore.callbacks.callback import Callback

_UP = ("acc", "auc", "precision", "recall", "iou", "f1", "fbeta", "r2_score", "cosine_similarity")
_DOWN = ("loss", "error", "crossentropy", "mse", "mae", "rmse", "mape", "msle", "hinge", "poisson",
         "kl_divergence", "kullback", "logcosh", "log_cosh", "huber", "false_")  # fmt: skip


class MonitorCallback(Callback):
    """Base of `EarlyStopping` and `ReduceLROnPlateau`: decides what "better" means.

    Args:
        monitor: Name of the logged value to follow. Defaults to `"val_loss"`.
        mode: `"min"`, `"max"`, or `"auto"` to tell from the metric. Defaults to `"auto"`.
        baseline: Value to beat first, or None.
        min_delta: Smallest change that counts as an improvement. Defaults to 0.

    Example:
    >>> from nncore.callbacks import EarlyStopping
    >>> EarlyStopping(monitor="val_accuracy", mode="max").mode
    'max'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        baseline: float | None = None,
        min_delta: float = 0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"{type(self).__name__}: `mode` must be 'auto', 'min' or 'max'. Received: mode={mode!r}")
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self._sign: int | None = None

    def _direction(self) -> int:
        """+1 when larger is better, -1 when smaller is."""
        if self.mode != "auto":
            return 1 if self.mode == "max" else -1
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return -1
        for metric in _leaf_metrics(self.model):
            if metric.name == name and getattr(metric, "_direction", None) in ("up", "down"):
                return 1 if metric._direction == "up" else -1
        if any(part in name for part in _DOWN):
            return -1
        if any(part in name for part in _UP):
            return 1
        raise ValueError(
            f"{type(self).__name__} cannot tell whether monitor={self.monitor!r} should be "
            "maximized or minimized. Pass mode='max' or mode='min'."
        )

    def _is_improvement(self, value: float, reference: float | None) -> bool:
        if reference is None:
            return True
        if self._sign is None:
            self._sign = self._direction()
        if self._sign > 0:
            return bool(value - self.min_delta > reference)
        return bool(value + self.min_delta < reference)

    def _monitored(self, logs: dict[str, Any] | None, purpose: str) -> Any:
        """The monitored value, or None with a warning that names what there is."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"{purpose} conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs or {})}",
                stacklevel=3,
            )
        return value


def _leaf_metrics(model: Any) -> list[Any]:
    """Every single metric of the model, those given to `compile` included."""
    leaves: list[Any] = []
    for metric in getattr(model, "metrics", ()):
        inner = getattr(metric, "metrics", None)
        leaves.extend(inner if inner is not None else [metric])
    return leaves
