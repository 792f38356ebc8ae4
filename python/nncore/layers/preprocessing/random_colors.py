"""Layers that vary the colours of images at random."""

from __future__ import annotations

from typing import Any

from nncore import config, ops
from nncore.layers.preprocessing.images import RandomImageLayer, check_range, rescale, unit_factor
from nncore.layers.preprocessing.random_color import RandomBrightness, RandomContrast

__all__ = [
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPosterization",
    "RandomSaturation",
    "RandomSharpness",
]


class _RandomColors(RandomImageLayer):
    """A layer with a factor and a range of values."""

    factor: tuple[float, float]
    value_range: Any

    def _set(self, factor: Any, value_range: Any, seed: Any, data_format: Any) -> None:
        cls = type(self).__name__
        self.factor = unit_factor(cls, "factor", factor)
        self.value_range = check_range(cls, value_range)
        self._set_random(seed, data_format)

    def _factors(self, batch: int) -> Any:
        """A number between the two factors for each image, ``(B, 1, 1, 1)``."""
        return ops.reshape(self._draw(batch, *self.factor), (batch, 1, 1, 1))

    def _channels(self) -> int:
        return 3 if self.data_format == "channels_last" else 1

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor, "value_range": self.value_range}


class RandomHue(_RandomColors):
    """Turns the colours of images around the circle of hues by random angles.

    Args:
        factor: Largest turn in either direction, as part of half a circle, from 0 to 1; or a pair (smallest, largest).
        value_range: The values there are. Defaults to ``(0, 255)``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, 3)`` or ``(H, W, 3)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> y = layers.RandomHue((1.0, 1.0), (0, 1))(np.array([[[1.0, 0.0, 0.0]]]))  # half a circle from red
        >>> y.round(4).tolist()
        [[[0.0, 1.0, 1.0]]]
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set(factor, value_range, seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        sign = ops.where(self._draw(batch, 0.0, 1.0) > 0.5, -0.5, 0.5)
        turn = ops.reshape(sign * self._draw(batch, *self.factor), (batch, 1, 1, 1))
        axis = self._channels()
        images = rescale(images, self.value_range, (0, 1))
        hue, saturation, value = ops.split(ops.image.rgb_to_hsv(images, self.data_format), 3, axis=axis)
        hue = hue + turn
        turned = ops.concatenate([hue - ops.floor(hue), saturation, value], axis=axis)
        images = ops.clip(ops.image.hsv_to_rgb(turned, self.data_format), 0.0, 1.0)
        return rescale(images, (0, 1), self.value_range)


class RandomSaturation(_RandomColors):
    """Makes the colours of images paler or stronger at random.

    Args:
        factor: From 0 to 1: 0 is grey, 0.5 leaves an image alone, 1 is the strongest colours; or a pair (smallest,
            largest). A number ``f`` means ``(0, f)``.
        value_range: The values there are. Defaults to ``(0, 255)``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, 3)`` or ``(H, W, 3)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandomSaturation((0.0, 0.0), (0, 1))(np.array([[[1.0, 0.5, 0.0]]])).tolist()
        [[[1.0, 1.0, 1.0]]]
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set(factor, value_range, seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        factor = self._factors(batch)
        axis = self._channels()
        hue, saturation, value = ops.split(ops.image.rgb_to_hsv(images, self.data_format), 3, axis=axis)
        saturation = ops.clip(saturation * (factor / (1.0 - factor + config.epsilon())), 0.0, 1.0)
        return ops.image.hsv_to_rgb(ops.concatenate([hue, saturation, value], axis=axis), self.data_format)


class RandomGrayscale(RandomImageLayer):
    """Takes the colours of some images away.

    Args:
        factor: Which part of the images, from 0 to 1. Defaults to 0.5.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, 3)`` or ``(H, W, 3)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If ``factor`` is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandomGrayscale(factor=1.0)(np.array([[[10.0, 20.0, 30.0]]])).round(2).tolist()
        [[[18.149999618530273, 18.149999618530273, 18.149999618530273]]]
    """

    def __init__(
        self, factor: float = 0.5, data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        unit_factor("RandomGrayscale", "factor", (0.0, factor))
        self.factor = factor
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        chosen = self._chance(batch, (self.factor, self.factor))
        return ops.where(chosen, ops.image.rgb_to_grayscale(images, self.data_format), images)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}


class RandomColorDegeneration(_RandomColors):
    """Moves the colours of images towards grey by random parts of the way.

    Args:
        factor: Largest part, from 0 (nothing) to 1 (grey), or a pair (smallest, largest).
        value_range: The values there are; results are clipped to them. Defaults to ``(0, 255)``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, 3)`` or ``(H, W, 3)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandomColorDegeneration((0.0, 0.0))(np.array([[[10.0, 20.0, 30.0]]])).tolist()
        [[[10.0, 20.0, 30.0]]]
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set(factor, value_range, seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        grey = ops.image.rgb_to_grayscale(images, self.data_format)
        return ops.clip(images + self._factors(batch) * (grey - images), *self.value_range)


class RandomInvert(_RandomColors):
    """Makes negatives of some images.

    Args:
        factor: Which part of the images, from 0 to 1, or a pair between which the probability is drawn. Defaults to 1.
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
        >>> layers.RandomInvert((1.0, 1.0))(np.array([[[0.0], [200.0]]])).ravel().tolist()
        [255.0, 55.0]
    """

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set(factor, value_range, seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        return ops.where(self._chance(batch, self.factor), self.value_range[1] - images, images)


class RandomSharpness(_RandomColors):
    """Sharpens or blurs images at random.

    Args:
        factor: From 0 (blurred) over 0.5 (as it is) to 1 (sharpened), or a pair (smallest, largest). A number ``f``
            means ``(0, f)``.
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
        >>> layers.RandomSharpness((0.5, 0.5))(np.array([[[7.0], [200.0]]])).ravel().tolist()
        [7.0, 200.0]
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set(factor, value_range, seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        blur = 1.0 - self._factors(batch) * 2.0
        channels = images.shape[self._channels()]
        around, middle = 1.0 / 13, 5.0 / 13
        taps = ops.convert_to_tensor([[around] * 3, [around, middle, around], [around] * 3], dtype=self.compute_dtype)
        kernel = ops.broadcast_to(ops.reshape(taps, (3, 3, 1, 1)), (3, 3, channels, 1))
        smooth = ops.depthwise_conv(images, kernel, padding="same", data_format=self.data_format)
        return ops.clip(images + blur * (smooth - images), *self.value_range)


class RandomPosterization(RandomImageLayer):
    """Leaves images a random number of bits for each value.

    Args:
        factor: Number of bits, from 1 to 8, or a pair (smallest, largest, the latter not included).
        value_range: The values there are. Defaults to ``(0, 255)``.
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
        >>> layers.RandomPosterization((2, 2))(np.array([[[10.0], [100.0], [250.0]]])).ravel().tolist()
        [0.0, 64.0, 192.0]
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.factor = unit_factor("RandomPosterization", "factor", factor, 8.0, 1.0)
        self.value_range = check_range("RandomPosterization", value_range)
        self._set_random(seed, data_format)

    def _vary(self, images: Any, batch: int) -> Any:
        low, high = (int(f) for f in self.factor)
        bits: Any = float(low)
        if low != high:
            bits = ops.floor(ops.reshape(self._draw(batch, float(low), float(high)), (batch, 1, 1, 1)))
        step = ops.power(2.0, ops.cast(8.0 - bits, self.compute_dtype))
        whole = ops.floor(ops.clip(rescale(images, self.value_range, (0, 255)), 0.0, 255.0))
        return rescale(ops.floor(whole / step) * step, (0, 255), self.value_range)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor, "value_range": self.value_range}


class RandomColorJitter(RandomImageLayer):
    """Varies brightness, contrast, saturation and hue of images at random, one after the other.

    Args:
        value_range: The values there are. Defaults to ``(0, 255)``.
        brightness_factor: As for ``RandomBrightness``. Defaults to None: not varied.
        contrast_factor: As for ``RandomContrast``. Defaults to None: not varied.
        saturation_factor: As for ``RandomSaturation``. Defaults to None: not varied.
        hue_factor: As for ``RandomHue``. Defaults to None: not varied.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, 3)`` or ``(H, W, 3)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandomColorJitter(brightness_factor=(0.1, 0.1))(np.array([[[0.0, 10.0, 20.0]]])).ravel().tolist()
        [25.5, 35.5, 45.5]
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.value_range = check_range("RandomColorJitter", value_range)
        self._factors = {
            "brightness_factor": brightness_factor,
            "contrast_factor": contrast_factor,
            "saturation_factor": saturation_factor,
            "hue_factor": hue_factor,
        }
        self._set_random(seed, data_format)
        same = {"value_range": value_range, "data_format": self.data_format, "dtype": self.compute_dtype}
        kinds = (RandomBrightness, RandomContrast, RandomSaturation, RandomHue)
        self._steps = [
            # Draws of their own, that follow from the one seed.
            kind(factor, seed=None if seed is None else seed + i, **same)
            for i, (kind, factor) in enumerate(zip(kinds, self._factors.values(), strict=True))
            if factor is not None
        ]

    def _vary(self, images: Any, batch: int) -> Any:
        for step in self._steps:
            images = step(images, training=True)
        return images

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "value_range": self.value_range, **self._factors}
