"""Workers: threads or processes that compute items ahead, given out in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Any

# What a worker process was forked to compute, and the seed of its pass.
_task: list[Any] = []


def in_order(
    function: Callable[[Any], Any],
    arguments: Iterable[Any],
    workers: int,
    processes: bool = False,
    ahead: int = 10,
) -> Generator[Any, None, None]:
    """Compute ``function`` of each argument by several workers, and give the results in the arguments' order.

    Args:
        function: The function; processes inherit it by a fork, it is never pickled.
        arguments: What it is called with, one after the other; may be without end.
        workers: How many workers.
        processes: Whether the workers are processes. Their random numbers (Python's and NumPy's) then depend on the
            argument's position and on NumPy's generator here, not on which process gets it.
        ahead: The most results that are computed ahead of the one that was given out last.

    Yields:
        The results. What a call raises is raised here.
    """
    import concurrent.futures as futures

    executor: futures.Executor
    if processes:
        import multiprocessing

        import numpy as np

        seed = int(np.random.randint(2**31))  # noqa: NPY002 - what `set_random_seed` seeds
        executor = futures.ProcessPoolExecutor(
            workers, multiprocessing.get_context("fork"), initializer=_begin, initargs=(function, seed)
        )
        run: Callable[..., Any] = _compute
    else:
        executor = futures.ThreadPoolExecutor(workers, thread_name_prefix="nncore-data")
        run = _call(function)
    waiting: deque[futures.Future[Any]] = deque()
    try:
        for position, argument in enumerate(arguments):
            waiting.append(executor.submit(run, position, argument))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _call(function: Callable[[Any], Any]) -> Callable[[int, Any], Any]:
    return lambda position, argument: function(argument)


def _begin(function: Callable[[Any], Any], seed: int) -> None:
    """What a new worker process does first."""
    _task[:] = [function, seed]


def _compute(position: int, argument: Any) -> Any:
    import random

    import numpy as np

    function, seed = _task
    random.seed((seed << 32) + position)
    np.random.seed([seed, position])  # noqa: NPY002
    return function(argument)
