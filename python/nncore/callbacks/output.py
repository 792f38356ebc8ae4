"""Text that callbacks tell the user."""

from __future__ import annotations

import sys

from nncore.config import is_interactive_logging_enabled


def say(text: str) -> None:
    """Write a line to standard output at once, or to the log if interactive logging is off.

    Args:
        text: The line, without its end.
    """
    if not is_interactive_logging_enabled():
        import logging

        logging.getLogger("nncore").info(text.strip())
        return
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
