"""RandomFlip layer."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.preprocessing.images import RandomImageLayer

__all__ = ["RandomFlip"]

_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


class RandomFlip(RandomImageLayer):
    """Mirrors images at random, each direction with probability 1/2.

    Args:
        mode: ``"horizontal"`` (left and right change places), ``"vertical"`` or ``"horizontal_and_vertical"``. Defaults
            to both.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False``, as in ``predict`` and
    ``evaluate``, it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If ``mode`` is none of these, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> y = layers.RandomFlip("horizontal", seed=1)(np.arange(3.0).reshape(1, 1, 3, 1)).ravel().tolist()
        >>> y in ([0.0, 1.0, 2.0], [2.0, 1.0, 0.0])
        True
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if mode not in _MODES:
            raise ValueError(f"RandomFlip: `mode` should be one of {_MODES}. Received: mode={mode!r}.")
        self.mode = mode
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        rows = self._rows_axis(images.shape)
        for name, axis in (("horizontal", rows + 1), ("vertical", rows)):
            if name in self.mode:
                flipped = ops.reshape(self._draw(batch, 0.0, 1.0) < 0.5, (batch, 1, 1, 1))
                images = ops.where(flipped, ops.flip(images, axis=axis), images)
        return images

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "mode": self.mode}
