"""What layers that vary images share."""

from __future__ import annotations

from typing import Any

from nncore import ops, random
from nncore.layers.layer import Layer
from nncore.ops.spatial import standardize_data_format

__all__ = ["FILL_MODES", "ImageLayer", "RandomImageLayer", "check_range", "factor_range", "rescale", "unit_factor"]

FILL_MODES = ("reflect", "wrap", "constant", "nearest")


def factor_range(name: str, argument: str, factor: Any, least: float, most: float) -> tuple[float, float]:
    """A factor argument as (lower, upper): a number ``f`` means ``(-f, f)``.

    Args:
        name: What the message should call the caller.
        argument: The argument's name.
        factor: Number or pair of numbers.
        least: The smallest number allowed.
        most: The largest number allowed.

    Returns:
        Pair of floats, the smaller one first.

    Raises:
        ValueError: For anything else.
    """

    def number(value: Any) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most

    if number(factor):
        return -abs(float(factor)), abs(float(factor))
    if isinstance(factor, (tuple, list)) and len(factor) == 2 and all(number(f) for f in factor):
        lower, upper = sorted(float(f) for f in factor)
        return lower, upper
    raise ValueError(
        f"{name}: `{argument}` should be a number from {least} to {most}, or a pair of them. "
        f"Received: {argument}={factor!r}."
    )


class ImageLayer(Layer):
    """A layer of images ``(H, W, C)`` or batches of them, or with channels first."""

    def _set_format(self, data_format: Any) -> None:
        self.data_format = standardize_data_format(type(self).__name__, data_format)
        self.built = True

    def _floats(self, inputs: Any) -> Any:
        if isinstance(inputs, dict) or len(inputs.shape) not in (3, 4):
            received = "a dictionary" if isinstance(inputs, dict) else f"inputs.shape={tuple(inputs.shape)}"
            raise ValueError(
                f'Layer "{self.name}": an image of three dimensions or a batch of four was expected. '
                f"Received: {received}."
            )
        return ops.cast(inputs, self.compute_dtype)

    def _rows_axis(self, shape: Any) -> int:
        return len(shape) - (3 if self.data_format == "channels_last" else 2)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "data_format": self.data_format}


def unit_factor(name: str, argument: str, factor: Any, most: float = 1.0, low: float = 0.0) -> tuple[float, float]:
    """A factor argument from ``low`` to ``most`` as (lower, upper): a number ``f`` means ``(low, f)``.

    Args:
        name: What the message should call the caller.
        argument: The argument's name.
        factor: Number or pair of numbers.
        most: The largest number allowed. Defaults to 1.
        low: The smallest number allowed. Defaults to 0.

    Returns:
        Pair of floats, the smaller one first.

    Raises:
        ValueError: For anything else.
    """
    pair = factor if isinstance(factor, (tuple, list)) else (low, factor)
    return factor_range(name, argument, tuple(pair), low, most)


def check_range(name: str, value_range: Any) -> tuple[Any, Any]:
    """The ``value_range`` argument: the darkest and the brightest value.

    Args:
        name: What the message should call the caller.
        value_range: Two numbers.

    Returns:
        The two, the smaller one first.

    Raises:
        ValueError: For anything else.
    """
    if isinstance(value_range, (tuple, list)) and len(value_range) == 2 and value_range[0] < value_range[1]:
        return value_range[0], value_range[1]
    raise ValueError(
        f"{name}: `value_range` should be two numbers, the smaller one first. Received: value_range={value_range!r}."
    )


def rescale(images: Any, old: Any, new: Any) -> Any:
    """Values of one range stretched to another.

    Args:
        images: Array.
        old: The range they are in.
        new: The range they should be in.

    Returns:
        Array of the same shape.
    """
    if tuple(old) == tuple(new):
        return images
    return (images - old[0]) * ((new[1] - new[0]) / (old[1] - old[0])) + new[0]


class RandomImageLayer(ImageLayer):
    """Varies each image of a batch by random numbers of its own, unless ``training`` is False.

    A subclass writes ``_vary(images, batch)``, for a batch of floats.
    """

    def _set_random(self, seed: int | None, data_format: Any) -> None:
        self.seed = seed
        self.generator = random.SeedGenerator(seed)
        self._set_format(data_format)

    def call(self, inputs: Any, training: bool = True) -> Any:
        """Vary ``inputs`` if ``training``."""
        images = self._floats(inputs)
        if not training:
            return images
        if len(images.shape) == 3:
            return ops.reshape(self._vary(ops.expand_dims(images, 0), 1), images.shape)
        return self._vary(images, images.shape[0])

    def _vary(self, images: Any, batch: int) -> Any:
        raise AssertionError("written by the subclass")

    def _draw(self, batch: int, lower: float, upper: float) -> Any:
        """One uniform number per image, ``(B, 1)``."""
        return random.uniform((batch, 1), lower, upper, dtype=self.compute_dtype, seed=self.generator)

    def _chance(self, batch: int, factor: tuple[float, float]) -> Any:
        """Whether something happens to an image, ``(B, 1, 1, 1)``, with a probability drawn between two."""
        likely = self._draw(batch, *factor)
        return ops.reshape(self._draw(batch, 0.0, 1.0) < likely, (batch, 1, 1, 1))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "seed": self.seed}
