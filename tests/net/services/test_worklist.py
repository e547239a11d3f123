"""The keys of modality worklists."""

from __future__ import annotations

from dicomkit.net.services import SERVICES, WORKLIST


def test_the_required_matching_keys_are_the_standards():
    """PS3.4 table K.6-1: those marked R."""
    (level,) = WORKLIST.levels
    required = {(*path, row.keyword)[-1] for path, row in level.keys.walk() if row.cells[0] == "R"}
    assert {
        "ScheduledProcedureStepSequence",
        "ScheduledStationAETitle",
        "ScheduledProcedureStepStartDate",
        "ScheduledProcedureStepStartTime",
        "Modality",
        "ScheduledPerformingPhysicianName",
        "PatientName",
        "PatientID",
    } == required


def test_worklists_have_no_levels():
    """PS3.4 K.4.1.1.3: there is no Query/Retrieve Level."""
    assert not WORKLIST.is_hierarchical
    assert WORKLIST is SERVICES.sop_class(WORKLIST.find).model
