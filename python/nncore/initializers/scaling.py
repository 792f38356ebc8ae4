"""Initializers whose spread follows from the shape: Glorot, He, LeCun and the general one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nncore import random
from nncore.initializers.base import check_float_dtype
from nncore.initializers.random import RandomInitializer

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "VarianceScaling",
    "compute_fans",
]

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")
# Standard deviation of a unit normal that is cut at two: what is drawn is divided by it.
_CUT_STDDEV = 0.87962566103423978


def compute_fans(
    shape: Sequence[int],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[int, int]:
    """Count the inputs and outputs that a weight connects.

    Args:
        shape: Shape of the weight. Without axes, a kernel's layout is ``(..., inputs, outputs)``, the leading
            dimensions being the field that one output sees.
        input_axes: Axes of the inputs; needs ``output_axes`` too. Defaults to None.
        output_axes: Axes of the outputs; needs ``input_axes`` too. Defaults to None.

    Returns:
        ``(fan_in, fan_out)``.

    Example:
        >>> from nncore.initializers import compute_fans
        >>> compute_fans((3, 3, 16, 32))
        (144, 288)
    """
    shape = tuple(shape)
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if not shape:
        return 1, 1
    if len(shape) == 1:
        return int(shape[0]), int(shape[0])
    field = math.prod(shape[:-2])
    return int(shape[-2]) * field, int(shape[-1]) * field


class VarianceScaling(RandomInitializer):
    """Values whose variance is ``scale / n``, n being the number of inputs, outputs, or their mean.

    Args:
        scale: Factor of the variance, positive. Defaults to 1.
        mode: ``"fan_in"``, ``"fan_out"`` or ``"fan_avg"``. Defaults to ``"fan_in"``.
        distribution: ``"truncated_normal"`` (``"normal"`` means the same), ``"untruncated_normal"`` or ``"uniform"``.
            Defaults to ``"truncated_normal"``.
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.
        input_axes: Axes counted as inputs, see ``compute_fans``. Defaults to None.
        output_axes: Axes counted as outputs. Defaults to None.

    Raises:
        ValueError: If ``scale`` is not positive, or ``mode`` or ``distribution`` is unknown.

    Example:
        >>> from nncore import initializers
        >>> init = initializers.VarianceScaling(scale=2.0, mode="fan_out", distribution="uniform")
        >>> init((4, 5)).shape
        (4, 5)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        if not scale > 0:
            raise ValueError(f"{type(self).__name__}: argument `scale` must be positive. Received: scale={scale}.")
        if mode not in _MODES:
            raise ValueError(
                f"{type(self).__name__}: argument `mode` should be one of {_MODES}. Received: mode={mode!r}."
            )
        distribution = distribution.lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in _DISTRIBUTIONS:
            raise ValueError(
                f"{type(self).__name__}: argument `distribution` should be one of {_DISTRIBUTIONS}. "
                f"Received: distribution={distribution!r}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Draw values of ``shape``."""
        dtype = check_float_dtype(type(self).__name__, dtype)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}
        variance = self.scale / max(1.0, fans[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random.uniform(shape, -limit, limit, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(variance), dtype, self.seed)
        return random.truncated_normal(shape, 0.0, math.sqrt(variance) / _CUT_STDDEV, dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _Preset(VarianceScaling):
    """A VarianceScaling whose scale, mode and distribution are settled by the class."""

    _preset: tuple[float, str, str]

    def __init__(
        self,
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self._preset, seed=seed, input_axes=input_axes, output_axes=output_axes)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        config = super().get_config()
        return {key: config[key] for key in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Preset):
    """Uniform values of variance ``2 / (fan_in + fan_out)``, also called Xavier uniform.

    Args:
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.
        input_axes: Axes counted as inputs. Defaults to None.
        output_axes: Axes counted as outputs. Defaults to None.

    Source: Glorot and Bengio, 2010, https://proceedings.mlr.press/v9/glorot10a.html

    Example:
        >>> from nncore import initializers
        >>> bool(abs(initializers.GlorotUniform()((3, 3))).max() <= 1)
        True
    """

    _preset = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Preset):
    """Truncated normal values of variance ``2 / (fan_in + fan_out)``, also called Xavier normal.

    Args:
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.
        input_axes: Axes counted as inputs. Defaults to None.
        output_axes: Axes counted as outputs. Defaults to None.

    Source: Glorot and Bengio, 2010, https://proceedings.mlr.press/v9/glorot10a.html

    Example:
        >>> from nncore import initializers
        >>> initializers.GlorotNormal(seed=2)((3, 4)).shape
        (3, 4)
    """

    _preset = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_Preset):
    """Truncated normal values of variance ``1 / fan_in``.

    Args:
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.
        input_axes: Axes counted as inputs. Defaults to None.
        output_axes: Axes counted as outputs. Defaults to None.

    Source: Klambauer et al., 2017, https://arxiv.org/abs/1706.02515

    Example:
        >>> from nncore import initializers
        >>> initializers.LecunNormal(seed=2)((3, 4)).shape
        (3, 4)
    """

    _preset = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Preset):
    """Uniform values of variance ``1 / fan_in``.

    Args:
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.
        input_axes: Axes counted as inputs. Defaults to None.
        output_axes: Axes counted as outputs. Defaults to None.

    Source: Klambauer et al., 2017, https://arxiv.org/abs/1706.02515

    Example:
        >>> from nncore import initializers
        >>> initializers.LecunUniform(seed=2)((3, 4)).shape
        (3, 4)
    """

    _preset = (1.0, "fan_in", "uniform")


class HeNormal(_Preset):
    """Truncated normal values of variance ``2 / fan_in``, made for relu.

    Args:
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.
        input_axes: Axes counted as inputs. Defaults to None.
        output_axes: Axes counted as outputs. Defaults to None.

    Source: He et al., 2015, https://arxiv.org/abs/1502.01852

    Example:
        >>> from nncore import initializers
        >>> initializers.HeNormal(seed=2)((3, 4)).shape
        (3, 4)
    """

    _preset = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Preset):
    """Uniform values of variance ``2 / fan_in``, made for relu.

    Args:
        seed: Integer or ``SeedGenerator``. Defaults to a fresh integer.
        input_axes: Axes counted as inputs. Defaults to None.
        output_axes: Axes counted as outputs. Defaults to None.

    Source: He et al., 2015, https://arxiv.org/abs/1502.01852

    Example:
        >>> from nncore import initializers
        >>> initializers.HeUniform(seed=2)((3, 4)).shape
        (3, 4)
    """

    _preset = (2.0, "fan_in", "uniform")
