"""CSVLogger: one line of a CSV file per epoch."""

from __future__ import annotations

import csv
import os
from typing import IO, Any

from nncore.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Write the logs of each epoch to a CSV file.

    Args:
        filename: Path of the file.
        separator: Text between two values. Defaults to `","`.
        append: Add to an existing file (without a second header) instead of replacing it.
            Defaults to False.

    Example:
    >>> import pathlib, tempfile
    >>> from nncore.callbacks import CSVLogger
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
    >>> logger = CSVLogger(path)
    >>> logger.on_train_begin(); logger.on_epoch_end(0, {"loss": 0.5}); logger.on_train_end()
    >>> path.read_text().split()
    ['epoch,loss,val_loss', '0,0.5,NA']
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None
        self._file: IO[str] | None = None
        self._writer: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the file."""
        self._close()
        self._file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115
        self.keys = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write one row; the first epoch's names decide the columns."""
        if self._file is None:
            self.on_train_begin()
        assert self._file is not None
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            # A later epoch may be the first one that is validated.
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
            self._writer = csv.writer(self._file, delimiter=self.sep, lineterminator="\n")
            if self._file.tell() == 0:
                self._writer.writerow(["epoch", *self.keys])
        self._writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the file."""
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _cell(value: Any) -> Any:
    """A value as it is written: sequences as `"[a, b]"`."""
    if isinstance(value, str) or getattr(value, "ndim", None) == 0 or not hasattr(value, "__iter__"):
        return value
    return f'"[{", ".join(map(str, value))}]"'
