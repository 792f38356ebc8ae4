"""One seed for every source of chance in a program."""

from __future__ import annotations

import random as python_random

import numpy as np

__all__ = ["set_random_seed"]


def set_random_seed(seed: int) -> None:
    """Seed Python's, NumPy's and nncore's random numbers.

    Call it once, before the model is built: the initial weights, the dropout masks and the
    order in which `fit` shuffles then are the same in every run. The same seed, inputs and
    instruction-set level give the same bits, whatever the number of threads.

    Args:
        seed: An integer from 0 to 4294967295.

    Raises:
        ValueError: If `seed` is no integer of that range. Nothing is seeded then.

    Example:
        >>> import nncore
        >>> nncore.utils.set_random_seed(42)
        >>> first = nncore.random.normal((3,))
        >>> nncore.utils.set_random_seed(42)
        >>> bool((nncore.random.normal((3,)) == first).all())
        True
    """
    from nncore import random

    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"set_random_seed: expected an integer from 0 to 4294967295. Received: seed={seed!r}.")
    python_random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002 - the generator behind np.random.shuffle and its like
    random.set_global_seed(int(seed))
