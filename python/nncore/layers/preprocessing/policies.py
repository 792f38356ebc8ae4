"""Layers that vary images by other layers, which they choose at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nncore import ops, random
from nncore.layers.preprocessing.histograms import AutoContrast, Equalization, Solarization
from nncore.layers.preprocessing.images import RandomImageLayer, check_range, unit_factor
from nncore.layers.preprocessing.random_affine import RandomRotation, RandomTranslation
from nncore.layers.preprocessing.random_color import RandomBrightness, RandomContrast
from nncore.layers.preprocessing.random_colors import RandomColorDegeneration, RandomPosterization, RandomSharpness
from nncore.layers.preprocessing.random_shapes import RandomShear

__all__ = ["AugMix", "RandAugment"]


def _augmenters(layer: Any, colours: bool) -> list[Any]:
    """The layers to choose from."""
    factor, kind = layer.factor, layer.interpolation
    same: dict[str, Any] = {"data_format": layer.data_format, "dtype": layer.compute_dtype}
    seeds = iter(range(100))

    def drawing(cls: Any, *args: Any, **more: Any) -> Any:
        seed = None if layer.seed is None else layer.seed + 1 + next(seeds)
        return cls(*args, **more, **same, seed=seed)

    values = {"value_range": layer.value_range}
    bits = max(1, int(8 * factor[1]))
    made = [
        drawing(RandomShear, factor, factor, interpolation=kind),
        drawing(RandomTranslation, factor, factor, interpolation=kind),
        drawing(RandomRotation, factor, interpolation=kind),
        drawing(RandomPosterization, (bits, bits), **values),
        drawing(Solarization, factor, factor, **values),
        AutoContrast(**values, **same),
        Equalization(**values, **same),
    ]
    if colours:
        kinds = (RandomBrightness, RandomColorDegeneration, RandomContrast, RandomSharpness)
        made += [drawing(cls, factor, **values) for cls in kinds]
    return made


def _branch(layer: Any) -> Callable[[Any], Any]:
    return lambda images: layer(images, training=True)


class _Policy(RandomImageLayer):
    factor: tuple[float, float]
    value_range: Any
    interpolation: str

    def _set(self, value_range: Any, factor: Any, interpolation: str, seed: Any, data_format: Any) -> None:
        cls = type(self).__name__
        self.value_range = check_range(cls, value_range)
        self.factor = unit_factor(cls, "factor", factor)
        self.interpolation = interpolation
        self._set_random(seed, data_format)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "value_range": self.value_range,
            "factor": self.factor,
            "interpolation": self.interpolation,
        }


class RandAugment(_Policy):
    """Varies images by a few transformations, drawn anew for each batch.

    The transformations are shear, translation, rotation, brightness, contrast, sharpness, colour degeneration,
    posterization, solarization, auto-contrast and equalization.

    Args:
        value_range: The values there are. Defaults to ``(0, 255)``.
        num_ops: How many transformations follow each other. Defaults to 2.
        factor: Strength of all of them, from 0 to 1, or a pair. Defaults to 0.5.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, 3)`` or ``(H, W, 3)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Reference:
        Cubuk et al., "RandAugment: practical automated data augmentation with a reduced search space", 2019.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.RandAugment()(np.ones((2, 8, 8, 3))).shape
        (2, 8, 8, 3)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_ops: int = 2,
        factor: Any = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(num_ops, int) or num_ops < 0:
            raise ValueError(f"RandAugment: `num_ops` should be a whole number from 0 on. Received: {num_ops!r}.")
        self.num_ops = num_ops
        self._set(value_range, factor, interpolation, seed, data_format)
        self._augmenters = _augmenters(self, True)

    def _vary(self, images: Any, batch: int) -> Any:
        branches = [_branch(layer) for layer in self._augmenters]
        for _ in range(self.num_ops):
            choice = random.randint((), 0, len(branches), seed=self.generator)
            images = ops.switch(choice, branches, images)
        return images

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "num_ops": self.num_ops}


class AugMix(_Policy):
    """Mixes images with several chains of transformations of themselves, drawn anew for each batch.

    Args:
        value_range: The values there are. Defaults to ``(0, 255)``.
        num_chains: Number of chains. Defaults to 3.
        chain_depth: Largest number of transformations in a chain. Defaults to 3.
        factor: Strength of the transformations, from 0 to 1, or a pair. Defaults to 0.3.
        alpha: Parameter of the distributions of the parts in which chains and image are mixed. Defaults to 1.
        all_ops: Whether brightness, contrast, sharpness and colour degeneration are among the transformations, too.
            Defaults to True.
        interpolation: ``"nearest"`` or ``"bilinear"``. Defaults to ``"bilinear"``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    It varies images in ``fit`` and when it is called alone; with ``training=False`` it gives them back.

    Shapes: input and output ``(B, H, W, 3)`` or ``(H, W, 3)``, or channels first by ``data_format``; of floats.

    Raises:
        ValueError: If an argument is out of range, or the input is no image.

    Reference:
        Hendrycks et al., "AugMix: a simple data processing method to improve robustness and uncertainty", 2019.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.AugMix()(np.ones((2, 8, 8, 3))).shape
        (2, 8, 8, 3)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Any = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for name, number in (("num_chains", num_chains), ("chain_depth", chain_depth)):
            if not isinstance(number, int) or number < 1:
                raise ValueError(f"AugMix: `{name}` should be a positive integer. Received: {name}={number!r}.")
        if not isinstance(alpha, (int, float)) or not alpha > 0:
            raise ValueError(f"AugMix: `alpha` should be a positive number. Received: alpha={alpha!r}.")
        self.num_chains, self.chain_depth, self.alpha, self.all_ops = num_chains, chain_depth, alpha, all_ops
        self._set(value_range, factor, interpolation, seed, data_format)
        self._augmenters = _augmenters(self, all_ops)

    def _vary(self, images: Any, batch: int) -> Any:
        branches = [_branch(layer) for layer in self._augmenters] + [lambda x: x]
        same: dict[str, Any] = {"dtype": self.compute_dtype, "seed": self.generator}
        parts = random.gamma((self.num_chains,), self.alpha, **same)
        parts = parts / ops.sum(parts)
        whole = random.beta((), self.alpha, self.alpha, **same)
        mixed: Any = 0.0
        for chain in range(self.num_chains):
            varied = images
            for _ in range(self.chain_depth):
                choice = random.randint((), 0, len(branches), seed=self.generator)
                varied = ops.switch(choice, branches, varied)
            mixed = varied * parts[chain] + mixed
        return ops.clip(whole * images + (1.0 - whole) * mixed, *self.value_range)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "num_chains": self.num_chains,
            "chain_depth": self.chain_depth,
            "alpha": self.alpha,
            "all_ops": self.all_ops,
        }
