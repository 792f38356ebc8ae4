"""Layers that spread the values of images: by thresholds, extremes and histograms."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops
from nncore.layers.preprocessing.images import ImageLayer, RandomImageLayer, check_range, rescale, unit_factor
from nncore.ops.indexing import gather
from nncore.ops.spatial import sizes

__all__ = ["AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "Equalization", "Solarization"]


class Solarization(RandomImageLayer):
    """Turns the bright values of images around: what is above a threshold becomes its negative.

    Args:
        addition_factor: Largest number that is added before, as part of the range of values, from 0 to 1; or a pair.
            Defaults to 0.
        threshold_factor: Largest threshold as part of the range of values, from 0 to 1; or a pair. Defaults to 0.
        value_range: The values there are. Defaults to ``(0, 255)``.
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
        >>> layers.Solarization(threshold_factor=(0.5, 0.5))(np.array([[[10.0], [200.0]]])).ravel().tolist()
        [10.0, 55.0]
    """

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.addition_factor = unit_factor("Solarization", "addition_factor", addition_factor)
        self.threshold_factor = unit_factor("Solarization", "threshold_factor", threshold_factor)
        self.value_range = check_range("Solarization", value_range)
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        added, threshold = (
            ops.reshape(self._draw(batch, *factor), (batch, 1, 1, 1)) * 255.0
            for factor in (self.addition_factor, self.threshold_factor)
        )
        images = ops.clip(rescale(images, self.value_range, (0, 255)) + added, 0.0, 255.0)
        return rescale(ops.where(images < threshold, images, 255.0 - images), (0, 255), self.value_range)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "addition_factor": self.addition_factor,
            "threshold_factor": self.threshold_factor,
            "value_range": self.value_range,
        }


class _Spread(ImageLayer):
    """Changes each image by its own values; a subclass writes ``_spread(images)`` for values from 0 to 255."""

    def _set(self, value_range: Any, data_format: Any) -> None:
        self.value_range = check_range(type(self).__name__, value_range)
        self._set_format(data_format)

    def _changed(self, inputs: Any) -> Any:
        images = rescale(self._floats(inputs), self.value_range, (0, 255))
        single = len(images.shape) == 3
        images = ops.expand_dims(images, 0) if single else images
        first = self.data_format == "channels_first"
        y = self._spread(ops.transpose(images, (0, 2, 3, 1)) if first else images)
        y = ops.transpose(y, (0, 3, 1, 2)) if first else y
        return rescale(ops.squeeze(y, 0) if single else y, (0, 255), self.value_range)

    def _spread(self, images: Any) -> Any:
        raise AssertionError("written by the subclass")

    def call(self, inputs: Any) -> Any:
        """Spread the values of ``inputs``."""
        return self._changed(inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "value_range": self.value_range}


class AutoContrast(_Spread):
    """Stretches each channel of an image over the whole range of values.

    Args:
        value_range: The values there are. Defaults to ``(0, 255)``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AutoContrast((0, 1))(np.array([[[0.25], [0.5], [0.75]]])).ravel().tolist()
        [0.0, 0.5, 1.0]
    """

    def __init__(self, value_range: Any = (0, 255), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(value_range, data_format)

    def _spread(self, images: Any) -> Any:
        low, high = (f(images, axis=(1, 2), keepdims=True) for f in (ops.min, ops.max))
        flat = ops.equal(low, high)
        scale = 255.0 / ops.where(flat, 1.0, high - low)
        return ops.where(flat, images, ops.clip((images - low) * scale, 0.0, 255.0))


def _places(images: Any, bins: int) -> Any:
    """The bin of each value, int32."""
    return ops.cast(ops.clip(images * ((bins - 1) / 255.0), 0.0, float(bins - 1)), "int32")


class Equalization(_Spread):
    """Makes all values of each channel of an image about equally frequent.

    Args:
        value_range: The values there are. Defaults to ``(0, 255)``.
        bins: How many values are told apart. Defaults to 256.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It changes images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Equalization()(np.array([[[10.0], [20.0], [21.0]]])).ravel().tolist()
        [0.0, 128.0, 255.0]
    """

    def __init__(
        self, value_range: Any = (0, 255), bins: int = 256, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bins = sizes("Equalization", "bins", bins, 1, 2)[0]
        self._set(value_range, data_format)

    def call(self, inputs: Any, training: bool = True) -> Any:
        """Equalise ``inputs`` if ``training``."""
        return self._changed(inputs) if training else self._floats(inputs)

    def _spread(self, images: Any) -> Any:
        batch, height, width, channels = images.shape
        n, rows = height * width, batch * channels
        places = ops.reshape(ops.transpose(_places(images, self.bins), (0, 3, 1, 2)), (rows, n))
        counts = ops.bincount(places, minlength=self.bins)[:, : self.bins]
        total = ops.cast(ops.cumsum(counts, axis=1), images.dtype)
        first = ops.min(ops.where(total > 0, total, float(n)), axis=1, keepdims=True)
        table = ops.clip(ops.round((total - first) * 255.0 / ops.maximum(n - first, 1.0)), 0.0, 255.0)
        y = ops.reshape(ops.take_along_axis(table, places, axis=1), (batch, channels, height, width))
        y = ops.transpose(y, (0, 2, 3, 1))
        flat = ops.reshape(ops.count_nonzero(counts, axis=1) <= 1, (batch, 1, 1, channels))
        return ops.where(flat, images, y)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "bins": self.bins}


class ContrastLimitedAdaptiveHistogramEqualization(_Spread):
    """Makes all values about equally frequent, tile by tile, and passes smoothly from one tile to the next.

    Args:
        value_range: The values there are. Defaults to ``(0, 255)``.
        clip_limit: How many times the mean frequency a value may have before the rest is shared out among all, which
            limits contrast; 0 for no limit. Defaults to 4.
        tile_grid_size: Number of tiles along the height and the width. Defaults to ``(8, 8)``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2))
        >>> layer(np.ones((8, 8, 3))).shape
        (8, 8, 3)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        clip_limit: float = 4.0,
        tile_grid_size: Any = (8, 8),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.clip_limit = clip_limit
        self.tile_grid_size = sizes(type(self).__name__, "tile_grid_size", tile_grid_size, 2)
        self._set(value_range, data_format)

    def _spread(self, images: Any) -> Any:
        height, width = images.shape[1:3]
        tile = tuple(-(-n // g) for n, g in zip((height, width), self.tile_grid_size, strict=True))
        room = [t * g - n for t, g, n in zip(tile, self.tile_grid_size, (height, width), strict=True)]
        if any(room):
            images = ops.pad(images, ((0, 0), (0, room[0]), (0, room[1]), (0, 0)), mode="symmetric")
        pixels = ops.cast(ops.clip(images, 0.0, 255.0), "int32")
        y = self._between(self._tables(pixels, tile, images.dtype), pixels, tile)
        return y[:, :height, :width]

    def _tables(self, pixels: Any, tile: Any, dtype: Any) -> Any:
        """New values of old ones for each tile, ``(B, rows, columns, C, 256)``."""
        batch, _, _, channels = pixels.shape
        (rows, columns), n = self.tile_grid_size, tile[0] * tile[1]
        tiles = ops.reshape(pixels, (batch, rows, tile[0], columns, tile[1], channels))
        tiles = ops.reshape(ops.transpose(tiles, (0, 1, 3, 5, 2, 4)), (-1, n))
        counts = ops.cast(ops.bincount(tiles, minlength=256), dtype)
        if self.clip_limit > 0:
            kept = ops.minimum(counts, self.clip_limit * n / 256.0)
            counts = kept + ops.sum(counts - kept, axis=-1, keepdims=True) / 256.0
        total = ops.cumsum(counts, axis=-1)
        least = ops.min(total, axis=-1, keepdims=True)
        rest = n - least
        tables = ops.clip((total - least) * 255.0 / ops.where(ops.equal(rest, 0.0), 1.0, rest), 0.0, 255.0)
        return ops.reshape(tables, (batch, rows, columns, channels, 256))

    def _between(self, tables: Any, pixels: Any, tile: Any) -> Any:
        """Values from the tables of the four nearest tiles, weighted by distance."""
        batch, height, width, channels = pixels.shape
        flat = ops.reshape(tables, (-1, 1))
        corners: list[list[tuple[Any, Any]]] = []
        for axis, (n, t, g) in enumerate(zip((height, width), tile, self.tile_grid_size, strict=True), 1):
            place = (np.arange(n) - t / 2.0) / t
            low = np.floor(place)
            shape = [1, 1, 1, 1]
            shape[axis] = n
            ends = [(np.clip(low + up, 0, g - 1).astype("int32"), np.abs(1 - up - (place - low))) for up in (0, 1)]
            corners.append([(at.reshape(shape), weight.reshape(shape)) for at, weight in ends])
        image = np.arange(batch, dtype="int32").reshape(-1, 1, 1, 1)
        channel = np.arange(channels, dtype="int32")
        y: Any = 0.0
        rows, columns = self.tile_grid_size
        for row, row_weight in corners[0]:
            for column, column_weight in corners[1]:
                base = ((image * rows + row) * columns + column) * channels + channel
                values = ops.reshape(gather(flat, base * 256 + pixels, 0), pixels.shape)
                y = values * ops.cast(row_weight * column_weight, self.compute_dtype) + y
        return y

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "clip_limit": self.clip_limit, "tile_grid_size": self.tile_grid_size}
