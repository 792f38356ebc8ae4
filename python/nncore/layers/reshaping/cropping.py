"""Cropping layers."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.reshaping.borders import Borders

__all__ = ["Cropping1D", "Cropping2D", "Cropping3D"]


class Cropping(Borders):
    """Cuts off."""

    argument = "cropping"

    def call(self, inputs: Any) -> Any:
        """Crop ``inputs``."""
        self.compute_output_shape(inputs.shape)
        spatial = [
            slice(before, d - after)
            for d, (before, after) in zip(self._spatial(inputs.shape), self._pairs, strict=True)
        ]
        return ops.get_item(inputs, self._around(spatial, slice(None), slice(None)))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The input's shape without what is cut off."""
        shape = self._output_shape(input_shape, -1)
        if any(d is not None and d <= 0 for d in self._spatial(shape)):
            raise ValueError(
                f'Layer "{self.name}": `cropping` should be smaller than the input. '
                f"Received: input_shape={tuple(input_shape)}, cropping={self._pairs}."
            )
        return shape


class Cropping1D(Cropping):
    """Cuts steps off at the ends of the spatial dimension.

    Args:
        cropping: How many to cut off at both ends: a whole number, or a pair (before, after). Defaults to 1.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, T, C)``.

    Raises:
        ValueError: If a number is negative, or nothing would be left.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Cropping1D(1)(np.zeros((1, 6, 2))).shape
        (1, 4, 2)
    """

    dimensions = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(cropping, "channels_last")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        config.pop("data_format")
        return config


class Cropping2D(Cropping):
    """Cuts images off at the ends of the spatial dimensions.

    Args:
        cropping: How many to cut off at the ends of the spatial dimensions: a whole number for all,
            or 2 of them or of pairs (before, after). Defaults to 0.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, H, W, C)``, or ``(B, C, H, W)`` by ``data_format``.

    Raises:
        ValueError: If a number is negative, or nothing would be left.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Cropping2D(1)(np.zeros((1, 6, 5, 2))).shape
        (1, 4, 3, 2)
    """

    dimensions = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(cropping, data_format)


class Cropping3D(Cropping):
    """Cuts volumes off at the ends of the spatial dimensions.

    Args:
        cropping: How many to cut off at the ends of the spatial dimensions: a whole number for all,
            or 3 of them or of pairs (before, after). Defaults to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, D, H, W, C)``, or ``(B, C, D, H, W)`` by ``data_format``.

    Raises:
        ValueError: If a number is negative, or nothing would be left.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Cropping3D(1)(np.zeros((1, 4, 4, 3, 2))).shape
        (1, 2, 2, 1, 2)
    """

    dimensions = 3

    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(cropping, data_format)
