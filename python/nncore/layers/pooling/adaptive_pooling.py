"""Adaptive pooling layers."""

from __future__ import annotations

from nncore.layers.pooling.base import AdaptivePooling

__all__ = [
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
]


class AdaptiveAveragePooling1D(AdaptivePooling):
    """The mean of each of a given number of windows, which divide temporal data as evenly as can be.

    Args:
        output_size: Number of windows, a whole number.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, T, C)``, output the same with ``output_size`` for the spatial dimensions.

    Raises:
        ValueError: If ``output_size`` is not positive whole numbers.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AdaptiveAveragePooling1D(3)(np.zeros((1, 6, 2))).shape
        (1, 3, 2)
    """

    dimensions = 1
    op = "adaptive_average_pool"


class AdaptiveAveragePooling2D(AdaptivePooling):
    """The mean of each of a given number of windows, which divide images as evenly as can be.

    Args:
        output_size: Number of windows: a whole number or 2 of them.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, H, W, C)``, output the same with ``output_size`` for the spatial dimensions.

    Raises:
        ValueError: If ``output_size`` is not positive whole numbers.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AdaptiveAveragePooling2D(3)(np.zeros((1, 6, 6, 2))).shape
        (1, 3, 3, 2)
    """

    dimensions = 2
    op = "adaptive_average_pool"


class AdaptiveAveragePooling3D(AdaptivePooling):
    """The mean of each of a given number of windows, which divide volumes as evenly as can be.

    Args:
        output_size: Number of windows: a whole number or 3 of them.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, D, H, W, C)``, output the same with ``output_size`` for the spatial dimensions.

    Raises:
        ValueError: If ``output_size`` is not positive whole numbers.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AdaptiveAveragePooling3D(2)(np.zeros((1, 4, 4, 4, 2))).shape
        (1, 2, 2, 2, 2)
    """

    dimensions = 3
    op = "adaptive_average_pool"


class AdaptiveMaxPooling1D(AdaptivePooling):
    """The largest value of each of a given number of windows, which divide temporal data as evenly as can be.

    Args:
        output_size: Number of windows, a whole number.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, T, C)``, output the same with ``output_size`` for the spatial dimensions.

    Raises:
        ValueError: If ``output_size`` is not positive whole numbers.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AdaptiveMaxPooling1D(3)(np.zeros((1, 6, 2))).shape
        (1, 3, 2)
    """

    dimensions = 1
    op = "adaptive_max_pool"


class AdaptiveMaxPooling2D(AdaptivePooling):
    """The largest value of each of a given number of windows, which divide images as evenly as can be.

    Args:
        output_size: Number of windows: a whole number or 2 of them.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, H, W, C)``, output the same with ``output_size`` for the spatial dimensions.

    Raises:
        ValueError: If ``output_size`` is not positive whole numbers.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AdaptiveMaxPooling2D(3)(np.zeros((1, 6, 6, 2))).shape
        (1, 3, 3, 2)
    """

    dimensions = 2
    op = "adaptive_max_pool"


class AdaptiveMaxPooling3D(AdaptivePooling):
    """The largest value of each of a given number of windows, which divide volumes as evenly as can be.

    Args:
        output_size: Number of windows: a whole number or 3 of them.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, D, H, W, C)``, output the same with ``output_size`` for the spatial dimensions.

    Raises:
        ValueError: If ``output_size`` is not positive whole numbers.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AdaptiveMaxPooling3D(2)(np.zeros((1, 4, 4, 4, 2))).shape
        (1, 2, 2, 2, 2)
    """

    dimensions = 3
    op = "adaptive_max_pool"
