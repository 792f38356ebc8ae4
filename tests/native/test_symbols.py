"""Code compiled for one instruction-set level must not serve callers of another.

The build checks the object files (cmake/check_symbols.py); here is what can be seen without them.
"""

from __future__ import annotations

import importlib.util
import re
import struct
from pathlib import Path
from types import ModuleType

import pytest

from nncore import _native

ROOT = Path(__file__).parents[2]
KERNELS = ROOT / "csrc" / "kernels"

# Headers without functions or templates that a kernel could instantiate with external linkage.
HARMLESS_HEADERS = {
    "arm_neon.h",
    "bit",
    "cfloat",
    "climits",
    "cmath",
    "cstddef",
    "cstdint",
    "cstring",
    "immintrin.h",
    "limits",
    "type_traits",
    "utility",
}


def load_checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("checker", ROOT / "cmake" / "check_symbols.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_checker_tells_own_from_foreign() -> None:
    own = [
        "_ZN6nncore6isa_v35tableE",  # table
        "_ZN6nncore6isa_v38copy_runERKNS_4CallERKNS_4TeamE",  # copy_run(...)
        "_ZN6nncore6isa_v310dots_blockIfEEvPT_",  # a template of the level
        "_ZNK6nncore6isa_v35Tiles4sizeEv",  # a const member function
        "_ZTVN6nncore6isa_v34BaseE",  # a virtual table
        "_ZZN6nncore6isa_v34loadEvE5table",  # a static variable of a function
        "_ZGVZN6nncore6isa_v34loadEvE5table",  # its guard
    ]
    foreign = [
        "_ZN6nncore6helperEi",  # nncore::helper(int)
        "_ZN6nncore6isa_v48copy_runERKNS_4CallERKNS_4TeamE",  # another level
        "_ZNSt6vectorIiSaIiEE9push_backEOi",  # std::vector<int>::push_back
        "_ZSt4sortIPN6nncore6isa_v33KeyEEvT_S4_",  # std::sort of a type of the level
        "counter",
    ]
    assert load_checker().foreign_symbols([*own, *foreign], "v3") == foreign


def exported_symbols(library: bytes) -> set[str]:
    """The names that a 64-bit little-endian ELF library offers to others."""
    section_offset = struct.unpack_from("<Q", library, 40)[0]
    entry_size, entries = struct.unpack_from("<HH", library, 58)
    headers = [struct.unpack_from("<IIQQQQIIQQ", library, section_offset + i * entry_size) for i in range(entries)]
    dynamic_symbols = 11
    (table,) = (header for header in headers if header[1] == dynamic_symbols)
    names = headers[table[6]]
    found = set()
    for at in range(table[4], table[4] + table[5], 24):
        name, _, _, section, _, _ = struct.unpack_from("<IBBHQQ", library, at)
        if section != 0:
            start = names[4] + name
            found.add(library[start : library.index(b"\0", start)].decode())
    return found


def test_the_module_exports_its_init_function_alone() -> None:
    """Another library's kernels of the same name must not be bound to ours, nor ours to theirs."""
    assert exported_symbols(Path(_native.__file__).read_bytes()) == {"PyInit__native"}


def kernel_sources() -> list[Path]:
    return sorted([*KERNELS.glob("*.cpp"), *KERNELS.glob("*.hpp")])


@pytest.mark.parametrize("path", kernel_sources(), ids=lambda path: path.name)
def test_kernels_include_only_harmless_headers(path: Path) -> None:
    included = set(re.findall(r"^\s*#\s*include\s*<([^>]+)>", path.read_text(), re.MULTILINE))
    assert included <= HARMLESS_HEADERS, "std templates and inline functions would leave the level"


def test_every_kernel_source_is_listed() -> None:
    listed = re.findall(r"^  (\S+\.cpp)$", (KERNELS / "sources.cmake").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in KERNELS.glob("*.cpp"))
