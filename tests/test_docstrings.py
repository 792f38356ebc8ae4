"""The examples in docstrings run, and give what they say. So that no module hides one, all are
walked."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import nncore

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def module_names() -> list[str]:
    found = pkgutil.walk_packages(nncore.__path__, "nncore.")
    return ["nncore", *(info.name for info in found)]


@pytest.mark.parametrize("name", module_names())
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    # An example stands alone: the names of its module are not at hand for a reader.
    failures, _ = doctest.testmod(module, globs={}, optionflags=FLAGS)
    assert failures == 0
