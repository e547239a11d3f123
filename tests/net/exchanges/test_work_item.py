"""A work item pushed, claimed, performed, watched, over loopback (PS3.4 CC)."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

from dicomkit import Dataset
from dicomkit.errors import DimseStatusError
from dicomkit.net import sync
from dicomkit.net.exchanges import (
    WorkItemEvent,
    WorkItemEvents,
    claim_work_item,
    create_work_item,
    get_work_item,
    performed_procedure,
    request_cancel,
    subscribe,
    unsubscribe,
    work_item,
)
from dicomkit.net.providers import WorkItems
from dicomkit.net.services.work_item import check_create

ADDRESS = ("127.0.0.1", 0)


def code(value: str) -> Dataset:
    """Give a code item."""
    return Dataset(CodeValue=value, CodingSchemeDesignator="99X", CodeMeaning=value)


def test_a_work_item_has_all_that_it_needs() -> None:
    """Nothing is missing, and what is known is there (PS3.4 Table CC.2.5-3)."""
    item = work_item("Read", start=datetime(2024, 1, 2), PatientID="1", ScheduledWorkitemCodeSequence=[code("W")])
    assert check_create(item).is_success
    assert ("20240102000000", "1", "READY") == (
        item.ScheduledProcedureStepStartDateTime, item.PatientID, item.InputReadinessState
    )  # fmt: skip
    assert "INCOMPLETE" == work_item("Read", is_ready=False).InputReadinessState


def test_what_was_performed_names_its_output() -> None:
    """Instances of one series, and where they can be had."""
    moment = datetime(2024, 1, 2)
    item = performed_procedure(
        began=moment, ended=moment, station=code("S"), workitem=code("W"), output=[("1.2", "1.3")], study_uid="1.4",
        series_uid="1.5", retrieve_ae_title="PACS",
    )  # fmt: skip
    (output,) = item.OutputInformationSequence
    assert ("1.4", "1.3", "PACS") == (
        output.StudyInstanceUID, output.ReferencedSOPSequence[0].ReferencedSOPInstanceUID,
        output.DICOMRetrievalSequence[0].RetrieveAETitle,
    )  # fmt: skip


def test_an_item_goes_its_way_and_is_watched() -> None:
    """From SCHEDULED to COMPLETED, each step with its event at the watcher's server."""
    events: list[WorkItemEvent] = []
    is_done = threading.Event()

    def note(event: WorkItemEvent) -> None:
        events.append(event)
        if event.dataset.get("ProcedureStepState") == "COMPLETED":
            is_done.set()

    places: dict[str, tuple[str, int]] = {}
    with (
        sync.serve(ADDRESS, ae_title="WATCHER", handlers=WorkItemEvents(note).handlers()) as watching,
        sync.Reporter(places, calling="UPS") as reporter,
        sync.serve(ADDRESS, ae_title="UPS", handlers=WorkItems(deliver=reporter).handlers()) as server,
        sync.Association.request(server.address, called="UPS", services=["ups"]) as association,
    ):
        places["WATCHER"] = watching.address
        sync.run(association, subscribe("WATCHER"))
        uid = sync.run(association, create_work_item(work_item("Read", PatientID="1")))
        sync.run(association, subscribe("WATCHER", uid, lock=True))
        claimed = sync.run(association, claim_work_item(uid))
        with pytest.raises(DimseStatusError) as refused:
            sync.run(association, claim_work_item(uid))
        assert 0xC301 == refused.value.status
        sync.run(association, claimed.progress(50, "half"))
        moment = datetime(2024, 1, 2)
        done = performed_procedure(began=moment, ended=moment, station=code("S"), workitem=code("W"))
        sync.run(association, claimed.complete(done))
        ds = sync.run(association, get_work_item(uid, ["ProcedureStepState", "PatientID"]))
        assert ("COMPLETED", "1") == (ds.ProcedureStepState, ds.PatientID)
        assert is_done.wait(10.0)
        sync.run(association, unsubscribe("WATCHER", uid))
    assert {uid} == {event.sop_instance_uid for event in events}
    states = [str(event.dataset.get("ProcedureStepState")) for event in events if event.event_type_id == 1]
    # Each subscription begins with a report of its own (PS3.4 Table CC.2.3-2).
    assert ["SCHEDULED", "SCHEDULED", "IN PROGRESS", "COMPLETED"] == states
    assert "UPS Progress Report" in {event.name for event in events}


def test_an_item_is_cancelled_by_its_performer_or_on_request() -> None:
    """Both end CANCELED, with a reason."""
    items = WorkItems()
    with (
        sync.serve(ADDRESS, ae_title="UPS", handlers=items.handlers()) as server,
        sync.Association.request(server.address, called="UPS", services=["ups"]) as association,
    ):
        first = sync.run(association, create_work_item(work_item("Read", PatientID="1"), "1.2.3"))
        claimed = sync.run(association, claim_work_item(first))
        sync.run(association, claimed.cancel("broken", code("C")))
        second = sync.run(association, create_work_item(work_item("Read", PatientID="1")))
        sync.run(association, request_cancel(second, "ill", contact="Dr. No"))
    for uid, reason in ((first, "broken"), (second, "ill")):
        kept = items.store.get(uid)
        (progress,) = kept.ProcedureStepProgressInformationSequence
        assert ("CANCELED", reason) == (kept.ProcedureStepState, progress.ReasonForCancellation)
