"""Progbar: a progress bar for loops of one's own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

from nncore.callbacks.output import say
from nncore.callbacks.progbar_logger import _is_terminal, format_seconds, format_step_time, format_value

__all__ = ["Progbar"]


class Progbar:
    """Progress of a loop of one's own: a bar on a terminal, one plain line at the end elsewhere.

    Args:
        target: How many steps there will be; None if that is not known.
        width: Characters of the bar. Defaults to 20.
        verbose: 0 for silence, 1 for a bar, 2 for one line at the end. Defaults to 1.
        interval: Seconds between two redraws at least. Defaults to 0.05.
        stateful_metrics: Names of values that are shown as they are; the others are averaged over the steps.
            Defaults to none.
        stateless_metrics: Names of values that are averaged; the others are shown as they are. Instead of
            ``stateful_metrics``.
        unit_name: What a step is called. Defaults to ``"step"``.

    Raises:
        ValueError: If both lists of names are given.

    Example:
        >>> from nncore.utils import Progbar
        >>> bar = Progbar(2, verbose=2)
        >>> bar.update(1, [("loss", 3.0)])
        >>> bar.update(2, [("loss", 1.0)])  # doctest: +ELLIPSIS
        2/2 - 0s - ...step - loss: 2.0000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError("Only one of `stateful_metrics` or `stateless_metrics` can be provided.")
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._sums: dict[str, tuple[Any, int]] = {}
        self._seen = 0
        self._start = time.perf_counter()
        self._drawn = float("-inf")
        self._length = 0

    def add(self, n: int, values: Any = None) -> None:
        """Go on by some steps.

        Args:
            n: How many.
            values: Pairs of name and value, as for `update`.
        """
        self.update(self._seen + n, values)

    def update(self, current: int, values: Any = None, finalize: bool | None = None) -> None:
        """Show how far the loop is.

        Args:
            current: Number of the step.
            values: Pairs of name and value of the steps since the last update.
            finalize: Whether the loop is at its end. Defaults to ``current >= target``.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._take(name, value, current)
        self._seen = current
        now = time.perf_counter()
        if self.verbose == 1 and _is_terminal():
            if finalize or now - self._drawn >= self.interval:
                self._drawn = now
                line = self._line(now, True, finalize)
                sys.stdout.write("\r" + line + " " * (self._length - len(line)) + ("\n" if finalize else ""))
                sys.stdout.flush()
                self._length = len(line)
        elif self.verbose and finalize:
            say(self._line(now, False, True))

    def _take(self, name: str, value: Any, current: int) -> None:
        averaged = name not in self.stateful_metrics
        if self.stateless_metrics is not None:
            averaged = name in self.stateless_metrics
        if not averaged or isinstance(value, str):
            self._sums[name] = (value, 1)
            return
        steps = max(current - self._seen, 1)
        total, count = self._sums.get(name, (0.0, 0))
        self._sums[name] = (total + value * steps, count + steps)

    def _line(self, now: float, bar: bool, final: bool) -> str:
        elapsed = now - self._start
        per_step = elapsed / self._seen if self._seen else 0.0
        shown = elapsed
        if self.target:
            line = f"{self._seen:>{len(str(self.target))}d}/{self.target}"
            if bar:
                done = self.width * min(self._seen, self.target) // self.target
                line += " " + "━" * done + "╌" * (self.width - done)
                shown = elapsed if final else per_step * (self.target - self._seen)
        else:
            line = f"{self._seen}/Unknown"
        parts = [line, format_seconds(shown), format_step_time(per_step).replace("step", self.unit_name)]
        for name, (total, count) in self._sums.items():
            parts.append(f"{name}: {total if isinstance(total, str) else format_value(total / max(count, 1))}")
        return " - ".join(parts)
