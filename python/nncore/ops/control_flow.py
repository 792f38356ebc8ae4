"""Control flow by values: loops and branches that become part of a compiled program.

On arrays, and where a trace carries values, Python runs the loop or the branch. Otherwise the body is traced once and
one node is recorded (``bodies.py``). What a body uses of its surroundings, arrays, tensors, variables, is found while
it is traced; variables that it assigns to are handed on like a carry.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nncore import tree
from nncore.ir import KerasTensor, SymbolicTensor, Trace
from nncore.ops.apply import eval_shape, op
from nncore.ops.bodies import (
    Body,
    Leaves,
    captured_by,
    check_carry,
    describe,
    new_value,
    pass_limits_on,
    record,
    recording,
    written_by,
)
from nncore.ops.dtypes import as_operand, dtype_of, is_float, is_weak
from nncore.ops.elementwise import convert
from nncore.ops.getitem import get_item
from nncore.ops.shape import reshape, stack

__all__ = ["cond", "fori_loop", "map", "scan", "switch", "vectorized_map", "while_loop"]


def _callable(name: str, argument: str, function: Any) -> None:
    if not callable(function):
        raise TypeError(
            f"ops.{name}: `{argument}` should be a callable. Received: {argument}={function!r} "
            f"(of type {type(function).__name__})."
        )


def _specs(values: Sequence[Any]) -> list[Any]:
    return [(tuple(x.shape), dtype_of(x)) for x in values]


def _symbolic(values: Sequence[Any]) -> bool:
    return any(x.__class__ is SymbolicTensor for x in values)


def _start(init: Any) -> tuple[Leaves, list[bool]]:
    """The first carry, and which of its leaves are Python numbers: these take the dtype that the body gives."""
    return Leaves(init), [is_weak(x) for x in tree.flatten(init) if x is not None]


def _follow(before: Leaves, weak: list[bool], after: Leaves) -> bool:
    """Convert Python numbers among the first carry to the dtype that the body gave them; whether any was."""
    changed = False
    if len(before.values) == len(after.values):
        for k, (a, b) in enumerate(zip(before.values, after.values, strict=True)):
            if weak[k] and dtype_of(a) != dtype_of(b) and tuple(a.shape) == tuple(b.shape):
                before.values[k] = convert(a, dtype_of(b))
                changed = True
    return changed


def _settled(leaves: Leaves) -> Any:
    """The structure with arrays of its own: what a body returned may be a variable's, which the next turn changes."""
    return leaves.pack([x.copy() if isinstance(x, np.ndarray) else x for x in leaves.values])


def _as_pair(name: str, result: Any) -> tuple[Any, Any]:
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise ValueError(f"ops.{name}: `f` should return a pair, the new carry and an output. Received: {result!r}.")
    return result[0], result[1]


# --- scan ------------------------------------------------------------------------------------------------------------


