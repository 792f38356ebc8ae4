"""Discretization layer."""

from __future__ import annotations

import itertools
from typing import Any, Self

import numpy as np

from nncore import ops
from nncore.layers.layer import Layer
from nncore.layers.preprocessing.category_encoding import check_mode, encode_categories, encoded_shape, refuse_sparse

__all__ = ["Discretization"]


def batches_of(data: Any, steps: int | None, whole: tuple[type, ...]) -> Any:
    """The batches of ``adapt``'s data: one array, or an iterable of arrays.

    Args:
        data: The data.
        steps: Most batches to take of an iterable; None for all.
        whole: Types that are one batch.

    Returns:
        Iterator of batches.
    """
    if isinstance(data, whole) or not hasattr(data, "__iter__"):
        yield data
        return
    for i, batch in enumerate(data):
        if steps is not None and i >= steps:
            return
        yield batch


def _summary(values: Any, epsilon: float) -> Any:
    """Some of the values, evenly from their order, and how many each stands for."""
    values = np.sort(values.reshape(-1))
    step = max(values.size * epsilon, 1)
    chosen = values[int(step - 1) :: int(step)]
    return np.stack([chosen, np.full_like(chosen, step)])


def _compressed(summary: Any, epsilon: float) -> Any:
    """A summary of at most ``1 / epsilon`` values, by interpolation between those there are."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    total = summary[1].cumsum()
    values = np.interp(shares, total / total[-1], summary[0])
    weights = np.diff(np.interp(shares, total / total[-1], total), prepend=0)
    return np.stack([values, weights]).astype("float32")


class Discretization(Layer):
    """Sorts numbers into bins.

    Args:
        bin_boundaries: Edges between the bins, ascending. Defaults to None: found by ``adapt``.
        num_bins: Number of bins that ``adapt`` makes, of about equal frequency. One of the two is given.
        epsilon: Error of the frequencies that ``adapt`` may make. Defaults to 0.01.
        output_mode: ``"int"``: the bin's number; ``"one_hot"``, ``"multi_hot"``, ``"count"``: as ``CategoryEncoding``.
            Defaults to ``"int"``.
        sparse: Only False: there are no sparse tensors.
        dtype: dtype of the result where it is not int32. Defaults to None: ``floatx``.
        name: Name of the layer.

    Shapes: input of any shape, output the same with ``"int"``.

    Raises:
        ValueError: If the arguments don't fit together, or the layer has no edges yet.

    Example:
        >>> import numpy as np
        >>> from nncore import layers
        >>> layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])(np.array([[-1.5, 1.0, 3.4, 0.5]])).tolist()
        [[0, 2, 3, 1]]
    """

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.output_mode = check_mode("Discretization", output_mode, ("int", "one_hot", "multi_hot", "count"))
        refuse_sparse("Discretization", sparse)
        if (num_bins is None) == (bin_boundaries is None):
            raise ValueError(
                "Discretization: either `num_bins` or `bin_boundaries` should be given. "
                f"Received: num_bins={num_bins}, bin_boundaries={bin_boundaries}."
            )
        if num_bins is not None and num_bins < 0:
            raise ValueError(f"Discretization: `num_bins` should not be negative. Received: num_bins={num_bins}.")
        self.bin_boundaries = None if bin_boundaries is None else _edges(bin_boundaries)
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.sparse = sparse
        self.summary = np.zeros((2, 0), "float32")
        self.built = True

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Find edges in data; what was found before is forgotten.

        Args:
            data: An array, or an iterable of batches.
            steps: Most batches to take of an iterable. Defaults to None: all.

        Raises:
            ValueError: If the edges were given, or there are no data.
        """
        self.reset_state()
        for batch in batches_of(data, steps, (np.ndarray,)):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Take a batch of data into account; ``finalize_state`` follows the last one."""
        summary = _summary(np.asarray(data, "float32"), self.epsilon)
        merged = np.concatenate([summary, self.summary], axis=1)
        self.summary = _compressed(merged[:, np.argsort(merged[0])], self.epsilon)

    def finalize_state(self) -> None:
        """Make edges of the data seen."""
        assert self.num_bins is not None
        if not self.summary.shape[1]:
            raise ValueError(f'Layer "{self.name}": `adapt` received no data.')
        self.bin_boundaries = _compressed(self.summary, 1.0 / self.num_bins)[0, :-1].tolist()

    def reset_state(self) -> None:
        """Forget the data seen.

        Raises:
            ValueError: If the edges were given.
        """
        if self.num_bins is None:
            raise ValueError(
                "Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, use `num_bins` "
                "instead."
            )
        self.summary = np.zeros((2, 0), "float32")

    def call(self, inputs: Any) -> Any:
        """The bins of ``inputs``."""
        edges = self.bin_boundaries
        if edges is None:
            raise ValueError(
                f'Layer "{self.name}": give `bin_boundaries`, or call `adapt(data)` before the layer is used.'
            )
        indices = ops.digitize(inputs, np.asarray(edges, "float32"))
        dtype = "int32" if self.output_mode == "int" else self.compute_dtype
        return encode_categories(indices, self.output_mode, len(edges) + 1, dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, with the bins where they are encoded."""
        depth = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        return encoded_shape(input_shape, self.output_mode, depth)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, with the edges found."""
        return {
            **super().get_config(),
            "bin_boundaries": self.bin_boundaries,
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a layer from ``get_config``'s dictionary."""
        edges = config.get("bin_boundaries")
        if edges is None or config.get("num_bins") is None:
            return super().from_config(config)
        layer = super().from_config({**config, "bin_boundaries": None})
        layer.bin_boundaries = _edges(edges)
        return layer


def _edges(values: Any) -> list[float]:
    edges = [float(v) for v in np.asarray(values, float).reshape(-1)]
    if any(not a <= b for a, b in itertools.pairwise(edges)):
        raise ValueError(f"Discretization: `bin_boundaries` should ascend. Received: bin_boundaries={edges}.")
    return edges
