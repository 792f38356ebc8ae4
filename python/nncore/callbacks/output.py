"""Text that callbacks tell the user."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Write a line to standard output at once.

    Args:
        text: The line, without its end.
    """
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
