"""Fail when an object file of an instruction-set level defines a symbol outside its namespace.

    check_symbols.py NM LEVEL OBJECT...

The linker keeps one copy of a function that several units define, for all callers: were it the
copy compiled for AVX-512, older processors would die of an illegal instruction in code that is none
of the kernels'.
"""

from __future__ import annotations

import re
import subprocess
import sys


def foreign_symbols(names: list[str], level: str) -> list[str]:
    """Find the symbols that do not belong to a level.

    Args:
        names: Mangled names of the externally visible, defined symbols.
        level: The level's short name, for instance "v3".

    Returns:
        The names outside the level's namespace.
    """
    namespace = f"isa_{level}"
    # A member of the namespace; its type information or virtual table; a static variable of one of
    # its functions; or such a variable's guard.
    own = re.compile(rf"_Z(T[A-Z]|GVZ?|Z)?N[rVK]*6nncore{len(namespace)}{namespace}")
    return [name for name in names if not own.match(name)]


def main(nm: str, level: str, *objects: str) -> str | None:
    """Check the objects.

    Returns:
        None, or what is wrong.
    """
    command = [nm, "--defined-only", "--extern-only", "--format=posix", *objects]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [line for line in listing.splitlines() if line and not line.endswith(":")]
    names = [line.split()[0] for line in lines]
    if not names:
        return f"level {level} defines no symbols at all: was the right thing checked?"
    foreign = foreign_symbols(names, level)
    if foreign:
        return f"level {level} defines symbols outside nncore::isa_{level} (c++filt tells them):\n  " + "\n  ".join(
            foreign
        )
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
