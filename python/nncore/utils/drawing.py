"""Diagrams of models, as text for Graphviz or Mermaid."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from typing import Any

from nncore import tree

__all__ = ["Diagram", "model_to_dot", "plot_model"]

_DIRECTIONS = ("TB", "BT", "LR", "RL")


class Node:
    """A box: lines of text, of which the first is its title."""

    def __init__(self, key: str, lines: list[str]) -> None:
        self.key = key
        self.lines = lines


class Diagram:
    """A diagram of a model: boxes, boxes around boxes, and arrows.

    Args:
        name: Name of the model.
        rankdir: Direction of the arrows, ``"TB"``, ``"BT"``, ``"LR"`` or ``"RL"``.
        dpi: Resolution, for Graphviz.
        splines: How Graphviz bends arrows.

    Example:
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(1, name="first"), nncore.layers.Dense(1, name="last")])
        >>> print(nncore.utils.model_to_dot(model).to_mermaid())
        flowchart TB
          n0["first (Dense)"]
          n1["last (Dense)"]
          n0 --> n1
    """

    def __init__(self, name: str, rankdir: str = "TB", dpi: int = 200, splines: str = "ortho") -> None:
        if rankdir not in _DIRECTIONS:
            raise ValueError(f"`rankdir` should be one of {_DIRECTIONS}. Received: rankdir={rankdir!r}")
        self.name = name
        self.rankdir = rankdir
        self.dpi = dpi
        self.splines = splines
        self.parts: list[Node | Diagram] = []
        self.arrows: list[tuple[str, str]] = []

    def to_string(self, subgraph: bool = False) -> str:
        """The diagram in Graphviz's language.

        Args:
            subgraph: Write a part of another diagram, with a frame around it. Defaults to False.
        """
        name = _quoted(f"cluster_{self.name}" if subgraph else self.name)
        head = [f"subgraph {name} {{" if subgraph else f"digraph {name} {{"]
        if subgraph:
            head.append(f"label={_quoted(self.name)}; labeljust=l; style=dashed;")
        else:
            head.append(f"rankdir={self.rankdir}; dpi={self.dpi}; splines={_quoted(self.splines)}; concentrate=true;")
            head.append("node [shape=record];")
        body = []
        for part in self.parts:
            if isinstance(part, Node):
                body.append(f"{part.key} [label={_quoted('{' + '|'.join(map(_record, part.lines)) + '}')}];")
            else:
                body += part.to_string(subgraph=True).split("\n")
        body += [f"{a} -> {b};" for a, b in self.arrows]
        return "\n".join([head[0], *("  " + line for line in head[1:] + body), "}"])

    def to_mermaid(self) -> str:
        """The diagram in Mermaid's language, which Markdown viewers draw."""
        return "\n".join([f"flowchart {self.rankdir}", *self._mermaid_lines()])

    def _mermaid_lines(self) -> list[str]:
        lines = []
        for number, part in enumerate(self.parts):
            if isinstance(part, Node):
                text = "<br/>".join(line.replace('"', "#quot;") for line in part.lines)
                lines.append(f'  {part.key}["{text}"]')
            else:
                lines.append(f'  subgraph g{number}_{len(part.parts)}["{part.name}"]')
                lines += ["  " + line for line in part._mermaid_lines()]
                lines.append("  end")
        return lines + [f"  {a} --> {b}" for a, b in self.arrows]

    def create(self, format: str = "png") -> bytes:  # noqa: A002 - pydot's name
        """The diagram as a picture, drawn by Graphviz's program ``dot``.

        Args:
            format: Any of Graphviz's formats. Defaults to ``"png"``.

        Raises:
            ImportError: If the program is not installed.
            ValueError: If it can't draw the diagram.
        """
        program = shutil.which("dot")
        if program is None:
            raise ImportError(
                "You must install graphviz (see https://graphviz.gitlab.io/download/) to draw a picture. "
                "Without it, `to_file='model.mmd'` writes Mermaid, which Markdown viewers draw, and "
                "`to_file='model.dot'` the text that graphviz takes."
            )
        done = subprocess.run([program, f"-T{format}"], input=self.to_string().encode(), capture_output=True)
        if done.returncode:
            raise ValueError(f"graphviz could not draw the diagram: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def write(self, path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002 - pydot's name
        """Write the diagram to a file.

        Args:
            path: The file.
            format: ``"dot"`` or ``"gv"`` for Graphviz's text, ``"mmd"`` or ``"mermaid"`` for Mermaid's, or one of
                Graphviz's pictures. Defaults to the path's ending, or ``"png"``.
        """
        kind = (format or os.path.splitext(os.fspath(path))[1][1:] or "png").lower()
        if kind in ("dot", "gv"):
            data = (self.to_string() + "\n").encode()
        elif kind in ("mmd", "mermaid"):
            data = (self.to_mermaid() + "\n").encode()
        else:
            data = self.create(kind)
        with open(path, "wb") as file:
            file.write(data)

    def __str__(self) -> str:
        return self.to_string()


def _quoted(text: Any) -> str:
    return '"' + str(text).replace('"', '\\"') + '"'


def _record(text: str) -> str:
    for sign in "{}|<> ":
        text = text.replace(sign, "\\" + sign)
    return text


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Diagram:
    """Make a diagram of a model. No other package is needed.

    Args:
        model: The model; its layers have to be known.
        show_shapes: Show the shapes of inputs and outputs. Defaults to False.
        show_dtype: Show dtypes. Defaults to False.
        show_layer_names: Show names as well as classes. Defaults to True.
        rankdir: Direction of the arrows, ``"TB"`` (downwards), ``"BT"``, ``"LR"`` or ``"RL"``. Defaults to ``"TB"``.
        expand_nested: Show the layers of models inside, in a frame. Defaults to False.
        dpi: Resolution of pictures. Defaults to 200.
        subgraph: Return the diagram as part of another one; it writes itself with a frame then. Defaults to False.
        show_layer_activations: Show activation functions. Defaults to False.
        show_trainable: Show which layers are trained. Defaults to False.
        splines: How arrows bend. Defaults to ``"ortho"``.
        **kwargs: Nothing else; unknown arguments are an error.

    Returns:
        A `Diagram`: ``to_string()`` is its text for Graphviz, ``to_mermaid()`` for Mermaid.

    Raises:
        ValueError: If the model is not built, or for unknown arguments.

    Example:
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Input((3,)), nncore.layers.Dense(1, name="out")], name="net")
        >>> "Dense" in nncore.utils.model_to_dot(model).to_string()
        True
    """
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
    if not model.built and not model.layers:
        raise ValueError(
            "This model has not yet been built. Build the model first by calling `build()` or by calling the model on "
            "a batch of data."
        )
    options = {
        "names": show_layer_names,
        "shapes": show_shapes,
        "dtype": show_dtype,
        "activations": show_layer_activations,
        "trainable": show_trainable,
    }
    diagram = Diagram(model.name, rankdir, dpi, splines)
    _Drawer(options, expand_nested).draw(model, diagram)
    if subgraph:
        frame = Diagram(model.name, rankdir, dpi, splines)
        frame.parts.append(diagram)
        return frame
    return diagram


class _Drawer:
    """Puts a model's layers into a diagram, models inside included."""

    def __init__(self, options: dict[str, bool], expand: bool) -> None:
        self.options = options
        self.expand = expand
        self.count = 0

    def draw(self, model: Any, diagram: Diagram) -> tuple[list[str], list[str]]:
        """Draw a model; returns the boxes at which its inputs arrive and from which its outputs leave."""
        from nncore.models.sequential import Sequential

        network = getattr(model, "_network", None)
        if isinstance(model, Sequential):
            return self._draw_chain(model.layers, diagram)
        if network is None:
            # What a subclass's `call` does is not known: it is one box.
            box = self._box(model, diagram)
            return [box], [box]
        return self._draw_graph(network, diagram)

    def _place(self, layer: Any, diagram: Diagram) -> tuple[list[str], list[str]]:
        from nncore.models.sequential import Sequential

        if self.expand and (isinstance(layer, Sequential) or getattr(layer, "_network", None) is not None):
            inner = Diagram(layer.name)
            diagram.parts.append(inner)
            return self.draw(layer, inner)
        box = self._box(layer, diagram)
        return [box], [box]

    def _draw_chain(self, layers: list[Any], diagram: Diagram) -> tuple[list[str], list[str]]:
        ends = [self._place(layer, diagram) for layer in layers]
        for (_, before), (after, _) in itertools.pairwise(ends):
            diagram.arrows += [(before[0], after[0])]
        return (ends[0][0], ends[-1][1]) if ends else ([], [])

    def _draw_graph(self, network: Any, diagram: Diagram) -> tuple[list[str], list[str]]:
        from nncore.layers.calling import placeholders_of

        ends = {id(operation): self._place(operation, diagram) for operation in network.operations}
        made: dict[int, str] = {}
        for tensor, layer in zip(network.inputs, network.input_layers, strict=True):
            made[id(tensor)] = ends[id(layer)][1][0]
        for step in network.steps:
            arrive, leave = ends[id(step.operation)]
            for number, tensor in enumerate(placeholders_of(step.call.args, step.call.kwargs)):
                arrow = (made[id(tensor)], arrive[min(number, len(arrive) - 1)])
                if arrow not in diagram.arrows:
                    diagram.arrows.append(arrow)
            for number, tensor in enumerate(step.call.outputs):
                made[id(tensor)] = leave[min(number, len(leave) - 1)]
        arrivals = [ends[id(layer)][0][0] for layer in network.input_layers]
        return arrivals, [made[id(tensor)] for tensor in network.outputs]

    def _box(self, layer: Any, diagram: Diagram) -> str:
        key = f"n{self.count}"
        self.count += 1
        diagram.parts.append(Node(key, self._lines(layer)))
        return key

    def _lines(self, layer: Any) -> list[str]:
        from nncore.models.network import Operation

        is_op = isinstance(layer, Operation)
        kind = layer.function.__name__ if is_op else type(layer).__name__
        lines = [f"{layer.name} ({kind})" if self.options["names"] else kind]
        if self.options["activations"] and getattr(layer, "activation", None) is not None:
            lines.append(f"Activation: {getattr(layer.activation, '__name__', type(layer.activation).__name__)}")
        if self.options["dtype"] and not is_op:
            lines.append(f"Dtype: {layer.dtype}")
        if self.options["shapes"]:
            lines += [f"Input shape: {_shape(layer, 'input')}", f"Output shape: {_shape(layer, 'output')}"]
        if self.options["trainable"] and not is_op:
            lines.append("Trainable" if layer.trainable else "Non-trainable")
        return lines


def _shape(layer: Any, which: str) -> str:
    """A layer's shapes as text; `?` where they are not known."""
    try:
        found = getattr(layer, which)
    except (AttributeError, ValueError):
        return "?"
    shapes = [str(tuple(x.shape)) for x in tree.flatten(found)]
    return ", ".join(shapes) if shapes else "?"


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Any:
    """Write a diagram of a model to a file.

    Args:
        model: The model.
        to_file: The file. By its ending it is Mermaid's text (``.mmd``), Graphviz's (``.dot``), or a picture
            (``.png``, ``.svg``, ``.pdf``, ...), for which Graphviz's program ``dot`` has to be installed. Defaults to
            ``"model.png"``.
        show_shapes: Show the shapes of inputs and outputs. Defaults to False.
        show_dtype: Show dtypes. Defaults to False.
        show_layer_names: Show names as well as classes. Defaults to False.
        rankdir: Direction of the arrows, ``"TB"`` (downwards), ``"BT"``, ``"LR"`` or ``"RL"``. Defaults to ``"TB"``.
        expand_nested: Show the layers of models inside, in a frame. Defaults to False.
        dpi: Resolution of pictures. Defaults to 200.
        show_layer_activations: Show activation functions. Defaults to False.
        show_trainable: Show which layers are trained. Defaults to False.
        splines: How arrows bend. Defaults to ``"ortho"``.
        **kwargs: Nothing else; unknown arguments are an error.

    Returns:
        In a notebook an image to display; otherwise None.

    Raises:
        ImportError: If a picture is asked for and Graphviz is not installed.
        ValueError: If the model is not built, or for unknown arguments.

    Example:
        >>> import os, tempfile
        >>> import nncore
        >>> model = nncore.Sequential([nncore.layers.Dense(1)])
        >>> path = os.path.join(tempfile.mkdtemp(), "model.mmd")
        >>> nncore.utils.plot_model(model, path)
        >>> os.path.exists(path)
        True
    """
    diagram = model_to_dot(
        model,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        dpi=dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
        **kwargs,
    )
    diagram.write(to_file)
    if "IPython" in sys.modules and os.fspath(to_file).lower().endswith((".png", ".jpg", ".jpeg")):
        return sys.modules["IPython"].display.Image(filename=os.fspath(to_file))
    return None
