"""BatchNormalization layer."""

from __future__ import annotations

from typing import Any

from nncore import config, initializers, ops
from nncore.layers.input_spec import InputSpec
from nncore.layers.normalization.base import Affine, as_axes, dimensions_along
from nncore.layers.normalization.renorm import Renorm, check_clipping
from nncore.ops.statistics_kernels import normalize_channels

__all__ = ["BatchNormalization"]


class BatchNormalization(Affine):
    """Brings each channel to mean 0 and variance 1, by the batch while training and by moving averages otherwise.

    While training: ``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` with mean and variance of the batch, over
    all axes but ``axis``; the moving averages go ``1 - momentum`` of the way to them. Otherwise, and with
    ``trainable = False``, the same with the moving averages.

    Args:
        axis: The axis of channels. Defaults to -1; with ``"channels_first"`` data use 1.
        momentum: Part of the moving averages that a step keeps. Defaults to 0.99.
        epsilon: Added to the variance. Defaults to 1e-3.
        center: Whether ``beta`` is added. Defaults to True.
        scale: Whether there is a factor ``gamma``. Defaults to True.
        beta_initializer: For ``beta``. Defaults to ``"zeros"``.
        gamma_initializer: For ``gamma``. Defaults to ``"ones"``.
        moving_mean_initializer: For the moving mean. Defaults to ``"zeros"``.
        moving_variance_initializer: For the moving variance. Defaults to ``"ones"``.
        beta_regularizer: Penalty of ``beta``. Defaults to None.
        gamma_regularizer: Penalty of ``gamma``. Defaults to None.
        beta_constraint: Applied to ``beta`` after each update. Defaults to None.
        gamma_constraint: Applied to ``gamma`` after each update. Defaults to None.
        renorm: Correct the batch's statistics towards slow averages (batch renormalization). Defaults to False.
        renorm_clipping: Dictionary with limits ``rmin``, ``rmax``, ``dmax`` of the corrections. Defaults to None.
        renorm_momentum: Part of the slow averages that a step keeps. Defaults to 0.99.
        synchronized: Use the statistics of all replicas of the batch; here there is one. Defaults to False.
        kwargs: Arguments of ``Layer``.

    Called with ``mask``, of the input's shape without the last axis, it takes the statistics of what the mask lets
    through.

    Shapes: input and output ``(B, ...)``; weights ``(C,)`` each.

    Raises:
        ValueError: If an argument is out of range, or the channels are not known.

    Source: Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layer = layers.BatchNormalization(epsilon=0.0)
        >>> layer(np.array([[1.0], [3.0]]), training=True).tolist()
        [[-1.0], [1.0]]
        >>> [round(float(m), 4) for m in layer.moving_mean.numpy()]
        [0.02]
    """

    moving_mean: Any = None
    moving_variance: Any = None

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: dict[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, (list, tuple)) and len(axis) == 1:
            axis = axis[0]
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ValueError(f"BatchNormalization: `axis` should be an int. Received: axis={axis!r}.")
        for name, value in (("momentum", momentum), ("renorm_momentum", renorm_momentum)):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise ValueError(f"BatchNormalization: `{name}` should be from 0 to 1. Received: {name}={value!r}.")
        check_clipping(renorm_clipping)
        self._set_affine(
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
        )
        self.axis = axis
        self.momentum = float(momentum)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm = renorm
        self.renorm_clipping = renorm_clipping
        self.renorm_momentum = float(renorm_momentum)
        self.synchronized = synchronized

    def build(self, input_shape: Any = None) -> None:
        """Make the weights.

        Args:
            input_shape: Shape of the input; its channels must be known.
        """
        axes = as_axes(self, self.axis, input_shape)
        shape = dimensions_along(self, axes, input_shape)
        self._add_affine(shape)
        for name, initializer in (
            ("moving_mean", self.moving_mean_initializer),
            ("moving_variance", self.moving_variance_initializer),
        ):
            weight = self.add_weight(name=name, shape=shape, initializer=initializer, trainable=False, autocast=False)
            setattr(self, name, weight)
        if self.renorm:
            self._renorm = Renorm(self, shape)
        self._channel_axis = axes[0]
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self._channel_axis: shape[0]})

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """Normalise ``inputs``: by the batch if ``training``, passing over what ``mask`` hides."""
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                f'Layer "{self.name}": the mask should have one dimension less than the inputs. '
                f"Received: mask.shape={tuple(mask.shape)}, inputs.shape={tuple(inputs.shape)}."
            )
        inputs = ops.cast(inputs, self.compute_dtype)
        if not (training and self.trainable):
            return self._normalized(inputs, self.moving_mean, self.moving_variance, self.gamma, self.beta)
        if mask is None and not self.renorm:
            outputs, mean, variance = normalize_channels(
                inputs, self.gamma, self.beta, self.epsilon, self._channel_axis
            )
            self._follow(mean, variance)
            return outputs
        mean, variance = self._moments(inputs, mask)
        gamma, beta = self.gamma, self.beta
        if self.renorm:
            gamma, beta = self._renorm.corrected(mean, variance, gamma, beta)
            self._renorm.follow(mean, variance)
        else:
            self._follow(mean, variance)
        return self._normalized(inputs, mean, variance, gamma, beta)

    def _normalized(self, inputs: Any, mean: Any, variance: Any, gamma: Any, beta: Any) -> Any:
        return ops.batch_normalization(inputs, mean, variance, self._channel_axis, beta, gamma, self.epsilon)

    def _follow(self, mean: Any, variance: Any) -> None:
        """Move the averages towards the batch's statistics."""
        for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            value = ops.reshape(value, average.shape)
            average.assign(average * self.momentum + value * (1.0 - self.momentum))

    def _moments(self, inputs: Any, mask: Any) -> tuple[Any, Any]:
        axes = tuple(a for a in range(len(inputs.shape)) if a != self._channel_axis)
        if mask is None:
            mean, variance = ops.moments(inputs, axes)
            return mean, variance
        kept = ops.broadcast_to(ops.expand_dims(ops.cast(mask, "bool"), -1), inputs.shape)
        count = ops.sum(ops.cast(kept, inputs.dtype), axes, keepdims=True) + config.epsilon()
        mean = ops.sum(ops.where(kept, inputs, 0), axes, keepdims=True) / count
        deviation = ops.where(kept, inputs - mean, 0)
        variance = ops.sum(ops.square(deviation), axes, keepdims=True) / count
        return ops.reshape(mean, (-1,)), ops.reshape(variance, (-1,))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._affine_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "synchronized": self.synchronized,
            "renorm": self.renorm,
            "renorm_clipping": self.renorm_clipping,
            "renorm_momentum": self.renorm_momentum,
        }
