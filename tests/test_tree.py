"""Nested structures; expected values are those of Keras 3.15."""

from __future__ import annotations

from collections import namedtuple

import pytest

from nncore import tree

Pair = namedtuple("Pair", "a b")


def none_of(x):
    return tree.MAP_TO_NONE if x == 1 else None


def doubled(x):
    return 2 * x if isinstance(x, int) else None


TRAVERSALS = [
    (lambda x: x if not isinstance(x, list) else None, {"a": [1, 2], "b": (3,)}, True, {"a": [1, 2], "b": (3,)}),
    (none_of, [1, 2], True, [None, 2]),
    (doubled, [1, [2]], False, [2, [4]]),
    (lambda x: sum(x) if isinstance(x, list) else None, [1, [2, 3]], False, 6),
    (
        lambda x: "list" if isinstance(x, list) else None,
        {"b": [1], "a": (2, [3])},
        True,
        {"b": "list", "a": (2, "list")},
    ),
    (doubled, Pair(1, [2]), True, Pair(2, [4])),
]


@pytest.mark.parametrize(("function", "structure", "top_down", "wanted"), TRAVERSALS)
def test_traverse(function, structure, top_down, wanted):
    assert tree.traverse(function, structure, top_down=top_down) == wanted


def test_lists_and_shapes():
    assert tree.lists_to_tuples([1, [2, {"a": [3]}]]) == (1, (2, {"a": (3,)}))
    assert tree.map_shape_structure(len, [(1, 2), {"a": (3, None, 1)}]) == [2, {"a": 3}]
    with pytest.raises(ValueError, match="unknown objects"):
        tree.map_shape_structure(len, {"a": "b"})


def test_map_structure_up_to():
    shallow = {"a": 0, "b": (0, 0)}
    assert tree.map_structure_up_to(shallow, len, {"a": [1, 2], "b": ([3], [])}) == {"a": 2, "b": (1, 0)}
    pairs = tree.map_structure_up_to([0, 0], lambda x, y: (x, y), [1, [2]], [3, [4]])
    assert pairs == [(1, 3), ([2], [4])]
    assert tree.map_structure_up_to(Pair(0, 0), len, Pair([1], [])) == Pair(1, 0)
    for wrong in ([1], {"a": 1}, {"a": 1, "c": (1, 2)}, {"a": 1, "b": [1, 2]}):
        with pytest.raises(ValueError, match="structures differ"):
            tree.map_structure_up_to(shallow, str, wrong)


def test_none_and_types():
    assert tree.map_structure(lambda x: x + 1, [None, {"a": 1}], none_is_leaf=False) == [None, {"a": 2}]
    assert tree.map_structure(lambda x: x is None, [None, 1]) == [True, False]
    assert tree.map_structure(lambda x, y: (x, y), [None, 1], [None, 2], none_is_leaf=False) == [None, (1, 2)]
    tree.assert_same_structure([1, {"a": (2,)}], (1, {"a": [2]}))
    with pytest.raises(ValueError, match=r"at \[1\]\['a'\]: tuple, list"):
        tree.assert_same_structure([1, {"a": (2,)}], [1, {"a": [2]}], check_types=True)


def test_paths():
    tree.assert_same_paths([1, {"a": 2}], (3, {"a": None}))
    with pytest.raises(ValueError, match=r"missing in `b`:\n\[\('a',\)\]\nPaths in `b` missing in `a`:\n\[\('b',\)\]"):
        tree.assert_same_paths({"a": 1}, {"b": 1})
