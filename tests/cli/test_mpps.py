"""`dicomkit mpps` against a server of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.net import sync
from dicomkit.net.providers import PerformedSteps
from tests.cli.conftest import Run
from tests.corpora import real_file

ITEM = {
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Müller^Jane"}]},
    "00100020": {"vr": "LO", "Value": ["1"]},
    "00400100": {"vr": "SQ", "Value": [{"00080060": {"vr": "CS", "Value": ["CT"]}}]},
}


@pytest.fixture
def steps() -> PerformedSteps:
    """Give a provider."""
    return PerformedSteps()


@pytest.fixture
def ris(steps: PerformedSteps) -> Iterator[tuple[str, int]]:
    """Run its server, and give where it is."""
    with sync.serve(("127.0.0.1", 0), ae_title="ANY-SCP", handlers=steps.handlers()) as server:
        yield server.address


def test_a_step_is_begun_completed_and_shown(
    run: Run, ris: tuple[str, int], steps: PerformedSteps, tmp_path: Path, corpus: object
) -> None:
    """From a worklist item to the series that were made; afterwards the peer refuses more, with status 1."""
    item = tmp_path / "item.json"
    item.write_text(json.dumps(ITEM), encoding="utf-8")
    begun = run("mpps", *ris, "begin", "AccessionNumber=A1", "--item", item, "--station", "CT1", "--json")
    assert (0, "IN PROGRESS") == (begun.status, begun.json["state"])
    uid = begun.json["sop_instance_uid"]
    step = steps.store.get(uid)
    assert ("Müller^Jane", "CT", "CT1", "A1") == (
        step.PatientName, step.Modality, step.PerformedStationAETitle,
        step.ScheduledStepAttributesSequence[0].AccessionNumber,
    )  # fmt: skip
    done = run("mpps", *ris, "complete", uid, real_file("CT_small.dcm"), "--protocol", "Head", "--retrieve-ae", "PACS")
    assert (0, f"{uid} COMPLETED\n") == (done.status, done.out)
    (series,) = steps.store.get(uid).PerformedSeriesSequence
    assert ("PACS", 1) == (series.RetrieveAETitle, len(series.ReferencedImageSequence))
    shown = run("mpps", *ris, "get", uid, "--json")
    assert (0, ["COMPLETED"]) == (shown.status, shown.json["00400252"]["Value"])
    assert "COMPLETED" in run("mpps", *ris, "get", uid).out
    again = run("mpps", *ris, "discontinue", uid)
    assert (1, True) == (again.status, "0110" in again.out and "no longer" in again.out)
    assert {"status": 0x0110} == {"status": run("mpps", *ris, "discontinue", uid, "--json").json["status"]}


def test_a_step_is_discontinued(run: Run, ris: tuple[str, int], steps: PerformedSteps) -> None:
    """Without any files, for somebody who was not scheduled."""
    assert 0 == run("mpps", *ris, "begin", "PatientID=1", "--modality", "MR", "--uid", "1.2.3").status
    assert 0 == run("mpps", *ris, "discontinue", "1.2.3").status
    step = steps.store.get("1.2.3")
    assert ("DISCONTINUED", "MR") == (step.PerformedProcedureStepStatus, step.Modality)


@pytest.mark.parametrize(
    "arguments", [["complete"], ["complete", "1.2.3"], ["get"], ["begin", "PatientID"], ["pause", "1.2.3"]]
)
def test_what_makes_no_sense_is_one_line(run: Run, arguments: list[str]) -> None:
    """Nothing is sent for it."""
    result = run("mpps", "127.0.0.1", 1, *arguments)
    assert (2, 1) == (result.status, len(result.err.splitlines()))
