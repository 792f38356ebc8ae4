"""TerminateOnNaN: stop at the batch whose loss is not a number."""

from __future__ import annotations

import math

from nncore.callbacks.callback import Callback, Logs
from nncore.callbacks.output import say


class TerminateOnNaN(Callback):
    """Stop training when the loss becomes NaN or infinite, and name the batch.

    Args:
        raise_error: Raise a `RuntimeError` instead of ending `fit` quietly. Defaults to False.

    Example:
    >>> from nncore.callbacks import TerminateOnNaN
    >>> TerminateOnNaN(raise_error=True).on_batch_end(7, {"loss": float("nan")})
    Traceback (most recent call last):
    ...
    RuntimeError: NaN or Inf loss encountered at batch 7. Loss value: nan. Terminating training.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating training."
            )
        say(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
