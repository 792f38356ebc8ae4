"""ProgbarLogger: the lines that `fit`, `evaluate` and `predict` print."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from nncore.callbacks.callback import Callback, Logs
from nncore.callbacks.output import say
from nncore.config import is_interactive_logging_enabled

_REDRAW_SECONDS = 0.1
_BAR_WIDTH = 20


class ProgbarLogger(Callback):
    """Show progress: a live line on a terminal, one plain line per epoch elsewhere.

    `verbose=1` (and `"auto"`) draws a bar, elapsed and remaining time, time per step and the
    metrics, redrawn at most ten times a second. `verbose=2`, or an output that is no terminal,
    gets one line per epoch without control codes. `verbose=0` is silent.

    Example:
    >>> from nncore.callbacks.progbar_logger import ProgbarLogger
    >>> import numpy as np
    >>> import nncore
    >>> model = nncore.Sequential([nncore.layers.Input((1,)), nncore.layers.Dense(1)])
    >>> bar = nncore.callbacks.ProgbarLogger()
    >>> y = model.predict(np.ones((4, 1)), callbacks=[bar], verbose=0)
    """

    def __init__(self) -> None:
        super().__init__()
        self.verbose = 1
        self.epochs = 1
        self.target: int | None = None
        self.seen = 0
        self._in_fit = False
        self._start = 0.0
        self._last_draw = 0.0
        self._live: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Take verbosity, epochs and steps."""
        super().set_params(params)
        verbose = params.get("verbose", 1)
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs = params.get("epochs") or 1
        self.target = params.get("steps")

    # ---- what the loops call ---------------------------------------------------------------

    def is_live(self, mode: str) -> bool:
        """Tell whether the bar wants `tick` after stretches of steps of `mode`."""
        if mode == "test" and self._in_fit:
            return False
        return self.verbose == 1 and _is_terminal()

    def count_steps(self, mode: str, seen: int) -> None:
        """Note how many steps a pass had; validation inside `fit` leaves the epoch's number."""
        if not (mode == "test" and self._in_fit):
            self.seen = seen

    def tick(self, seen: int, logs: Callable[[], Logs]) -> None:
        """Redraw when the last drawing is old enough.

        Args:
            seen: Steps done in this epoch.
            logs: Function that reads the current metrics; called only for a redraw.
        """
        self.seen = seen
        now = time.perf_counter()
        if now - self._last_draw >= _REDRAW_SECONDS:
            self._draw(logs(), now, final=False)

    def close(self) -> None:
        """Stop the live line and leave it as it is."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._in_fit = False

    # ---- hooks -----------------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Validation inside `fit` is silent from here on."""
        self._in_fit = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Leave `fit`."""
        self._in_fit = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Announce the epoch."""
        if self.verbose and self.epochs > 1:
            say(f"Epoch {epoch + 1}/{self.epochs}")
        self._begin()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Draw the epoch's final line."""
        self._finish(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Start a line for `evaluate`."""
        if not self._in_fit:
            self._begin()

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Draw the final line of `evaluate`."""
        if not self._in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Start a line for `predict`."""
        self._begin()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Draw the final line of `predict`."""
        self._finish(None)

    # ---- drawing ---------------------------------------------------------------------------

    def _begin(self) -> None:
        self.seen = 0
        self._start = time.perf_counter()
        # The first redraw waits, so that importing rich never delays the first steps.
        self._last_draw = self._start

    def _finish(self, logs: Logs | None) -> None:
        if not self.verbose:
            return
        if self.target is None:
            self.target = self.seen
        self._draw(logs or {}, time.perf_counter(), final=True)

    def _draw(self, logs: Logs, now: float, final: bool) -> None:
        self._last_draw = now
        if not (self.verbose == 1 and _is_terminal()):
            if final:
                say(self._plain_line(logs, now))
            return
        if self._live is None:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(file=sys.stdout), auto_refresh=False)
            self._live.start()
        self._live.update(self._rich_line(logs, now, final), refresh=True)
        if final:
            self._live.stop()
            self._live = None

    def _count(self) -> str:
        if not self.target:
            return f"{self.seen}/Unknown" if self.target is None else str(self.seen)
        return f"{self.seen:>{len(str(self.target))}d}/{self.target}"

    def _plain_line(self, logs: Logs, now: float) -> str:
        elapsed = now - self._start
        parts = [self._count(), format_seconds(elapsed), self._per_step(elapsed)]
        parts += [f"{name}: {format_value(value)}" for name, value in logs.items()]
        return " - ".join(parts)

    def _per_step(self, elapsed: float) -> str:
        return format_step_time(elapsed / self.seen if self.seen else 0.0)

    def _rich_line(self, logs: Logs, now: float, final: bool) -> Any:
        from rich.text import Text

        elapsed = now - self._start
        line = Text(no_wrap=False)
        line.append(self._count() + " ", style="bold")
        if self.target:
            done = _BAR_WIDTH * min(self.seen, self.target) // self.target
            line.append("━" * done, style="green")
            line.append("━" * (_BAR_WIDTH - done) + " ", style="bright_black")
            if final or not self.seen:
                shown = elapsed
            else:
                shown = elapsed / self.seen * (self.target - self.seen)
            line.append(format_seconds(shown) + " ", style="bold")
        else:
            line.append(format_seconds(elapsed) + " ", style="bold")
        line.append(self._per_step(elapsed))
        for name, value in logs.items():
            line.append(f" - {name}: ")
            line.append(format_value(value), style="bold")
        return line


def _is_terminal() -> bool:
    """Tell whether standard output is a terminal that can redraw a line."""
    isatty = getattr(sys.stdout, "isatty", None)
    return bool(isatty and isatty()) and is_interactive_logging_enabled()


def format_seconds(seconds: float) -> str:
    """A duration as `7s`, `1:05` or `2:01:09`.

    Example:
    >>> from nncore.callbacks.progbar_logger import format_seconds
    >>> format_seconds(65.2)
    '1:05'
    """
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def format_step_time(seconds: float) -> str:
    """Time per step in the unit that reads best.

    Example:
    >>> from nncore.callbacks.progbar_logger import format_step_time
    >>> format_step_time(0.00025)
    '250us/step'
    """
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/step"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/step"
    return f"{seconds * 1e6:.0f}us/step"


def format_value(value: Any) -> str:
    """A logged value with four decimals, or in scientific notation when tiny.

    Example:
    >>> from nncore.callbacks.progbar_logger import format_value
    >>> format_value(0.5), format_value(2e-5)
    ('0.5000', '2.0000e-05')
    """
    if getattr(value, "size", 1) != 1:
        value = value.mean()
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return f"{number:.4f}" if abs(number) > 1e-3 or number == 0 else f"{number:.4e}"
