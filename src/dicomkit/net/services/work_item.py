"""Unified Procedure Steps: work items that are pushed, claimed, watched and finished (PS3.4 annex CC)."""

from __future__ import annotations

from dicomkit import dictionary
from dicomkit.net.services.attributes import Attribute, AttributeTable
from dicomkit.net.services.checks import SUCCESS, Exchange, Verdict, check, described
from dicomkit.net.services.items import is_empty, items_of
from dicomkit.net.services.models import InformationModel, Level
from dicomkit.net.services.service import Service, SopClass
from dicomkit.net.services.work_item_attributes import WORK_ITEM_ATTRIBUTES

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset import Dataset

__all__ = [
    "ACTIONS",
    "EVENTS",
    "SERVICES",
    "STATES",
    "SUBSCRIPTIONS",
    "TRANSITIONS",
    "WORK_ITEM",
    "WORK_ITEM_QUERY",
    "check_cancel",
    "check_change",
    "check_create",
    "check_set",
    "check_subscription",
    "missing_for",
    "subscribed",
]

SCHEDULED, IN_PROGRESS, COMPLETED, CANCELED = STATES = ("SCHEDULED", "IN PROGRESS", "COMPLETED", "CANCELED")

_STATE = dictionary.tag("ProcedureStepState")
_TRANSACTION = dictionary.tag("TransactionUID")

# Answers, with the words of PS3.4 tables CC.2.1-2, CC.2.2-2 and CC.2.6-1 made short enough for an Error Comment.
_MAY_NO_LONGER = Verdict(0xC300, "the UPS may no longer be updated")
_WRONG_TRANSACTION = Verdict(0xC301, "not the correct Transaction UID")
_ALREADY_BEGUN = Verdict(0xC302, "the UPS is already IN PROGRESS")
_NOT_BY_ACTION = Verdict(0xC303, "a UPS becomes SCHEDULED by N-CREATE only")
_NOT_FINAL = 0xC304
_UNKNOWN = Verdict(0xC307, "no such UPS is managed here")
_NOT_SCHEDULED = Verdict(0xC309, "a UPS is created SCHEDULED", [_STATE])
_NOT_BEGUN = Verdict(0xC310, "the UPS is not IN PROGRESS")
_ALREADY_COMPLETED = Verdict(0xC311, "the UPS is already COMPLETED")
_NOT_APPROPRIATE = Verdict(0xC314, "not an action for this instance")
_DUPLICATE = Verdict(0x0111)
_IS_CANCELED = Verdict(0xB304, "the UPS is already CANCELED")
_IS_COMPLETED = Verdict(0xB306, "the UPS is already COMPLETED")

# The state machine, a line for each event and a cell for each state, the first for a UPS that does not exist (PS3.4
# table CC.1.1-2). A success means the new state that the event names; a UPS ends only if `missing_for` finds nothing.
TRANSITIONS = {
    # event: (null, SCHEDULED, IN PROGRESS, COMPLETED, CANCELED)
    "create": (SUCCESS, _DUPLICATE, _DUPLICATE, _DUPLICATE, _DUPLICATE),
    "begin": (_UNKNOWN, SUCCESS, _ALREADY_BEGUN, _MAY_NO_LONGER, _MAY_NO_LONGER),
    "begin, wrong transaction": (_UNKNOWN, *[_WRONG_TRANSACTION] * 4),
    "schedule": (_UNKNOWN, *[_NOT_BY_ACTION] * 4),
    "complete": (_UNKNOWN, _NOT_BEGUN, SUCCESS, _IS_COMPLETED, _MAY_NO_LONGER),
    "complete, wrong transaction": (_UNKNOWN, *[_WRONG_TRANSACTION] * 4),
    "request cancel": (_UNKNOWN, SUCCESS, SUCCESS, _ALREADY_COMPLETED, _IS_CANCELED),
    "cancel": (_UNKNOWN, _NOT_BEGUN, SUCCESS, _MAY_NO_LONGER, _IS_CANCELED),
    "cancel, wrong transaction": (_UNKNOWN, *[_WRONG_TRANSACTION] * 4),
    # Of PS3.4 CC.2.6, which has no table: N-SET.
    "set": (_UNKNOWN, SUCCESS, SUCCESS, _MAY_NO_LONGER, _MAY_NO_LONGER),
    "set, wrong transaction": (_UNKNOWN, _NOT_BEGUN, _WRONG_TRANSACTION, _MAY_NO_LONGER, _MAY_NO_LONGER),
}

