"""Modality Performed Procedure Steps: creation, changes, ends (PS3.4 F.7)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.services.performed_step import FINAL_STATES, STATES, TRANSITIONS, check_create, check_set, updated


def step(state: str = "IN PROGRESS") -> Dataset:
    """Give a step as a modality creates it."""
    scheduled = Dataset(
        StudyInstanceUID="1.2.3",
        ReferencedStudySequence=[],
        AccessionNumber="",
        RequestedProcedureID="",
        RequestedProcedureDescription="",
        ScheduledProcedureStepID="",
        ScheduledProcedureStepDescription="",
        ScheduledProtocolCodeSequence=[],
    )
    return Dataset(
        ScheduledStepAttributesSequence=[scheduled],
        PatientName="",
        PatientID="",
        PatientBirthDate=None,
        PatientSex="",
        ReferencedPatientSequence=[],
        PerformedProcedureStepID="1",
        PerformedStationAETitle="CT",
        PerformedStationName="",
        PerformedLocation="",
        PerformedProcedureStepStartDate="20240101",
        PerformedProcedureStepStartTime="1000",
        PerformedProcedureStepStatus=state,
        PerformedProcedureStepDescription="",
        PerformedProcedureTypeDescription="",
        ProcedureCodeSequence=[],
        PerformedProcedureStepEndDate=None,
        PerformedProcedureStepEndTime=None,
        Modality="CT",
        StudyID="",
        PerformedProtocolCodeSequence=[],
        PerformedSeriesSequence=[],
    )


def series() -> Dataset:
    """Give a series as a modality reports it, without images."""
    return Dataset(
        PerformingPhysicianName="",
        ProtocolName="Head",
        OperatorsName="",
        SeriesInstanceUID="1.2.3.4",
        SeriesDescription="",
        RetrieveAETitle="",
        ReferencedImageSequence=[],
        ReferencedNonImageCompositeSOPInstanceSequence=[],
    )


def end(state: str = "COMPLETED") -> Dataset:
    """Give the changes that end a step."""
    return Dataset(
        PerformedProcedureStepStatus=state,
        PerformedProcedureStepEndDate="20240101",
        PerformedProcedureStepEndTime="1030",
        PerformedSeriesSequence=[series()],
    )


def test_a_step_is_created_in_progress():
    """PS3.4 F.7.2.1.3: any other state is 0106, with the attribute."""
    assert check_create(step()).is_success
    for state in ("COMPLETED", "DISCONTINUED", "SCHEDULED"):
        verdict = check_create(step(state))
        assert (0x0106, (0x00400252,)) == (verdict.status, verdict.attributes)


@pytest.mark.parametrize("keyword", [element.keyword for element in step()])
def test_whatever_is_missing_is_named(keyword: str):
    """Each attribute of types 1 and 2 of table F.7.2-1 is asked for."""
    ds = step()
    tag = ds[keyword].tag
    del ds[keyword]
    verdict = check_create(ds)
    assert (0x0120, (tag,)) == (verdict.status, verdict.attributes)


@pytest.mark.parametrize("keyword", [element.keyword for element in step().ScheduledStepAttributesSequence[0]])
def test_whatever_is_missing_of_the_scheduled_step_is_named(keyword: str):
    """Items of Scheduled Step Attributes Sequence have their own types."""
    ds = step()
    tag = ds.ScheduledStepAttributesSequence[0][keyword].tag
    del ds.ScheduledStepAttributesSequence[0][keyword]
    assert (0x0120, (tag,)) == (check_create(ds).status, check_create(ds).attributes)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("wanted", [None, *STATES])
def test_each_transition_is_answered(state: str, wanted: str | None):
    """PS3.4 F.7.2.2.3: only a step IN PROGRESS changes; another is 0110 with Error ID A710."""
    changes = Dataset(PerformedProcedureStepDescription="Head") if wanted is None else end(wanted)

    verdict = check_set(step(state), changes)

    if state == "IN PROGRESS":
        assert verdict.is_success
    else:
        assert (0x0110, 0xA710) == (verdict.status, verdict.error_id)
        assert "Performed Procedure Step Object may no longer be updated" == verdict.comment


def test_the_table_has_every_cell():
    """Each state, none included, meets each request; only what F.7 allows succeeds."""
    states = [None, *STATES]
    assert {(state, wanted) for state in states for wanted in states} - {(None, None)} == set(TRANSITIONS)
    allowed = {(None, "IN PROGRESS"), *[("IN PROGRESS", wanted) for wanted in states]}
    assert allowed == {key for key, verdict in TRANSITIONS.items() if verdict.is_success}


def test_a_state_that_does_not_exist_is_refused():
    """0106 with Performed Procedure Step Status."""
    verdict = check_set(step(), Dataset(PerformedProcedureStepStatus="PAUSED"))
    assert (0x0106, (0x00400252,)) == (verdict.status, verdict.attributes)


@pytest.mark.parametrize(
    "keyword", ["PerformedProcedureStepEndDate", "PerformedProcedureStepEndTime", "PerformedSeriesSequence"]
)
@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_a_step_that_ends_has_its_final_attributes(keyword: str, state: str):
    """Column "final" of table F.7.2-1: what was created empty must have come by now."""
    changes = end(state)
    tag = changes[keyword].tag
    del changes[keyword]
    verdict = check_set(step(), changes)
    assert (0x0121, (tag,)) == (verdict.status, verdict.attributes)
    assert check_set(updated(step(), Dataset({keyword: end()[keyword].value})), changes).is_success


@pytest.mark.parametrize("keyword", ["ProtocolName", "SeriesInstanceUID", "ReferencedImageSequence"])
def test_a_series_is_whole(keyword: str):
    """Items of Performed Series Sequence in N-SET have types 1/1 and 2/2."""
    changes = end()
    tag = changes.PerformedSeriesSequence[0][keyword].tag
    del changes.PerformedSeriesSequence[0][keyword]
    assert (0x0120, (tag,)) == (check_set(step(), changes).status, check_set(step(), changes).attributes)


@pytest.mark.parametrize("keyword", ["PatientName", "PatientID", "Modality", "StudyID", "PerformedStationAETitle"])
def test_what_may_not_be_set_is_refused(keyword: str):
    """What is "not allowed" in the column N-SET."""
    verdict = check_set(step(), Dataset({keyword: "X"}))
    assert 0x0106 == verdict.status
    assert keyword in verdict.comment


def test_changes_replace_values_and_whole_sequences():
    """PS3.4 F.7.2.2.2: all items come again; the character set is not one of the values."""
    first = updated(step(), end())
    changes = Dataset(SpecificCharacterSet="ISO_IR 192", PerformedSeriesSequence=[series(), series()])
    second = updated(first, changes)
    assert 2 == len(second.PerformedSeriesSequence)
    assert 1 == len(first.PerformedSeriesSequence)
    assert "SpecificCharacterSet" not in second
    assert "20240101" == second.PerformedProcedureStepEndDate
