"""Layers that mix images with others of the batch."""

from __future__ import annotations

from typing import Any

from nncore import ops, random
from nncore.layers.preprocessing.images import RandomImageLayer, unit_factor
from nncore.layers.preprocessing.random_shapes import boxes

__all__ = ["CutMix", "MixUp"]


class _Mix(RandomImageLayer):
    """Mixes images; a subclass writes ``_mixed(images, others, batch)``: the images, and what of them is left."""

    def call(self, inputs: Any, training: bool = True) -> Any:
        """Mix ``inputs`` if ``training``: images, or a dictionary of images and labels."""
        images = inputs
        if isinstance(inputs, dict):
            if set(inputs) - {"images", "labels"}:
                raise ValueError(
                    f'Layer "{self.name}": images, or a dictionary with "images" and "labels", were expected. '
                    f"Received: {sorted(inputs)}."
                )
            images = inputs["images"]
        images = self._floats(images)
        batch = images.shape[0]
        if not training or len(images.shape) == 3:
            return {**inputs, "images": images} if isinstance(inputs, dict) else images
        order = random.permutation(batch, seed=self.generator)
        mixed, left = self._mixed(images, ops.take(images, order, axis=0), batch)
        if not isinstance(inputs, dict):
            return mixed
        if "labels" not in inputs:
            return {"images": mixed}
        labels = ops.cast(inputs["labels"], self.compute_dtype)
        left = ops.reshape(left, (batch, *(1 for _ in labels.shape[1:])))
        return {"images": mixed, "labels": left * labels + (1.0 - left) * ops.take(labels, order, axis=0)}

    def _mixed(self, images: Any, others: Any, batch: int) -> tuple[Any, Any]:
        raise AssertionError("written by the subclass")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shapes."""
        return input_shape


class MixUp(_Mix):
    """Fades each image into another one of the batch, and its label likewise.

    Args:
        alpha: Both parameters of the beta distribution of the parts: small ones leave most of one image. Defaults to
            0.2.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back. Called on
    ``{"images": images, "labels": labels}`` it mixes labels (one-hot, ``(B, classes)``) in the same parts.

    Shapes: input and output ``(B, H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If ``alpha`` is not positive, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> mixed = layers.MixUp()({"images": np.ones((4, 8, 8, 3)), "labels": np.eye(4)})
        >>> mixed["labels"].sum(axis=1).round(4).tolist()
        [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self, alpha: float = 0.2, data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(alpha, (int, float)) or not alpha > 0:
            raise ValueError(f"MixUp: `alpha` should be a positive number. Received: alpha={alpha!r}.")
        self.alpha = alpha
        self._set_random(seed, data_format)

    def _mixed(self, images: Any, others: Any, batch: int) -> tuple[Any, Any]:
        left = random.beta((batch, 1, 1, 1), self.alpha, self.alpha, dtype=self.compute_dtype, seed=self.generator)
        return left * images + (1.0 - left) * others, left

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "alpha": self.alpha}


class CutMix(_Mix):
    """Puts a random rectangle of another image of the batch into each image, and mixes labels by area.

    Args:
        factor: Both parameters of the beta distribution of the areas, from 0 to 1, drawn between the two of a pair.
            Defaults to 1.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back. Called on
    ``{"images": images, "labels": labels}`` it mixes labels (one-hot, ``(B, classes)``) in the same parts.

    Shapes: input and output ``(B, H, W, C)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If ``factor`` is out of range, or the input is no image.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> mixed = layers.CutMix()({"images": np.ones((4, 8, 8, 3)), "labels": np.eye(4)})
        >>> mixed["labels"].sum(axis=1).round(4).tolist()
        [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self, factor: Any = 1.0, seed: int | None = None, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.factor = unit_factor("CutMix", "factor", factor)
        self._set_random(seed, data_format)

    def _mixed(self, images: Any, others: Any, batch: int) -> tuple[Any, Any]:
        alpha = random.uniform((), *self.factor, dtype=self.compute_dtype, seed=self.generator) + 1e-6
        left = random.beta((batch, 1), alpha, alpha, dtype=self.compute_dtype, seed=self.generator)
        side = ops.sqrt(1.0 - left)
        inside, area = boxes(self, images.shape, (side, side))
        return ops.where(inside, others, images), 1.0 - area

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}
