"""Unified Procedure Steps: the state machine cell by cell, creation, changes, subscriptions (PS3.4 CC)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.services import work_item
from dicomkit.net.services.work_item import (
    ACTIONS,
    NOT,
    STATES,
    SUBSCRIPTIONS,
    TRANSITIONS,
    WITH_LOCK,
    WITHOUT_LOCK,
    check_cancel,
    check_change,
    check_create,
    check_set,
    check_subscription,
    missing_for,
    subscribed,
)

OURS, OTHERS = "1.2.3", "1.2.4"


def request() -> Dataset:
    """Give a work item as it is pushed."""
    return Dataset(
        TransactionUID="",
        ScheduledProcedureStepPriority="MEDIUM",
        ProcedureStepLabel="Read",
        WorklistLabel="",
        ScheduledProcessingParametersSequence=[],
        ScheduledStationNameCodeSequence=[],
        ScheduledStationClassCodeSequence=[],
        ScheduledStationGeographicLocationCodeSequence=[],
        ScheduledProcedureStepStartDateTime="20240101",
        ScheduledWorkitemCodeSequence=[],
        CommentsOnTheScheduledProcedureStep="",
        InputReadinessState="READY",
        InputInformationSequence=[],
        PatientName="",
        OtherPatientIDsSequence=[],
        PatientBirthDate=None,
        PatientSex="",
        AdmissionID="",
        IssuerOfAdmissionIDSequence=[],
        AdmittingDiagnosesDescription="",
        AdmittingDiagnosesCodeSequence=[],
        ReferencedRequestSequence=[],
        ProcedureStepState="SCHEDULED",
        ProcedureStepProgressInformationSequence=[],
        UnifiedProcedureStepPerformedProcedureSequence=[],
    )


def item(state: str, *, performed: bool = True) -> Dataset:
    """Give a work item as the provider keeps it in a state."""
    ds = request()
    ds.SOPClassUID = "1.2.840.10008.5.1.4.34.6.1"
    ds.SOPInstanceUID = "1.2.5"
    ds.ProcedureStepState = state
    if state != "SCHEDULED":
        ds.TransactionUID = OURS
    if performed:
        code = Dataset(CodeValue="110005", CodingSchemeDesignator="DCM", CodeMeaning="Interpretation")
        ds.UnifiedProcedureStepPerformedProcedureSequence = [
            Dataset(
                PerformedStationNameCodeSequence=[code],
                PerformedProcedureStepStartDateTime="20240101",
                PerformedWorkitemCodeSequence=[code.copy()],
                PerformedProcedureStepEndDateTime="20240101",
                OutputInformationSequence=[],
            )
        ]
    return ds


def change(state: str, transaction: str = OURS) -> Dataset:
    """Give the information of the action Change UPS State."""
    return Dataset(ProcedureStepState=state, TransactionUID=transaction)


#: PS3.4 table CC.1.1-2, literally: for null, SCHEDULED, IN PROGRESS, COMPLETED, CANCELED.
TABLE = {
    "create": (0, 0x0111, 0x0111, 0x0111, 0x0111),
    "begin": (0xC307, 0, 0xC302, 0xC300, 0xC300),
    "begin, wrong transaction": (0xC307, 0xC301, 0xC301, 0xC301, 0xC301),
    "schedule": (0xC307, 0xC303, 0xC303, 0xC303, 0xC303),
    "complete": (0xC307, 0xC310, 0, 0xB306, 0xC300),
    "complete, wrong transaction": (0xC307, 0xC301, 0xC301, 0xC301, 0xC301),
    "request cancel": (0xC307, 0, 0, 0xC311, 0xB304),
    "cancel": (0xC307, 0xC310, 0, 0xC300, 0xB304),
    "cancel, wrong transaction": (0xC307, 0xC301, 0xC301, 0xC301, 0xC301),
}


@pytest.mark.parametrize("event", TABLE)
def test_the_state_machine_equals_the_standards(event: str):
    """Each row of table CC.1.1-2."""
    assert TABLE[event] == tuple(verdict.status for verdict in TRANSITIONS[event])


ITEMS = [None, *STATES]


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("event", TABLE)
def test_requests_meet_the_state_machine(event: str, place: int):
    """The functions answer as the cell of the request's event and the item's state says."""
    existing = None if ITEMS[place] is None else item(ITEMS[place])
    name, _, wrong = event.partition(", ")
    if event == "create":
        verdict = check_create(request(), existing)
    elif event == "request cancel":
        verdict = check_cancel(existing, Dataset())
    else:
        state = {"begin": STATES[1], "schedule": STATES[0], "complete": STATES[2], "cancel": STATES[3]}[name]
        # As long as none is recorded, only the lack of any Transaction UID is wrong.
        other = "" if ITEMS[place] in (None, "SCHEDULED") else OTHERS
        verdict = check_change(existing, change(state, other if wrong else OURS))
    assert TABLE[event][place] == verdict.status


def test_the_second_performer_finds_the_item_taken():
    """PS3.4 CC.2.1.2, note 2: the first one's Transaction UID is recorded, and the second one's is not correct."""
    assert 0xC301 == check_change(item("IN PROGRESS"), change("IN PROGRESS", OTHERS)).status
    assert 0xC302 == check_change(item("IN PROGRESS"), change("IN PROGRESS", OURS)).status


def test_an_unknown_state_and_no_state_are_refused():
    """0115 for a value that is no state, 0120 for none."""
    assert 0x0115 == check_change(item("SCHEDULED"), change("PAUSED")).status
    assert 0x0120 == check_change(item("SCHEDULED"), Dataset(TransactionUID=OURS)).status


def test_a_work_item_is_created_scheduled():
    """PS3.4 CC.2.5.3: C309 for any other state; SOP Instance UID travels in the command, not here."""
    assert check_create(request()).is_success
    other = request()
    other.ProcedureStepState = "IN PROGRESS"
    assert 0xC309 == check_create(other).status
    named = request()
    named.SOPInstanceUID = "1.2.5"
    assert 0x0106 == check_create(named).status


@pytest.mark.parametrize("keyword", [element.keyword for element in request()])
def test_whatever_is_missing_is_named(keyword: str):
    """Each attribute of types 1 and 2 of table CC.2.5-3 is asked for."""
    ds = request()
    tag = ds[keyword].tag
    del ds[keyword]
    verdict = check_create(ds)
    assert (0x0120, (tag,)) == (verdict.status, verdict.attributes)


@pytest.mark.parametrize("keyword", ["TransactionUID", "ProcedureStepProgressInformationSequence"])
def test_what_is_created_empty_has_no_value(keyword: str):
    """What "shall be empty" in table CC.2.5-3."""
    ds = request()
    ds[keyword] = OURS if keyword == "TransactionUID" else [Dataset()]
    assert 0x0106 == check_create(ds).status


@pytest.mark.parametrize(
    ("state", "transaction", "expected"),
    [
        (None, "", 0xC307),
        ("SCHEDULED", "", 0),
        ("SCHEDULED", OURS, 0xC310),
        ("IN PROGRESS", OURS, 0),
        ("IN PROGRESS", OTHERS, 0xC301),
        ("IN PROGRESS", "", 0xC301),
        ("COMPLETED", OURS, 0xC300),
        ("COMPLETED", OTHERS, 0xC300),
        ("CANCELED", OURS, 0xC300),
        ("CANCELED", "", 0xC300),
    ],
)
def test_setting_takes_the_transaction_of_an_item_in_progress(state: str | None, transaction: str, expected: int):
    """PS3.4 CC.2.6.3."""
    changes = Dataset(ProcedureStepLabel="New")
    if transaction:
        changes.TransactionUID = transaction
    assert expected == check_set(None if state is None else item(state), changes).status


@pytest.mark.parametrize("keyword", ["ProcedureStepState", "PatientName", "SOPInstanceUID", "AdmissionID"])
def test_what_may_not_be_set_is_refused(keyword: str):
    """What is "not allowed" in the column N-SET; the state is changed by N-ACTION alone."""
    value = "1.2.3" if keyword == "SOPInstanceUID" else "X"
    assert 0x0106 == check_set(item("SCHEDULED"), Dataset({keyword: value})).status


@pytest.mark.parametrize(
    "keyword",
    [
        "PerformedStationNameCodeSequence",
        "PerformedProcedureStepStartDateTime",
        "PerformedWorkitemCodeSequence",
        "PerformedProcedureStepEndDateTime",
        "OutputInformationSequence",
    ],
)
def test_an_item_completes_with_what_was_performed(keyword: str):
    """Requirement P of table CC.2.5-3: C304 names what is missing; a cancelled item may lack it."""
    ds = item("IN PROGRESS")
    performed = ds.UnifiedProcedureStepPerformedProcedureSequence[0]
    tag = performed[keyword].tag
    del performed[keyword]
    verdict = check_change(ds, change("COMPLETED"))
    assert (0xC304, (tag,)) == (verdict.status, verdict.attributes)
    assert check_change(ds, change("CANCELED")).is_success
    assert () == missing_for(ds, "CANCELED")


def test_an_item_is_cancelled_without_anything_performed():
    """PS3.4 CC.2.5.1.3.2: two N-ACTIONs cancel what was only scheduled; to complete it takes more."""
    ds = item("IN PROGRESS", performed=False)
    assert check_change(ds, change("CANCELED")).is_success
    assert (0x00741216,) == missing_for(ds, "COMPLETED")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("subscribe globally with lock", ((WITH_LOCK, True), (WITH_LOCK, False), (WITHOUT_LOCK, False))),
        ("subscribe globally without lock", ((WITHOUT_LOCK, False), (WITH_LOCK, False), (WITHOUT_LOCK, False))),
        ("subscribe with lock", ((WITH_LOCK, True), (WITH_LOCK, True), (WITH_LOCK, True))),
        ("subscribe without lock", ((WITHOUT_LOCK, True), (WITHOUT_LOCK, True), (WITHOUT_LOCK, True))),
        ("unsubscribe", ((NOT, False), (NOT, False), (NOT, False))),
        ("unsubscribe globally", ((NOT, False), (NOT, False), (NOT, False))),
        ("suspend globally", ((NOT, False), (WITH_LOCK, False), (WITHOUT_LOCK, False))),
    ],
)
def test_subscriptions_equal_the_standards(event: str, expected: tuple[tuple[str, bool], ...]):
    """PS3.4 table CC.2.3-2: the new state from each of the three, and whether an initial event goes out."""
    assert expected == tuple(subscribed(state, event) for state in (NOT, WITH_LOCK, WITHOUT_LOCK))
    assert 7 == len(SUBSCRIPTIONS)


def subscription(lock: str = "TRUE") -> Dataset:
    """Give the information of the action Subscribe."""
    return Dataset(ReceivingAE="WATCHER", DeletionLock=lock)


@pytest.mark.parametrize(
    ("instance", "action", "lock", "expected"),
    [
        ("1.2.5", 3, "TRUE", "subscribe with lock"),
        ("1.2.5", 3, "FALSE", "subscribe without lock"),
        ("1.2.5", 4, "FALSE", "unsubscribe"),
        (work_item.GLOBAL_INSTANCE, 3, "TRUE", "subscribe globally with lock"),
        (work_item.FILTERED_INSTANCE, 3, "FALSE", "subscribe globally without lock"),
        (work_item.GLOBAL_INSTANCE, 4, "FALSE", "unsubscribe globally"),
        (work_item.GLOBAL_INSTANCE, 5, "FALSE", "suspend globally"),
    ],
)
def test_subscriptions_are_asked_for(instance: str, action: int, lock: str, expected: str):
    """PS3.4 CC.2.3: by the action and by the instance, one of a kind or well known."""
    verdict, event = check_subscription(instance, action, subscription(lock), is_known=True)
    assert verdict.is_success
    assert expected == event


@pytest.mark.parametrize(
    ("instance", "action", "ds", "known", "expected"),
    [
        ("1.2.5", 3, subscription(), False, 0xC307),
        ("1.2.5", 5, subscription(), True, 0xC314),
        ("1.2.5", 6, subscription(), True, 0x0123),
        ("1.2.5", 3, subscription("YES"), True, 0x0115),
        ("1.2.5", 3, Dataset(DeletionLock="TRUE"), True, 0x0120),
        ("1.2.5", 3, Dataset(ReceivingAE="A"), True, 0x0120),
        ("1.2.5", 4, Dataset(), True, 0x0120),
    ],
)
def test_wrong_subscriptions_are_refused(instance: str, action: int, ds: Dataset, known: bool, expected: int):
    """Unknown items, wrong actions, missing and wrong values."""
    verdict, event = check_subscription(instance, action, ds, is_known=known)
    assert (expected, "") == (verdict.status, event)


def test_actions_are_numbered():
    """PS3.4 tables CC.2.1-1, CC.2.2-1 and CC.2.3-1."""
    assert [1, 2, 3, 4, 5] == [action.number for action in ACTIONS]
