"""A dated run as a page of Markdown."""

from __future__ import annotations

import os
from pathlib import Path

from frameworks import TITLES
from results import Results
from tables import all_tables, markdown

COMMAND = "python benchmarks/training/run.py"


def machine_section(results: Results) -> str:
    machine = results.machine
    versions = [f"- {TITLES[name]}: {version}" for name, version in results.versions.items() if name in TITLES]
    loads = [load for row in results.rows for load in row.load]
    lines = [
        f"Measured on {machine['date']} by `{COMMAND}` ([README.md](README.md) says how and what is counted): "
        f"{machine['cpu']}, {machine['cpus']} CPUs of which {machine['threads']} were used by every framework, "
        f"{machine['memory']}, {machine['system']}, Python {machine['python']}. "
        f"The load of the machine was {min(loads):.1f} to {max(loads):.1f}, the benchmark's own included.",
        "",
        *versions,
    ]
    return "\n".join(lines) + "\n"


def write(results: Results, file: Path, picture: Path | None) -> None:
    """Write the page; it shows the picture where there is one."""
    parts = ["# Results\n", machine_section(results)]
    if picture is not None:
        target = Path(os.path.relpath(picture, file.parent)).as_posix()
        parts.append(f"![Each framework's time as a multiple of nncore's]({target})\n")
    parts += [markdown(table) for table in all_tables(results)]
    file.write_text("\n".join(parts))
