"""A worklist, both ends."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.errors import DimseStatusError
from dicomkit.net.operations import calls
from dicomkit.net.providers import Worklist
from dicomkit.net.services import WORKLIST, MatchingOptions
from dicomkit.testing.pair import Pair


def entry(name: str, modality: str, day: str) -> Dataset:
    """Give a scheduled step with its patient."""
    step = Dataset(
        Modality=modality, ScheduledProcedureStepStartDate=day, ScheduledProcedureStepStartTime="0930",
        ScheduledStationAETitle="CT1",
    )  # fmt: skip
    return Dataset(PatientName=name, PatientID="1", ScheduledProcedureStepSequence=[step])


ENTRIES = [entry("Doe^Jane", "CT", "20240105"), entry("Roe^Max", "MR", "20240105"), entry("Doe^Jim", "CT", "20240109")]


def query(**step: str) -> Dataset:
    """Give a query by keys of the step."""
    return Dataset(PatientName="", AccessionNumber="", ScheduledProcedureStepSequence=[Dataset(**step)])


def names(ends: Pair, identifier: Dataset) -> list[str]:
    """Ask, and give the names of patients."""
    return [str(match.PatientName) for match in ends.run(calls.find(identifier, WORKLIST))]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"Modality": "CT"}, ["Doe^Jane", "Doe^Jim"]),
        ({"ScheduledProcedureStepStartDate": "20240101-20240106", "ScheduledProcedureStepStartTime": ""},
         ["Doe^Jane", "Roe^Max"]),
        ({"ScheduledStationAETitle": "CT1", "Modality": "MR"}, ["Roe^Max"]),
        ({"ScheduledStationAETitle": "CT2"}, []),
    ],
)  # fmt: skip
def test_steps_match(keys: dict[str, str], expected: list[str]) -> None:
    """From a list, and from a function of the query (PS3.4 K.6.1)."""
    for steps in (ENTRIES, lambda identifier: iter(ENTRIES)):
        ends = Pair([WORKLIST], Worklist(steps).handlers(), check_requests=True)
        assert expected == names(ends, query(**keys))


def test_what_is_asked_for_is_answered() -> None:
    """A key without a value comes back, with a value or empty; others do not."""
    ends = Pair([WORKLIST], Worklist(ENTRIES[:1]).handlers())
    (match,) = ends.run(calls.find(query(Modality=""), WORKLIST))
    assert ("CT", None) == (match.ScheduledProcedureStepSequence[0].Modality, match.AccessionNumber or None)
    assert "PatientID" not in match


def test_a_query_beyond_its_bounds_is_refused() -> None:
    """A700, and the association lives."""
    ends = Pair([WORKLIST], Worklist(ENTRIES, MatchingOptions(keys=2)).handlers())
    with pytest.raises(DimseStatusError) as refused:
        names(ends, query(Modality="CT"))
    assert 0xA700 == refused.value.status
    assert ends.requestor.error is None
