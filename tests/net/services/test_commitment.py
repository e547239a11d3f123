"""Storage commitment: requests and reports (PS3.4 J.3)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.services import SERVICES, check_request
from dicomkit.net.services.commitment import FAILURE_REASONS, report_of, request_of
from dicomkit.net.services.commitment import check_request as check_commitment

ROW = SERVICES.sop_class("1.2.840.10008.1.20.1")
CT = "1.2.840.10008.5.1.4.1.1.2"


def test_a_request_names_its_instances():
    """What `request_of` makes is what `check_request` takes."""
    ds = request_of("1.2.3", [(CT, "1.2.3.1"), (CT, "1.2.3.2")])
    assert check_commitment(1, ds).is_success
    assert ["1.2.3.1", "1.2.3.2"] == [item.ReferencedSOPInstanceUID for item in ds.ReferencedSOPSequence]


@pytest.mark.parametrize(
    ("ds", "expected"),
    [
        (Dataset(TransactionUID="1.2"), 0x0120),
        (Dataset(ReferencedSOPSequence=[]), 0x0120),
        (request_of("1.2.3", []), 0x0121),
        (request_of("", [(CT, "1.2.3")]), 0x0121),
        (Dataset(TransactionUID="1.2", ReferencedSOPSequence=[Dataset(ReferencedSOPClassUID=CT)]), 0x0120),
    ],
)
def test_a_request_without_its_attributes_is_refused(ds: Dataset, expected: int):
    """Table J.3.2.1.1-1: transaction, and at least one instance with its class."""
    assert expected == check_commitment(1, ds).status


def test_there_is_one_action():
    """Any other action type is 0123."""
    assert 0x0123 == check_commitment(2, request_of("1.2.3", [(CT, "1.2.3")])).status


def test_reports_say_what_failed():
    """Event 1 if all are kept, event 2 with Failed SOP Sequence otherwise; both pass the table of the provider."""
    event, ds = report_of("1.2.3", [(CT, "1.2.3.1")], retrieve_ae_title="ARCHIVE")
    assert (1, "ARCHIVE") == (event, ds.RetrieveAETitle)
    assert check_request(ROW, "n-event-report", ds, event).is_success
    assert "FailedSOPSequence" not in ds

    event, ds = report_of("1.2.3", [(CT, "1.2.3.1")], [(CT, "1.2.3.2", 0x0112)])
    assert 2 == event
    assert check_request(ROW, "n-event-report", ds, event).is_success
    assert 0x0112 == ds.FailedSOPSequence[0].FailureReason

    event, ds = report_of("1.2.3", [], [(CT, "1.2.3.2", 0x0110)])
    assert 2 == event
    assert "ReferencedSOPSequence" not in ds


def test_failure_reasons_are_the_standards():
    """PS3.3 C.14.1.1: the six values of Failure Reason."""
    assert {0x0110, 0x0112, 0x0213, 0x0122, 0x0119, 0x0131} == set(FAILURE_REASONS)
