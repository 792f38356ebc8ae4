"""Layers that move, turn and scale images at random."""

from __future__ import annotations

import math
from typing import Any

from nncore import ops
from nncore.layers.preprocessing.images import FILL_MODES, RandomImageLayer, factor_range

__all__ = ["RandomRotation", "RandomTranslation", "RandomZoom"]


class _RandomAffine(RandomImageLayer):
    """Transforms each image by a matrix; a subclass writes ``_matrix(batch, height, width)`` as rows of six columns."""

    def _set(self, fill_mode: str, interpolation: str, seed: Any, fill_value: float, data_format: Any) -> None:
        cls = type(self).__name__
        if fill_mode not in FILL_MODES:
            raise ValueError(f"{cls}: `fill_mode` should be one of {FILL_MODES}. Received: fill_mode={fill_mode!r}.")
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                f"{cls}: `interpolation` should be 'nearest' or 'bilinear'. Received: interpolation={interpolation!r}."
            )
        self.fill_mode = fill_mode
        self.interpolation = interpolation
        self.fill_value = fill_value
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        rows = self._rows_axis(images.shape)
        columns = self._matrix(batch, images.shape[rows], images.shape[rows + 1])
        zero = ops.zeros((batch, 1), self.compute_dtype)
        transform = ops.concatenate([zero + column for column in (*columns, 0.0, 0.0)], axis=1)
        return ops.image.affine_transform(
            images, transform, self.interpolation, self.fill_mode, self.fill_value, self.data_format
        )

    def _matrix(self, batch: int, height: int, width: int) -> tuple[Any, ...]:
        raise AssertionError("written by the subclass")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "fill_mode": self.fill_mode,
            "interpolation": self.interpolation,
            "fill_value": self.fill_value,
        }


class RandomTranslation(_RandomAffine):
    """Shifts images by random distances.

    Args:
        height_factor: Largest shift up and down as part of the height, or a pair (lower, upper); negative is up.
        width_factor: Largest shift to the left and right as part of the width, or a pair; negative is left.
        fill_mode: What comes in at the edges: ``"reflect"`` (the mirror image), ``"wrap"``, ``"constant"`` or
            ``"nearest"``. Defaults to ``"reflect"``.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        fill_value: The constant. Defaults to 0.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.RandomTranslation(0, (0.5, 0.5), fill_mode="constant")
        >>> layer(np.array([[[1.0], [2.0]]]))[0, :, 0].tolist()
        [0.0, 1.0]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._height = factor_range("RandomTranslation", "height_factor", height_factor, -1.0, 1.0)
        self._width = factor_range("RandomTranslation", "width_factor", width_factor, -1.0, 1.0)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._set(fill_mode, interpolation, seed, fill_value, data_format)

    def _matrix(self, batch: int, height: int, width: int) -> tuple[Any, ...]:
        down = self._draw(batch, *self._height) * float(height)
        right = self._draw(batch, *self._width) * float(width)
        return 1.0, 0.0, -right, 0.0, 1.0, -down

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}


class RandomRotation(_RandomAffine):
    """Turns images around their middles by random angles.

    Args:
        factor: Largest angle as part of a whole turn, or a pair (lower, upper); positive turns counter-clockwise.
        fill_mode: What comes in at the edges: ``"reflect"`` (the mirror image), ``"wrap"``, ``"constant"`` or
            ``"nearest"``. Defaults to ``"reflect"``.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        fill_value: The constant. Defaults to 0.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> y = layers.RandomRotation((0.25, 0.25))(np.array([[[1.0], [2.0]], [[3.0], [4.0]]]))
        >>> y[:, :, 0].round(3).tolist()
        [[2.0, 4.0], [1.0, 3.0]]
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.factor = factor_range("RandomRotation", "factor", factor, -1.0, 1.0)
        self._set(fill_mode, interpolation, seed, fill_value, data_format)

    def _matrix(self, batch: int, height: int, width: int) -> tuple[Any, ...]:
        angle = self._draw(batch, *self.factor) * (2 * math.pi)
        cos, sin = ops.cos(angle), ops.sin(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        return cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}


class RandomZoom(_RandomAffine):
    """Makes images smaller and larger at random, around their middles.

    Args:
        height_factor: Largest change of the height as part of it, or a pair (lower, upper); positive shows more of the
            surroundings, negative less. From above -1 to 1.
        width_factor: The same for the width. Defaults to None: the height's, so that shapes keep their proportions.
        fill_mode: What comes in at the edges: ``"reflect"`` (the mirror image), ``"wrap"``, ``"constant"`` or
            ``"nearest"``. Defaults to ``"reflect"``.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        fill_value: The constant. Defaults to 0.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.RandomZoom((-0.5, -0.5), (0.0, 0.0))
        >>> layer(np.array([[[0.0]], [[4.0]], [[8.0]]]))[:, 0, 0].tolist()
        [2.0, 4.0, 6.0]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._height = factor_range("RandomZoom", "height_factor", height_factor, -1.0, 1.0)
        self._width = None
        if width_factor is not None:
            self._width = factor_range("RandomZoom", "width_factor", width_factor, -1.0, 1.0)
        if -1.0 in (self._height[0], (self._width or self._height)[0]):
            raise ValueError(
                "RandomZoom: a factor of -1 leaves nothing to see; above -1 was expected. "
                f"Received: height_factor={height_factor!r}, width_factor={width_factor!r}."
            )
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._set(fill_mode, interpolation, seed, fill_value, data_format)

    def _matrix(self, batch: int, height: int, width: int) -> tuple[Any, ...]:
        rows = self._draw(batch, *self._height) + 1.0
        columns = rows if self._width is None else self._draw(batch, *self._width) + 1.0
        return columns, 0.0, (1.0 - columns) * ((width - 1) / 2), 0.0, rows, (1.0 - rows) * ((height - 1) / 2)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}
