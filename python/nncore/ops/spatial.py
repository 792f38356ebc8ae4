"""Arguments that ops and layers over spatial dimensions share: data formats, sizes per dimension, padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import config
from nncore.ops.shape import transpose

FORMATS = ("channels_last", "channels_first")


def standardize_data_format(name: str, data_format: Any = None) -> str:
    """The data format that an argument means.

    Args:
        name: What the message should call the caller.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: ``config.image_data_format()``.

    Returns:
        One of the two.

    Raises:
        ValueError: For anything else.
    """
    if data_format is None:
        return config.image_data_format()
    if isinstance(data_format, str) and data_format.lower() in FORMATS:
        return data_format.lower()
    raise ValueError(
        f"{name}: `data_format` should be 'channels_last' or 'channels_first'. Received: data_format={data_format!r}."
    )


def sizes(name: str, argument: str, value: Any, n: int, least: int = 1) -> tuple[int, ...]:
    """One whole number per spatial dimension, from one for all or one for each.

    Args:
        name: What the message should call the caller.
        argument: The argument's name.
        value: Whole number, or ``n`` of them.
        n: Number of spatial dimensions.
        least: The smallest number allowed. Defaults to 1.

    Returns:
        Tuple of ``n`` ints.

    Raises:
        ValueError: For anything else.
    """
    found = (value,) * n if _is_whole(value) else tuple(value) if isinstance(value, (tuple, list)) else ()
    if len(found) != n or not all(_is_whole(v) and v >= least for v in found):
        many = f"or a tuple of {n} of them" if n > 1 else "(or a tuple of one)"
        raise ValueError(
            f"{name}: `{argument}` should be a whole number from {least} on, {many}. Received: {argument}={value!r}."
        )
    return tuple(int(v) for v in found)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def standardize_padding(name: str, padding: Any, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    """A padding's name in lower case.

    Args:
        name: What the message should call the caller.
        padding: The argument.
        allowed: The names there are. Defaults to ``"valid"`` and ``"same"``.

    Returns:
        The name.

    Raises:
        ValueError: For another name.
    """
    if isinstance(padding, str) and padding.lower() in allowed:
        return padding.lower()
    names = " or ".join(repr(a) for a in allowed)
    raise ValueError(f"{name}: `padding` should be {names}. Received: padding={padding!r}.")


def window_count(size: Any, window: int, stride: int, padding: str) -> Any:
    """How many windows fit along a dimension (0 or less: none); None where the size is not known."""
    if size is None:
        return None
    return (size - window) // stride + 1 if padding == "valid" else -(-size // stride)


def low_padding(size: int, window: int, stride: int, padding: str) -> int:
    """What ``"same"`` adds before the first element: half of what is missing, the smaller half."""
    if padding == "valid":
        return 0
    return max((-(-size // stride) - 1) * stride + window - size, 0) // 2


def channels_last(x: Any, data_format: str) -> Any:
    """Bring the channels of ``(B, C, ...)`` to the end."""
    if data_format == "channels_last":
        return x
    return transpose(x, (0, *range(2, len(x.shape)), 1))


def channels_back(x: Any, data_format: str) -> Any:
    """Bring channels at the end back to where the data format has them."""
    if data_format == "channels_last":
        return x
    return transpose(x, (0, len(x.shape) - 1, *range(1, len(x.shape) - 1)))