_EVENT_OF_STATE = {IN_PROGRESS: "begin", SCHEDULED: "schedule", COMPLETED: "complete", CANCELED: "cancel"}


def _answer(event: str, item: Dataset | None) -> Verdict:
    state = None if item is None or _STATE not in item else str(item[_STATE].value)
    place = STATES.index(state) + 1 if state in STATES else 0
    return TRANSITIONS[event][place]


def _transaction(ds: Dataset) -> str:
    return str(ds[_TRANSACTION].value or "") if _TRANSACTION in ds else ""


def check_create(ds: Dataset, existing: Dataset | None = None) -> Verdict:
    """Say what an N-CREATE is answered with: 0111, 0120, 0121, 0106, C309 or success (PS3.4 CC.2.5)."""
    verdict = _answer("create", existing)
    if verdict.is_success and _STATE in ds and str(ds[_STATE].value) not in ("", SCHEDULED):
        verdict = _NOT_SCHEDULED
    return check(WORK_ITEM_ATTRIBUTES, "create", ds) if verdict.is_success else verdict


def check_set(item: Dataset | None, changes: Dataset) -> Verdict:
    """Say what an N-SET of a work item is answered with (PS3.4 CC.2.6).

    One that is IN PROGRESS is set by who knows its Transaction UID, one that is SCHEDULED by anybody without any.
    """
    recorded = "" if item is None else _transaction(item)
    in_progress = item is not None and _STATE in item and str(item[_STATE].value) == IN_PROGRESS
    is_right = _transaction(changes) == (recorded if in_progress else "")
    verdict = _answer("set" if is_right else "set, wrong transaction", item)
    return check(WORK_ITEM_ATTRIBUTES, "set", changes) if verdict.is_success else verdict


def check_change(item: Dataset | None, request: Dataset) -> Verdict:
    """Say what the action Change UPS State is answered with (PS3.4 CC.2.1 and table CC.1.1-2).

    Success means that the state is now that of the request; with IN PROGRESS its Transaction UID is to be recorded.
    """
    verdict = check(ACTIONS[0].information, "scu/scp", request)
    if not verdict.is_success and (_STATE not in request or is_empty(request, _STATE)):
        return verdict
    wanted = str(request[_STATE].value)
    event = _EVENT_OF_STATE.get(wanted)
    if event is None:
        return Verdict(0x0115, "no state of a UPS", [_STATE])
    # Whoever claims an item brings a new Transaction UID; from then on it must be the one that was recorded.
    given, recorded = _transaction(request), "" if item is None else _transaction(item)
    if event != "schedule" and not (given and recorded in ("", given)):
        event = f"{event}, wrong transaction"
    verdict = _answer(event, item)
    if verdict.is_success and item is not None and wanted in (COMPLETED, CANCELED):
        missing = missing_for(item, wanted)
        if missing:
            return Verdict(_NOT_FINAL, described("missing", missing), missing)
    return verdict


def check_cancel(item: Dataset | None, request: Dataset) -> Verdict:
    """Say what the action Request UPS Cancel is answered with (PS3.4 CC.2.2).

    A SCHEDULED item is to become IN PROGRESS and then CANCELED; of one that is IN PROGRESS, the performer is told. That
    the performer cannot be told (C312), or will not cancel (C313), only the provider knows.
    """
    verdict = _answer("request cancel", item)
    return check(ACTIONS[1].information, "scu/scp", request) if verdict.is_success else verdict


_FINAL = WORK_ITEM_ATTRIBUTES.column("final")


def missing_for(item: Dataset, state: str) -> tuple[int, ...]:
    """Return the tags that a work item lacks to end as COMPLETED or CANCELED (PS3.4 tables CC.2.5-1 and CC.2.5-3).

    The date of cancellation is the provider's to fill in, and so is its own modification date; both are not asked for.
    A cancelled item need not tell what was performed, nor why, where it has no items for it (PS3.4 CC.2.5.1.3.2).
    """
    wanted = {"R", "P", "P0"} if state == COMPLETED else {"R"}
    missing: dict[int, None] = {}
    stack: list[tuple[tuple[Attribute, ...], Dataset]] = [(WORK_ITEM_ATTRIBUTES.rows, item)]
    while stack:
        rows, subject = stack.pop()
        for row in rows:
            cell, tag = row.cells[_FINAL], int(row.tag)
            if cell in wanted and (tag not in subject if cell == "P0" else is_empty(subject, tag)):
                missing[tag] = None
            elif row.items:
                stack += [(row.items, below) for below in items_of(subject, tag)]
    missing.pop(int(dictionary.tag("ScheduledProcedureStepModificationDateTime")), None)
    return tuple(sorted(missing))


