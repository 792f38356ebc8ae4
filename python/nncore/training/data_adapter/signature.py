"""BatchSignature: shapes and dtypes of a batch, which decide the compiled step to run."""

from __future__ import annotations

from typing import Any

from nncore import tree
from nncore.training.data_adapter.leaves import graph_dtype


class BatchSignature:
    """How the arrays of a data set enter a program, apart from the batch size.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)` of structures of arrays.
        input_dtypes: For each array of `x` the dtype that the model's input asks for, or None.
        floats: What other floating arrays become, or None for `config.floatx()`.
    """

    __slots__ = ("_leaves", "_token", "limits", "structure")

    def __init__(self, data: Any, input_dtypes: list[str | None], floats: str | None) -> None:
        self.structure = tree.map_structure(lambda leaf: leaf is not None, data)
        parts = data if isinstance(data, tuple) else (data,)
        leaves: list[tuple[tuple[int, ...], str] | None] = []
        for position, part in enumerate(parts):
            for i, leaf in enumerate(tree.flatten(part)):
                if leaf is None:
                    leaves.append(None)
                    continue
                if position == 0 and i < len(input_dtypes) and input_dtypes[i]:
                    dtype = input_dtypes[i]
                elif position == 2 and leaf.dtype.kind != "f":
                    dtype = floats or _floatx()
                else:
                    dtype = graph_dtype(leaf, floats)
                leaves.append((leaf.shape[1:], str(dtype)))
        self._leaves = leaves
        # What the arrays have to satisfy, known once a step is traced.
        self.limits: Any = ()
        self._token = (repr(self.structure), tuple(leaves))

    @property
    def key(self) -> Any:
        """A hashable value, equal for equal signatures."""
        return self._token

    @property
    def dtypes(self) -> list[str]:
        """The dtype of each array, in the order of `sources`."""
        return [leaf[1] for leaf in self._leaves if leaf is not None]

    def specs(self, batch: int) -> Any:
        """The structure of specifications of a batch.

        Args:
            batch: Samples in the batch.

        Returns:
            The data's structure with an `ir.Spec` for each array, and None where there is none.
        """
        from nncore.ir import Spec

        leaves = [None if leaf is None else Spec((batch, *leaf[0]), leaf[1]) for leaf in self._leaves]
        return tree.pack_sequence_as(self.structure, leaves)


def _floatx() -> str:
    from nncore import config

    return config.floatx()


def sources_of(data: Any) -> list[Any]:
    """The arrays of a data set in the order in which a step expects them."""
    return [leaf for leaf in tree.flatten(data) if leaf is not None]
