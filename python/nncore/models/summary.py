"""The table that ``Model.summary`` prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nncore import tree
from nncore.layers import Layer
from nncore.layers.calling import is_shape, placeholders_of

__all__ = ["print_summary"]

_WIDTH, _GRAPH_WIDTH, _FLAG_WIDTH = 88, 108, 12
_COLUMNS, _GRAPH_COLUMNS = (0.45, 0.80, 1.0), (0.3, 0.56, 0.74, 1.0)


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[..., Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print a table of a model's layers; the arguments are those of ``Model.summary``.

    Args:
        model: The model.
        line_length: Width in characters.
        positions: Right edges of the columns, as parts of the width or in characters.
        print_fn: Called with the text instead of printing.
        expand_nested: Whether models inside are shown layer by layer.
        show_trainable: Whether a column tells which layers are trained.
        layer_range: Names or regular expressions of the first and last layer shown.

    Raises:
        ValueError: If ``layer_range`` or ``positions`` make no sense.
    """
    from rich.console import Console

    from nncore.models.sequential import Sequential

    network = getattr(model, "_network", None)
    graph = network is not None and not _is_chain(model, network)
    shown = model.layers if network is None or isinstance(model, Sequential) else network.operations
    rows: list[list[str]] = []
    for layer in _in_range(list(shown), layer_range):
        rows += _rows(layer, network if graph else None, expand_nested, show_trainable, 0)

    capture = print_fn is not None
    console = Console(
        highlight=False,
        force_terminal=False if capture else None,
        color_system=None if capture else "auto",
    )
    widths = _widths(line_length, positions, graph, show_trainable, console.width)
    if console.width < sum(widths):
        console.width = sum(widths)
    ascii_only = not console.encoding.lower().startswith("utf")
    table = _table(rows, widths, graph, show_trainable, ascii_only)
    if capture:
        console.begin_capture()
    console.print(f'[bold]Model: "{model.name}"[/bold]')
    console.print(table)
    for line in _totals(model):
        console.print(line)
    if print_fn is not None:
        print_fn(console.end_capture())


def _is_chain(model: Any, network: Any) -> bool:
    """Whether the graph is one line of layers, each called once, so that connections tell nothing."""
    from nncore.models.sequential import Sequential

    if isinstance(model, Sequential):
        return True
    if len(network.inputs) > 1 or len(network.steps) != len({id(s.operation) for s in network.steps}):
        return False
    last = network.inputs[0]
    for step in network.steps:
        sources = placeholders_of(step.call.args, step.call.kwargs)
        if len(sources) != 1 or sources[0] is not last or len(step.call.outputs) != 1:
            return False
        last = step.call.outputs[0]
    return True


def _in_range(layers: list[Any], layer_range: Sequence[str] | None) -> list[Any]:
    if layer_range is None:
        return layers
    import re

    if isinstance(layer_range, str) or len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(
            f"summary: `layer_range` should be a list or tuple of two strings. Received: layer_range={layer_range!r}."
        )
    first = [i for i, layer in enumerate(layers) if re.match(layer_range[0], layer.name)]
    last = [i for i, layer in enumerate(layers) if re.match(layer_range[1], layer.name)]
    if not first or not last:
        raise ValueError(
            "Passed layer_names do not match the layer names in the model. "
            f"Received: layer_range={layer_range!r}. Layers: {[layer.name for layer in layers]}."
        )
    if min(first) > max(last):
        return layers[min(last) : max(first) + 1]
    return layers[min(first) : max(last) + 1]


def _rows(layer: Any, network: Any, expand: bool, trainable: bool, level: int) -> list[list[str]]:
    from rich.markup import escape

    from nncore.models.network import Operation

    kind = layer.function.__name__ if isinstance(layer, Operation) else type(layer).__name__
    prefix = "   " * level + "└ " if level else ""
    if isinstance(layer, Operation):
        params = "0"
    elif not layer.built:
        params = "0 (unbuilt)"
    else:
        params = f"{layer.count_params():,}"
    row = [f"{prefix}{escape(layer.name)} ([blue]{escape(kind)}[/blue])", _shape(layer, network), _number(params)]
    if network is not None:
        row.append(_connections(layer, network) if level == 0 else "-")
    if trainable:
        row.append(("Y" if layer.trainable else "N") if len(layer.weights) else "-")
    rows = [row]
    if expand and isinstance(getattr(layer, "layers", None), list):
        for inner in layer.layers:
            inner_rows = _rows(inner, None, expand, trainable, level + 1)
            if network is not None:
                for inner_row in inner_rows:
                    inner_row.insert(3, "-")
            rows += inner_rows
    return rows


def _number(text: str) -> str:
    return f"[green]{text}[/green]"


