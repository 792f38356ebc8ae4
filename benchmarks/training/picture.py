"""Results as a picture: how many times longer a step takes elsewhere, and what else a user pays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from frameworks import OURS, TITLES
from results import Results, Row
from tables import number

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import LogLocator, NullFormatter

COLORS = {
    OURS: "#d1495b",
    "torch": "#e07a1f",
    "torch-compile": "#f2b134",
    "jax": "#2a6f97",
    "keras-jax": "#61a5c2",
    "keras-torch": "#8a6fb0",
    "keras-tensorflow": "#6b9e78",
    "sklearn": "#8d99ae",
}
BARS = [
    ("predict", "model(x)", "one row through 784-32-10, µs"),
    ("start", "import", "import, ms"),
    ("start", "first step", "first step, ms"),
    ("start", "memory", "memory to train 784-32-10, MB"),
    ("start", "installed", "installed, MB"),
]


def draw_steps(axes: Any, results: Results, rows: list[Row]) -> None:
    """Per network, each framework's time as a multiple of ours."""
    rows = [row for row in rows if OURS in row.samples]
    names = [name for name in results.frameworks(rows) if name != OURS]
    for k, row in enumerate(rows):
        ours = row.median(OURS)
        multiples = [row.median(name) / ours for name in names if name in row.samples]
        axes.plot([min(1, *multiples, 1), max(1, *multiples, 1)], [k, k], color="#dddddd", lw=1.2, zorder=1)
    for name in names:
        points = [(row.median(name) / row.median(OURS), k) for k, row in enumerate(rows) if name in row.samples]
        axes.scatter(*zip(*points, strict=True), s=46, color=COLORS[name], label=TITLES[name], zorder=3)
    axes.axvline(1, color=COLORS[OURS], lw=2, zorder=2, label=TITLES[OURS])
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    wide = high > 20 * low
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}x")
    axes.xaxis.set_minor_formatter(NullFormatter())
    labels = [f"{row.name.replace(' batch', ', batch', 1)}\n{number(row.median(OURS))} µs" for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8.5)
    axes.invert_yaxis()
    axes.grid(axis="x", which="major", color="#eeeeee", zorder=0)


def draw_bars(axes: Any, results: Results, row: Row, title: str) -> None:
    """One figure of every framework."""
    names = [name for name in results.frameworks([row]) if name in COLORS]
    values = [row.median(name) for name in names]
    axes.barh(range(len(names)), values, color=[COLORS[name] for name in names], height=0.72)
    axes.set_xlim(0, max(values) * 1.25)
    if max(values) > 20 * min(values):
        # Otherwise the short bars could not be seen.
        axes.set_xscale("log")
        axes.set_xlim(min(values) / 2.2, max(values) * 4)
        title += " (logarithmic)"
    for k, value in enumerate(values):
        axes.annotate(number(value), (value, k), (4, 0), textcoords="offset points", va="center", fontsize=7.5)
    axes.set_yticks(range(len(names)), [TITLES[name].removesuffix(" fit") for name in names], fontsize=7.5)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=9, loc="left")
    axes.xaxis.set_visible(False)


def find_bars(results: Results) -> list[tuple[Row, str]]:
    found = []
    for part, begin, title in BARS:
        rows = [row for row in results.part(part) if row.name.startswith(begin) and row.samples]
        found += [(row, title) for row in rows[:1]]
    return found


def draw(results: Results, file: Path) -> None:
    """Write the picture; what was not measured is left out."""
    charts = [(name, results.part(part)) for part, name in [("train", "alone"), ("busy", "with both CPUs busy")]]
    charts = [(name, rows) for name, rows in charts if rows]
    bars = find_bars(results)
    columns = len(charts) + bool(bars)
    if not columns:
        return
    height = 1.6 + max(0.62 * max((len(rows) for _, rows in charts), default=0), 1.45 * len(bars))
    figure = plt.figure(figsize=(1.2 + 5.4 * columns, height), layout="constrained")
    grid = figure.add_gridspec(max(1, len(bars)), columns)
    for k, (name, rows) in enumerate(charts):
        axes = figure.add_subplot(grid[:, k])
        draw_steps(axes, results, rows)
        axes.set_title(f"Training step, {name}: multiple of nncore's time", fontsize=10, loc="left")
        if k == 0:
            handles, labels = axes.get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=8, frameon=False, fontsize=9)
        else:
            axes.set_yticklabels([f"{number(row.median(OURS))} µs" for row in rows if OURS in row.samples])
    for k, (row, title) in enumerate(bars):
        draw_bars(figure.add_subplot(grid[k, columns - 1]), results, row, title)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(length=0)
    machine = results.machine
    figure.suptitle(
        f"{machine['cpu']}, {machine['threads']} threads, {machine['date']}", fontsize=9, x=0.995, ha="right"
    )
    figure.savefig(file, dpi=130)
    plt.close(figure)
