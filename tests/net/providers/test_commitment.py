"""Storage commitment, both ends: where the result goes, and what is refused (PS3.4 J)."""

from __future__ import annotations

import pytest

from dicomkit import DataElement, Dataset, dictionary
from dicomkit.errors import DimseStatusError, LocalProtocolError
from dicomkit.net.exchanges import CommitmentResults
from dicomkit.net.operations import calls
from dicomkit.net.providers import Commitments
from dicomkit.net.providers.commitment import COMMITMENT
from dicomkit.net.services.commitment import INSTANCE, request_of
from dicomkit.testing.pair import Pair, byte_by_byte
from tests.net.providers.test_performed_step import Told, without

KEPT, LOST, BROKEN, BUSY = ("1.2", "1.1"), ("1.2", "1.2"), ("1.2", "1.3"), ("1.2", "1.4")


def check(sop_class: str, uid: str) -> bool:
    """Keep one instance, and fail in two ways."""
    if uid == "1.3":
        raise RuntimeError
    if uid == "1.4":
        raise DimseStatusError(status=0x0213)
    return uid == "1.1"


def ends_of(commitments: Commitments, results: CommitmentResults | None = None) -> Pair:
    """Put both ends together."""
    handlers = None if results is None else results.handlers()
    return Pair([COMMITMENT], commitments.handlers(), requestor_handlers=handlers)


def ask(ends: Pair, request: Dataset, uid: str = INSTANCE, action: int = 1) -> object:
    """Request commitment, and give the reply."""
    (reply,) = ends.run(calls.n_action(COMMITMENT, uid, action, request))
    return reply


def test_the_result_comes_over_the_same_association() -> None:
    """Behind the answer, once the requestor had its time to leave; each instance is named once."""
    results = CommitmentResults()
    ends = ends_of(Commitments(check, seconds=0.5, retrieve_ae_title="PACS"), results)
    request = request_of("1.9", [KEPT, LOST, BROKEN, BUSY, KEPT])
    assert 0 == ask(ends, request).status
    assert results.take("1.9") is None
    ends.wait(1.0)
    result = results.take("1.9")
    assert ((KEPT,), ((*LOST, 0x0112), (*BROKEN, 0x0110), (*BUSY, 0x0213))) == (result.committed, result.failed)
    assert (False, "PACS") == (result.is_complete, result.dataset.RetrieveAETitle)
    ends.release()
    assert ends.requestor.is_released


def test_what_is_all_kept_is_event_1() -> None:
    """No Failed SOP Sequence, event type 1 (PS3.4 J.3.3.1.1)."""
    events: list[int | None] = []
    ends = Pair(
        [COMMITMENT],
        Commitments(check, seconds=0).handlers(),
        requestor_handlers={"n-event-report": lambda request: events.append(request.event_type_id)},
    )
    ask(ends, request_of("1.9", [KEPT]))
    ends.wait(0.1)
    assert [1] == events


def test_the_result_is_delivered_to_who_has_left() -> None:
    """A requestor that releases at once gets an association of its own."""
    told = Told()
    ends = ends_of(Commitments(check, told, seconds=0.5))
    ask(ends, request_of("1.9", [KEPT]))
    assert [] == told
    ends.release()
    assert ends.requestor.is_released
    ((title, report),) = told
    assert ("REQUESTOR", COMMITMENT, INSTANCE, 1) == (title, *report[:3])


def test_the_result_is_delivered_to_who_does_not_take_it() -> None:
    """Without a handler over there the report is refused, and goes the other way."""
    told = Told()
    ends = ends_of(Commitments(check, told, seconds=0))
    ask(ends, request_of("1.9", [LOST]))
    ends.wait(0.1)
    assert [2] == [report.event_type_id for _, report in told]


