"""Batch renormalization: the batch's statistics corrected towards slow averages (Ioffe, 2017, arXiv 1702.03275)."""

from __future__ import annotations

from typing import Any

from nncore import ops

__all__ = ["Renorm", "check_clipping"]


def check_clipping(clipping: Any) -> None:
    """Raise ValueError for limits of the corrections that make no sense."""
    limits = clipping or {}
    unknown = set(limits) - {"rmax", "rmin", "dmax"}
    if unknown:
        raise ValueError(
            "BatchNormalization: `renorm_clipping` has the keys 'rmax', 'rmin' and 'dmax'. "
            f"Received: renorm_clipping={clipping}."
        )
    rmin, rmax, dmax = (limits.get(key) for key in ("rmin", "rmax", "dmax"))
    if (rmin is not None and rmax is not None and rmax < rmin) or (dmax is not None and dmax < 0):
        raise ValueError(
            "BatchNormalization: `renorm_clipping` should have rmin <= rmax and dmax >= 0. "
            f"Received: renorm_clipping={clipping}."
        )


class Renorm:
    """The slow averages of one layer.

    Args:
        layer: A BatchNormalization layer that is being built.
        shape: Shape of its weights.
    """

    def __init__(self, layer: Any, shape: tuple[int, ...]) -> None:
        self.layer = layer

        def deviation(shape: Any, dtype: Any = None) -> Any:
            return ops.sqrt(layer.moving_variance_initializer(shape, dtype=dtype))

        def weight(name: str, initializer: Any) -> Any:
            return layer.add_weight(name=name, shape=shape, initializer=initializer, trainable=False, autocast=False)

        layer.moving_stddev = weight("moving_stddev", deviation)
        layer.renorm_mean = weight("renorm_mean", layer.moving_mean_initializer)
        layer.renorm_stddev = weight("renorm_stddev", deviation)

    def corrected(self, mean: Any, variance: Any, gamma: Any, beta: Any) -> tuple[Any, Any]:
        """Factor and offset that contain the corrections ``r`` and ``d``, which have no gradient."""
        layer, limits = self.layer, self.layer.renorm_clipping or {}
        slow = ops.maximum(layer.renorm_stddev, layer.epsilon**0.5)
        r = ops.sqrt(variance + layer.epsilon) / slow
        d = (mean - layer.renorm_mean) / slow
        if limits.get("rmin") is not None:
            r = ops.maximum(r, limits["rmin"])
        if limits.get("rmax") is not None:
            r = ops.minimum(r, limits["rmax"])
        if limits.get("dmax") is not None:
            d = ops.clip(d, -limits["dmax"], limits["dmax"])
        r, d = ops.stop_gradient(r), ops.stop_gradient(d)
        if gamma is not None:
            r, d = r * gamma, d * gamma
        return r, d if beta is None else d + beta

    def follow(self, mean: Any, variance: Any) -> None:
        """Move all averages towards the batch's statistics."""
        layer = self.layer
        stddev = ops.sqrt(variance + layer.epsilon)

        def moved(average: Any, value: Any, momentum: float) -> Any:
            value = average * momentum + value * (1.0 - momentum)
            average.assign(value)
            return value

        moved(layer.renorm_mean, mean, layer.renorm_momentum)
        moved(layer.renorm_stddev, stddev, layer.renorm_momentum)
        moved(layer.moving_mean, mean, layer.momentum)
        average = moved(layer.moving_stddev, stddev, layer.momentum)
        layer.moving_variance.assign(ops.relu(average * average - layer.epsilon))
