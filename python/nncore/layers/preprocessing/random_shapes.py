"""Layers that shear, bend, blur and partly erase images at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncore import ops, random
from nncore.layers.preprocessing.images import RandomImageLayer, check_range, unit_factor
from nncore.layers.preprocessing.random_affine import _RandomAffine
from nncore.ops.spatial import sizes

__all__ = ["RandomElasticTransform", "RandomErasing", "RandomGaussianBlur", "RandomPerspective", "RandomShear", "boxes"]


class RandomShear(_RandomAffine):
    """Shears images by random amounts.

    Args:
        x_factor: Largest shift to the side from one row to the next, in pixels, from 0 to 1; or a pair (smallest,
            largest), in either direction. Defaults to 0.
        y_factor: The same for the shift down from one column to the next. Defaults to 0.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        fill_mode: What comes in at the edges: ``"reflect"`` (the mirror image), ``"wrap"``, ``"constant"`` or
            ``"nearest"``. Defaults to ``"reflect"``.
        fill_value: The constant. Defaults to 0.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandomShear(0.2)(np.ones((2, 4, 4, 3))).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.x_factor = unit_factor("RandomShear", "x_factor", x_factor)
        self.y_factor = unit_factor("RandomShear", "y_factor", y_factor)
        self._given = {"x_factor": x_factor, "y_factor": y_factor}
        self._set(fill_mode, interpolation, seed, fill_value, data_format)

    def _matrix(self, batch: int, height: int, width: int) -> tuple[Any, ...]:
        sign = ops.where(self._draw(batch, 0.0, 1.0) > 0.5, -1.0, 1.0)
        # A number stands for both directions, as does the sign that is common to both axes.
        x, y = (
            self._draw(batch, -high if isinstance(given, (int, float)) else low, high) * sign
            for (low, high), given in zip((self.x_factor, self.y_factor), self._given.values(), strict=True)
        )
        return 1.0, x, 0.0, y, 1.0, 0.0

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), **self._given}


class RandomPerspective(RandomImageLayer):
    """Pulls the corners of some images to random places.

    Args:
        factor: Which part of the images, from 0 to 1, or a pair between which the probability is drawn. Defaults to 1.
        scale: How far corners move, as part of the image, from 0 to 1. Defaults to 1.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        fill_value: What lies outside of the image. Defaults to 0.
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
        >>> layers.RandomPerspective(scale=0.2)(np.ones((2, 4, 4, 3))).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.factor = unit_factor("RandomPerspective", "factor", factor)
        unit_factor("RandomPerspective", "scale", (0.0, scale))
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                "RandomPerspective: `interpolation` should be 'nearest' or 'bilinear'. "
                f"Received: interpolation={interpolation!r}."
            )
        self.scale, self.interpolation, self.fill_value = scale, interpolation, fill_value
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        rows = self._rows_axis(images.shape)
        right, down = float(images.shape[rows + 1] - 1), float(images.shape[rows] - 1)
        chosen = self._chance(batch, self.factor)
        start = np.array([[[0.0, 0.0], [right, 0.0], [0.0, down], [right, down]]], self.compute_dtype)
        shape, half = (batch, 4, 2), 0.5 * self.scale
        moved = random.uniform(shape, -half, half, dtype=self.compute_dtype, seed=self.generator)
        start = ops.broadcast_to(start, shape)
        y = ops.image.perspective_transform(
            images, start, start + start * moved, self.interpolation, self.fill_value, self.data_format
        )
        return ops.where(chosen, y, images)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "factor": self.factor,
            "scale": self.scale,
            "interpolation": self.interpolation,
            "fill_value": self.fill_value,
        }


class RandomElasticTransform(RandomImageLayer):
    """Bends some images by random waves.

    Args:
        factor: Which part of the images, from 0 to 1, or a pair between which the probability is drawn. Defaults to 1.
        scale: Strength of the waves, from 0 to 1, or a pair: they are as long and high as the larger of the two says.
            Defaults to 1.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        fill_mode: What comes in at the edges: ``"reflect"``, ``"wrap"``, ``"constant"``, ``"nearest"`` or ``"mirror"``.
            Defaults to ``"reflect"``.
        fill_value: The constant. Defaults to 0.
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
        >>> layers.RandomElasticTransform()(np.ones((2, 8, 8, 3))).shape
        (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        name = "RandomElasticTransform"
        self.factor = unit_factor(name, "factor", factor)
        self.scale = unit_factor(name, "scale", scale)
        modes = ("constant", "nearest", "wrap", "mirror", "reflect")
        if interpolation not in ("nearest", "bilinear") or fill_mode not in modes:
            raise ValueError(
                f"{name}: `interpolation` should be 'nearest' or 'bilinear', `fill_mode` one of {modes}. "
                f"Received: interpolation={interpolation!r}, fill_mode={fill_mode!r}."
            )
        self.interpolation, self.fill_mode, self.fill_value = interpolation, fill_mode, fill_value
        self.value_range = check_range(name, value_range)
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        rows = self._rows_axis(images.shape)
        height, width = images.shape[rows : rows + 2]
        chosen = self._chance(batch, self.factor)
        # The length of waves decides how many pixels are averaged, so it is fixed; their height is drawn.
        low, most = self.scale
        strength = 1.0 if not most else self._draw(1, low / most, 1.0)[0, 0]
        bent = ops.image.elastic_transform(
            images,
            max(height, width) * 0.1 * most,
            max(min(height, width) * 0.05 * most, 1e-3),
            self.interpolation,
            self.fill_mode,
            self.fill_value,
            self.generator,
            self.data_format,
        )
        mixed = images + (bent - images) * strength if low != most else bent
        return ops.clip(ops.where(chosen, mixed, images), *self.value_range)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "factor": self.factor,
            "scale": self.scale,
            "interpolation": self.interpolation,
            "fill_mode": self.fill_mode,
            "fill_value": self.fill_value,
            "value_range": self.value_range,
        }