def _shape(layer: Any, network: Any) -> str:
    from nncore.models.network import Operation

    shapes: Any = None
    if isinstance(layer, Operation):
        call = next(step.call for step in network.steps if step.operation is layer)
        shapes = tree.map_structure(lambda i: call.outputs[i].shape, call.structure)
    elif isinstance(layer, Layer):
        shapes = _layer_shape(layer)
    if shapes is None:
        return "?"
    return _format_shape(shapes)


def _layer_shape(layer: Layer) -> Any:
    try:
        return layer.output_shape
    except AttributeError:
        pass
    if not layer.built or not layer._build_shapes:
        return None
    try:
        # What the layer was built on, for any number of samples.
        shapes = {name: _any_batch(shape) for name, shape in layer._build_shapes.items()}
        if len(shapes) == 1:
            return layer.compute_output_shape(next(iter(shapes.values())))
        return layer.compute_output_shape(**shapes)
    except (TypeError, ValueError, AttributeError):
        # A layer that can't be run on shapes alone; the table says so.
        return None


def _any_batch(shapes: Any) -> Any:
    if is_shape(shapes):
        return (None, *shapes[1:]) if shapes else ()
    if isinstance(shapes, dict):
        return {key: _any_batch(value) for key, value in shapes.items()}
    return [_any_batch(value) for value in shapes]


def _format_shape(shapes: Any) -> str:
    if is_shape(shapes):
        inner = ", ".join(f"[green]{dim}[/green]" if dim is not None else "[cyan]None[/cyan]" for dim in shapes)
        return f"({inner},)" if len(shapes) == 1 else f"({inner})"
    if isinstance(shapes, dict):
        return "{" + ", ".join(f"{k}: {_format_shape(v)}" for k, v in shapes.items()) + "}"
    return "\\[" + ", ".join(_format_shape(shape) for shape in shapes) + "]"


def _connections(layer: Any, network: Any) -> str:
    from nncore.models.functional import references_of

    references = references_of(network)
    found = []
    for step in network.steps:
        if step.operation is layer:
            for tensor in placeholders_of(step.call.args, step.call.kwargs):
                name, number, index = references[id(tensor)]
                found.append(f"{name}\\[[green]{number}[/green]]\\[[green]{index}[/green]]")
    return ", ".join(found) or "-"


def _widths(
    line_length: int | None, positions: Sequence[float] | None, graph: bool, flag: bool, terminal: int
) -> list[int]:
    import shutil

    if positions is None:
        positions = _GRAPH_COLUMNS if graph else _COLUMNS
        if flag:
            positions = [*(p * 0.84 for p in positions), 1.0]
    columns = 3 + graph + flag
    if len(positions) != columns:
        raise ValueError(
            f"summary: `positions` should have {columns} entries, one for each column. Received: positions={positions}."
        )
    if line_length is None:
        wanted = (_GRAPH_WIDTH if graph else _WIDTH) + flag * _FLAG_WIDTH
        line_length = min(wanted, min(terminal, shutil.get_terminal_size().columns) - 4)
    edges = [int(p * line_length) if p <= 1 else int(p) for p in positions]
    widths = [b - a for a, b in zip([0, *edges], edges, strict=False)]
    if min(widths) < 4:
        raise ValueError(
            f"summary: insufficient width to print the columns. Received: line_length={line_length}, "
            f"positions={list(positions)}."
        )
    return widths


def _table(rows: list[list[str]], widths: list[int], graph: bool, flag: bool, ascii_only: bool) -> Any:
    from rich.table import Column, Table

    heads = [("Layer (type)", "left"), ("Output Shape", "left"), ("Param #", "right")]
    if graph:
        heads.append(("Connected to", "left"))
    if flag:
        heads.append(("Trainable", "center"))
    # A column's width is that of its contents: two spaces and a line go off, and one line at the left.
    columns = [
        Column(name, justify=justify, width=width - 3 - (i == 0), overflow="fold")  # type: ignore[arg-type]
        for i, ((name, justify), width) in enumerate(zip(heads, widths, strict=True))
    ]
    table = Table(*columns, show_lines=True)
    for row in rows:
        table.add_row(*([cell.replace("└", "\\_") for cell in row] if ascii_only else row))
    return table


def _totals(model: Any) -> list[str]:
    kinds = [("Trainable", model.trainable_weights), ("Non-trainable", model.non_trainable_weights)]
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and getattr(optimizer, "built", False):
        kinds.append(("Optimizer", optimizer.variables))
    every = [variable for _, variables in kinds for variable in variables]
    lines = [f" [bold]Total params: [/bold]{_size(every)}"]
    return lines + [f" [bold]{kind} params: [/bold]{_size(variables)}" for kind, variables in kinds]


def _size(variables: Sequence[Any]) -> str:
    count = sum(variable.size for variable in variables)
    size = float(sum(variable.array.nbytes for variable in variables))
    unit = "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{_number(f'{count:,}')} ({size:.2f} {unit})"
