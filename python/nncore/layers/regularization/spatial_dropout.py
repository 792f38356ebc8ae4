"""Dropout of whole channels."""

from __future__ import annotations

from typing import Any, ClassVar

from nncore import random
from nncore.layers.input_spec import InputSpec
from nncore.layers.regularization.dropout import Dropout
from nncore.ops.spatial import standardize_data_format

__all__ = ["SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"]


class _SpatialDropout(Dropout):
    dimensions: ClassVar[int]
    data_format = "channels_last"

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, seed=seed, **kwargs)
        self.input_spec = InputSpec(ndim=self.dimensions + 2)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop channels of ``inputs`` if ``training``."""
        if not training or not self.rate:
            return inputs
        ones = (1,) * self.dimensions
        shape = (None, *ones, None) if self.data_format == "channels_last" else (None, None, *ones)
        return random.dropout(inputs, self.rate, shape, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        config.pop("noise_shape")
        return config


class SpatialDropout1D(_SpatialDropout):
    """Sets random channels of each sequence to 0 while training, all steps at once; the others are scaled.

    Args:
        rate: The part to drop, from 0 to 1.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        name: The layer's name.
        dtype: The layer's dtype.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, T, C)``.

    Raises:
        ValueError: If ``rate`` is not between 0 and 1.

    Source: Tompson et al., 2015, https://arxiv.org/abs/1411.4280

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> y = layers.SpatialDropout1D(0.5, seed=1)(np.ones((1, 2, 9)), training=True)
        >>> bool((y[0, 0] == y[0, 1]).all())
        True
    """

    dimensions = 1

    def __init__(
        self, rate: float, seed: int | None = None, name: Any = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed, name=name, dtype=dtype, **kwargs)


class _WithFormat(_SpatialDropout):
    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rate, seed, name=name, dtype=dtype, **kwargs)
        self.data_format = standardize_data_format(type(self).__name__, data_format)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "data_format": self.data_format}


class SpatialDropout2D(_WithFormat):
    """Sets random channels of each image to 0 while training, all pixels at once; the others are scaled.

    Args:
        rate: The part to drop, from 0 to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        name: The layer's name.
        dtype: The layer's dtype.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, H, W, C)``, or ``(B, C, H, W)`` by ``data_format``.

    Raises:
        ValueError: If ``rate`` is not between 0 and 1.

    Source: Tompson et al., 2015, https://arxiv.org/abs/1411.4280

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> y = layers.SpatialDropout2D(0.5, seed=1)(np.ones((1, 2, 2, 9)), training=True)
        >>> bool((y[0, 0, 0] == y[0, 1, 1]).all())
        True
    """

    dimensions = 2


class SpatialDropout3D(_WithFormat):
    """Sets random channels of each volume to 0 while training, all its points at once; the others are scaled.

    Args:
        rate: The part to drop, from 0 to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        seed: Integer. Defaults to one drawn from Python's ``random``.
        name: The layer's name.
        dtype: The layer's dtype.
        kwargs: Arguments of ``Layer``.

    Shapes: input and output ``(B, D, H, W, C)``, or ``(B, C, D, H, W)`` by ``data_format``.

    Raises:
        ValueError: If ``rate`` is not between 0 and 1.

    Source: Tompson et al., 2015, https://arxiv.org/abs/1411.4280

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.SpatialDropout3D(0.5)(np.ones((1, 2, 2, 2, 9))).shape
        (1, 2, 2, 2, 9)
    """

    dimensions = 3
