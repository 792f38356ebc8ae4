"""What a run has measured: rows of samples, kept as JSON, merged and summed up."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from frameworks import KERAS, OURS, TITLES

PARTS = ("train", "busy", "layers", "predict", "start")


@dataclass
class Row:
    """Samples of one figure for every framework. Sample k of each is from the same round."""

    part: str
    name: str
    unit: str
    samples: dict[str, list[float]] = field(default_factory=dict)
    """By framework."""
    missing: dict[str, str] = field(default_factory=dict)
    """Why a framework has none."""
    losses: dict[str, list[float]] = field(default_factory=dict)
    """The loss curves that were compared."""
    load: tuple[float, float] = (0.0, 0.0)
    """Of the machine, before and after."""

    def median(self, framework: str) -> float:
        return median(self.samples[framework])

    def spread(self, framework: str) -> float:
        """Distance of the quartiles as a share of the median."""
        values = self.samples[framework]
        if len(values) < 2:
            return 0.0
        low, _, high = quantiles(values, n=4, method="inclusive")
        return (high - low) / median(values)

    def best(self, among: tuple[str, ...] | None = None) -> str | None:
        """The peer with the smallest median."""
        peers = [name for name in among or TITLES if name in self.samples and name != OURS]
        return min(peers, key=self.median, default=None)

    def ratio(self, among: tuple[str, ...] | None = None) -> Ratio | None:
        """Our figure as a share of the best peer's."""
        peer = self.best(among)
        if peer is None or OURS not in self.samples:
            return None
        ours, theirs = self.samples[OURS], self.samples[peer]
        if len(ours) != len(theirs) or len(ours) < 2:
            value = median(ours) / median(theirs)
            return Ratio(peer, value, value, value)
        # What disturbs a round disturbs both in it.
        each = [a / b for a, b in zip(ours, theirs, strict=True)]
        low, middle, high = quantiles(each, n=4, method="inclusive")
        return Ratio(peer, middle, low, high)

    def keras_ratio(self) -> Ratio | None:
        return self.ratio(KERAS)


class Ratio(NamedTuple):
    """Median and quartiles, over the rounds, of our figure divided by a peer's."""

    peer: str
    value: float
    low: float
    high: float


@dataclass
class Results:
    """All rows of one or several runs on one machine."""

    machine: dict[str, Any]
    versions: dict[str, str]
    """By framework."""
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """In the place of a row of the same name, else at the end of its part."""
        for k, old in enumerate(self.rows):
            if (old.part, old.name) == (row.part, row.name):
                self.rows[k] = row
                return
        self.rows.append(row)

    def part(self, name: str) -> list[Row]:
        return [row for row in self.rows if row.part == name]

    def find(self, part: str, name: str) -> Row | None:
        return next((row for row in self.part(part) if row.name == name), None)

    def slow_down(self, name: str, framework: str) -> float | None:
        """Time with busy neighbours as a multiple of the quiet one."""
        quiet, busy = self.find("train", name), self.find("busy", name)
        if quiet is None or busy is None or framework not in quiet.samples or framework not in busy.samples:
            return None
        return busy.median(framework) / quiet.median(framework)

    def frameworks(self, rows: list[Row]) -> list[str]:
        """Those that have samples there, in the order of the versions."""
        return [name for name in self.versions if any(name in row.samples for row in rows)]

    def merge(self, other: Results) -> None:
        """Take over what another run has measured; its rows win."""
        if other.machine["cpu"] != self.machine["cpu"] or other.machine["threads"] != self.machine["threads"]:
            raise ValueError(
                f"expected results of one machine and number of threads. Received: {self.machine}, {other.machine}"
            )
        self.machine |= other.machine
        self.versions |= other.versions
        for row in other.rows:
            self.add(row)

    def sort(self, names: list[str]) -> None:
        """Order the versions by these names, and the rows by part."""
        self.versions = {name: self.versions[name] for name in names if name in self.versions}
        self.rows.sort(key=lambda row: PARTS.index(row.part))

    def save(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), indent=1) + "\n")


def load(file: Path) -> Results:
    content = json.loads(file.read_text())
    rows = [Row(**(row | {"load": tuple(row["load"])})) for row in content["rows"]]
    return Results(content["machine"], content["versions"], rows)
