"""Threads that work ahead."""

from __future__ import annotations

from threading import Event

import pytest

from dicomkit.pixels.ahead import WORTH_A_TASK, in_order, thread_count


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("size", [1, WORTH_A_TASK // 3, WORTH_A_TASK])
def test_results_come_in_order(threads: int, size: int):
    """Whatever is done together, and by how many."""
    assert [2 * n for n in range(50)] == list(in_order(lambda n: 2 * n, range(50), threads, size=size))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("size", [WORTH_A_TASK // 4, WORTH_A_TASK])
def test_what_fails_is_raised_in_its_place(threads: int, size: int):
    """What came before is given."""
    results = in_order(lambda n: 12 // (7 - n), range(20), threads, size=size)
    assert [12 // (7 - n) for n in range(7)] == [next(results) for _ in range(7)]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_a_task_is_not_a_list_of_everything():
    """However small frames are: a file may say that there are 2,147,483,647 of one bit."""
    begun: list[int] = []
    results = in_order(begun.append, range(0x7FFFFFFF), 2, size=1)
    next(results)
    results.close()  # type: ignore[attr-defined]  # a generator
    assert len(begun) <= 5 * 256


def test_not_far_ahead():
    """Two tasks for each thread, and one more for each result that was taken."""
    begun: list[int] = []
    results = in_order(begun.append, iter(range(1000)), 2)
    for _ in range(5):
        next(results)
    results.close()  # type: ignore[attr-defined]  # a generator
    assert len(begun) <= 5 + 4


def test_nothing_begins_after_who_asked_has_left():
    """What waits is cancelled, what runs is waited for."""
    go, begun = Event(), list[int]()

    def work(number: int) -> int:
        begun.append(number)
        if number:
            go.wait(10)
        return number

    results = in_order(work, range(100), 2)
    assert 0 == next(results)
    go.set()
    results.close()  # type: ignore[attr-defined]  # a generator
    assert len(begun) < 8


def test_how_many():
    """At least one."""
    assert thread_count(None) >= 1
    assert 3 == thread_count(3)
    with pytest.raises(ValueError, match="threads"):
        thread_count(0)
