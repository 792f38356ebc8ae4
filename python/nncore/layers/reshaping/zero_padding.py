"""Zero padding layers."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.reshaping.borders import Borders

__all__ = ["ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"]


class ZeroPadding(Borders):
    """Adds zeros."""

    argument = "padding"

    def call(self, inputs: Any) -> Any:
        """Pad ``inputs``."""
        return ops.pad(inputs, self._around(self._pairs, (0, 0), (0, 0)))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The input's shape with what is added."""
        return self._output_shape(input_shape, 1)


class ZeroPadding1D(ZeroPadding):
    """Adds zeros at the ends of the spatial dimension of steps.

    Args:
        padding: How many to add at both ends: a whole number, or a pair (before, after). Defaults to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, T, C)``, or ``(B, C, T)`` by ``data_format``.

    Raises:
        ValueError: If a number is negative.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.ZeroPadding1D(1)(np.zeros((1, 6, 2))).shape
        (1, 8, 2)
    """

    dimensions = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(padding, data_format)


class ZeroPadding2D(ZeroPadding):
    """Adds zeros at the ends of the spatial dimensions of images.

    Args:
        padding: How many to add at the ends of the spatial dimensions: a whole number for all,
            or 2 of them or of pairs (before, after). Defaults to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, H, W, C)``, or ``(B, C, H, W)`` by ``data_format``.

    Raises:
        ValueError: If a number is negative.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.ZeroPadding2D(1)(np.zeros((1, 6, 5, 2))).shape
        (1, 8, 7, 2)
    """

    dimensions = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(padding, data_format)


class ZeroPadding3D(ZeroPadding):
    """Adds zeros at the ends of the spatial dimensions of volumes.

    Args:
        padding: How many to add at the ends of the spatial dimensions: a whole number for all,
            or 3 of them or of pairs (before, after). Defaults to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, D, H, W, C)``, or ``(B, C, D, H, W)`` by ``data_format``.

    Raises:
        ValueError: If a number is negative.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.ZeroPadding3D(1)(np.zeros((1, 4, 4, 3, 2))).shape
        (1, 6, 6, 5, 2)
    """

    dimensions = 3

    def __init__(self, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(padding, data_format)
