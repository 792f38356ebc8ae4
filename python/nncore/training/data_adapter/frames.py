"""Frames and tables of other libraries whose columns have no dtype in common."""

from __future__ import annotations

from typing import Any

import numpy as np

# How the libraries call the method that gives the columns: pandas, polars, Arrow.
_COLUMNS = ("items", "get_columns", "itercolumns")


def join_columns(frame: Any, array: Any) -> Any:
    """Make one array of a frame's columns, of which each is numbers by itself.

    Args:
        frame: Frame, table, series or column of pandas, polars or Arrow; or something else.
        array: What NumPy made of it, an array of objects.

    Returns:
        Array of numbers, missing ones as NaN; ``array`` itself if a column holds something else than numbers.
    """
    columns = _columns(frame)
    if columns is None:
        column = _numbers(frame)
        return array if column is None else column
    parts = [_numbers(column) for column in columns]
    if not parts or any(part is None or part.ndim != 1 for part in parts):
        return array
    return np.stack(parts, axis=1)  # type: ignore[arg-type]


def _columns(frame: Any) -> list[Any] | None:
    if getattr(frame, "ndim", 2) != 2 or not hasattr(frame, "columns"):
        return None
    for method in _COLUMNS:
        give = getattr(frame, method, None)
        if give is not None:
            return [pair[1] if isinstance(pair, tuple) else pair for pair in give()]
    return None


def _numbers(column: Any) -> np.ndarray[Any, Any] | None:
    """A column as numbers, or None."""
    dtype = getattr(column, "dtype", None)
    if getattr(dtype, "kind", None) in ("f", "i", "u", "b") and hasattr(dtype, "na_value"):
        # pandas' nullable numbers
        found: np.ndarray[Any, Any] = column.to_numpy(dtype="float64", na_value=np.nan)
        return found
    array = np.asarray(column)
    if array.dtype.kind == "O" and all(x is None or isinstance(x, (bool, int, float, np.number)) for x in array.flat):
        return array.astype(np.float64)  # None becomes NaN
    return array if array.dtype.kind in "fiub" else None
