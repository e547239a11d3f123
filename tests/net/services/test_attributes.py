"""Tables of attributes as text."""

from __future__ import annotations

import pytest

from dicomkit.net.services import Attribute, AttributeTable

TABLE = AttributeTable.parse(
    "PS3.4 somewhere",
    "create set",
    """
    PatientID 1/2 -
    ScheduledStepAttributesSequence 1/1 -
    >StudyInstanceUID 1/1 -
    >ScheduledProtocolCodeSequence 2/2 3/3
    >>&code
    >RequestedProcedureID 2/2 -
    PatientName 2/2 -
    """,
    {"code": "CodeValue 1/1 1/1\nCodeMeaning 1/1 1/1"},
)


def test_the_marks_of_a_text_make_the_nesting():
    """A row belongs to the last sequence that has one mark less."""
    expected = [
        ((), "PatientID"),
        ((), "ScheduledStepAttributesSequence"),
        (("ScheduledStepAttributesSequence",), "StudyInstanceUID"),
        (("ScheduledStepAttributesSequence",), "ScheduledProtocolCodeSequence"),
        (("ScheduledStepAttributesSequence", "ScheduledProtocolCodeSequence"), "CodeValue"),
        (("ScheduledStepAttributesSequence", "ScheduledProtocolCodeSequence"), "CodeMeaning"),
        (("ScheduledStepAttributesSequence",), "RequestedProcedureID"),
        ((), "PatientName"),
    ]
    assert expected == [(path, row.keyword) for path, row in TABLE.walk()]


def test_rows_are_found_by_their_path():
    """A keyword behind the sequences it is in; None where there is no such row."""
    row = TABLE.row("ScheduledStepAttributesSequence", "ScheduledProtocolCodeSequence")
    assert row is not None
    assert ("2/2", "3/3") == row.cells
    assert 0x00400008 == row.tag
    assert 1 == TABLE.column("set")
    assert TABLE.row("PatientID", "CodeValue") is None
    assert TABLE.row() is None


def test_tables_join():
    """The rows of a second table follow those of the first."""
    more = AttributeTable("elsewhere", ("create", "set"), (Attribute("Modality", ("1/1", "-")),))
    assert ["PatientName", "Modality"] == [row.keyword for row in TABLE.joined(more)][-2:]


def test_a_row_too_deep_is_a_mistake():
    """A row two marks below the one before it has no sequence to belong to."""
    with pytest.raises(AssertionError):
        AttributeTable.parse("x", "key", "PatientID R\n>>CodeValue R")
