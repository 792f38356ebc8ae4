"""Results as tables, for the screen and for Markdown."""

from __future__ import annotations

from typing import NamedTuple

from frameworks import OURS, TITLES
from measure import NUMPY
from results import Ratio, Results, Row


class Table(NamedTuple):
    """Cells of text; the first column is a name, the others are figures."""

    title: str
    head: list[str]
    rows: list[list[str]]
    notes: list[str]


def number(value: float) -> str:
    """Three digits or a little more."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def show_ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return "-"
    spread = f" ({ratio.low:.2f}-{ratio.high:.2f})" if ratio.high > ratio.low else ""
    return f"{ratio.value:.2f}{spread}"


def medians(rows: list[Row], frameworks: list[str]) -> list[list[str]]:
    return [[number(row.median(name)) if name in row.samples else "-" for name in frameworks] for row in rows]


def missing_notes(rows: list[Row]) -> list[str]:
    """Why cells are empty, each reason once."""
    reasons: dict[str, set[str]] = {}
    for row in rows:
        for name, reason in row.missing.items():
            reasons.setdefault(TITLES[name], set()).add(reason)
    return [f"{title}: {', '.join(sorted(found))}" for title, found in reasons.items()]


def training_table(results: Results) -> Table | None:
    rows = results.part("train")
    if not rows:
        return None
    names = results.frameworks(rows)
    cells = [
        [row.name, *figures, show_ratio(row.ratio()), show_ratio(row.keras_ratio())]
        for row, figures in zip(rows, medians(rows, names), strict=True)
    ]
    head = ["step", *(TITLES[name] for name in names), "to best peer", "to best Keras"]
    notes = [
        "Ratio: ours as a share of the best peer's, the median over rounds and its quartiles.",
        f"Largest spread (distance of the quartiles) of our own time: {worst_spread(rows):.0%}.",
    ]
    return Table("A training step, microseconds", head, cells, notes + missing_notes(rows))


def worst_spread(rows: list[Row]) -> float:
    return max((row.spread(OURS) for row in rows if OURS in row.samples), default=0.0)


def busy_table(results: Results) -> Table | None:
    rows = results.part("busy")
    if not rows:
        return None
    names = results.frameworks(rows)
    cells = []
    for row, figures in zip(rows, medians(rows, names), strict=True):
        for k, name in enumerate(names):
            slow = results.slow_down(row.name, name)
            if slow is not None:
                figures[k] += f" ({slow:.1f}x)"
        cells.append([row.name, *figures, show_ratio(row.ratio())])
    head = ["step", *(TITLES[name] for name in names), "to best peer"]
    notes = ["In parentheses: the multiple of the same framework's quiet time."]
    return Table("With both CPUs busy elsewhere, microseconds", head, cells, notes)


def other_table(results: Results, part: str, title: str) -> Table | None:
    rows = results.part(part)
    if not rows:
        return None
    names = results.frameworks(rows)
    cells = [
        [f"{row.name}, {row.unit}", *figures, show_ratio(row.ratio())]
        for row, figures in zip(rows, medians(rows, names), strict=True)
    ]
    titles = TITLES | {NUMPY: "NumPy"}
    return Table(title, ["", *(titles[name] for name in names), "to best peer"], cells, missing_notes(rows))


def all_tables(results: Results) -> list[Table]:
    tables = [
        training_table(results),
        busy_table(results),
        other_table(results, "layers", "A layer, forward and backward"),
        other_table(results, "predict", "Applying a network"),
        other_table(results, "start", "Before and besides training"),
    ]
    return [table for table in tables if table is not None]


def print_tables(results: Results) -> None:
    import rich.box
    import rich.console
    import rich.table

    console = rich.console.Console()
    if not console.is_terminal:
        console = rich.console.Console(width=190)
    for table in all_tables(results):
        grid = rich.table.Table(title=table.title, title_justify="left", box=rich.box.SIMPLE_HEAD, highlight=False)
        for k, name in enumerate(table.head):
            grid.add_column(name, justify="right" if k else "left", style="bold" if name == TITLES[OURS] else None)
        for cells in table.rows:
            grid.add_row(*cells)
        console.print(grid)
        for note in table.notes:
            console.print(note, highlight=False)
        console.print()


def markdown(table: Table) -> str:
    lines = [
        f"## {table.title}",
        "",
        f"| {' | '.join(table.head)} |",
        f"|---|{'--:|' * (len(table.head) - 1)}",
        *(f"| {' | '.join(cells)} |" for cells in table.rows),
        "",
        *(f"- {note}" for note in table.notes),
    ]
    return "\n".join(lines).rstrip() + "\n"
