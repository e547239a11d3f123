"""What handlers answer, and what becomes of it."""

from __future__ import annotations

import errno

import pytest

from dicomkit import Dataset
from dicomkit.errors import DimseStatusError, LimitExceededError, NotDicomError
from dicomkit.net.dimse import Status
from dicomkit.net.dispatch.requests import Response
from dicomkit.net.dispatch.serving import Counts, response_of, status_of
from dicomkit.net.operations import StoreResult, calls
from dicomkit.net.services import STUDY_ROOT
from dicomkit.testing.pair import Pair


@pytest.mark.parametrize(
    ("answer", "status", "has_data_set"),
    [
        (None, 0, False),
        (0xB000, 0xB000, False),
        (Status(0x0110), 0x0110, False),
        (Dataset(), 0, True),
        ((0xB000, Dataset()), 0xB000, True),
        ((0x0110, None), 0x0110, False),
        (Response(0x0112), 0x0112, False),
    ],
)
def test_answers(answer: object, status: int, has_data_set: bool):
    """None, a status, a data set, both, and a Response are answers."""
    response = response_of(answer)
    assert (status, has_data_set) == (response.status, response.dataset is not None)


@pytest.mark.parametrize("answer", [True, "0000", 1.5, (0, "x"), object()])
def test_no_answers(answer: object):
    """Everything else is a TypeError that says what is."""
    with pytest.raises(TypeError, match="a handler answers with"):
        response_of(answer)


@pytest.mark.parametrize(
    ("error", "operation", "status"),
    [
        (DimseStatusError(status=0x0124), "store", 0x0124),
        (OSError(errno.ENOSPC, "full"), "store", 0xA700),
        (LimitExceededError("x", 2, bound=1), "store", 0xA700),
        (NotDicomError("x"), "store", 0xC000),
        (RuntimeError("x"), "store", 0x0110),
        (OSError(errno.ENOSPC, "full"), "n-create", 0x0213),
        (KeyError("x"), "n-set", 0x0110),
    ],
)
def test_errors_have_statuses(error: Exception, operation: str, status: int):
    """What a handler raises becomes the status that says most about it."""
    assert status == status_of(error, operation)


def test_a_handler_that_fails_is_none_of_the_peers_business():
    """The peer gets 0110 without the text of the error, the association lives, and the error is noted."""
    noted = []

    def find(request: object) -> object:
        raise RuntimeError("Doe^John")

    pair = Pair([STUDY_ROOT, "echo"], {"find": find})
    pair.acceptor._observe = lambda event, **fields: noted.append((event, fields.get("error")))
    operation = calls.find(Dataset(), STUDY_ROOT)
    with pytest.raises(DimseStatusError) as caught:
        pair.run(operation)
    assert 0x0110 == caught.value.status
    assert "Doe" not in str(caught.value)
    assert ["handler failed"] == [event for event, error in noted if error is not None]
    (reply,) = pair.run(calls.echo())
    assert 0 == reply.status


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([0, 0], 0x0000),
        ([0, 0xA700], 0xB000),
        ([0, 0xB000], 0xB000),
        ([0xA700, None], 0xA702),
        ([], 0x0000),
    ],
)
def test_the_last_response_of_a_retrieval(statuses: list[int | None], expected: int):
    """All done is success, some of it a warning, nothing of it a failure (PS3.4 C.4.2.1.5)."""
    counts = Counts(len(statuses))
    for number, status in enumerate(statuses):
        uid = f"1.2.{number}"
        counts.add(StoreResult(sop_instance_uid=uid, status=None if status is None else Status(status)))
    assert expected == counts.final(cancelled=False).status
    assert 0xFE00 == counts.final(cancelled=True).status
    assert 0 == counts.remaining


def test_a_find_handler_may_answer_at_once():
    """A list, one data set, and a status are answers, too."""
    match = Dataset()
    match.PatientID = "7"
    for answer, expected in (([match, match], 2), (match, 1), (0, 0), (None, 0)):
        pair = Pair([STUDY_ROOT], {"find": lambda request, answer=answer: answer})
        assert expected == len(pair.run(calls.find(Dataset(), STUDY_ROOT)))


def test_async_handlers_need_a_loop():
    """Without a loop a handler with async is a failure, and its coroutine is not left behind."""

    async def echo(request: object) -> None:
        raise AssertionError("never runs")

    pair = Pair(["echo"], {"echo": echo})
    with pytest.raises(TypeError, match="no event loop"):
        pair.run(calls.echo())
