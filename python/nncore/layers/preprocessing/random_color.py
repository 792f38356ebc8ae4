"""Layers that vary brightness and contrast at random."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.preprocessing.images import RandomImageLayer, check_range, factor_range

__all__ = ["RandomBrightness", "RandomContrast"]


class _RandomColor(RandomImageLayer):
    factor: tuple[float, float]
    value_range: Any

    def _clipped(self, images: Any) -> Any:
        return ops.clip(images, *self.value_range)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor, "value_range": self.value_range}


class RandomContrast(_RandomColor):
    """Stretches values around each channel's mean by random factors.

    Args:
        factor: Largest part by which contrast grows or shrinks, from 0 to 1, or a pair: the factor is between
            ``1 - lower`` and ``1 + upper``.
        value_range: The values there are; results are clipped to them. Defaults to ``(0, 255)``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> y = layers.RandomContrast(0.5, seed=1)(np.array([[[1.0], [3.0]]]))
        >>> round(float(y.mean()), 4)
        2.0
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        pair = factor if isinstance(factor, (tuple, list)) else (factor, factor)
        factor_range("RandomContrast", "factor", pair, 0.0, 1.0)
        self.factor = (float(pair[0]), float(pair[1]))
        self.value_range = check_range("RandomContrast", value_range)
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        rows = self._rows_axis(images.shape)
        mean = ops.mean(images, axis=(rows, rows + 1), keepdims=True)
        factor = ops.reshape(self._draw(batch, 1.0 - self.factor[0], 1.0 + self.factor[1]), (batch, 1, 1, 1))
        return self._clipped((images - mean) * factor + mean)


class RandomBrightness(_RandomColor):
    """Adds a random number to all values of each image.

    Args:
        factor: Largest change as part of ``value_range``, from 0 to 1, or a pair (lower, upper) from -1 to 1.
        value_range: The values there are; results are clipped to them. Defaults to ``(0, 255)``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandomBrightness((0.5, 0.5), (0, 2))(np.array([[[0.5], [1.5]]])).ravel().tolist()
        [1.5, 2.0]
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.factor = factor_range("RandomBrightness", "factor", factor, -1.0, 1.0)
        self.value_range = check_range("RandomBrightness", value_range)
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        low, high = self.value_range
        change = self._draw(batch, *self.factor) * float(high - low)
        return self._clipped(images + ops.reshape(change, (batch, 1, 1, 1)))
