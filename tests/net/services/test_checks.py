"""Requests against tables: which status, with which attributes."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.dimse.status import Status
from dicomkit.net.services import SERVICES, AttributeTable, Service, SopClass, Verdict, check, check_request

TABLE = AttributeTable.parse(
    "somewhere",
    "create",
    """
    PatientID 1/1
    PatientName 2/2
    AccessionNumber 1C/1
    StudyID 3/1
    Modality x/x
    StudyDescription 0/2
    ReferencedStudySequence 1/1
    >ReferencedSOPClassUID 1/1
    >ReferencedSOPInstanceUID 2/1
    """,
)


def good() -> Dataset:
    """Give a data set that the table has nothing against."""
    item = Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="")
    return Dataset(PatientID="1", PatientName="", StudyDescription="", ReferencedStudySequence=[item])


def test_what_keeps_the_types_succeeds():
    """Type 1 with a value, type 2 present, type 3 and conditions absent, sequences with their items."""
    verdict = check(TABLE, "create", good())
    assert verdict.is_success
    assert Verdict(0) == verdict


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName", "StudyDescription", "ReferencedStudySequence"])
def test_what_is_missing_is_0120(keyword: str):
    """Types 1 and 2 must be present (PS3.7 C.5.7)."""
    ds = good()
    tag = ds[keyword].tag
    del ds[keyword]
    verdict = check(TABLE, "create", ds)
    assert (Status(0x0120), (tag,)) == (verdict.status, verdict.attributes)
    assert f"missing: {keyword}" == verdict.comment


@pytest.mark.parametrize(
    ("keyword", "value"), [("PatientID", ""), ("AccessionNumber", ""), ("ReferencedStudySequence", [])]
)
def test_what_has_no_value_is_0121(keyword: str, value: object):
    """Types 1 and 1C must have a value where they are (PS3.7 C.5.8)."""
    ds = good()
    ds[keyword] = value
    verdict = check(TABLE, "create", ds)
    assert (0x0121, (ds[keyword].tag,)) == (verdict.status, verdict.attributes)


@pytest.mark.parametrize(("keyword", "value"), [("Modality", "CT"), ("StudyDescription", "x")])
def test_what_is_not_allowed_is_0106(keyword: str, value: str):
    """An attribute that may not come, or may only come empty."""
    ds = good()
    ds[keyword] = value
    verdict = check(TABLE, "create", ds)
    assert (0x0106, (ds[keyword].tag,)) == (verdict.status, verdict.attributes)


def test_items_are_checked():
    """Each item of a sequence has its own types; the tag inside is named."""
    ds = good()
    ds.ReferencedStudySequence.append(Dataset(ReferencedSOPClassUID="1.2"))
    verdict = check(TABLE, "create", ds)
    assert (0x0120, (0x00081155,)) == (verdict.status, verdict.attributes)


def test_the_part_of_the_provider_counts_in_answers():
    """What follows the slash: StudyID is 3 for the user and 1 for the provider."""
    verdict = check(TABLE, "create", good(), of_provider=True)
    assert (0x0120, (0x00080050, 0x00200010)) == (verdict.status, verdict.attributes)


def test_an_error_comment_is_no_longer_than_lo():
    """PS3.7 C.1: Error Comment has VR LO, 64 characters."""
    assert 64 == len(check(SERVICES.sop_class("1.2.840.10008.3.1.2.3.3").attributes, "create", Dataset()).comment)


def test_a_row_says_what_it_has():
    """0211 without the operation, 0123 and 0113 without the action or event; a user's row without lists takes all."""
    commitment = SERVICES.sop_class("1.2.840.10008.1.20.1")
    row = SopClass("1.2.3", "Mine", "ours", "n-action M/M, n-create M/M")
    assert 0x0211 == check_request(commitment, "n-create", None).status
    assert 0x0123 == check_request(commitment, "n-action", None, 7).status
    assert 0x0113 == check_request(commitment, "n-event-report", None, 3).status
    assert 0x0120 == check_request(commitment, "n-action", None, 1).status
    assert check_request(row, "n-action", None, 7).is_success
    assert check_request(row, "n-create", Dataset()).is_success
    assert Service("mine", "Mine", "ours", [row]).status_rows("n-action")


ROWS = [row for service in SERVICES for row in service.sop_classes if row.attributes is not None]
MANDATORY = [
    pytest.param(row, operation, attribute, id=f"{row.keyword} {operation} {attribute.keyword}")
    for row in ROWS
    for operation, column in (("n-create", "create"), ("n-set", "set"))
    if row.support(operation) and column in row.attributes.columns
    for attribute in row.attributes
    if attribute.cells[row.attributes.column(column)].partition("/")[0] in ("1", "2", "M", "0")
]


@pytest.mark.parametrize(("row", "operation", "attribute"), MANDATORY)
def test_each_mandatory_attribute_is_missed(row: SopClass, operation: str, attribute):
    """In each service's N-CREATE and N-SET, an attribute that must come and does not is named with 0120."""
    verdict = check_request(row, operation, Dataset())
    assert 0x0120 == verdict.status
    assert attribute.tag in verdict.attributes


EXCHANGES = [
    pytest.param(row, operation, exchange, id=f"{row.keyword} {operation} {exchange.name}")
    for service in SERVICES
    for row in service.sop_classes
    for operation, exchanges in (("n-action", row.actions), ("n-event-report", row.events))
    for exchange in exchanges
]


@pytest.mark.parametrize(("row", "operation", "exchange"), EXCHANGES)
def test_each_action_and_event_misses_its_attributes(row: SopClass, operation: str, exchange):
    """Information without its mandatory attributes is answered with 0120 and their tags."""
    part = 2 if operation == "n-event-report" else 0
    wanted = {one.tag for one in exchange.information if one.cells[0].partition("/")[part] in ("1", "2", "M")}
    verdict = check_request(row, operation, Dataset(), exchange.number)
    assert (0x0120 if wanted else 0) == verdict.status
    assert wanted == set(verdict.attributes)
