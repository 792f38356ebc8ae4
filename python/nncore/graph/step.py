"""Step: a traced function with its native program, bound to the variables that it reads and updates."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from nncore import _native, tree
from nncore.graph.fuse import fuse
from nncore.graph.loops import hoist
from nncore.graph.lower import Lowering
from nncore.graph.pick import pick_rows
from nncore.graph.rewrite import merge_updates, rewrite, rewrite_exactly
from nncore.graph.rows import update_rows
from nncore.graph.simplify import remove_dead, simplify
from nncore.graph.updates import absorb_gradients
from nncore.ir import Checked, Graph, Spec, SymbolicTensor, Trace
from nncore.ir.limits import check_limits
from nncore.ops.dtypes import CODES, as_operand

# The passes in order. Each changes the graph in place; the verifier runs after each.
PASSES: tuple[Callable[[Graph], None], ...] = (
    remove_dead,
    simplify,
    hoist,
    rewrite,
    pick_rows,
    update_rows,
    merge_updates,
    absorb_gradients,
    remove_dead,
)


class Step:
    """A compiled function of arrays.

    Made by ``compile_step``. Variables that the function reads and assigns are bound: a run works on their memory.

    Attributes:
        graph: The graph after all passes.
        specs: Nested structure of the inputs' specs.
        outputs: Nested structure of the results' specs.
        trace_seconds: How long tracing and compilation took, in seconds.
    """

    def __init__(self, graph: Graph, specs: Any, outputs: Any, per_row: bool) -> None:
        self.graph = graph
        self.specs = specs
        self.outputs = outputs
        self.trace_seconds = 0.0
        self._input_leaves = [leaf for leaf in tree.flatten(specs) if leaf is not None]
        self._results = [(t.shape, t.dtype) for t in graph.outputs]
        parts = Lowering(graph, fuse(graph)).build()
        self.program = _native.Program(
            parts["buffers"],
            parts["constants"],
            parts["instructions"],
            parts["arena_bytes"],
            [(CODES[spec.dtype], spec.shape) for spec in self._input_leaves],
            [(CODES[dtype], shape, per_row) for shape, dtype in self._results],
            parts["variables"],
        )

    def run(self, args: Any) -> Any:
        """Run once on arrays.

        Args:
            args: Arrays in the structure of ``specs``.

        Returns:
            New arrays in the structure of ``outputs``.
        """
        feeds = [leaf for leaf in tree.flatten(args) if leaf is not None]
        check_limits(self.graph.limits, feeds)
        return self.pack(self.run_flat(feeds))

    def pack(self, results: list[Any]) -> Any:
        """Put a flat list of results into the structure that the function returned."""
        present = iter(results)
        return tree.map_structure(lambda leaf: None if leaf is None else next(present), self.outputs)

    def run_flat(self, feeds: list[Any]) -> list[Any]:
        """Run once on a flat list of arrays and return the flat list of results."""
        results = [np.empty(shape, dtype) for shape, dtype in self._results]
        self.program.run(feeds, results)
        return results

    def run_steps(
        self,
        sources: list[Any],
        index: Any,
        first: int,
        n_steps: int,
        batch: int,
        dests: list[Any],
        budget: float = 0.05,
    ) -> int:
        """Run on consecutive batches of rows; the program gathers them itself.

        Args:
            sources: One array per input leaf, any dtype and strides, rows along the first axis.
            index: Row numbers (int64), or None for rows in order.
            first: Position of the first batch's first row.
            n_steps: Number of batches.
            batch: Rows per batch.
            dests: One array per result. Results per row go to the rows of their batch; others are overwritten.
            budget: Seconds after which it returns. Defaults to 0.05.

        Returns:
            The number of batches done, at least one.
        """
        return self.program.run_steps(sources, index, first, n_steps, batch, dests, budget)

    def new_results(self) -> list[Any]:
        """Uninitialised arrays for the results."""
        return [np.empty(shape, dtype) for shape, dtype in self._results]

    def dump(self, kind: str = "graph") -> str:
        """Show what was compiled.

        Args:
            kind: ``"graph"`` for the operations, ``"program"`` for the native instructions. Defaults to ``"graph"``.

        Returns:
            Text, one operation a line.
        """
        if kind not in ("graph", "program"):
            raise ValueError(f"kind must be 'graph' or 'program'. Received: kind={kind!r}.")
        return self.graph.dump() if kind == "graph" else str(self.program.dump())


def trace_function(function: Callable[..., Any], specs: Any, name: str) -> tuple[Graph, Any]:
    """Trace ``function(*specs)`` and return its graph and the nested structure of its results.

    Nothing outside changes: assignments to variables are recorded, not carried out.
    """
    with Trace(name=name) as trace:
        args = tree.map_structure(
            lambda leaf: trace.input(leaf.known(), leaf.dtype) if isinstance(leaf, Spec) else leaf, specs
        )
        result = function(*args)
        leaves = [None if leaf is None else _symbolic(trace, leaf) for leaf in tree.flatten(result)]
        graph = trace.graph([leaf for leaf in leaves if leaf is not None])
    outputs = tree.pack_sequence_as(result, [None if leaf is None else Spec(leaf.shape, leaf.dtype) for leaf in leaves])
    return graph, outputs


def _symbolic(trace: Trace, leaf: Any) -> SymbolicTensor:
    leaf = as_operand(leaf)
    return leaf if isinstance(leaf, SymbolicTensor) else trace.constant(leaf)


def optimize(graph: Graph, exact: bool = False) -> None:
    """Run all passes, verifying the graph after each; see ``compile_step``."""
    checked: Checked = {}
    graph.verify(checked=checked)
    for run in PASSES:
        if exact and run is hoist:
            continue
        if exact and run is rewrite:
            run = rewrite_exactly
        _everywhere(run, graph)
        graph.verify(run.__name__, checked)


def _everywhere(run: Callable[[Graph], None], graph: Graph) -> None:
    """Run a pass on a graph and on all bodies in it."""
    run(graph)
    for node in graph.nodes:
        for body in node.attrs.get("bodies", ()):
            _everywhere(run, body)


def compile_step(
    function: Callable[..., Any], specs: Any, *, name: str = "step", per_row: bool = False, exact: bool = False
) -> Step:
    """Compile a function for inputs of fixed shapes and dtypes.

    Args:
        function: Called once, on symbolic tensors, as ``function(*specs)``.
        specs: Tuple of arguments; each ``Spec`` in it, nested or not, is an array that will be fed. None and other
            Python values are passed on as they are.
        name: For messages. Defaults to ``"step"``.
        per_row: The results have one row per row of a batch (as ``predict`` needs it). Defaults to False.
        exact: The results are to have the bits that the function gives op by op; otherwise a sum may be rounded in
            another order. Defaults to False.

    Returns:
        The compiled ``Step``.

    Raises:
        TraceError: If the function needs values while it is traced.
    """
    start = time.perf_counter()
    graph, outputs = trace_function(function, specs, name)
    optimize(graph, exact)
    fed = tree.map_structure(lambda leaf: leaf if isinstance(leaf, Spec) else None, specs)
    step = Step(graph, fed, outputs, per_row)
    step.trace_seconds = time.perf_counter() - start
    return step


def run_eagerly(function: Callable[..., Any], args: Any) -> Any:
    """Run a function op by op on symbolic tensors that carry their values.

    Variables get their new values at the end, all or none.

    Args:
        function: Called as ``function(*args)``; ``print`` and breakpoints in it see numbers.
        args: Tuple of arguments, arrays nested in it.

    Returns:
        What the function returns, arrays in place of tensors.
    """
    with Trace(carry_values=True, name="eager step") as trace:
        inputs = tree.map_structure(
            lambda leaf: trace.input(leaf.shape, leaf.dtype.name, leaf) if isinstance(leaf, np.ndarray) else leaf,
            args,
        )
        result = tree.map_structure(_value, function(*inputs))
        writes = trace.graph([]).writes
    for variable, tensor in writes:
        variable.assign(tensor.value)
    return result


def _value(leaf: Any) -> Any:
    unwrap = getattr(leaf, "__tensor__", None)
    if unwrap is not None:
        leaf = unwrap()
    return leaf.value if isinstance(leaf, SymbolicTensor) else leaf