# Actions and events ---------------------------------------------------------------------------------------------------


def _information(section: str, text: str) -> AttributeTable:
    return AttributeTable.parse(section, "scu/scp", text)


ACTIONS = (
    Exchange(1, "Change UPS State", _information("PS3.4 table CC.2.1-1", "ProcedureStepState 1/1\nTransactionUID 1/1")),
    Exchange(
        2,
        "Request UPS Cancel",
        _information(
            "PS3.4 table CC.2.2-1",
            """
            ReasonForCancellation 3/3
            ProcedureStepDiscontinuationReasonCodeSequence 3/3
            ContactDisplayName 3/3
            ContactURI 3/3
            """,
        ),
    ),
    Exchange(
        3,
        "Subscribe to Receive UPS Event Reports",
        _information("PS3.4 table CC.2.3-1", "ReceivingAE 1/1\nDeletionLock 1/1"),
    ),
    Exchange(
        4, "Unsubscribe from Receiving UPS Event Reports", _information("PS3.4 table CC.2.3-1", "ReceivingAE 1/1")
    ),
    Exchange(5, "Suspend Global Subscription", _information("PS3.4 table CC.2.3-1", "ReceivingAE 1/1")),
)

EVENTS = (
    Exchange(
        1,
        "UPS State Report",
        _information(
            "PS3.4 table CC.2.4-1",
            """
            ProcedureStepState -/1
            InputReadinessState -/1
            ReasonForCancellation -/3
            ProcedureStepDiscontinuationReasonCodeSequence -/3
            """,
        ),
    ),
    Exchange(
        2,
        "UPS Cancel Requested",
        _information(
            "PS3.4 table CC.2.4-1",
            """
            RequestingAE -/1
            ReasonForCancellation -/1C
            ProcedureStepDiscontinuationReasonCodeSequence -/1C
            ContactURI -/1C
            ContactDisplayName -/1C
            """,
        ),
    ),
    Exchange(
        3,
        "UPS Progress Report",
        _information(
            "PS3.4 table CC.2.4-1",
            """
            ProcedureStepProgressInformationSequence -/1
            >ProcedureStepProgress -/3
            >ProcedureStepProgressDescription -/3
            >ProcedureStepProgressParametersSequence -/3
            >ProcedureStepCommunicationsURISequence -/3
            >>ContactURI -/1
            >>ContactDisplayName -/3
            """,
        ),
    ),
    Exchange(
        4,
        "SCP Status Change",
        _information(
            "PS3.4 table CC.2.4-1", "SCPStatus -/1\nSubscriptionListStatus -/1\nUnifiedProcedureStepListStatus -/1"
        ),
    ),
    Exchange(
        5,
        "UPS Assigned",
        _information(
            "PS3.4 table CC.2.4-1",
            """
            ScheduledStationNameCodeSequence -/1C
            HumanPerformerCodeSequence -/1C
            HumanPerformerOrganization -/1C
            """,
        ),
    ),
)

# Subscriptions --------------------------------------------------------------------------------------------------------

NOT, WITH_LOCK, WITHOUT_LOCK = ("not subscribed", "subscribed with lock", "subscribed without lock")


GLOBAL_INSTANCE = "1.2.840.10008.5.1.4.34.5"
FILTERED_INSTANCE = "1.2.840.10008.5.1.4.34.5.1"

# What becomes of an AE's subscription to one work item, from each of the three states above, and whether an initial
# UPS State Report is sent (PS3.4 table CC.2.3-2). Global events hold for every item there is.
SUBSCRIPTIONS = {
    # event: (not subscribed, with lock, without lock)
    "subscribe with lock": ((WITH_LOCK, True), (WITH_LOCK, True), (WITH_LOCK, True)),
    "subscribe without lock": ((WITHOUT_LOCK, True), (WITHOUT_LOCK, True), (WITHOUT_LOCK, True)),
    "unsubscribe": ((NOT, False), (NOT, False), (NOT, False)),
    "subscribe globally with lock": ((WITH_LOCK, True), (WITH_LOCK, False), (WITHOUT_LOCK, False)),
    "subscribe globally without lock": ((WITHOUT_LOCK, False), (WITH_LOCK, False), (WITHOUT_LOCK, False)),
    "unsubscribe globally": ((NOT, False), (NOT, False), (NOT, False)),
    "suspend globally": ((NOT, False), (WITH_LOCK, False), (WITHOUT_LOCK, False)),
}


