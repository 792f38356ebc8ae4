"""bitcast: the same bytes as another type."""

from __future__ import annotations

import numpy as np
import pytest

from kernel_outputs import DTYPES, output_of
from nncore import _native


@pytest.mark.parametrize("target", DTYPES[:5])
@pytest.mark.parametrize("source", DTYPES)
def test_bytes_stay(source: str, target: str) -> None:
    x = np.random.default_rng(0).integers(0, 2 if source == "bool" else 100, 1000).astype(source)
    want = x.view(target)
    np.testing.assert_array_equal(output_of("bitcast", [x], want.shape, target).view("uint8"), x.view("uint8"))


@pytest.mark.parametrize(("shape", "dtype", "message"), [((5,), "int32", "as many bytes"), ((16,), "bool", "no bool")])
def test_what_does_not_fit_is_refused(shape, dtype, message) -> None:
    with pytest.raises(ValueError, match=message):
        _native.execute("bitcast", [np.zeros(4, "float32"), np.zeros(shape, dtype)], 1, (), ())
