"""SpectralNormalization wrapper."""

from __future__ import annotations

from typing import Any

from nncore import initializers, ops
from nncore.layers.core.wrapper import Wrapper
from nncore.layers.input_spec import InputSpec
from nncore.layers.layer import Layer

__all__ = ["SpectralNormalization"]


class SpectralNormalization(Wrapper):
    """Divides a layer's kernel by its largest singular value, at every training step.

    The value is estimated by power iterations, which go on from step to step: a vector ``u`` of outputs approaches the
    singular vector.

    Args:
        layer: A layer with an attribute ``kernel`` (Dense, Conv2D, ...) or ``embeddings``.
        power_iterations: Iterations at each step, positive. Defaults to 1.
        kwargs: Arguments of ``Layer``.

    Shapes: those of ``layer``.

    Raises:
        ValueError: If ``power_iterations`` is not positive, or the layer has no such weight.

    Source: Miyato et al., 2018, https://arxiv.org/abs/1802.05957

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.SpectralNormalization(layers.Dense(2, kernel_initializer="ones"), power_iterations=9)
        >>> layer(np.ones((1, 2)), training=True).round(3).tolist()
        [[1.0, 1.0]]
    """

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        if isinstance(power_iterations, bool) or not isinstance(power_iterations, int) or power_iterations < 1:
            raise ValueError(
                "SpectralNormalization: `power_iterations` should be a positive integer. "
                f"Received: power_iterations={power_iterations!r}."
            )
        self.power_iterations = power_iterations

    def build(self, input_shape: Any = None) -> None:
        """Build the layer and make ``u``.

        Args:
            input_shape: Shape of the input.
        """
        super().build(input_shape)
        kernel = getattr(self.layer, "kernel", None)
        kernel = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if kernel is None:
            raise ValueError(
                f'Layer "{self.name}": a layer with a `kernel` or `embeddings` was expected. '
                f"Received: layer={self.layer!r}."
            )
        self.kernel = kernel
        self.vector_u = self.add_weight(
            shape=(1, kernel.shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
            dtype=kernel.dtype,
        )
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Apply the layer to ``inputs``; if ``training``, with its kernel normalised first."""
        if training:
            self._normalize_kernel()
        return ops.cast(self.layer(inputs), inputs.dtype)

    def _normalize_kernel(self) -> None:
        kernel = ops.convert_to_tensor(self.kernel)
        weights = ops.reshape(kernel, (-1, kernel.shape[-1]))
        before = u = ops.convert_to_tensor(self.vector_u)
        for _ in range(self.power_iterations):
            v = _unit(ops.matmul(u, ops.transpose(weights)))
            u = _unit(ops.matmul(v, weights))
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        largest = ops.matmul(ops.matmul(v, weights), ops.transpose(u))
        # A kernel of zeros has no direction, and stays.
        empty = ops.all(ops.equal(kernel, 0))
        largest = ops.where(empty, ops.ones_like(largest), largest)
        self.vector_u.assign(ops.where(empty, before, u))
        self.kernel.assign(kernel / ops.reshape(largest, ()))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "power_iterations": self.power_iterations}


def _unit(x: Any) -> Any:
    return ops.normalize(x, axis=-1)
