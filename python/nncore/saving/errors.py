"""LoadError: the one error of every file that can't be loaded."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["LoadError", "listed"]

# A list longer than this is cut in the message; `problems` has all of it.
_SHOWN = 20


class LoadError(ValueError):
    """A file is damaged, holds what must not be loaded, or does not fit the model; nothing has changed.

    Args:
        message: What is wrong with which file, and what to do.
        problems: One line for each part that does not fit. Defaults to none.

    Example:
        >>> import os, tempfile
        >>> from nncore import saving
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.keras")
        ...     with open(path, "w") as file:
        ...         _ = file.write("no model")
        ...     try:
        ...         saving.load_model(path)
        ...     except saving.LoadError as error:
        ...         print("not a zip archive" in str(error))
        True
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


def listed(problems: Sequence[str]) -> str:
    """Lines for a message, indented, the end of a long list cut.

    Args:
        problems: The lines.

    Returns:
        The text.
    """
    lines = [f"  {line}" for line in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"  ... and {len(problems) - _SHOWN} more (see the error's `problems`)")
    return "\n".join(lines)