@op
def scan(
    f: Callable[..., Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Call a function for each row of arrays, handing a carry from call to call.

    In a compiled program this is a loop: the function is traced once.

    Args:
        f: Function of the carry and a row of ``xs`` (None without ``xs``) that returns the new carry, of the same
            shapes and dtypes, and an output, anything nested.
        init: The first carry: array or nested arrays.
        xs: Array or nested arrays that are walked along their first axes. Defaults to None.
        length: Number of calls. Defaults to None: the length of ``xs``.
        reverse: Whether to start at the last row; outputs keep the places of their rows. Defaults to False.
        unroll: True records each call on its own. Any number gives a loop: how far it is worth unrolling is decided by
            the program. Results are the same. Defaults to 1.

    Returns:
        The last carry, and the outputs stacked along a new first axis.

    Raises:
        TypeError: If ``f`` is no function.
        ValueError: If ``xs`` and ``length`` are both missing or disagree, or the carry changes its shape or dtype.

    Example:
        >>> import numpy as np
        >>> from nncore import ops
        >>> total, sums = ops.scan(lambda c, x: (c + x, c + x), np.array(0), np.array([1, 2, 3]))
        >>> int(total), sums.tolist()
        (6, [1, 3, 6])
    """
    _callable("scan", "f", f)
    if not isinstance(unroll, bool) and (not isinstance(unroll, (int, np.integer)) or unroll < 1):
        raise ValueError(f"ops.scan: `unroll` must be a positive integer or boolean. Received: unroll={unroll!r}.")
    return _scan("scan", f, init, xs, length, reverse, unroll is True)


def scan_from(f: Callable[..., Any], init: Any, xs: Any, unroll: bool = False) -> tuple[Any, Any]:
    """``scan`` whose first carry is converted to the dtypes that ``f`` gives: what a recurrent layer starts from."""
    return _scan("scan", f, init, xs, None, False, unroll, True)


def _scan(
    name: str, f: Callable[..., Any], init: Any, xs: Any, length: Any, reverse: bool, unroll: bool, follow: bool = False
) -> tuple[Any, Any]:
    rows = Leaves(xs)
    turns = _turns(name, rows, length)
    carry, weak = _start(init)
    if follow:
        weak = [True] * len(weak)
    trace = recording()
    if trace is None or unroll:
        return _run_scan(name, f, carry, weak, rows, turns, reverse)
    body = _trace_scan(name, f, trace, carry, weak, rows)
    if not body.reads_outside() and not _symbolic([*carry.values, *rows.values]):
        return _run_scan(name, f, carry, weak, rows, turns, reverse)
    return _record_scan(trace, body, carry, rows, turns, reverse)


def _turns(name: str, rows: Leaves, length: Any) -> int:
    lengths = []
    for x in rows.values:
        if not x.shape:
            raise ValueError(f"ops.{name}: `xs` should have a first axis to walk along. Received: {describe(x)}.")
        lengths.append(int(x.shape[0]))
    if length is not None:
        lengths.append(int(length))
    if not lengths:
        raise ValueError(f"ops.{name}: got no `xs` to scan over and `length` not provided.")
    if len(set(lengths)) > 1 or lengths[0] < 0:
        shapes = [tuple(x.shape) for x in rows.values]
        raise ValueError(
            f"ops.{name}: all arrays of `xs` should have the same length along their first axes, and `length` be that. "
            f"Received: shapes {shapes}, length={length}."
        )
    return lengths[0]


def _run_scan(
    name: str, f: Callable[..., Any], carry: Leaves, weak: list[bool], rows: Leaves, turns: int, reverse: bool
) -> tuple[Any, Any]:
    """The loop in Python."""
    if turns == 0:
        return carry.pack(carry.values), _empty(f, carry, rows)
    state: Any = None
    collected: list[Any] = []
    t = 0
    while t < turns:
        row = turns - 1 - t if reverse else t
        if t == 0:
            state = carry.pack(carry.values)
        state, y = _as_pair(name, f(state, rows.pack([get_item(x, row) for x in rows.values])))
        after = Leaves(state)
        if t == 0 and _follow(carry, weak, after):
            weak = [False] * len(weak)
            continue
        check_carry(name, carry, after)
        state = _settled(after)
        collected.append(_settled(Leaves(y)))
        t += 1
    if reverse:
        collected.reverse()
    first = Leaves(collected[0])
    columns = zip(*(Leaves(y).values for y in collected), strict=True)
    return state, first.pack([stack(list(column), axis=0) for column in columns])


def _empty(f: Callable[..., Any], carry: Leaves, rows: Leaves) -> Any:
    """The outputs of no calls."""
    state = carry.pack([KerasTensor(x.shape, dtype_of(x)) for x in carry.values])
    row = rows.pack([KerasTensor(x.shape[1:], dtype_of(x)) for x in rows.values])
    shapes = eval_shape(lambda c, x: f(c, x)[1], state, row)
    return tree.map_structure(lambda y: None if y is None else np.zeros((0, *y.shape), y.dtype), shapes)


def _trace_scan(name: str, f: Callable[..., Any], trace: Trace, carry: Leaves, weak: list[bool], rows: Leaves) -> Body:
    def turn(state: list[Any], row: list[Any]) -> Any:
        return _as_pair(name, f(carry.pack(state), rows.pack(row)))

    slices = [(tuple(x.shape[1:]), dtype_of(x)) for x in rows.values]
    body = Body(trace, turn, _specs(carry.values), slices)
    if _follow(carry, weak, Leaves(body.result[0])):
        body = Body(trace, turn, _specs(carry.values), slices)
    check_carry(name, carry, Leaves(body.result[0]))
    return body


def _record_scan(trace: Trace, body: Body, carry: Leaves, rows: Leaves, turns: int, reverse: bool) -> tuple[Any, Any]:
    state, slices = body.groups
    pass_limits_on(body, dict(zip(slices, rows.values, strict=True)))
    n = len(state)
    written = written_by(trace, [body])
    before = [tensor for _, tensor in written]
    after = [new_value(body, variable, tensor) for variable, tensor in written]
    others = captured_by([body], before)
    inputs = [*state, *(body.trace.capture(t) for t in before), *slices, *(body.trace.capture(t) for t in others)]
    outputs = [*body.outputs[:n], *after, *body.outputs[n:]]
    attrs = {
        "bodies": (body.graph(inputs, outputs),),
        "carries": n + len(before),
        "slices": len(slices),
        "length": turns,
        "reverse": bool(reverse),
    }
    results = record("scan", [*carry.values, *before, *rows.values, *others], attrs)
    for (variable, _), tensor in zip(written, results[n : n + len(before)], strict=True):
        trace.write(variable, tensor)
    return carry.pack(results[:n]), Leaves(body.result[1]).pack(results[n + len(before) :])


@op
def map(f: Callable[..., Any], xs: Any) -> Any:
    """Call a function for each row of arrays and stack what it returns.

    Args:
        f: Function of a row of ``xs``.
        xs: Array or nested arrays that are walked along their first axes.

    Returns:
        The results, stacked along a new first axis, in the structure that ``f`` returns.

    Raises:
        TypeError: If ``f`` is no function.
        ValueError: If arrays have different lengths.

    Example:
        >>> from nncore import ops
        >>> ops.map(lambda x: x * x, ops.arange(4)).tolist()
        [0, 1, 4, 9]
    """
    _callable("map", "f", f)
    return _scan("map", lambda _, x: (None, f(x)), None, xs, None, False, False)[1]


@op
def vectorized_map(function: Callable[..., Any], elements: Any) -> Any:
    """The same as ``map``: a compiled program walks the rows one by one.

    Args:
        function: Function of a row of ``elements``.
        elements: Array or nested arrays that are walked along their first axes.

    Returns:
        The results, stacked along a new first axis.

    Raises:
        TypeError: If ``function`` is no function.
        ValueError: If arrays have different lengths.

    Example:
        >>> from nncore import ops
        >>> ops.vectorized_map(lambda p: p[0] @ p[1], (ops.ones((3, 2)), ops.ones((3, 2)))).tolist()
        [2.0, 2.0, 2.0]
    """
    _callable("vectorized_map", "function", function)
    return _scan("vectorized_map", lambda _, x: (None, function(x)), None, elements, None, False, False)[1]


# --- loops -----------------------------------------------------------------------------------------------------------


def _truth(name: str, x: Any) -> Any:
    x = as_operand(x)
    if tuple(x.shape) not in ((), (1,)):
        raise ValueError(f"ops.{name}: a condition should be a scalar. Received: {describe(x)}.")
    return convert(reshape(x, ()), "bool")


@op
def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, maximum_iterations: int | None = None
) -> Any:
    """Repeat a function while a condition of its values holds.

    Args:
        cond: Function of the values that returns a scalar: whether to go on.
        body: Function of the values that returns new ones of the same shapes and dtypes.
        loop_vars: The first values. A tuple or list is given to both functions as several arguments.
        maximum_iterations: Most calls of ``body``. With it the loop can be differentiated. Defaults to None.

    Returns:
        The last values: a tuple if ``loop_vars`` is a tuple or list.

    Raises:
        TypeError: If a function is none.
        ValueError: If a value changes its shape or dtype; while differentiating, if there is no
            ``maximum_iterations``.

    Example:
        >>> from nncore import ops
        >>> x, y = ops.while_loop(lambda x, y: x < 10, lambda x, y: (x + 1, y * 2.0), (8, 1.0))
        >>> int(x), float(y)
        (10, 4.0)
    """
    _callable("while_loop", "cond", cond)
    _callable("while_loop", "body", body)
    if maximum_iterations is not None:
        maximum_iterations = int(maximum_iterations)
        if maximum_iterations < 0:
            raise ValueError(
                f"ops.while_loop: maximum_iterations must not be negative. Received: {maximum_iterations}."
            )
    several = isinstance(loop_vars, (tuple, list))
    carry, weak = _start(tuple(loop_vars) if several else (loop_vars,))

    def turn(*values: Any) -> Any:
        result = body(*values)
        return tuple(result) if several and isinstance(result, (tuple, list)) else (result,)

    trace = recording()
    result = None
    if trace is not None:
        result = _record_while(trace, cond, turn, carry, weak, maximum_iterations)
    if result is None:
        result = _run_while(cond, turn, carry, weak, maximum_iterations)
    return result if several else result[0]


def _run_while(
    cond: Callable[..., Any], turn: Callable[..., Any], carry: Leaves, weak: list[bool], maximum: int | None
) -> Any:
    values = carry.pack(carry.values)
    t = 0
    while (maximum is None or t < maximum) and bool(_truth("while_loop", cond(*values))):
        after = Leaves(turn(*values))
        if t == 0 and _follow(carry, weak, after):
            weak = [False] * len(weak)
            values = carry.pack(carry.values)
            continue
        check_carry("while_loop", carry, after)
        values = _settled(after)
        t += 1
    return values


def _record_while(
    trace: Trace,
    cond: Callable[..., Any],
    turn: Callable[..., Any],
    carry: Leaves,
    weak: list[bool],
    maximum: int | None,
) -> Any:
    def step(state: list[Any]) -> Any:
        return turn(*carry.pack(state))

    body = Body(trace, step, _specs(carry.values))
    if _follow(carry, weak, Leaves(body.result)):
        body = Body(trace, step, _specs(carry.values))
    check_carry("while_loop", carry, Leaves(body.result))
    asked = Body(trace, lambda state: _truth("while_loop", cond(*carry.pack(state))), _specs(carry.values))
    if asked.trace.written():
        raise ValueError("ops.while_loop: `cond` must not assign to variables; do that in `body`.")
    if not (body.reads_outside() or asked.reads_outside() or _symbolic(carry.values)):
        return None
    for each in (body, asked):
        pass_limits_on(each, {})
    written = written_by(trace, [body])
    before = [tensor for _, tensor in written]
    after = [new_value(body, variable, tensor) for variable, tensor in written]
    others = captured_by([asked, body], before)
    graphs = []
    for each, outputs in ((asked, asked.outputs), (body, [*body.outputs, *after])):
        inputs = [*each.inputs, *(each.trace.capture(t) for t in (*before, *others))]
        graphs.append(each.graph(inputs, outputs))
    attrs = {
        "bodies": tuple(graphs),
        "carries": len(carry.values) + len(before),
        "maximum": -1 if maximum is None else maximum,
    }
    results = record("while", [*carry.values, *before, *others], attrs)
    for (variable, _), tensor in zip(written, results[len(carry.values) :], strict=True):
        trace.write(variable, tensor)
    return carry.pack(results[: len(carry.values)])


@op
def fori_loop(lower: Any, upper: Any, body_fun: Callable[..., Any], init_val: Any) -> Any:
    """Repeat a function for each whole number of a range, handing a value from call to call.

    Args:
        lower: First number.
        upper: The number after the last one. Tensors are allowed for both; such a loop has no gradient.
        body_fun: Function of the number and the value that returns the new value, of the same shapes and dtypes.
        init_val: The first value: array or nested arrays.

    Returns:
        The last value.

    Raises:
        TypeError: If ``body_fun`` is no function.
        ValueError: If the value changes its shape or dtype.

    Example:
        >>> from nncore import ops
        >>> int(ops.fori_loop(0, 10, lambda i, s: s + i, 0))
        45
    """
    _callable("fori_loop", "body_fun", body_fun)
    for argument, bound in (("lower", lower), ("upper", upper)):
        if is_float(dtype_of(as_operand(bound))):
            raise TypeError(f"ops.fori_loop: `{argument}` should be a whole number. Received: {argument}={bound!r}.")
    bounds = [as_operand(lower), as_operand(upper)]
    if _symbolic(bounds) and recording() is not None:
        first, last = (convert(bound, "int32") for bound in bounds)
        return while_loop(lambda i, _: i < last, lambda i, value: (i + 1, body_fun(i, value)), (first, init_val))[1]
    low, high = int(bounds[0]), int(bounds[1])
    if recording() is None:
        carry, weak = _start(init_val)
        value = carry.pack(carry.values)
        for i in range(low, high):
            after = Leaves(body_fun(i, value))
            if i == low and _follow(carry, weak, after):
                value = carry.pack(carry.values)
                after = Leaves(body_fun(i, value))
            check_carry("fori_loop", carry, after)
            value = _settled(after)
        return value
    numbers = np.arange(low, max(low, high), dtype="int32")
    return _scan("fori_loop", lambda value, i: (body_fun(i, value), None), init_val, numbers, None, False, False)[0]


# --- branches --------------------------------------------------------------------------------------------------------


@op
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Call one of two functions.

    Args:
        pred: Scalar.
        true_fn: Function without arguments, called where ``pred`` is true.
        false_fn: The same where it is false. Both give the same structure, shapes and dtypes.

    Returns:
        What the function returns.

    Raises:
        TypeError: If a function is none.
        ValueError: If ``pred`` is no scalar or, in a compiled function, the two results differ in kind.

    Example:
        >>> from nncore import ops
        >>> ops.cond(ops.array(True), lambda: ops.ones(2), lambda: ops.zeros(2)).tolist()
        [1.0, 1.0]
    """
    _callable("cond", "true_fn", true_fn)
    _callable("cond", "false_fn", false_fn)
    return _switch("cond", convert(_truth("cond", pred), "int32"), [false_fn, true_fn], ())


@op
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """Call one of several functions.

    Args:
        index: Whole number; one out of range is moved into it.
        branches: The functions. All give the same structure, shapes and dtypes.
        operands: Arguments of the function.

    Returns:
        What the function returns.

    Raises:
        TypeError: If a function is none or ``index`` is no whole number.
        ValueError: If there are no functions or, in a compiled function, the results differ in kind.

    Example:
        >>> from nncore import ops
        >>> float(ops.switch(1, [lambda x: x + 1, lambda x: x * 2], 5.0))
        10.0
    """
    if not isinstance(branches, (list, tuple)) or not branches:
        raise ValueError(f"ops.switch: `branches` should be a list of functions. Received: branches={branches!r}.")
    for k, branch in enumerate(branches):
        _callable("switch", f"branches[{k}]", branch)
    chosen = as_operand(index)
    if is_float(dtype_of(chosen)) or tuple(chosen.shape) not in ((), (1,)):
        raise TypeError(f"ops.switch: `index` should be a whole number. Received: {describe(chosen)}.")
    arguments = [None if x is None else tree.map_structure(as_operand, x) for x in operands]
    return _switch("switch", convert(reshape(chosen, ()), "int32"), list(branches), arguments)


def _switch(name: str, index: Any, branches: list[Callable[..., Any]], operands: Sequence[Any]) -> Any:
    trace = recording()
    if trace is None or not _symbolic([index]):
        number = min(max(int(index), 0), len(branches) - 1)
        return tree.map_structure(lambda y: None if y is None else as_operand(y), branches[number](*operands))
    bodies = [Body(trace, lambda branch=branch: branch(*operands)) for branch in branches]
    _check_branches(name, bodies)
    for body in bodies:
        pass_limits_on(body, {})
    written = written_by(trace, bodies)
    results = [[*body.outputs, *(new_value(body, variable, tensor) for variable, tensor in written)] for body in bodies]
    others = captured_by(bodies)
    graphs = tuple(
        body.graph([body.trace.capture(t) for t in others], outputs)
        for body, outputs in zip(bodies, results, strict=True)
    )
    outputs = record("switch", [index, *others], {"bodies": graphs}) if results[0] else []
    n = len(bodies[0].outputs)
    for (variable, _), tensor in zip(written, outputs[n:], strict=True):
        trace.write(variable, tensor)
    return bodies[0].leaves.pack(outputs[:n])


def _check_branches(name: str, bodies: Sequence[Body]) -> None:
    labels = ["false_fn", "true_fn"] if name == "cond" else [f"branches[{k}]" for k in builtins.range(len(bodies))]
    first = bodies[0]
    for label, other in zip(labels[1:], bodies[1:], strict=True):
        try:
            tree.assert_same_structure(first.result, other.result)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"ops.{name}: {labels[0]} and {label} should return the same structure. {error}"
            ) from error
        for a, b in zip(first.outputs, other.outputs, strict=True):
            if a.shape != b.shape or a.dtype != b.dtype:
                raise ValueError(
                    f"ops.{name}: {labels[0]} and {label} should return the same shapes and dtypes. "
                    f"Received: {describe(a)} from {labels[0]}, {describe(b)} from {label}."
                )
