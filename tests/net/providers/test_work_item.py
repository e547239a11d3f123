"""Work items, both ends: missing attributes, each cell of the state machine, subscriptions, events (PS3.4 CC)."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import DataElement, Dataset
from dicomkit.net.exchanges import ClaimedItem, performed_procedure
from dicomkit.net.operations import calls
from dicomkit.net.providers import WorkItems
from dicomkit.net.providers.work_item import PULL, PUSH, QUERY, WATCH
from dicomkit.testing.pair import Pair
from tests.net.dispatch.test_checking import without
from tests.net.providers.test_performed_step import Told
from tests.net.services.test_work_item import request as pushed

UID, OURS, OTHERS = "1.2.3", "1.9.1", "1.9.2"
GLOBAL, FILTERED = "1.2.840.10008.5.1.4.34.5", "1.2.840.10008.5.1.4.34.5.1"

# PS3.4 Table CC.2.5-3: attributes of types 1 and 2 of N-CREATE for the user, apart from Patient ID (1C) and those that
# the provider fills in.
CREATED = {
    "ScheduledProcedureStepPriority": 0x00741200, "ProcedureStepLabel": 0x00741204, "WorklistLabel": 0x00741202,
    "ScheduledProcessingParametersSequence": 0x00741210, "ScheduledStationNameCodeSequence": 0x00404025,
    "ScheduledStationClassCodeSequence": 0x00404026, "ScheduledStationGeographicLocationCodeSequence": 0x00404027,
    "ScheduledProcedureStepStartDateTime": 0x00404005, "ScheduledWorkitemCodeSequence": 0x00404018,
    "CommentsOnTheScheduledProcedureStep": 0x00400400, "InputReadinessState": 0x00404041,
    "InputInformationSequence": 0x00404021, "PatientName": 0x00100010, "OtherPatientIDsSequence": 0x00101002,
    "PatientBirthDate": 0x00100030, "PatientSex": 0x00100040, "AdmissionID": 0x00380010,
    "IssuerOfAdmissionIDSequence": 0x00380014, "AdmittingDiagnosesDescription": 0x00081080,
    "AdmittingDiagnosesCodeSequence": 0x00081084, "ReferencedRequestSequence": 0x0040A370,
    "ProcedureStepState": 0x00741000, "ProcedureStepProgressInformationSequence": 0x00741002,
    "UnifiedProcedureStepPerformedProcedureSequence": 0x00741216,
}  # fmt: skip

# PS3.4 Table CC.1.1-2, a status for each state that an item is in: none, SCHEDULED, IN PROGRESS, COMPLETED, CANCELED.
TABLE = {
    "create": (0, 0x0111, 0x0111, 0x0111, 0x0111),
    "begin": (0xC307, 0, 0xC302, 0xC300, 0xC300),
    "begin, others": (0xC307, 0, 0xC301, 0xC301, 0xC301),
    "begin, none": (0xC307, 0xC301, 0xC301, 0xC301, 0xC301),
    "schedule": (0xC307, 0xC303, 0xC303, 0xC303, 0xC303),
    "complete": (0xC307, 0xC310, 0, 0xB306, 0xC300),
    "complete, others": (0xC307, 0xC310, 0xC301, 0xC301, 0xC301),
    "cancel": (0xC307, 0xC310, 0, 0xC300, 0xB304),
    "cancel, others": (0xC307, 0xC310, 0xC301, 0xC301, 0xC301),
    "request cancel": (0xC307, 0, 0, 0xC311, 0xB304),
    "set": (0xC307, 0xC310, 0, 0xC300, 0xC300),
    "set, none": (0xC307, 0, 0xC301, 0xC300, 0xC300),
}
STATES = (None, "SCHEDULED", "IN PROGRESS", "COMPLETED", "CANCELED")
REQUESTED = {"begin": "IN PROGRESS", "schedule": "SCHEDULED", "complete": "COMPLETED", "cancel": "CANCELED"}


def code(value: str) -> Dataset:
    """Give a code item."""
    return Dataset(CodeValue=value, CodingSchemeDesignator="99X", CodeMeaning=value)


def performed() -> Dataset:
    """Give what a completed item needs."""
    moment = datetime(2024, 1, 1)
    return performed_procedure(began=moment, ended=moment, station=code("S"), workitem=code("W"))


class Ends:
    """A provider and its user."""

    def __init__(self, *, checked: bool = True) -> None:
        self.told = Told()
        self.items = WorkItems(deliver=self.told, now=lambda: datetime(2024, 1, 2, 3, 4, 5))
        self.pair = Pair([PUSH, PULL, WATCH, QUERY], self.items.handlers(), check_requests=checked)

    def run(self, operation: object) -> object:
        """Run an operation with one reply."""
        (reply,) = self.pair.run(operation)
        return reply

    def create(self, ds: Dataset | None = None, uid: str = UID) -> object:
        """Push an item."""
        return self.run(calls.n_create(PUSH, pushed() if ds is None else ds, uid))

    def act(self, action: int, ds: Dataset | None, uid: str = UID, via: str = PULL) -> object:
        """Do an action."""
        return self.run(calls.n_action(PUSH, uid, action, ds, abstract_syntax=via))

    def state(self, state: str, transaction: str = OURS, uid: str = UID) -> object:
        """Ask for a state."""
        ds = Dataset(ProcedureStepState=state)
        if transaction:
            ds.TransactionUID = transaction
        return self.act(1, ds, uid)

    def set(self, ds: Dataset, uid: str = UID) -> object:
        """Change attributes."""
        return self.run(calls.n_set(PUSH, uid, ds, abstract_syntax=PULL))

    def subscribe(self, uid: str = UID, lock: str = "FALSE", title: str = "WATCHER", **keys: object) -> object:
        """Subscribe a title."""
        return self.act(3, Dataset(ReceivingAE=title, DeletionLock=lock, **keys), uid, WATCH)

    def bring_to(self, state: str | None) -> None:
        """Bring the item to a state."""
        if state is None:
            return
        assert self.create().status == 0
        if state != "SCHEDULED":
            assert self.state("IN PROGRESS").status == 0
        if state == "COMPLETED":
            ds = Dataset(TransactionUID=OURS, UnifiedProcedureStepPerformedProcedureSequence=[performed()])
            assert self.set(ds).status == 0
        if state == "CANCELED":
            reason = Dataset(
                ProcedureStepDiscontinuationReasonCodeSequence=[], ProcedureStepCancellationDateTime="2024"
            )
            ds = Dataset(TransactionUID=OURS, ProcedureStepProgressInformationSequence=[reason])
            assert self.set(ds).status == 0
        if state in ("COMPLETED", "CANCELED"):
            assert self.state(state).status == 0

    def events(self) -> list[int]:
        """Give the types of what was reported, and forget it."""
        found = [report.event_type_id for _, report in self.told]
        self.told.clear()
        return found


def ready_to_end(ends: Ends) -> None:
    """Set what both final states need of an item in progress."""
    reason = Dataset(ProcedureStepDiscontinuationReasonCodeSequence=[], ProcedureStepCancellationDateTime="2024")
    ds = Dataset(
        TransactionUID=OURS, UnifiedProcedureStepPerformedProcedureSequence=[performed()],
        ProcedureStepProgressInformationSequence=[reason],
    )  # fmt: skip
    assert ends.set(ds).status == 0


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("keyword", CREATED)
def test_each_attribute_that_is_missing_is_named(keyword: str, checked: bool) -> None:
    """0120 with the attribute in (0000,1005)."""
    reply = Ends(checked=checked).create(without(pushed(), keyword))
    assert (0x0120, (CREATED[keyword],)) == (reply.status, reply.command.attribute_list)


@pytest.mark.parametrize("state", ["IN PROGRESS", "COMPLETED", "CANCELED"])
def test_an_item_is_created_scheduled(state: str) -> None:
    """C309 for every other state."""
    ds = pushed()
    ds.ProcedureStepState = state
    assert 0xC309 == Ends().create(ds).status


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("event", TABLE)
def test_each_transition_has_its_status(event: str, place: int) -> None:
    """The state machine over the wire, cell by cell."""
    ends = Ends()
    ends.bring_to(STATES[place])
    ends.subscribe()
    what, _, whose = event.partition(", ")
    transaction = {"": OURS, "others": OTHERS, "none": ""}[whose]
    if STATES[place] == "IN PROGRESS" and event in ("complete", "cancel"):
        ready_to_end(ends)
    if what == "create":
        reply = ends.create()
    elif what == "request cancel":
        reply = ends.act(2, None, via=PUSH)
    elif what == "set":
        ds = Dataset(CommentsOnTheScheduledProcedureStep="x")
        if transaction:
            ds.TransactionUID = transaction
        reply = ends.set(ds)
    else:
        reply = ends.state(REQUESTED[what], transaction)
    assert f"{TABLE[event][place]:04X}" == f"{int(reply.status):04X}"


# What state an item is in after each event that succeeds.
AFTER = {"begin": "IN PROGRESS", "complete": "COMPLETED", "cancel": "CANCELED"}


@given(
    st.lists(
        st.sampled_from([*sorted(REQUESTED), "begin, others", "complete, others", "set", "set, none"]), max_size=12
    )
)
def test_whatever_happens_the_table_says_what_becomes_of_it(events: list[str]) -> None:
    """Any sequence of requests is answered, cell by cell, as the table has it for the state that was reached."""
    ends, state = Ends(), "SCHEDULED"
    ends.create()
    for event in events:
        what, _, whose = event.partition(", ")
        transaction = {"": OURS, "others": OTHERS, "none": ""}[whose]
        expected = TABLE[event][STATES.index(state)]
        if state == "IN PROGRESS" and not whose and what in ("complete", "cancel"):
            ready_to_end(ends)
        if what == "set":
            ds = Dataset(CommentsOnTheScheduledProcedureStep="x")
            if transaction:
                ds.TransactionUID = transaction
            reply = ends.set(ds)
        elif event == "begin, others" and state == "SCHEDULED":
            continue  # would be the others' item from now on
        else:
            reply = ends.state(REQUESTED[what], transaction)
        assert f"{expected:04X}" == f"{int(reply.status):04X}", (event, state)
        if not expected:
            state = AFTER.get(what, state)
        assert state == ends.items.store.get(UID).ProcedureStepState


def test_the_transaction_uid_is_nobodys_to_read() -> None:
    """Neither N-GET nor C-FIND give it away; other attributes are there (PS3.4 Table CC.2.5-3)."""
    ends = Ends()
    ends.bring_to("IN PROGRESS")
    reply = ends.run(calls.n_get(PUSH, UID, (), abstract_syntax=PULL))
    assert (0, "IN PROGRESS", False) == (
        reply.status, reply.dataset.ProcedureStepState, "TransactionUID" in reply.dataset
    )  # fmt: skip
    (match,) = ends.pair.run(
        calls.find(Dataset(TransactionUID="", ProcedureStepState="IN PROGRESS", PatientName=""), PULL)
    )
    assert "TransactionUID" not in match
    assert [] == ends.pair.run(calls.find(Dataset(ProcedureStepState="CANCELED"), QUERY))
    assert 0xC307 == ends.run(calls.n_get(PUSH, "1.2.99", (), abstract_syntax=WATCH)).status


def test_an_item_ends_with_what_it_needs() -> None:
    """C304 with the attributes that a final state lacks (PS3.4 Table CC.2.5-1)."""
    ends = Ends()
    ends.bring_to("IN PROGRESS")
    reply = ends.state("COMPLETED")
    assert (0xC304, True) == (reply.status, 0x00741216 in reply.command.attribute_list)


def test_changes_are_reported_to_who_subscribed() -> None:
    """State reports, progress, assignment; nothing after unsubscribing (PS3.4 CC.2.4.3)."""
    ends = Ends()
    ends.create()
    assert [] == ends.events()
    assert (0, [1]) == (ends.subscribe().status, ends.events())
    ends.state("IN PROGRESS")
    assert ("WATCHER", PUSH, UID, 1, "IN PROGRESS") == (
        ends.told[0][0], *ends.told[0][1][:3], ends.told[0][1].dataset.ProcedureStepState
    )  # fmt: skip
    assert [1] == ends.events()
    progress = Dataset(ProcedureStepProgress="50")
    ends.set(Dataset(TransactionUID=OURS, ProcedureStepProgressInformationSequence=[progress]))
    assert [3] == ends.events()
    ends.set(
        Dataset(TransactionUID=OURS, ScheduledStationNameCodeSequence=[code("S")], InputReadinessState="INCOMPLETE")
    )
    assert [1, 5] == ends.events()
    assert 0 == ends.act(4, Dataset(ReceivingAE="WATCHER"), via=WATCH).status
    ready_to_end(ends)
    ends.state("COMPLETED")
    assert [] == ends.events()


def test_who_subscribes_to_all_hears_of_new_items() -> None:
    """An initial report for each item; suspension keeps those that are there (PS3.4 Table CC.2.3-2)."""
    ends = Ends()
    ends.create()
    assert (0, [1]) == (ends.subscribe(GLOBAL, "TRUE").status, ends.events())
    ends.create(uid="1.2.4")
    assert [1] == ends.events()
    assert 0 == ends.act(5, Dataset(ReceivingAE="WATCHER"), GLOBAL, WATCH).status
    ends.create(uid="1.2.5")
    assert [] == ends.events()
    ends.state("IN PROGRESS")
    assert [1] == ends.events()
    ends.act(4, Dataset(ReceivingAE="WATCHER"), GLOBAL, WATCH)
    ends.state("IN PROGRESS", OTHERS, "1.2.4")
    assert [] == ends.events()
    assert 0xC314 == ends.act(5, Dataset(ReceivingAE="WATCHER"), UID, WATCH).status


def test_a_filter_chooses_the_items() -> None:
    """Only what matches the keys of a filtered subscription is reported."""
    ends = Ends()
    urgent = pushed()
    urgent.ScheduledProcedureStepPriority = "HIGH"
    ends.create(urgent)
    ends.create(uid="1.2.4")
    assert 0 == ends.subscribe(FILTERED, "TRUE", ScheduledProcedureStepPriority="HIGH").status
    assert [UID] == [report.sop_instance_uid for _, report in ends.told]
    ends.create(urgent, "1.2.5")
    ends.create(uid="1.2.6")
    assert [UID, "1.2.5"] == [report.sop_instance_uid for _, report in ends.told]


def test_who_subscribes_twice_hears_of_a_new_item_once() -> None:
    """A global and a filtered subscription of one title make one of it to the item."""
    ends = Ends()
    ends.subscribe(GLOBAL, "TRUE")
    ends.subscribe(FILTERED, "TRUE", ProcedureStepLabel="Read")
    ends.create()
    assert [1] == ends.events()


def test_a_cancellation_is_requested() -> None:
    """SCHEDULED: cancelled with two reports; IN PROGRESS: whoever subscribed is told, or C312 (PS3.4 CC.2.2.3)."""
    ends = Ends()
    ends.create()
    ends.subscribe()
    ends.events()
    assert 0 == ends.act(2, Dataset(ReasonForCancellation="ill"), via=PUSH).status
    states = [
        (report.dataset.ProcedureStepState, report.dataset.get("ReasonForCancellation")) for _, report in ends.told
    ]
    assert ["IN PROGRESS", "CANCELED"] == [state for state, _ in states]
    assert "ill" == states[-1][1]
    (progress,) = ends.items.store.get(UID).ProcedureStepProgressInformationSequence
    assert "20240102030405" == progress.ProcedureStepCancellationDateTime
    ends = Ends()
    ends.bring_to("IN PROGRESS")
    assert 0xC312 == ends.act(2, None, via=PUSH).status
    ends.subscribe()
    ends.events()
    assert 0 == ends.act(2, Dataset(ReasonForCancellation="ill"), via=PUSH).status
    ((_, report),) = ends.told
    assert (2, "REQUESTOR", "ill") == (
        report.event_type_id, report.dataset.RequestingAE, report.dataset.ReasonForCancellation
    )  # fmt: skip


def test_who_cannot_be_told_cannot_subscribe() -> None:
    """C308 for a title that nobody knows, C315 where there are no events, C307 for an unknown item."""
    ends = Ends()
    ends.create()
    ends.told.knows = lambda title: title == "KNOWN"  # type: ignore[method-assign]
    assert 0xC308 == ends.subscribe().status
    assert 0 == ends.subscribe(title="KNOWN").status
    assert 0xC307 == ends.subscribe("1.2.99", title="KNOWN").status
    ends.items._deliver = None
    assert 0xC315 == ends.subscribe(title="KNOWN").status


def test_what_has_ended_is_forgotten_unless_it_is_locked() -> None:
    """A deletion lock keeps an item (PS3.4 CC.2.3.1)."""
    ends = Ends()
    ends.bring_to("CANCELED")
    ends.create(uid="1.2.4")
    ends.subscribe(lock="TRUE")
    assert 0 == ends.items.purge()
    ends.act(4, Dataset(ReceivingAE="WATCHER"), via=WATCH)
    assert (1, None) == (ends.items.purge(), ends.items.store.get(UID))
    assert ends.items.store.get("1.2.4") is not None


def test_a_claimed_item_says_its_uids() -> None:
    """What a program needs to go on after a restart."""
    claimed = ClaimedItem(UID, OURS)
    assert (UID, OURS) == (claimed.sop_instance_uid, claimed.transaction_uid)


def test_elements_of_another_kind_do_no_harm() -> None:
    """C301 for a transaction that is no UID; a progress that is no sequence is replaced when the item ends."""
    ends = Ends()
    ends.create()
    wish = Dataset(ProcedureStepState="IN PROGRESS")
    wish.add(DataElement(0x00081195, "LO", "x"))
    assert 0xC301 == ends.act(1, wish).status
    ds = pushed()
    for tag in (0x00081195, 0x00404010, 0x00080016):
        ds.add(DataElement(tag, "SQ", []))
    ds.add(DataElement(0x00741002, "OB", b""))
    assert 0 == ends.create(ds, "1.2.4").status
    assert 0 == ends.state("IN PROGRESS", uid="1.2.4").status
    ends.subscribe("1.2.4")
    ends.create(ds, "1.2.5")
    assert 0 == ends.act(2, None, "1.2.5", via=PUSH).status
    assert "CANCELED" == ends.items.store.get("1.2.5").ProcedureStepState
