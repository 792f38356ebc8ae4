"""Questions about placeholders."""

from __future__ import annotations

from typing import Any

__all__ = ["get_source_inputs", "is_keras_tensor"]


def is_keras_tensor(x: Any) -> bool:
    """Tell whether something is a placeholder, as `Input` and layers called on placeholders give them.

    Args:
        x: Anything.

    Returns:
        True for a `KerasTensor`.

    Example:
        >>> import nncore
        >>> nncore.utils.is_keras_tensor(nncore.Input((3,))), nncore.utils.is_keras_tensor(3)
        (True, False)
    """
    from nncore.ir import KerasTensor

    return isinstance(x, KerasTensor)


def get_source_inputs(tensor: Any) -> list[Any]:
    """List the `Input`s from which a placeholder is computed.

    Args:
        tensor: A placeholder.

    Returns:
        The inputs, each once, in the order in which the calls need them.

    Raises:
        TypeError: If it is no placeholder.

    Example:
        >>> import nncore
        >>> x = nncore.Input((3,))
        >>> nncore.utils.get_source_inputs(nncore.layers.Dense(2)(x))[0] is x
        True
    """
    from nncore import tree
    from nncore.ir import KerasTensor

    if not is_keras_tensor(tensor):
        raise TypeError(
            f"get_source_inputs expects a placeholder made by `Input` or by layers called on one. Received: {tensor!r}"
        )
    found: list[Any] = []
    seen: set[int] = set()
    waiting = [tensor]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        call = current.call
        arguments = [] if call is None else tree.flatten((call.args, call.kwargs))
        sources = [leaf for leaf in arguments if isinstance(leaf, KerasTensor)]
        if not sources:
            found.append(current)
        waiting.extend(reversed(sources))
    return found
