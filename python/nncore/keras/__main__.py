"""`python -m nncore.keras script.py [arguments]`: run a script that imports Keras on this library."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence

from nncore.keras import install
from nncore.keras.scan import missing_names

_USAGE = """usage: python -m nncore.keras [--check] script.py [arguments]

Run a script whose imports say `keras` or `tensorflow.keras` on nncore, unchanged. What the script uses and nncore
does not have is named first, on standard error; --check does only that, and fails if there is anything."""


def main(arguments: Sequence[str]) -> int:
    """Run a script.

    Args:
        arguments: What stands after ``python -m nncore.keras``.

    Returns:
        The exit status, where the script does not set it itself.
    """
    rest = list(arguments)
    check = rest[:1] == ["--check"]
    if check:
        del rest[0]
    if not rest or rest[0] in ("-h", "--help"):
        print(_USAGE, file=sys.stdout if rest else sys.stderr)
        return 0 if rest else 2
    path = rest[0]
    if not os.path.isfile(path):
        print(f"There is no script {path!r}.", file=sys.stderr)  # noqa: T201
        return 2
    with open(path, encoding="utf-8") as file:
        missing = missing_names(file.read(), path)
    if missing:
        print("nncore can't carry these names of the script:", file=sys.stderr)  # noqa: T201
        for name, line in missing.items():
            print(f"  {path}:{line}: {name}", file=sys.stderr)  # noqa: T201
    elif check:
        print("nncore has every name of Keras that the script uses.")  # noqa: T201
    if check:
        return bool(missing)
    install()
    sys.argv[:] = rest
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    runpy.run_path(path, run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
