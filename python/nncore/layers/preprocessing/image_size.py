"""Layers that give images another size."""

from __future__ import annotations

from typing import Any

from nncore import ops, random
from nncore.layers.preprocessing.images import ImageLayer
from nncore.ops.resampling import INTERPOLATIONS
from nncore.ops.spatial import sizes

__all__ = ["CenterCrop", "RandomCrop", "Resizing"]


class _Sized(ImageLayer):
    def _set_size(self, height: Any, width: Any, data_format: Any) -> None:
        cls = type(self).__name__
        self.height = sizes(cls, "height", height, 1)[0]
        self.width = sizes(cls, "width", width, 1)[0]
        self._set_format(data_format)

    def _cut(self, images: Any, top: int, left: int) -> Any:
        rows = self._rows_axis(images.shape)
        index: list[Any] = [slice(None)] * len(images.shape)
        index[rows] = slice(top, top + self.height)
        index[rows + 1] = slice(left, left + self.width)
        return images[tuple(index)]

    def _room(self, images: Any) -> tuple[int, int]:
        """How much larger than wanted the images are."""
        rows = self._rows_axis(images.shape)
        return images.shape[rows] - self.height, images.shape[rows + 1] - self.width

    def _shrunk(self, images: Any) -> Any:
        """The middle of the wanted aspect ratio, in the wanted size."""
        size = (self.height, self.width)
        return ops.image.resize(images, size, crop_to_aspect_ratio=True, data_format=self.data_format)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with the new height and width."""
        rows = self._rows_axis(input_shape)
        return (*input_shape[:rows], self.height, self.width, *input_shape[rows + 2 :])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "height": self.height, "width": self.width}


class Resizing(_Sized):
    """Resizes images.

    Args:
        height: New height.
        width: New width.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``. Defaults to
            ``"bilinear"``.
        crop_to_aspect_ratio: Cut the middle of the new aspect ratio out first. Defaults to False.
        pad_to_aspect_ratio: Add borders to the new aspect ratio first. Defaults to False.
        fill_mode: How borders are filled: ``"constant"``.
        fill_value: With what. Defaults to 0.
        antialias: Average over all pixels that a smaller image's pixel covers. Defaults to False.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, H, W, C)`` or ``(H, W, C)``, output with the new height and width, or channels first by
    ``data_format``. Integers stay integers, rounded.

    Raises:
        ValueError: If an argument is none of these, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Resizing(2, 3)(np.zeros((1, 6, 6, 1))).shape
        (1, 2, 3, 1)
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"Resizing: `interpolation` should be one of {sorted(INTERPOLATIONS)}. "
                f"Received: interpolation={interpolation!r}."
            )
        if fill_mode != "constant":
            raise ValueError(f"Resizing: `fill_mode` should be 'constant'. Received: fill_mode={fill_mode!r}.")
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError(
                "Resizing: either `crop_to_aspect_ratio` or `pad_to_aspect_ratio` may be True. Received: both."
            )
        self.interpolation = interpolation
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.antialias = bool(antialias)
        self._set_size(height, width, data_format)

    def call(self, inputs: Any) -> Any:
        """Resize ``inputs``."""
        dtype = str(inputs.dtype)
        resized = ops.image.resize(
            self._floats(inputs),
            (self.height, self.width),
            self.interpolation,
            self.antialias,
            self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio,
            self.fill_mode,
            self.fill_value,
            self.data_format,
        )
        return resized if dtype.startswith("float") else ops.saturate_cast(ops.round(resized), dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "interpolation": self.interpolation,
            "crop_to_aspect_ratio": self.crop_to_aspect_ratio,
            "pad_to_aspect_ratio": self.pad_to_aspect_ratio,
            "fill_mode": self.fill_mode,
            "fill_value": self.fill_value,
            "antialias": self.antialias,
        }


class CenterCrop(_Sized):
    """Cuts the middle out of images; smaller ones are resized, keeping their proportions.

    Args:
        height: New height.
        width: New width.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, H, W, C)`` or ``(H, W, C)``, output with the new height and width, or channels first by
    ``data_format``; of floats.

    Raises:
        ValueError: If a size is not positive, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.CenterCrop(1, 2)(np.arange(12.0).reshape(3, 4, 1))[0, :, 0].tolist()
        [5.0, 6.0]
    """

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set_size(height, width, data_format)

    def call(self, inputs: Any) -> Any:
        """Crop ``inputs``."""
        images = self._floats(inputs)
        top, left = self._room(images)
        return self._shrunk(images) if min(top, left) < 0 else self._cut(images, top // 2, left // 2)


class RandomCrop(_Sized):
    """Cuts a part out of images, at a place drawn at random for each batch.

    With ``training=False``, as in ``predict`` and ``evaluate``, and for images that are not larger, it takes the middle
    of the wanted aspect ratio and resizes it.

    Args:
        height: New height.
        width: New width.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        name: The layer's name.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, H, W, C)`` or ``(H, W, C)``, output with the new height and width, or channels first by
    ``data_format``; of floats.

    Raises:
        ValueError: If a size is not positive, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandomCrop(2, 2, seed=1)(np.zeros((5, 3, 4, 1))).shape
        (5, 2, 2, 1)
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.seed = seed
        self.generator = random.SeedGenerator(seed)
        self._set_size(height, width, data_format)

    def call(self, inputs: Any, training: bool = True) -> Any:
        """Crop ``inputs``."""
        images = self._floats(inputs)
        room = self._room(images)
        if not training or min(room) < 0 or room == (0, 0):
            return self._shrunk(images)
        rows = self._rows_axis(images.shape)
        shape = list(images.shape)
        shape[rows : rows + 2] = [self.height, self.width]
        starts = [ops.zeros((1,), "int32") for _ in shape]
        for axis, extra in enumerate(room, rows):
            starts[axis] = random.randint((1,), 0, extra + 1, seed=self.generator)
        return ops.slice(images, ops.concatenate(starts), shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "seed": self.seed}
