"""``function``, ``grad`` and ``value_and_grad``: transformations of Python functions of arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nncore import tree
from nncore.graph.autodiff import gradients
from nncore.graph.step import Step, compile_step, run_eagerly
from nncore.ir import Spec, SymbolicTensor, current
from nncore.ir.limits import check_limits
from nncore.ops.apply import apply
from nncore.ops.definition import OPS
from nncore.ops.dtypes import as_array, as_operand, is_float


class Function:
    """A Python function compiled to native programs, one per signature of its array arguments.

    Made by ``nncore.function``. Calling it inside another traced function runs the Python function there.
    """

    def __init__(self, python_function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, python_function)
        self.python_function = python_function
        self._steps: dict[Any, Step] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program for these arguments' shapes and dtypes, compiling it on the first call."""
        if current() is not None:
            return self.python_function(*args, **kwargs)
        leaves = tree.flatten((args, kwargs))
        arrays = [as_array(x) if _is_data(x) else x for x in leaves]
        step = self._step(args, kwargs, arrays)
        feeds = [x for x in arrays if isinstance(x, np.ndarray)]
        check_limits(step.graph.limits, feeds)
        return step.pack(step.run_flat(feeds))

    def _step(self, args: Any, kwargs: Any, arrays: list[Any]) -> Step:
        structure = tree.map_structure(lambda _: 0, (args, kwargs))
        leaf_keys = ((x.shape, x.dtype.name) if isinstance(x, np.ndarray) else (type(x), x) for x in arrays)
        key = (repr(structure), *leaf_keys)
        step = self._steps.get(key)
        if step is None:
            leaves = [Spec(x.shape, x.dtype.name) if isinstance(x, np.ndarray) else x for x in arrays]
            specs = tree.pack_sequence_as((args, kwargs), leaves)
            step = self._steps[key] = compile_step(
                lambda a, k: self.python_function(*a, **k),
                specs,
                name=getattr(self, "__name__", "function"),
            )
        return step

    def dump(self, kind: str = "graph") -> str:
        """Show the compiled programs, one after another (``kind`` as in ``Step.dump``)."""
        return "\n\n".join(step.dump(kind) for step in self._steps.values())


def _is_data(x: Any) -> bool:
    return isinstance(x, (np.ndarray, np.generic, float)) or hasattr(x, "__tensor__")


def function(python_function: Callable[..., Any]) -> Function:
    """Compile a Python function of arrays into a native program.

    The function is traced once for each combination of its arguments' shapes and dtypes. Arrays and floats are inputs;
    ints, bools, strings and None are static: another value compiles another program.

    Args:
        python_function: Written in ``nncore.ops``, NumPy functions, operators or layers. It may read and assign
            ``Variable`` objects.

    Returns:
        A callable with the same arguments; arrays in, arrays out.

    Raises:
        TraceError: When called, if the function needs the values of its arguments.

    Example:
        >>> import numpy as np
        >>> import nncore
        >>> @nncore.function
        ... def norm(x):
        ...     return np.sqrt(np.sum(x * x))
        >>> float(norm(np.array([3.0, 4.0])))
        5.0
    """
    return Function(python_function)


def value_and_grad(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    variables: Sequence[Any] | None = None,
    has_aux: bool = False,
) -> Callable[..., Any]:
    """Make a function that returns the value of a scalar function and its gradients.

    Args:
        fn: Function that returns a scalar (or, with ``has_aux``, a scalar and anything else).
        argnums: Position or positions of the arguments to differentiate. Defaults to 0.
        variables: Differentiate with respect to these ``Variable`` objects instead of arguments. Defaults to None.
        has_aux: ``fn`` returns ``(value, auxiliary)``. Defaults to False.

    Returns:
        Function of the same arguments that returns ``(value, gradients)``, or ``((value, auxiliary), gradients)``. The
        gradients come in the structure of the argument; a tuple of them for several; a list for ``variables``. Where
        the value doesn't depend on something its gradient is zero.

    Raises:
        ValueError: When called, if the value is no scalar.
        TypeError: When called, if an argument to differentiate is no float.

    Example:
        >>> import nncore
        >>> value, g = nncore.value_and_grad(lambda x: x * x)(3.0)
        >>> float(value), float(g)
        (9.0, 6.0)
    """

    @functools.wraps(fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if current() is None:
            arrays = tree.map_structure(lambda x: as_array(x) if _is_data(x) else x, args)
            return run_eagerly(lambda *inner: _differentiate(fn, inner, kwargs, argnums, variables, has_aux), arrays)
        return _differentiate(fn, args, kwargs, argnums, variables, has_aux)

    return wrapped


def _differentiate(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    argnums: int | Sequence[int],
    variables: Sequence[Any] | None,
    has_aux: bool,
) -> Any:
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    args_list = list(args)
    sources: list[SymbolicTensor] = []
    structures: list[Any] = []
    if variables is None:
        for number in numbers:
            if not -len(args) <= number < len(args):
                raise ValueError(f"argnums must name one of {len(args)} arguments. Received: argnums={argnums}.")
            # A fresh name for the argument: only what this function does with it counts.
            args_list[number] = tree.map_structure(_renamed, args[number])
            structures.append(args_list[number])
            sources += tree.flatten(args_list[number])
    else:
        sources = [variable.value for variable in variables]
    result = fn(*args_list, **kwargs)
    value, aux = result if has_aux else (result, None)
    value = as_operand(value)
    if value.shape not in ((), (1,)):
        raise ValueError(
            f"Only a scalar can be differentiated (reduce it with ops.sum or ops.mean). "
            f"Received: a value of shape {value.shape}."
        )
    if not isinstance(value, SymbolicTensor):
        found: list[Any] = [None] * len(sources)
    else:
        found = gradients([value], sources)
    found = [np.zeros(x.shape, x.dtype) if g is None else g for x, g in zip(sources, found, strict=True)]
    return ((value, aux) if has_aux else value), _arrange(found, structures, argnums, variables)


def _renamed(x: Any) -> SymbolicTensor:
    x = as_operand(x)
    dtype = x.dtype if isinstance(x, SymbolicTensor) else x.dtype.name
    if not is_float(dtype):
        raise TypeError(
            f"Only float arguments can be differentiated. Received: an argument of dtype={dtype}, shape={x.shape}."
        )
    if not isinstance(x, SymbolicTensor):
        trace = current()
        assert trace is not None
        x = trace.constant(x)
    return apply(OPS["identity"], [x])  # type: ignore[no-any-return]


def _arrange(found: list[Any], structures: list[Any], argnums: int | Sequence[int], variables: Any) -> Any:
    if variables is not None:
        return found
    iterator = iter(found)
    packed = [tree.map_structure(lambda _: next(iterator), structure) for structure in structures]
    return packed[0] if isinstance(argnums, int) else tuple(packed)


def grad(fn: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make a function that returns the gradient of a scalar function.

    Args:
        fn: Function that returns a scalar.
        argnums: Position or positions of the arguments to differentiate. Defaults to 0.

    Returns:
        Function of the same arguments that returns the gradient in the structure of the argument; a tuple of them if
        ``argnums`` is a sequence.

    Raises:
        ValueError: When called, if the value is no scalar.
        TypeError: When called, if an argument to differentiate is no float.

    Example:
        >>> import nncore
        >>> float(nncore.grad(lambda x: x ** 3)(2.0))
        12.0
    """
    differentiated = value_and_grad(fn, argnums)

    @functools.wraps(fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return differentiated(*args, **kwargs)[1]

    return wrapped
