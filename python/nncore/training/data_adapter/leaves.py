"""Single arrays: what may be passed, and how a program reads it."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config, tree
from nncore.training.data_adapter.frames import join_columns

# What a graph computes with, for each dtype that a batch may be gathered from.
_GRAPH_DTYPES = {
    "bool": "bool",
    "uint8": "uint8",
    "int8": "int32",
    "int16": "int32",
    "uint16": "int32",
    "int32": "int32",
    "uint32": "int64",
    "int64": "int64",
    "uint64": "int64",
}


def is_sparse(value: Any) -> bool:
    """Tell whether a value is a sparse matrix of SciPy (or of a library with its methods)."""
    return hasattr(value, "tocsr") and hasattr(value, "toarray")


def to_array(value: Any, name: str, keep_sparse: bool = False) -> Any:
    """View something array-like as an array of numbers, without copying when it is one.

    Args:
        value: Array, memory map, data frame, table or series, tensor of another library, list of
            numbers, sparse matrix.
        name: The argument it came from, for messages.
        keep_sparse: Bring sparse matrices into compressed rows instead of making them dense.

    Returns:
        An array of rank 1 or more; memory maps stay memory maps underneath.

    Raises:
        TypeError: If it holds no real numbers.
        ValueError: If it is ragged or has no sample axis.
    """
    if is_sparse(value):
        value = value.tocsr() if keep_sparse else value.toarray()
        if keep_sparse:
            return value
    if hasattr(value, "detach"):  # a tensor that records gradients gives no array
        value = value.detach()
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"`{name}` is ragged: its rows differ in length. Pad them to one length first.") from error
    if array.dtype.kind == "O":
        array = join_columns(value, array)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"`{name}` must hold real numbers. Received: {name}.dtype={array.dtype} (type "
            f"{type(value).__name__}). {_advice(array)}"
        )
    if array.ndim == 0:
        raise ValueError(
            f"`{name}` must have a sample axis. Received: {name}={value!r}, a scalar. "
            "Pass an array of shape (samples, ...)."
        )
    if array.dtype.itemsize > 8:
        return array.astype(np.float64)
    if not array.dtype.isnative:
        return array.astype(array.dtype.newbyteorder("="))
    return array


def _advice(array: np.ndarray[Any, Any]) -> str:
    if array.dtype.kind == "O":
        return "Convert columns of objects to numbers, e.g. with `.astype('float32')`."
    if array.dtype.kind in "US":
        return "Map strings to numbers first."
    if array.dtype.kind == "c":
        return "Split complex numbers into real and imaginary parts."
    return "Convert it to numbers, e.g. with `.astype('float32')`."


def graph_dtype(array: np.ndarray[Any, Any], floats: str | None = None) -> str:
    """The dtype in which a batch of `array` enters a program.

    Args:
        array: The user's array.
        floats: What floating dtypes become. Defaults to `config.floatx()`.

    Returns:
        A dtype name; integers and booleans stay what they are (widened when the programs have
        no such width).

    Example:
    >>> from nncore.training.data_adapter.leaves import graph_dtype
    >>> import numpy as np
    >>> graph_dtype(np.zeros(1)), graph_dtype(np.zeros(1, "int8"))
    ('float32', 'int32')
    """
    return _GRAPH_DTYPES.get(array.dtype.name) or floats or config.floatx()


def to_arrays(structure: Any, name: str, keep_sparse: bool = False) -> Any:
    """Convert every leaf of a structure; a list of plain numbers (nested or not) is one array.

    Args:
        structure: Array-like, or a list, tuple or dict of such.
        name: The argument it came from, for messages.
        keep_sparse: Leave sparse matrices sparse.

    Returns:
        The same structure with arrays (None stays None).
    """
    if structure is None:
        return None
    if isinstance(structure, dict):
        if not structure:
            raise ValueError(f"`{name}` is empty. Received: {name}={{}}")
        return {key: to_arrays(value, f"{name}[{key!r}]", keep_sparse) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        if len(structure) == 0:
            raise ValueError(f"`{name}` is empty. Received: {name}={structure!r}")
        if _holds_plain_numbers(structure):
            return to_array(structure, name)
        items = [to_arrays(value, f"{name}[{i}]", keep_sparse) for i, value in enumerate(structure)]
        return tuple(items) if isinstance(structure, tuple) else items
    return to_array(structure, name, keep_sparse)


def _holds_plain_numbers(value: Any) -> bool:
    """Tell whether a list (of lists ...) holds Python scalars rather than arrays.

    The first innermost element decides, so that a long list costs no walk.
    """
    while isinstance(value, (list, tuple)):
        if len(value) == 0:
            return True
        value = value[0]
    return isinstance(value, (bool, int, float, str, bytes, complex, np.generic))


def named_leaves(data: Any) -> list[tuple[str, np.ndarray[Any, Any]]]:
    """Each array of a batch tuple with a readable name: `x`, `y['a']`, `sample_weight`.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)` of structures of arrays.
    """
    parts = data if isinstance(data, tuple) else (data,)
    found = []
    for label, part in zip(("x", "y", "sample_weight"), parts, strict=False):
        for path, leaf in tree.flatten_with_path(part):
            if leaf is not None:
                found.append((label + "".join(f"[{key!r}]" for key in path), leaf))
    return found
