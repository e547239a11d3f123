"""Requests with one response, two-ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dicomkit import Dataset
from dicomkit.errors import DimseStatusError, NoPresentationContextError
from dicomkit.net.dispatch import Request, Response
from dicomkit.net.operations import calls
from dicomkit.testing.pair import Pair

MPPS = "1.2.840.10008.3.1.2.3.3"
COMMITMENT = "1.2.840.10008.1.20.1"


def step(status: str = "IN PROGRESS") -> Dataset:
    """Give an attribute list."""
    ds = Dataset()
    ds.PerformedProcedureStepStatus = status
    return ds


def pair_with(operation: str, handler: Callable[[Request], object], sop_class: str = MPPS) -> Pair:
    """Give two ends of which one has a handler."""
    return Pair([sop_class], {sop_class: {operation: handler}})


def test_n_create_carries_its_attributes_and_names_the_instance():
    """The handler sees the attribute list; without a UID it finds a new one, which the reply has."""
    seen = []

    def create(request: Request) -> None:
        seen.append((request.operation, request.dataset.PerformedProcedureStepStatus, request.sop_instance_uid))

    (reply,) = pair_with("n-create", create).run(calls.n_create(MPPS, step()))
    assert [("n-create", "IN PROGRESS", reply.sop_instance_uid)] == seen
    assert reply.sop_instance_uid.is_valid
    assert 0 == reply.status


def test_n_create_takes_the_requestors_uid():
    """A UID that the requestor chose stays."""
    (reply,) = pair_with("n-create", lambda request: None).run(calls.n_create(MPPS, step(), "1.2.3"))
    assert "1.2.3" == reply.sop_instance_uid


def test_n_set_and_n_get_name_the_instance():
    """N-SET brings changes, N-GET asks by tag and gets a data set."""
    changed = []
    pair = Pair([MPPS], {"n-set": lambda request: changed.append(request.dataset), "n-get": lambda request: step("X")})
    (reply,) = pair.run(calls.n_set(MPPS, "1.2.3", step("COMPLETED")))
    assert (0, "1.2.3", "COMPLETED") == (
        reply.status,
        reply.sop_instance_uid,
        changed[0].PerformedProcedureStepStatus,
    )


def test_n_action_says_which():
    """An action has its type and its information, and a reply of its own."""

    def act(request: Request) -> tuple[int, Dataset]:
        assert 1 == request.action_type_id
        return 0, request.dataset

    pair = Pair([COMMITMENT], {COMMITMENT: {"n-action": act}})
    (reply,) = pair.run(calls.n_action(COMMITMENT, "1.2.840.10008.1.20.1.1", 1, step()))
    assert "IN PROGRESS" == reply.dataset.PerformedProcedureStepStatus
    assert 1 == reply.command.action_type_id


def test_an_event_goes_to_the_requestor():
    """The provider reports an event over the same association, whose handler is the requestor's."""
    events = []
    pair = Pair(
        [COMMITMENT],
        {COMMITMENT: {"n-action": lambda request: None}},
        requestor_handlers={"n-event-report": lambda request: events.append(request.event_type_id)},
    )
    report = calls.n_event_report(COMMITMENT, "1.2.840.10008.1.20.1.1", 2, step())
    (reply,) = pair.run(report, by_acceptor=True)
    assert ([2], 0) == (events, reply.status)


def test_a_failure_is_raised_when_asked():
    """A status of failure comes with its comment and identifiers, and is raised by raise_for_status."""
    refusal = Response(0x0110, error_comment="already completed", error_id=0xA710)
    (reply,) = pair_with("n-set", lambda request: refusal).run(calls.n_set(MPPS, "1.2.3", step()))
    assert (0x0110, 0xA710) == (reply.status, reply.command.error_id)
    with pytest.raises(DimseStatusError, match="0x0110: already completed"):
        reply.raise_for_status()


def test_without_a_context_nothing_is_sent():
    """A SOP Class that was not negotiated is a NoPresentationContextError, and the association lives."""
    pair = Pair()
    with pytest.raises(NoPresentationContextError, match=r"1\.2\.840\.10008\.3\.1\.2\.3\.3"):
        pair.run(calls.n_create(MPPS, step()))
    (reply,) = pair.run(calls.echo())
    assert 0 == reply.status
