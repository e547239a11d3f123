"""Instance availability notifications (PS3.4 R.3)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.services.availability import check_create


def notification() -> Dataset:
    """Give a notification of one instance."""
    instance = Dataset(
        ReferencedSOPClassUID="1.2",
        ReferencedSOPInstanceUID="1.3",
        InstanceAvailability="ONLINE",
        RetrieveAETitle="ARCHIVE",
    )
    series = Dataset(SeriesInstanceUID="1.4", ReferencedSOPSequence=[instance])
    return Dataset(
        ReferencedPerformedProcedureStepSequence=[], StudyInstanceUID="1.5", ReferencedSeriesSequence=[series]
    )


def test_a_whole_notification_succeeds():
    """Table R.3.2-1."""
    assert check_create(notification()).is_success


@pytest.mark.parametrize("keyword", [element.keyword for element in notification()])
def test_whatever_is_missing_is_named(keyword: str):
    """Types 1 and 2 at the top."""
    ds = notification()
    tag = ds[keyword].tag
    del ds[keyword]
    assert (0x0120, (tag,)) == (check_create(ds).status, check_create(ds).attributes)


@pytest.mark.parametrize("keyword", ["InstanceAvailability", "RetrieveAETitle", "ReferencedSOPInstanceUID"])
def test_whatever_is_missing_of_an_instance_is_named(keyword: str):
    """Types 1 of items in items."""
    ds = notification()
    instance = ds.ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    tag = instance[keyword].tag
    del instance[keyword]
    assert (0x0120, (tag,)) == (check_create(ds).status, check_create(ds).attributes)


def test_patients_are_not_named():
    """PS3.4 R.3.2.1.2: additional attributes are forbidden."""
    ds = notification()
    ds.PatientName = "Doe"
    assert (0x0105, (0x00100010,)) == (check_create(ds).status, check_create(ds).attributes)
