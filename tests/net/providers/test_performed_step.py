"""Performed procedure steps, both ends: each missing attribute and each transition has its status (PS3.4 F)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.exchanges import begin_step
from dicomkit.net.operations import calls
from dicomkit.net.providers import PerformedSteps, Report
from dicomkit.net.providers.performed_step import PERFORMED_STEP, PERFORMED_STEP_RETRIEVE
from dicomkit.testing.pair import Pair
from tests.net.dispatch.test_checking import STEP, without
from tests.net.services.test_performed_step import end, step

UID = "1.2.3"

# PS3.4 Table F.7.2-1, final state requirements of N-SET.
FINAL = {"PerformedProcedureStepEndDate", "PerformedProcedureStepEndTime", "PerformedSeriesSequence"}


class Told(list[tuple[str, Report]]):
    """Takes reports for every title."""

    def __call__(self, ae_title: str, report: Report) -> None:
        self.append((ae_title, report))

    def knows(self, ae_title: str) -> bool:
        return True


def pair(steps: PerformedSteps, *, check_requests: bool = False) -> Pair:
    """Put both ends together."""
    return Pair([PERFORMED_STEP, PERFORMED_STEP_RETRIEVE], steps.handlers(), check_requests=check_requests)


def create(ends: Pair, ds: Dataset, uid: str = UID) -> object:
    """Create a step and give the reply."""
    (reply,) = ends.run(calls.n_create(PERFORMED_STEP, ds, uid))
    return reply


def change(ends: Pair, ds: Dataset, uid: str = UID) -> object:
    """Change a step and give the reply."""
    (reply,) = ends.run(calls.n_set(PERFORMED_STEP, uid, ds))
    return reply


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("keyword", STEP)
def test_each_attribute_that_is_missing_is_named(keyword: str, checked: bool) -> None:
    """0120, by the provider itself or before it is called."""
    reply = create(pair(PerformedSteps(), check_requests=checked), without(step(), keyword))
    assert (0x0120, (STEP[keyword],)) == (reply.status, reply.command.attribute_list)


@pytest.mark.parametrize("state", ["COMPLETED", "DISCONTINUED", "SCHEDULED"])
def test_a_step_begins_in_progress(state: str) -> None:
    """0106 for every other state (PS3.4 F.7.2.1.2)."""
    assert 0x0106 == create(pair(PerformedSteps()), step(state)).status


def test_a_step_is_created_once() -> None:
    """0111 for a UID that is taken; without a UID the provider chooses one (PS3.7 10.1.5.1.4)."""
    ends = pair(PerformedSteps())
    assert [0, 0x0111] == [create(ends, step()).status for _ in range(2)]
    assert create(ends, step(), "").sop_instance_uid.is_valid


@pytest.mark.parametrize("final", ["COMPLETED", "DISCONTINUED"])
@pytest.mark.parametrize("then", [None, "IN PROGRESS", "COMPLETED", "DISCONTINUED"])
def test_a_step_that_has_ended_stays_as_it_is(final: str, then: str | None) -> None:
    """0110 with Error ID A710 "may no longer be updated" for every change (PS3.4 F.7.2.2.2)."""
    ends = pair(PerformedSteps())
    create(ends, step())
    assert 0 == change(ends, end(final)).status
    changes = Dataset(PerformedProcedureStepDescription="x") if then is None else end(then)
    reply = change(ends, changes)
    assert (0x0110, 0xA710) == (reply.status, reply.command.error_id)
    assert "may no longer be updated" in reply.command.error_comment


@pytest.mark.parametrize("final", ["COMPLETED", "DISCONTINUED"])
@pytest.mark.parametrize("keyword", sorted(FINAL))
def test_a_step_ends_with_what_it_needs(keyword: str, final: str) -> None:
    """0120 or 0121 names what the final state lacks."""
    ends = pair(PerformedSteps())
    create(ends, step())
    reply = change(ends, without(end(final), keyword))
    assert reply.status in (0x0120, 0x0121)
    assert 0 == change(ends, end(final)).status


def test_a_step_goes_on_and_a_wrong_state_is_refused() -> None:
    """IN PROGRESS again is no change; 0106 for a state that there is not; 0112 for a step that there is not."""
    ends = pair(PerformedSteps())
    create(ends, step())
    assert 0 == change(ends, Dataset(PerformedProcedureStepStatus="IN PROGRESS")).status
    assert 0x0106 == change(ends, Dataset(PerformedProcedureStepStatus="PAUSED")).status
    assert 0x0112 == change(ends, Dataset(PerformedProcedureStepStatus="IN PROGRESS"), "1.2.99").status


def test_a_step_is_retrieved() -> None:
    """All of it, or what is asked for; 0001 where not all is there, 0112 for another UID (PS3.4 F.8.2)."""
    ends = pair(PerformedSteps())
    create(ends, step())

    def get(uid: str, *keywords: str) -> object:
        (reply,) = ends.run(calls.n_get(PERFORMED_STEP_RETRIEVE, uid, keywords))
        return reply

    assert (0, "IN PROGRESS") == ((whole := get(UID)).status, whole.dataset.PerformedProcedureStepStatus)
    some = get(UID, "Modality", "PerformedProcedureStepStatus")
    assert (0, {"Modality", "PerformedProcedureStepStatus"}) == (some.status, {one.keyword for one in some.dataset})
    assert 0x0001 == get(UID, "Modality", "PixelData").status
    assert 0x0112 == get("1.2.99").status


def test_changes_are_told_and_reported() -> None:
    """`changed` is called, and who is notified gets events 1, 4 and 2 in turn (PS3.4 F.9)."""
    changes: list[str] = []
    told = Told()
    steps = PerformedSteps(
        changed=lambda uid, ds: changes.append(ds.PerformedProcedureStepStatus), notified=["RIS"], deliver=told
    )
    ends = pair(steps)
    create(ends, step())
    change(ends, Dataset(PerformedProcedureStepDescription="x"))
    change(ends, end())
    assert ["IN PROGRESS", "IN PROGRESS", "COMPLETED"] == changes
    assert [("RIS", 1), ("RIS", 4), ("RIS", 2)] == [(title, report.event_type_id) for title, report in told]
    with pytest.raises(ValueError, match="deliver"):
        PerformedSteps(notified=["RIS"])


def test_what_is_begun_by_an_exchange_is_there() -> None:
    """The exchange of the user and the provider understand each other."""
    steps = PerformedSteps()
    exchange = begin_step(step(), UID)
    (reply,) = pair(steps, check_requests=True).run(next(exchange))
    with pytest.raises(StopIteration) as ended:
        exchange.send(reply)
    assert UID == ended.value.value.sop_instance_uid
    assert steps.store.get(UID) is not None
