"""Writes files so that at any moment there is the old one or the new one, whole."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from typing import IO

__all__ = ["check_target", "replacing"]


def check_target(path: str, overwrite: bool) -> None:
    """Raise if a file can't be written to ``path``, before any work is done.

    Args:
        path: The file.
        overwrite: Whether a file that exists may be replaced.

    Raises:
        FileExistsError: If it exists and may not be replaced.
        FileNotFoundError: If its folder does not exist.
        IsADirectoryError: If it is a folder.
    """
    if os.path.isdir(path):
        raise IsADirectoryError(f"Expected the name of a file; this is a folder. Received: filepath={path!r}.")
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"The folder {folder!r} does not exist. Make it first. Received: filepath={path!r}.")
    if not overwrite and os.path.exists(path):
        raise FileExistsError(
            f"The file exists already, and overwrite=False. Pass overwrite=True or another name. "
            f"Received: filepath={path!r}."
        )


@contextlib.contextmanager
def replacing(path: str) -> Iterator[IO[bytes]]:
    """Open a new file beside ``path`` that takes its place when it is complete and on the disk.

    Whatever happens before (an error, a full disk, the end of the process), ``path`` is as it was. After a power
    failure it is one of the two as well: contents and folder are flushed.

    Args:
        path: The file to write or replace; through a symbolic link, the file that it leads to.

    Yields:
        The new file, open for writing and reading bytes.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    beside = os.path.join(folder, f".{name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(beside, "x+b") as file:
            yield file
            file.flush()
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), os.stat(target).st_mode & 0o777)
            os.fsync(file.fileno())
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    # Some file systems can't flush folders; the file itself is safe then, its name a little later.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
