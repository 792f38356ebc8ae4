"""Functions of elements made functions of arrays: ``vectorize``, and the parallel prefix ``associative_scan``."""

from __future__ import annotations

import builtins
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nncore import tree
from nncore.ops.apply import op
from nncore.ops.bodies import Leaves, check_carry, describe
from nncore.ops.control_flow import map as map_rows
from nncore.ops.definition import broadcast
from nncore.ops.dtypes import as_operand
from nncore.ops.getitem import get_item
from nncore.ops.shape import broadcast_to, concatenate, flip, normalize_axis, reshape, stack

__all__ = ["associative_scan", "vectorize"]


@op
def associative_scan(f: Callable[..., Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """Combine all elements up to each place, in a number of calls that grows with the logarithm of their number.

    Args:
        f: Function ``f(a, b)`` of two parts of ``elems``, element by element along ``axis``, that returns the same
            kind; ``f(a, f(b, c))`` must equal ``f(f(a, b), c)``.
        elems: Array or nested arrays.
        reverse: Whether to combine from the end. Defaults to False.
        axis: The axis that is walked along. Defaults to 0.

    Returns:
        The structure and shapes of ``elems``.

    Raises:
        TypeError: If ``f`` is no function.
        ValueError: If arrays have different lengths along ``axis``, or ``f`` gives another shape or dtype.

    Example:
        >>> from nncore import ops
        >>> ops.associative_scan(lambda a, b: a + b, ops.arange(5)).tolist()
        [0, 1, 3, 6, 10]
    """
    if not callable(f):
        raise TypeError(f"ops.associative_scan: `f` should be a callable. Received: f={f!r}.")
    leaves = Leaves(elems)
    axes = [normalize_axis(axis, len(x.shape)) for x in leaves.values]
    lengths = {int(x.shape[a]) for x, a in zip(leaves.values, axes, strict=True)}
    if len(lengths) != 1:
        raise ValueError(
            "ops.associative_scan: array inputs must have the same length along the axis. "
            f"Received: shapes {[tuple(x.shape) for x in leaves.values]}, axis={axis}."
        )

    def combine(a: list[Any], b: list[Any]) -> list[Any]:
        result = Leaves(f(leaves.pack(a), leaves.pack(b)))
        before = Leaves(leaves.pack(a))
        check_carry("associative_scan", before, result)
        return result.values

    values = leaves.values
    if reverse:
        values = [flip(x, axis=a) for x, a in zip(values, axes, strict=True)]
    results = _prefixes(combine, values, axes)
    if reverse:
        results = [flip(x, axis=a) for x, a in zip(results, axes, strict=True)]
    return leaves.pack(results)


def _part(x: Any, axis: int, start: int, stop: int | None, step: int = 1) -> Any:
    return get_item(x, (*[builtins.slice(None)] * axis, builtins.slice(start, stop, step)))


def _prefixes(combine: Callable[..., list[Any]], xs: list[Any], axes: list[int]) -> list[Any]:
    n = int(xs[0].shape[axes[0]])
    if n < 2:
        return xs

    def parts(values: list[Any], start: int, stop: int | None, step: int = 1) -> list[Any]:
        return [_part(x, a, start, stop, step) for x, a in zip(values, axes, strict=True)]

    # Pairs of neighbours give the prefixes at odd places; one more element each gives those at even places.
    odd = _prefixes(combine, combine(parts(xs, 0, n - 1, 2), parts(xs, 1, None, 2)), axes)
    first = parts(xs, 0, 1)
    if n == 2:
        even = first
    else:
        later = combine(parts(odd, 0, (n - 1) // 2), parts(xs, 2, None, 2))
        even = [concatenate([x, y], axis=a) for x, y, a in zip(first, later, axes, strict=True)]
    return [_interleave(x, y, a) for x, y, a in zip(even, odd, axes, strict=True)]


def _interleave(even: Any, odd: Any, axis: int) -> Any:
    n = int(odd.shape[axis])
    pairs = stack([_part(even, axis, 0, n), odd], axis=axis + 1)
    joined = reshape(pairs, (*odd.shape[:axis], 2 * n, *odd.shape[axis + 1 :]))
    return joined if int(even.shape[axis]) == n else concatenate([joined, _part(even, axis, n, None)], axis=axis)


# --- vectorize -------------------------------------------------------------------------------------------------------

_DIMS = r"\((?:\w+(?:,\w+)*)?,?\)"
_SIGNATURE = re.compile(rf"{_DIMS}(?:,{_DIMS})*->{_DIMS}(?:,{_DIMS})*")


def _parse(signature: str) -> tuple[list[list[str]], list[list[str]]]:
    """The names of the core dimensions of arguments and results."""
    plain = re.sub(r"\s+", "", signature)
    if not _SIGNATURE.fullmatch(plain):
        raise ValueError(
            f'ops.vectorize: `signature` should look like "(m,n),(n)->(m)". Received: signature={signature!r}.'
        )
    left, right = (
        [[name for name in group.split(",") if name] for group in re.findall(r"\(([^)]*)\)", side)]
        for side in plain.split("->")
    )
    return left, right


def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Iterable[int | str] | None = None, signature: str | None = None
) -> Callable[..., Any]:
    """Make a function of scalars (or of small arrays) a function of arrays.

    Args:
        pyfunc: The function. It is called for each element of the arguments, broadcast against each other.
        excluded: Positions, or names, of arguments that are passed on as they are. Defaults to None.
        signature: Shapes that one call takes and gives, such as ``"(m,n),(n)->(m)"``. Defaults to None: scalars.

    Returns:
        The function of arrays.

    Raises:
        ValueError: If ``pyfunc`` is no function or ``signature`` is none; when called, if arguments don't fit it.

    Example:
        >>> from nncore import ops
        >>> ops.vectorize(lambda a, b: a + b)([1, 2, 3], 2).tolist()
        [3, 4, 5]
    """
    if not callable(pyfunc):
        raise ValueError(f"Expected argument `pyfunc` to be a callable. Received: pyfunc={pyfunc!r}.")
    apart = set(excluded or ())
    shapes = None if signature is None else _parse(signature)

    @functools.wraps(pyfunc)
    def vectorized(*args: Any, **kwargs: Any) -> Any:
        places: list[Any] = [k for k in range(len(args)) if k not in apart]
        names = [key for key in kwargs if key not in apart]
        if names and shapes is not None:
            raise ValueError(
                f"ops.vectorize: with a signature, arguments are given by position. Received: {sorted(names)}."
            )
        values = [as_operand(args[k]) for k in places] + [as_operand(kwargs[key]) for key in names]

        def call(row: Sequence[Any]) -> Any:
            arguments = list(args)
            for k, x in zip(places, row, strict=False):
                arguments[k] = x
            named = dict(zip(names, row[len(places) :], strict=True))
            return pyfunc(*arguments, **{**kwargs, **named})

        return _spread(call, values, shapes)

    return vectorized


def _spread(call: Callable[..., Any], values: list[Any], shapes: Any) -> Any:
    cores = _core_shapes(values, shapes)
    leads = [tuple(x.shape[: len(x.shape) - len(core)]) for x, core in zip(values, cores, strict=True)]
    outer = broadcast("vectorize", leads) if leads else ()
    total = 1
    for d in outer:
        total *= d
    rows = [reshape(broadcast_to(x, (*outer, *core)), (total, *core)) for x, core in zip(values, cores, strict=True)]
    if not rows:
        return call(())
    results = map_rows(lambda row: call(row), rows)
    if shapes is not None:
        _check_results(results, shapes[1])
    return tree.map_structure(lambda y: reshape(y, (*outer, *y.shape[1:])), results)


def _core_shapes(values: list[Any], shapes: Any) -> list[tuple[int, ...]]:
    if shapes is None:
        return [()] * len(values)
    wanted = shapes[0]
    if len(wanted) != len(values):
        raise ValueError(
            f"ops.vectorize: the signature has {len(wanted)} arguments. Received: {len(values)} arguments."
        )
    sizes: dict[str, int] = {}
    cores = []
    for x, names in zip(values, wanted, strict=True):
        if len(x.shape) < len(names):
            raise ValueError(
                f"ops.vectorize: an argument has fewer dimensions than its signature ({', '.join(names)}). "
                f"Received: {describe(x)}."
            )
        core = tuple(int(d) for d in x.shape[len(x.shape) - len(names) :])
        for name, d in zip(names, core, strict=True):
            if sizes.setdefault(name, d) != d:
                raise ValueError(
                    f"ops.vectorize: dimension {name!r} should have one size. Received: {sizes[name]} and {d}."
                )
        cores.append(core)
    return cores


def _check_results(results: Any, wanted: list[list[str]]) -> None:
    found = tree.flatten(results)
    ranks = [len(y.shape) - 1 for y in found]
    if ranks != [len(names) for names in wanted]:
        raise ValueError(
            f"ops.vectorize: `pyfunc` should return arrays of {[len(names) for names in wanted]} dimensions, as the "
            f"signature says. Received: {ranks}."
        )