def test_the_other_way_may_be_the_only_one() -> None:
    """With `same_association` off nothing is sent to the requestor; one of the ways there must be."""
    told, results = Told(), CommitmentResults()
    ends = ends_of(Commitments(check, told, same_association=False), results)
    ask(ends, request_of("1.9", [KEPT]))
    ends.wait(0.1)
    assert (None, 1) == (results.take("1.9"), len(told))
    with pytest.raises(ValueError, match="deliver"):
        Commitments(check, same_association=False)


@pytest.mark.parametrize("keyword", ["TransactionUID", "ReferencedSOPSequence"])
def test_each_attribute_that_is_missing_is_named(keyword: str) -> None:
    """0120, also where the checks of the server are off (PS3.4 Table J.3.2.1.1-1); nothing is reported."""
    told = Told()
    reply = ask(ends_of(Commitments(check, told)), without(request_of("1.9", [KEPT]), keyword))
    assert (0x0120, []) == (reply.status, told)


def test_other_instances_and_actions_are_refused() -> None:
    """0112 for another than the well-known instance, 0123 for another action."""
    ends = ends_of(Commitments(check))
    assert 0x0112 == ask(ends, request_of("1.9", [KEPT]), "1.2.3").status
    assert 0x0123 == ask(ends, request_of("1.9", [KEPT]), action=2).status


def test_a_sequence_that_is_none_is_refused() -> None:
    """Text under the tag of the references asks about nothing: that is no success (0121)."""
    request = Dataset(TransactionUID="1.9")
    request.add(DataElement(0x00081199, "LO", "1.2.3"))
    reply = ask(ends_of(Commitments(check)), request)
    assert (0x0121, (0x00081199,)) == (reply.status, reply.command.attribute_list)


@pytest.mark.parametrize("leaves", [True, False])
def test_wherever_messages_are_cut(leaves: bool) -> None:
    """The result takes one of the two ways, whichever way bytes arrive."""
    told, results = Told(), CommitmentResults()
    ends = Pair(
        [COMMITMENT],
        Commitments(check, told, seconds=0.5).handlers(),
        requestor_handlers=results.handlers(),
        cut=byte_by_byte,
    )
    assert 0 == ask(ends, request_of("1.9", [KEPT])).status
    if leaves:
        ends.release()
    ends.wait(1.0)
    assert (leaves, not leaves) == (len(told) == 1, results.take("1.9") is not None)


def test_a_requestor_that_is_lost_gets_its_result_all_the_same() -> None:
    """An abort behind the answer is like leaving."""
    told = Told()
    ends = ends_of(Commitments(check, told, seconds=0.5))
    ask(ends, request_of("1.9", [KEPT]))
    ends.requestor.abort(ends.now)
    ends.exchange()
    ends.wait(1.0)
    assert [1] == [report.event_type_id for _, report in told]


def test_a_requestor_that_leaves_instead_of_answering_the_report_gets_it_elsewhere() -> None:
    """A release is answered though a report is outstanding, and the report goes the other way."""
    told = Told()

    def leave(request: object) -> None:
        ends.requestor.release(ends.now)

    ends = Pair(
        [COMMITMENT],
        Commitments(check, told, seconds=0.5).handlers(),
        requestor_handlers={COMMITMENT: {"n-event-report": leave}},
    )
    ask(ends, request_of("1.9", [KEPT]))
    with pytest.raises(LocalProtocolError):  # what the handler did leaves no way to answer
        ends.wait(1.0)
    ends.exchange()
    assert ([1], True) == ([report.event_type_id for _, report in told], ends.requestor.is_released)


@pytest.mark.parametrize("keyword", ["TransactionUID", "ReferencedSOPClassUID", "ReferencedSOPInstanceUID"])
def test_what_is_no_uid_is_refused(keyword: str) -> None:
    """0115 at once: no report could be made of it."""
    request = request_of("1.9", [KEPT])
    holder = request if keyword == "TransactionUID" else request.ReferencedSOPSequence[0]
    holder.add(DataElement(dictionary.tag(keyword), "LO", "x"))
    told = Told()
    ends = ends_of(Commitments(check, told, seconds=0))
    assert (0x0115, []) == (ask(ends, request).status, told)
