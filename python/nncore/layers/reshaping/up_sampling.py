"""Upsampling layers."""

from __future__ import annotations

from typing import Any

from nncore import ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer
from nncore.ops.resampling import INTERPOLATIONS
from nncore.ops.spatial import sizes, standardize_data_format

__all__ = ["UpSampling1D", "UpSampling2D", "UpSampling3D"]


class _UpSampling(Layer):
    size: Any
    data_format = "channels_last"

    def _factors(self) -> tuple[int, ...]:
        return (self.size,) if isinstance(self.size, int) else self.size

    def _first(self) -> int:
        return 1 if self.data_format == "channels_last" else 2

    def call(self, inputs: Any) -> Any:
        """Repeat the values of ``inputs``."""
        factors, first = self._factors(), self._first()
        shape, wide, result = [], [], []
        for axis, d in enumerate(inputs.shape):
            factor = factors[axis - first] if first <= axis < first + len(factors) else 1
            shape += [d, 1] if factor > 1 else [d]
            wide += [d, factor] if factor > 1 else [d]
            result.append(d * factor)
        return ops.reshape(ops.broadcast_to(ops.reshape(inputs, shape), wide), result)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The input's shape, its spatial dimensions times ``size``."""
        factors, first = self._factors(), self._first()
        shape = list(input_shape)
        for axis, factor in enumerate(factors, first):
            shape[axis] = None if shape[axis] is None else shape[axis] * factor
        return tuple(shape)


class UpSampling1D(_UpSampling):
    """Repeats each step of a sequence.

    Args:
        size: How many times, positive. Defaults to 2.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, T, C)``, output ``(B, T * size, C)``.

    Raises:
        TypeError: If ``size`` is no int.
        ValueError: If it is not positive.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.UpSampling1D(2)(np.array([[[1.0], [2.0]]]))[0, :, 0].tolist()
        [1.0, 1.0, 2.0, 2.0]
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"UpSampling1D: `size` should be an int. Received: size={size!r}.")
        if size <= 0:
            raise ValueError(f"UpSampling1D: `size` should be positive. Received: size={size}.")
        self.size = size
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "size": self.size}


class UpSampling2D(_UpSampling):
    """Enlarges images by whole factors.

    Args:
        size: Factor of rows and columns: a whole number or two of them. Defaults to 2.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``. Defaults to
            ``"nearest"``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, H, W, C)``, output ``(B, H * size[0], W * size[1], C)``, or channels first by ``data_format``.

    Raises:
        ValueError: If an argument is none of these.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.UpSampling2D(2, interpolation="bilinear")(np.zeros((1, 3, 4, 1))).shape
        (1, 6, 8, 1)
    """

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.size = sizes("UpSampling2D", "size", size, 2)
        self.data_format = standardize_data_format("UpSampling2D", data_format)
        if not isinstance(interpolation, str) or interpolation.lower() not in INTERPOLATIONS:
            raise ValueError(
                f"UpSampling2D: `interpolation` should be one of {sorted(INTERPOLATIONS)}. "
                f"Received: interpolation={interpolation!r}."
            )
        self.interpolation = interpolation.lower()
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Enlarge ``inputs``."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        first = self._first()
        size = tuple(d * factor for d, factor in zip(inputs.shape[first : first + 2], self.size, strict=True))
        return ops.image.resize(inputs, size, self.interpolation, data_format=self.data_format)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "size": self.size,
            "data_format": self.data_format,
            "interpolation": self.interpolation,
        }


class UpSampling3D(_UpSampling):
    """Repeats the values of volumes along all three dimensions.

    Args:
        size: How many times: a whole number or three of them. Defaults to 2.
        data_format: ``"channels_last"`` or ``"channels_first"``. Defaults to ``config.image_data_format()``.
        kwargs: Arguments of ``Layer``.

    Shapes: input ``(B, D, H, W, C)``, output with ``D``, ``H`` and ``W`` times ``size``, or channels first by
    ``data_format``.

    Raises:
        ValueError: If ``size`` is not positive whole numbers.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.UpSampling3D((1, 2, 3))(np.zeros((1, 2, 2, 2, 1))).shape
        (1, 2, 4, 6, 1)
    """

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = sizes("UpSampling3D", "size", size, 3)
        self.data_format = standardize_data_format("UpSampling3D", data_format)
        self.input_spec = InputSpec(ndim=5)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}
