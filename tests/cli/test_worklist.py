"""`dicomkit worklist` against a server of ours."""

from __future__ import annotations

from pathlib import Path

from dicomkit.dataset import Dataset
from dicomkit.net import sync
from tests.cli.conftest import Run


def test_worklist_asks_for_the_step(run: Run, tmp_path: Path) -> None:
    """What the options say stands in the item of the scheduled procedure step (PS3.4 Table K.6-1)."""
    asked: list[Dataset] = []

    def find(request: object) -> list[Dataset]:
        asked.append(request.dataset)  # type: ignore[attr-defined]  # a Request
        step = Dataset(Modality="CT", ScheduledProcedureStepStartDate="20241231", ScheduledStationAETitle="CT1")
        return [Dataset(PatientID="1", PatientName="A^B", ScheduledProcedureStepSequence=[step])]

    with sync.serve(("127.0.0.1", 0), ae_title="RIS", handlers={"worklist": find}) as server:
        result = run(
            *("worklist", *server.address, "--called", "RIS", "--modality", "CT", "--date", "20241231-"),
            *("--patient", "A*"),
        )
    (query,) = asked
    (step,) = query.ScheduledProcedureStepSequence
    assert ("CT", "20241231-", "A*") == (step.Modality, step.ScheduledProcedureStepStartDate, query.PatientName)
    assert (0, True) == (result.status, "20241231" in result.out)