class RandomGaussianBlur(RandomImageLayer):
    """Blurs some images with bell curves of random width.

    Args:
        factor: Which part of the images, from 0 to 1, or a pair between which the probability is drawn. Defaults to 1.
        kernel_size: Number of pixels of the curve along width and height, odd; one number for both. Defaults to 3.
        sigma: Largest standard deviation, from 0 to 1 pixels, or a pair (smallest, largest). Defaults to 1.
        value_range: The values there are; results are clipped to them. Defaults to ``(0, 255)``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, C)`` or ``(H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandomGaussianBlur()(np.ones((2, 4, 4, 3))).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        kernel_size: Any = 3,
        sigma: Any = 1.0,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.factor = unit_factor("RandomGaussianBlur", "factor", factor)
        self.kernel_size = sizes("RandomGaussianBlur", "kernel_size", kernel_size, 2)
        if any(n % 2 == 0 for n in self.kernel_size):
            raise ValueError(
                f"RandomGaussianBlur: `kernel_size` should be odd. Received: kernel_size={self.kernel_size}."
            )
        self.sigma = unit_factor("RandomGaussianBlur", "sigma", sigma)
        self.value_range = check_range("RandomGaussianBlur", value_range)
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        chosen = self._chance(batch, self.factor)
        sigma = random.uniform((2,), *self.sigma, dtype=self.compute_dtype, seed=self.generator) + 1e-6
        blurred = ops.image.gaussian_blur(images, self.kernel_size, sigma, self.data_format)
        return ops.clip(ops.where(chosen, blurred, images), *self.value_range)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "factor": self.factor,
            "kernel_size": self.kernel_size,
            "sigma": self.sigma,
            "value_range": self.value_range,
        }


def boxes(layer: Any, shape: Any, ratios: Any) -> tuple[Any, Any]:
    """Rectangles at random places of images.

    Args:
        layer: The layer that draws.
        shape: Shape of the batch of images.
        ratios: Height and width of each rectangle as parts of the image's, two arrays ``(B, 1)``.

    Returns:
        Whether a pixel lies in its image's rectangle, in a shape that broadcasts with the images; and the part of the
        image that the rectangle covers, ``(B, 1, 1, 1)``.
    """
    batch, rows = shape[0], layer._rows_axis(shape)
    inside: Any = None
    for axis, ratio in zip((rows, rows + 1), ratios, strict=True):
        length = ops.reshape(ratio, (batch, 1, 1, 1)) * float(shape[axis])
        start = ops.reshape(layer._draw(batch, 0.0, 1.0), (batch, 1, 1, 1)) * (float(shape[axis]) - length)
        place = np.arange(shape[axis], dtype=layer.compute_dtype).reshape([-1 if i == axis else 1 for i in range(4)])
        here = ops.logical_and(place >= start, place < start + length)
        inside = here if inside is None else ops.logical_and(inside, here)
    return inside, ops.reshape(ratios[0] * ratios[1], (batch, 1, 1, 1))


class RandomErasing(RandomImageLayer):
    """Erases a random rectangle of some images.

    Args:
        factor: Which part of the images, from 0 to 1, or a pair between which the probability is drawn. Defaults to 1.
        scale: Smallest and largest squares of a rectangle's sides, as parts of the image's. Defaults to (0.02, 0.33).
        fill_value: What comes in the rectangle's place: a number, or one for each of three channels. Defaults to None:
            noise.
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
        >>> y = layers.RandomErasing((1.0, 1.0), (1.0, 1.0), fill_value=7.0)(np.ones((2, 2, 1)))
        >>> y.ravel().tolist()
        [7.0, 7.0, 7.0, 7.0]
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = (0.02, 0.33),
        fill_value: Any = None,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.factor = unit_factor("RandomErasing", "factor", factor)
        self.scale = unit_factor("RandomErasing", "scale", scale)
        if fill_value is not None and not isinstance(fill_value, (int, float)) and len(fill_value) != 3:
            raise ValueError(
                f"RandomErasing: `fill_value` should be None, a number, or three. Received: fill_value={fill_value!r}."
            )
        self.fill_value = fill_value
        self.value_range = check_range("RandomErasing", value_range)
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        ratios = [ops.sqrt(self._draw(batch, *self.scale)) for _ in range(2)]
        inside, _ = boxes(self, images.shape, ratios)
        chosen = self._chance(batch, self.factor)
        if self.fill_value is None:
            noise = random.normal(images.shape, dtype=self.compute_dtype, seed=self.generator)
            fill = noise * float(self.value_range[1])
        else:
            shape = (-1, 1, 1) if self.data_format == "channels_first" else (-1,)
            fill = ops.reshape(ops.convert_to_tensor(self.fill_value, dtype=self.compute_dtype), shape)
        fill = ops.clip(fill, *self.value_range)
        return ops.where(ops.logical_and(inside, chosen), fill, images)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "factor": self.factor,
            "scale": self.scale,
            "fill_value": self.fill_value,
            "value_range": self.value_range,
        }
