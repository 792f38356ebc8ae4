"""Average pooling layers."""

from __future__ import annotations

from typing import Any

from nncore.layers.pooling.base import Pooling

__all__ = ["AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D", "AvgPool3D"]


class AveragePooling1D(Pooling):
    """The mean of each window of temporal data, channel by channel. Padding does not count.

    Args:
        pool_size: Size of the windows, a whole number.
        strides: From window to window, likewise. Defaults to None: the window's size.
        padding: ``"valid"``: windows lie within the input; ``"same"``: as many windows as strides fit into it. Defaults
            to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        name: The layer's name.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, T, C)``, or ``(B, C, T)`` by ``data_format``; a spatial
    dimension ``d`` becomes ``(d - pool_size) // strides + 1``, or with ``"same"`` ``ceil(d / strides)``.

    Raises:
        ValueError: If an argument is out of range, or no window fits into the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AveragePooling1D(2)(np.zeros((1, 6, 2))).shape
        (1, 3, 2)
    """

    dimensions = 1
    op = "average_pool"

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


class AveragePooling2D(Pooling):
    """The mean of each window of images, channel by channel. Padding does not count.

    Args:
        pool_size: Size of the windows: a whole number or 2 of them.
        strides: From window to window, likewise. Defaults to None: the window's size.
        padding: ``"valid"``: windows lie within the input; ``"same"``: as many windows as strides fit into it. Defaults
            to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        name: The layer's name.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, H, W, C)``, or ``(B, C, H, W)`` by ``data_format``; a spatial
    dimension ``d`` becomes ``(d - pool_size) // strides + 1``, or with ``"same"`` ``ceil(d / strides)``.

    Raises:
        ValueError: If an argument is out of range, or no window fits into the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AveragePooling2D(2)(np.zeros((1, 6, 6, 2))).shape
        (1, 3, 3, 2)
    """

    dimensions = 2
    op = "average_pool"

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


class AveragePooling3D(Pooling):
    """The mean of each window of volumes, channel by channel. Padding does not count.

    Args:
        pool_size: Size of the windows: a whole number or 3 of them.
        strides: From window to window, likewise. Defaults to None: the window's size.
        padding: ``"valid"``: windows lie within the input; ``"same"``: as many windows as strides fit into it. Defaults
            to ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        name: The layer's name.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, D, H, W, C)``, or ``(B, C, D, H, W)`` by ``data_format``; a spatial
    dimension ``d`` becomes ``(d - pool_size) // strides + 1``, or with ``"same"`` ``ceil(d / strides)``.

    Raises:
        ValueError: If an argument is out of range, or no window fits into the input.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AveragePooling3D(2)(np.zeros((1, 4, 4, 4, 2))).shape
        (1, 2, 2, 2, 2)
    """

    dimensions = 3
    op = "average_pool"

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


# Keras's short names.
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
