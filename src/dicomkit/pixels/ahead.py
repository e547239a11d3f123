"""Work done by threads ahead of who asks for it, in order, and never far ahead."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["WORTH_A_TASK", "in_order", "thread_count"]

_Result = TypeVar("_Result")

WORTH_A_TASK = 128 << 10
"""Bytes of samples; fewer cost more to hand to a thread than to work on: about 100 microseconds of a fast codec."""

# Frames in a task, however small they are: what goes before and after decoding is then more than handing them over.
_MOST_TOGETHER = 256

# Tasks begun before they are asked for, for each thread.
_AHEAD = 2


def thread_count(threads: int | None) -> int:
    """Return how many threads to take: as many as there are processors unless it is said; ValueError below 1."""
    if threads is not None and threads < 1:
        raise ValueError(f"{threads} threads")
    return threads or _processors()


@cache
def _processors() -> int:
    """Counted once: Linux reads a file for it, which takes a tenth of the time of decoding a frame of RLE."""
    return os.cpu_count() or 1


def in_order(
    work: Callable[[int], _Result], numbers: Iterable[int], threads: int, *, size: int = WORTH_A_TASK
) -> Iterator[_Result]:
    """Iterate over ``work(number)`` for each number; what fails is raised in its place.

    At most twice as many tasks as there are threads are begun ahead; a task is one number, or several where `size`, the
    bytes of samples of one, is small. Who leaves early waits for the tasks that run.
    """
    if threads == 1:
        return map(work, numbers)
    return _ahead(work, iter(numbers), threads, min(max(1, WORTH_A_TASK // max(size, 1)), _MOST_TOGETHER))


def _ahead(work: Callable[[int], _Result], numbers: Iterator[int], threads: int, together: int) -> Iterator[_Result]:
    def done(task: list[int]) -> tuple[list[_Result], Exception | None]:
        results: list[_Result] = []
        for number in task:
            try:
                results.append(work(number))
            except Exception as error:
                return results, error
        return results, None

    tasks = iter(lambda: list(islice(numbers, together)), [])
    waiting: deque[Future[tuple[list[_Result], Exception | None]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for task in islice(tasks, _AHEAD * threads):
                waiting.append(pool.submit(done, task))
            while waiting:
                results, error = waiting.popleft().result()
                for task in islice(tasks, 1):
                    waiting.append(pool.submit(done, task))
                yield from results
                if error is not None:
                    raise error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