def subscribed(state: str, event: str) -> tuple[str, bool]:
    """Return the new state of a subscription, and whether an initial event report is due (PS3.4 table CC.2.3-2)."""
    return SUBSCRIPTIONS[event][(NOT, WITH_LOCK, WITHOUT_LOCK).index(state)]


def check_subscription(instance: str, action: int, request: Dataset, *, is_known: bool) -> tuple[Verdict, str]:
    """Return the answer to one of the actions 3 to 5, and the event of `SUBSCRIPTIONS` that it is ("" if refused).

    ``is_known`` says whether a work item of this SOP Instance UID is managed here; the two well-known instances need
    none. A provider that has no filtered subscriptions answers C307, too.
    """
    is_global = instance in (GLOBAL_INSTANCE, FILTERED_INSTANCE)
    if not is_global and not is_known:
        return _UNKNOWN, ""
    if action not in (3, 4, 5):
        return Verdict(0x0123), ""
    if action == 5 and not is_global:
        return _NOT_APPROPRIATE, ""
    verdict = check(ACTIONS[action - 1].information, "scu/scp", request)
    if not verdict.is_success:
        return verdict, ""
    if action == 5:
        return SUCCESS, "suspend globally"
    suffix = " globally" if is_global else ""
    if action == 4:
        return SUCCESS, f"unsubscribe{suffix}"
    lock = str(request["DeletionLock"].value).strip()
    if lock not in ("TRUE", "FALSE"):
        return Verdict(0x0115, described("not TRUE or FALSE", [request["DeletionLock"].tag])), ""
    return SUCCESS, f"subscribe{suffix} {'with' if lock == 'TRUE' else 'without'} lock"


# Rows -----------------------------------------------------------------------------------------------------------------

_ROOT = "1.2.840.10008.5.1.4.34.6"
_PUSH = f"{_ROOT}.1"

_KEYS = [Level("", "SOPInstanceUID", WORK_ITEM_ATTRIBUTES)]

WORK_ITEM_QUERY = InformationModel("unified procedure step", "PS3.4 CC.2.8", _KEYS, find=f"{_ROOT}.5")
_PULL_MODEL = InformationModel("unified procedure step, pull", "PS3.4 CC.2.8", _KEYS, find=f"{_ROOT}.3")
_WATCH_MODEL = InformationModel("unified procedure step, watch", "PS3.4 CC.2.8", _KEYS, find=f"{_ROOT}.2")

WORK_ITEM = Service(
    "ups",
    "Unified Procedure Step",
    "PS3.4 CC",
    [
        SopClass(
            _PUSH,
            "UnifiedProcedureStepPush",
            "PS3.4 CC.2",
            "n-create M/M, n-action U/M, n-get U/M",
            attributes=WORK_ITEM_ATTRIBUTES,
            actions=ACTIONS,
        ),
        SopClass(
            f"{_ROOT}.2",
            "UnifiedProcedureStepWatch",
            "PS3.4 CC.2",
            "n-action M/M, n-get M/M, find U/M",
            actions=ACTIONS,
            model=_WATCH_MODEL,
            instances_of=_PUSH,
        ),
        SopClass(
            f"{_ROOT}.3",
            "UnifiedProcedureStepPull",
            "PS3.4 CC.2",
            "find M/M, n-get M/M, n-set M/M, n-action M/M",
            attributes=WORK_ITEM_ATTRIBUTES,
            actions=ACTIONS,
            model=_PULL_MODEL,
            instances_of=_PUSH,
        ),
        SopClass(
            f"{_ROOT}.4",
            "UnifiedProcedureStepEvent",
            "PS3.4 CC.2",
            "n-event-report M/M",
            events=EVENTS,
            instances_of=_PUSH,
        ),
        SopClass(
            f"{_ROOT}.5",
            "UnifiedProcedureStepQuery",
            "PS3.4 CC.2",
            "find M/M",
            model=WORK_ITEM_QUERY,
            instances_of=_PUSH,
        ),
    ],
    statuses="UPS",
    uid=_ROOT,
)

SERVICES = (WORK_ITEM,)
