"""Keys of queries on the command line, and what is found as a table."""

from __future__ import annotations

import pytest

from dicomkit.cli.query import columns_of, put_key, query_of, row_of, show
from dicomkit.cli.terminal import CommandError
from dicomkit.core.tag import Tag
from dicomkit.dataset import Dataset
from tests.cli.conftest import MakeTerminal, written


def test_keys_with_values_match_and_the_usual_ones_are_asked_for() -> None:
    """Whoever names only what must match sees what people look at first."""
    query = query_of(["PatientName=DOE*", "StudyDate=20240101-"], None)
    assert ("STUDY", "DOE*", "20240101-") == (query.QueryRetrieveLevel, query.PatientName, query.StudyDate)
    assert "" == query.StudyInstanceUID
    assert "StudyDescription" in query


def test_named_keys_are_all_that_is_asked_for() -> None:
    """A key without a value is a return key; then no usual ones are added but the unique key of the level."""
    query = query_of(["Modality", "SeriesDescription"], "SERIES")
    assert ["Modality", "QueryRetrieveLevel", "SeriesDescription", "SeriesInstanceUID"] == sorted(
        element.keyword for element in query
    )


@pytest.mark.parametrize(
    ("keys", "level"),
    [
        (["PatientID=1"], "STUDY"),
        (["SeriesNumber=3"], "SERIES"),
        (["Modality=CT"], "SERIES"),
        (["SOPInstanceUID=1.2"], "IMAGE"),
        ([], "STUDY"),
    ],
)
def test_the_level_is_that_of_the_keys(keys: list[str], level: str) -> None:
    """The lowest level that a key belongs to, and the study for whoever says nothing (PS3.4 C.6.2)."""
    assert level == query_of(keys, None).QueryRetrieveLevel


def test_keys_lie_in_sequences() -> None:
    """A dot leads into the first item of a sequence."""
    query = Dataset()
    put_key(query, "ScheduledProcedureStepSequence.Modality", "CT")
    put_key(query, "ScheduledProcedureStepSequence.ScheduledStationAETitle", None)
    (step,) = query.ScheduledProcedureStepSequence
    assert ("CT", "") == (step.Modality, step.ScheduledStationAETitle)
    assert {Tag(0x00080060), Tag(0x00400001)} == {column.path.tag for column in columns_of(query)}


@pytest.mark.parametrize(
    "name", ["Nonsense", "(0002,0010)", "ReferencedStudySequence[*].Modality", "PatientID.Modality", ""]
)
def test_what_is_no_key_is_refused(name: str) -> None:
    """A keyword that does not exist, file meta, every item at once."""
    with pytest.raises(CommandError):
        put_key(Dataset(), name, "1")


def test_a_value_that_is_none_of_its_vr_is_refused() -> None:
    """A date that is no date is not sent."""
    with pytest.raises(CommandError):
        query_of(["StudyDate=yesterday"], None)


def test_what_is_found_is_a_table(make_terminal: MakeTerminal) -> None:
    """A line of titles, a line for each match, columns as wide as they need, control characters escaped."""
    import sys

    terminal = make_terminal()
    query = Dataset(PatientID="", PatientName="")
    matches = [Dataset(PatientID=str(number), PatientName="A^\x1bB" if number else "C") for number in range(60)]
    assert 60 == show(terminal, columns_of(query), matches)
    lines = written(sys.stdout).splitlines()  # type: ignore[arg-type]  # a Stream
    assert ["PatientID  PatientName", "0          C"] == lines[:2]
    assert 61 == len(lines)
    assert "\x1b" not in "".join(lines)


def test_a_column_of_what_is_not_there_is_empty() -> None:
    """A peer may leave out what it was asked for."""
    query = Dataset(PatientID="", PatientName="")
    assert ("", "X") == row_of(Dataset(PatientName="X"), columns_of(query))
