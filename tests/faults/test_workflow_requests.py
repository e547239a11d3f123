"""Requests to the workflow services whose elements are missing or of another VR: each has a status."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import pytest

from dicomkit import DataElement, Dataset
from dicomkit.errors import DimseStatusError
from dicomkit.net.operations import calls
from dicomkit.net.operations.operation import identifier_bytes
from dicomkit.net.providers import Availability, Commitments, PerformedSteps, WorkItems, Worklist
from dicomkit.net.services import WORKLIST
from dicomkit.net.services.commitment import INSTANCE, request_of
from dicomkit.testing.pair import Pair
from tests.net.providers.test_availability import notification
from tests.net.providers.test_performed_step import Told
from tests.net.providers.test_work_item import FILTERED, PULL, PUSH, QUERY, WATCH, performed
from tests.net.services.test_performed_step import end, step
from tests.net.services.test_work_item import request as pushed

MPPS, RETRIEVE, COMMITMENT = "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.3.1.2.3.4", "1.2.840.10008.1.20.1"
AVAILABILITY, UID = "1.2.840.10008.5.1.4.33", "1.2.3"

JUNK: list[tuple[str, object]] = [
    ("LO", "x"), ("LO", ["a", "b"]), ("SQ", []), ("SQ", [Dataset()]), ("OB", b"\xff\x00\x01\x02"), ("US", 7),
]  # fmt: skip


def mutated(ds: Dataset, chance: random.Random) -> Dataset:
    """Return a copy with an element gone, or with another VR and value, at any depth; or as it was."""
    ds = ds.copy()
    if chance.random() < 0.4:
        return ds
    holder = ds
    while elements := list(holder):
        element = chance.choice(elements)
        if element.vr == "SQ" and len(element.value) and chance.random() < 0.5:
            holder = element.value[0]
            continue
        kind = chance.randrange(len(JUNK) + 1)
        if kind == len(JUNK):
            del holder[element.tag]
        else:
            holder.add(DataElement(element.tag, *JUNK[kind]))
        break
    return ds


def requests(chance: random.Random) -> Iterator[object]:
    """Give what a user of all services asks for, mutated."""

    def made(ds: Dataset) -> Dataset:
        return mutated(ds, chance)

    progress = Dataset(ProcedureStepProgress="5", ProcedureStepDiscontinuationReasonCodeSequence=[])
    changes = Dataset(
        TransactionUID="1.9", ScheduledStationNameCodeSequence=[], InputReadinessState="READY",
        ProcedureStepProgressInformationSequence=[progress],
        UnifiedProcedureStepPerformedProcedureSequence=[performed()],
    )  # fmt: skip
    wish = Dataset(ReceivingAE="A", DeletionLock="TRUE", ProcedureStepLabel="Read")
    yield calls.n_create(MPPS, made(step()), UID)
    yield calls.n_set(MPPS, UID, made(end()))
    yield calls.n_get(RETRIEVE, UID)
    yield calls.n_action(COMMITMENT, INSTANCE, 1, made(request_of("1.9", [("1.2", "1.3")])))
    yield calls.n_create(AVAILABILITY, made(notification()), UID)
    yield calls.n_action(PUSH, FILTERED, 3, made(wish), abstract_syntax=WATCH)
    yield calls.n_create(PUSH, made(pushed()), UID)
    yield calls.n_action(PUSH, UID, 3, made(wish), abstract_syntax=WATCH)
    begin = Dataset(ProcedureStepState="IN PROGRESS", TransactionUID="1.9")
    yield calls.n_action(PUSH, UID, 1, made(begin), abstract_syntax=PULL)
    yield calls.n_set(PUSH, UID, made(changes), abstract_syntax=PULL)
    yield calls.n_action(PUSH, UID, 2, made(Dataset(ReasonForCancellation="x")))
    yield calls.n_get(PUSH, UID, (), abstract_syntax=PULL)
    yield calls.find(made(pushed()), PULL)
    yield calls.find(made(step()), WORKLIST)
    final = Dataset(ProcedureStepState=chance.choice(["COMPLETED", "CANCELED"]), TransactionUID="1.9")
    yield calls.n_action(PUSH, UID, 1, made(final), abstract_syntax=PULL)


@pytest.mark.fuzz
@pytest.mark.parametrize("check_requests", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_no_handler_fails(seed: int, check_requests: bool) -> None:
    """Every request is answered, no handler raises, and every event that follows can be sent."""
    told, failures = Told(), []
    handlers = {
        **PerformedSteps(notified=["A"], deliver=told).handlers(),
        **Commitments(lambda *_: True, told, seconds=0).handlers(),
        **WorkItems(deliver=told).handlers(),
        **Availability().handlers(),
        **Worklist([step()]).handlers(),
    }
    services = [MPPS, RETRIEVE, COMMITMENT, PUSH, PULL, WATCH, QUERY, AVAILABILITY, WORKLIST]
    pair = Pair(services, handlers, check_requests=check_requests)
    pair.acceptor._observe = lambda event, **fields: failures.append(fields) if event == "handler failed" else None
    for operation in requests(random.Random(seed)):
        with suppress(DimseStatusError):
            pair.run(operation)
        pair.wait(1.0)
        assert operation.status is not None
    assert [] == failures
    for _, report in told:
        if report.dataset is not None:
            assert identifier_bytes(report.dataset, SimpleNamespace(transfer_syntax="1.2.840.10008.1.2"))
