"""Global pooling layers."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.pooling.base import GlobalAverage, GlobalMax

__all__ = [
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
]


class GlobalAveragePooling1D(GlobalAverage):
    """The mean of each channel over all steps.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        keepdims: Keep the steps with length one. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Called with ``mask``, ``(B, T)``, it takes the mean of the steps whose mask is True.

    Shapes: input ``(B, T, C)``, output ``(B, C)``, or ``(B, 1, C)``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.GlobalAveragePooling1D()(np.zeros((2, 3, 4))).shape
        (2, 4)
    """

    dimensions = 1

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Take the mean of ``inputs`` over the steps whose ``mask`` is True."""
        if mask is None:
            return super().call(inputs)
        kept = ops.expand_dims(ops.cast(mask, "bool"), 2 if self.data_format == "channels_last" else 1)
        total = ops.sum(ops.where(kept, inputs, 0), axis=self._axes, keepdims=self.keepdims)
        return total / ops.sum(ops.cast(kept, inputs.dtype), axis=self._axes, keepdims=self.keepdims)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: the steps are gone."""
        del inputs, previous_mask


class GlobalAveragePooling2D(GlobalAverage):
    """The mean of each channel over all of an image.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        keepdims: Keep the spatial dimensions with length one. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, H, W, C)``, output ``(B, C)``, or ``(B, 1, 1, C)``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.GlobalAveragePooling2D()(np.zeros((1, 6, 6, 2))).shape
        (1, 2)
    """

    dimensions = 2


class GlobalAveragePooling3D(GlobalAverage):
    """The mean of each channel over all of a volume.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        keepdims: Keep the spatial dimensions with length one. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, D, H, W, C)``, output ``(B, C)``, or ``(B, 1, 1, 1, C)``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.GlobalAveragePooling3D()(np.zeros((1, 4, 4, 4, 2))).shape
        (1, 2)
    """

    dimensions = 3


class GlobalMaxPooling1D(GlobalMax):
    """The largest value of each channel over all of the steps.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        keepdims: Keep the spatial dimensions with length one. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, T, C)``, output ``(B, C)``, or ``(B, 1, C)``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.GlobalMaxPooling1D()(np.zeros((1, 6, 2))).shape
        (1, 2)
    """

    dimensions = 1


class GlobalMaxPooling2D(GlobalMax):
    """The largest value of each channel over all of an image.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        keepdims: Keep the spatial dimensions with length one. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, H, W, C)``, output ``(B, C)``, or ``(B, 1, 1, C)``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.GlobalMaxPooling2D()(np.zeros((1, 6, 6, 2))).shape
        (1, 2)
    """

    dimensions = 2


class GlobalMaxPooling3D(GlobalMax):
    """The largest value of each channel over all of a volume.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        keepdims: Keep the spatial dimensions with length one. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, D, H, W, C)``, output ``(B, C)``, or ``(B, 1, 1, 1, C)``.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.GlobalMaxPooling3D()(np.zeros((1, 4, 4, 4, 2))).shape
        (1, 2)
    """

    dimensions = 3


# Keras's short names.
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
