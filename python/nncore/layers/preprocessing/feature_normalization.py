"""Normalization layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncore import config, ops
from nncore.layers.layer import Layer

__all__ = ["Normalization"]


class Normalization(Layer):
    """Brings features to mean 0 and variance 1, by numbers that are given or found in data once.

    ``(inputs - mean) / max(sqrt(variance), config.epsilon())``. ``adapt`` finds mean and variance before training;
    training does not change them.

    Args:
        axis: Axis or axes with a mean and variance of their own for each index; None: one for all. Defaults to -1.
        mean: Mean, of the shape along ``axis`` or broadcasting to it. Defaults to None: found by ``adapt``.
        variance: Variance, likewise; given together with ``mean``. Defaults to None.
        invert: Do the opposite: ``inputs * sqrt(variance) + mean``. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Raises:
        ValueError: If only one of ``mean`` and ``variance`` is given, or they don't fit.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.Normalization()
        >>> layer.adapt(np.array([[0.0, 1.0], [2.0, 3.0]]))
        >>> layer(np.array([[1.0, 3.0]])).tolist()
        [[0.0, 1.0]]
    """

    def __init__(
        self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        if (mean is None) != (variance is None) or (mean is not None and np.shape(mean) != np.shape(variance)):
            raise ValueError(
                "Normalization: `mean` and `variance` should be given together, in one shape. "
                f"Received: mean={mean}, variance={variance}."
            )
        if np.ndim(0 if mean is None else mean) > len(self.axis):
            raise ValueError(
                "Normalization: `mean` and `variance` should not have more dimensions than there are axes. "
                f"Received: mean of shape {np.shape(mean)}, axis={self.axis}."
            )
        self.input_mean = None if mean is None else np.asarray(mean).tolist()
        self.input_variance = None if variance is None else np.asarray(variance).tolist()
        self.invert = invert
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Make mean and variance.

        Args:
            input_shape: Shape of the input; its dimensions along ``axis`` must be known.
        """
        ndim = len(input_shape)
        if any(not -ndim <= a < ndim for a in self.axis):
            raise ValueError(
                f'Layer "{self.name}": `axis` should name dimensions of the input. '
                f"Received: axis={self.axis}, input_shape={tuple(input_shape)}."
            )
        self._kept = tuple(sorted(a % ndim for a in self.axis))
        shape = tuple(input_shape[a] for a in self._kept)
        if None in shape:
            raise ValueError(
                f'Layer "{self.name}": the dimensions along `axis` must be known. '
                f"Received: axis={self.axis}, input_shape={tuple(input_shape)}."
            )
        self._sizes = shape
        self._ndim = ndim
        if self.input_mean is not None:
            np.broadcast_to(np.asarray(self.input_mean), shape)
            return
        self.adapt_mean = self.add_weight(name="mean", shape=shape, initializer="zeros", trainable=False)
        self.adapt_variance = self.add_weight(name="variance", shape=shape, initializer="ones", trainable=False)
        # Keras's files have it.
        self.count = self.add_weight(name="count", shape=(), dtype="int32", initializer="zeros", trainable=False)

    def adapt(self, data: Any) -> None:
        """Find mean and variance in data; what was found before is forgotten.

        Args:
            data: An array, or an iterable of batches: arrays, or tuples whose first element is one.

        Raises:
            ValueError: If there are no data, their shapes differ, or mean and variance were given.
            TypeError: If there are no arrays in it.
        """
        if self.input_mean is not None:
            raise ValueError(f'Layer "{self.name}": `adapt` has nothing to find: mean and variance were given.')
        batches = [data] if isinstance(data, np.ndarray) else data
        count, mean, squares = 0, np.zeros(()), np.zeros(())
        for batch in batches:
            batch = batch[0] if isinstance(batch, (tuple, list)) and np.ndim(batch[0]) else batch
            if not hasattr(batch, "shape"):
                raise TypeError(
                    f'Layer "{self.name}": `adapt` takes an array or batches that are arrays. '
                    f"Received: {type(batch).__name__}."
                )
            values = self._checked(np.asarray(batch))
            size = math.prod(values.shape) // max(math.prod(self._sizes), 1)
            if not size:
                continue
            axes = tuple(a for a in range(values.ndim) if a not in self._kept)
            part, spread = values.mean(axis=axes, dtype="float64"), values.var(axis=axes, dtype="float64")
            total = count + size
            shift = part - mean
            mean = mean + shift * (size / total)
            squares = squares + spread * size + shift * shift * (count * size / total)
            count = total
        if not count:
            raise ValueError(f'Layer "{self.name}": `adapt` received no data.')
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(squares / count)

    def _checked(self, batch: Any) -> Any:
        if not self.built:
            self.build(batch.shape)
        if batch.ndim != self._ndim or tuple(batch.shape[a] for a in self._kept) != self._sizes:
            raise ValueError(
                f'Layer "{self.name}": `adapt` takes data of the shape that the layer was built for: {self._sizes} '
                f"along axes {self._kept} of {self._ndim}. Received: data.shape={batch.shape}."
            )
        return batch

    def _spread(self, values: Any) -> Any:
        shape = [1] * self._ndim
        for axis, size in zip(self._kept, self._sizes, strict=True):
            shape[axis] = size
        return ops.cast(ops.reshape(values, shape), self.compute_dtype)

    @property
    def mean(self) -> Any:
        """The mean, in a shape that broadcasts with inputs."""
        given = self.input_mean
        return self._spread(self.adapt_mean if given is None else np.broadcast_to(np.asarray(given), self._sizes))

    @property
    def variance(self) -> Any:
        """The variance, in a shape that broadcasts with inputs."""
        given = self.input_variance
        return self._spread(self.adapt_variance if given is None else np.broadcast_to(np.asarray(given), self._sizes))

    def call(self, inputs: Any) -> Any:
        """Normalise ``inputs``, or undo it."""
        inputs = ops.cast(inputs, self.compute_dtype)
        deviation = ops.maximum(ops.sqrt(self.variance), config.epsilon())
        return inputs * deviation + self.mean if self.invert else (inputs - self.mean) / deviation

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": self.input_mean,
            "variance": self.input_variance,
        }
