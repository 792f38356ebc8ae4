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


def split_symbols(listing: str, level: str) -> tuple[list[str], list[str]]:
    """Sort the lines of `nm --format=posix --demangle` into the level's own and foreign ones.

    The name of a function made from a template begins with its return type; the symbol's own name
    is the last word before the template's arguments or the parameters.

    Args:
        listing: What nm printed for the externally visible, defined symbols.
        level: The level's short name, for instance "v3".

    Returns:
        The lines of symbols within the level's namespace, and all others.
    """
    lines = [line for line in listing.splitlines() if line.strip() and not line.endswith(":")]
    inside = re.compile(rf"(?:[\w:]+(?:<[^()]*>)?[ *&]+)*nncore::isa_{level}::")
    own = [line for line in lines if inside.match(line)]
    return own, [line for line in lines if line not in own]


def main(nm: str, level: str, *objects: str) -> str | None:
    """Check the objects.

    Returns:
        None, or what is wrong.
    """
    command = [nm, "--defined-only", "--extern-only", "--demangle", "--format=posix", *objects]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    own, foreign = split_symbols(listing, level)
    if foreign:
        return f"level {level} defines symbols outside nncore::isa_{level}:\n  " + "\n  ".join(
            foreign
        )
    if not own:
        return f"level {level} defines no symbols at all: was the right thing checked?"
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
