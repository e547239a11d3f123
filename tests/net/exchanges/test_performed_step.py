"""A step from worklist item to its end, held against the provider's checks (PS3.4 F.7)."""

from __future__ import annotations

from datetime import datetime

import pytest

from dicomkit import Dataset
from dicomkit.errors import DimseStatusError
from dicomkit.net import sync
from dicomkit.net.exchanges import PerformedStep, begin_step, performed_series, step_begun, step_ended
from dicomkit.net.providers import PerformedSteps
from dicomkit.net.services.performed_step import check_create, check_set, updated

MPPS = "1.2.840.10008.3.1.2.3.3"
MOMENT = datetime(2024, 1, 2, 3, 4, 5)


def item() -> Dataset:
    """Give a worklist item."""
    code = Dataset(CodeValue="P1", CodingSchemeDesignator="99X", CodeMeaning="Head")
    scheduled = Dataset(
        Modality="CT", ScheduledProcedureStepID="SPS1", ScheduledProcedureStepDescription="Head CT",
        ScheduledProtocolCodeSequence=[code],
    )  # fmt: skip
    return Dataset(
        PatientName="Doe^Jane", PatientID="1", PatientBirthDate="19700101", PatientSex="F", AccessionNumber="A1",
        StudyInstanceUID="1.2.7", RequestedProcedureID="RP1", RequestedProcedureDescription="Head",
        RequestedProcedureCodeSequence=[code], ScheduledProcedureStepSequence=[scheduled],
    )  # fmt: skip


def instances() -> list[Dataset]:
    """Give two series, one of them with what is no image."""
    return [
        Dataset(SOPClassUID="1.2", SOPInstanceUID="1.3", SeriesInstanceUID="1.9", Rows=1, ProtocolName="Head"),
        Dataset(SOPClassUID="1.2", SOPInstanceUID="1.4", SeriesInstanceUID="1.9", Rows=1),
        Dataset(SOPClassUID="1.5", SOPInstanceUID="1.6", SeriesInstanceUID="1.10"),
    ]


def test_a_step_is_begun_from_a_worklist_item() -> None:
    """The order and the patient are those of the item, and nothing is missing (PS3.4 Table F.7.2-1)."""
    step = step_begun(item(), station_ae_title="CT1", began=MOMENT)
    assert check_create(step).is_success
    (order,) = step.ScheduledStepAttributesSequence
    assert ("1.2.7", "A1", "RP1", "SPS1", "Head CT") == (
        order.StudyInstanceUID, order.AccessionNumber, order.RequestedProcedureID, order.ScheduledProcedureStepID,
        order.ScheduledProcedureStepDescription,
    )  # fmt: skip
    assert ("P1", "Doe^Jane", "CT", "SPS1", "20240102", "030405") == (
        order.ScheduledProtocolCodeSequence[0].CodeValue, step.PatientName, step.Modality,
        step.PerformedProcedureStepID, step.PerformedProcedureStepStartDate, step.PerformedProcedureStepStartTime,
    )  # fmt: skip


def test_a_step_is_begun_for_who_was_not_scheduled() -> None:
    """With a Study Instance UID of its own; what is not known is there without a value."""
    step = step_begun(Dataset(PatientID="1"), station_ae_title="CT1", modality="CT", began=MOMENT)
    assert check_create(step).is_success
    assert step.ScheduledStepAttributesSequence[0].StudyInstanceUID.is_valid
    assert "20240102030405" == step.PerformedProcedureStepID


def test_series_have_the_instances_that_were_stored() -> None:
    """Images and others apart, a series an item; names where the instances have them."""
    first, second = performed_series(instances(), protocol="Report", retrieve_ae_title="PACS")
    assert ("1.9", "Head", ["1.3", "1.4"], 0) == (
        first.SeriesInstanceUID, first.ProtocolName,
        [one.ReferencedSOPInstanceUID for one in first.ReferencedImageSequence],
        len(first.ReferencedNonImageCompositeSOPInstanceSequence),
    )  # fmt: skip
    assert ("1.10", "Report", 0, ["1.6"], "PACS") == (
        second.SeriesInstanceUID, second.ProtocolName, len(second.ReferencedImageSequence),
        [one.ReferencedSOPInstanceUID for one in second.ReferencedNonImageCompositeSOPInstanceSequence],
        second.RetrieveAETitle,
    )  # fmt: skip


@pytest.mark.parametrize("discontinued", [True, False])
def test_a_step_ends_with_all_that_it_needs(discontinued: bool) -> None:
    """Both final states satisfy the provider."""
    step = step_begun(item(), station_ae_title="CT1")
    changes = step_ended(performed_series(instances()), discontinued=discontinued, ended=MOMENT)
    assert check_set(step, changes).is_success
    assert "20240102" == updated(step, changes).PerformedProcedureStepEndDate


def test_a_step_goes_its_way_over_loopback() -> None:
    """Begun, completed, and then no more; another one is discontinued without instances, with a reason."""
    steps = PerformedSteps()
    with (
        sync.serve(("127.0.0.1", 0), ae_title="RIS", handlers=steps.handlers()) as server,
        sync.Association.request(server.address, called="RIS", services=[MPPS]) as association,
    ):
        step = sync.run(association, begin_step(step_begun(item(), station_ae_title="CT1")))
        sync.run(association, step.change(Dataset(PerformedProcedureStepDescription="longer")))
        sync.run(association, step.complete(instances()))
        with pytest.raises(DimseStatusError, match="no longer"):
            sync.run(association, PerformedStep(step.sop_instance_uid).complete(instances()))
        other = sync.run(association, begin_step(step_begun(item(), station_ae_title="CT1"), "1.2.3"))
        reason = Dataset(
            CodeValue="110513", CodingSchemeDesignator="DCM", CodeMeaning="Discontinued for unspecified reason"
        )
        sync.run(association, other.discontinue(reason=reason))
    kept = steps.store.get(step.sop_instance_uid)
    assert ("COMPLETED", 2, "longer") == (
        kept.PerformedProcedureStepStatus, len(kept.PerformedSeriesSequence), kept.PerformedProcedureStepDescription
    )  # fmt: skip
    kept = steps.store.get("1.2.3")
    assert ("DISCONTINUED", "110513") == (
        kept.PerformedProcedureStepStatus,
        kept.PerformedProcedureStepDiscontinuationReasonCodeSequence[0].CodeValue,
    )
