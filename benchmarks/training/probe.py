"""Print what an interpreter has of a framework, as JSON.

    python probe.py MODULE ... -- DISTRIBUTION ...

`missing` modules, `versions` of the distributions, and the `bytes` of all files that these and what
they require have installed, compiled Python included: null for a package that is used from its source.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path


def with_requirements(names: list[str]) -> dict[str, Distribution]:
    """The distributions and what they require, as far as it is installed: the rest isn't for here."""
    found: dict[str, Distribution] = {}
    names = list(names)
    while names:
        name = re.sub(r"[-_.]+", "-", names.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        for requirement in found[name].requires or []:
            marker = requirement.partition(";")[2]
            if "extra" not in marker:
                names.append(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])
    return found


def installed_bytes(found: dict[str, Distribution]) -> int:
    """Each file once, though two distributions may name it."""
    files = {Path(str(file.locate())) for package in found.values() for file in package.files or []}
    return sum(path.stat().st_size for path in files if path.is_file())


def main() -> None:
    split = sys.argv.index("--")
    modules, names = sys.argv[1:split], sys.argv[split + 1 :]
    found = with_requirements(names)
    complete = all(name in found for name in names)
    print(
        json.dumps(
            {
                "missing": [name for name in modules if importlib.util.find_spec(name) is None],
                "versions": {name: found[name].version if name in found else "from source" for name in names},
                "bytes": installed_bytes(found) if complete else None,
                "packages": sorted(found),
            }
        )
    )


if __name__ == "__main__":
    main()
