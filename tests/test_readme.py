"""README and the guides say what is true: links lead somewhere, commands and code run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")])


def code_blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_local_links_exist(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def test_commands_name_what_exists() -> None:
    commands = code_blocks(ROOT / "README.md", "sh")
    assert len(commands) == 2
    pyproject = (ROOT / "pyproject.toml").read_text()
    for command in commands:
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
        extra = re.search(r'"\.\[(\w+)\]"', command)
        assert extra is not None
        assert re.search(rf"^{extra[1]} = \[", pyproject, re.MULTILINE)
    assert (ROOT / commands[0].split()[-1]).is_file()
    assert commands[1].strip().endswith("-m pytest")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_code_runs(page: Path, tmp_path: Path) -> None:
    for block in code_blocks(page, "python"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", block],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}"
