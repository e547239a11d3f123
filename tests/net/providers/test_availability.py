"""Instance Availability Notification, both ends: each missing attribute has its status (PS3.4 R)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.operations import calls
from dicomkit.net.providers import Availability
from dicomkit.net.providers.availability import AVAILABILITY
from dicomkit.testing.pair import Pair

# PS3.4 Table R.3.2-1, types 1 and 2 of the first level, of a series, of an instance.
TOP = {"ReferencedPerformedProcedureStepSequence": 0x00081111, "StudyInstanceUID": 0x0020000D,
       "ReferencedSeriesSequence": 0x00081115}  # fmt: skip
SERIES = {"SeriesInstanceUID": 0x0020000E, "ReferencedSOPSequence": 0x00081199}
INSTANCE = {"ReferencedSOPClassUID": 0x00081150, "ReferencedSOPInstanceUID": 0x00081155,
            "InstanceAvailability": 0x00080056, "RetrieveAETitle": 0x00080054}  # fmt: skip


def notification(missing: str = "") -> Dataset:
    """Give a notification, without an attribute perhaps."""
    instance = Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="1.3", InstanceAvailability="ONLINE",
                       RetrieveAETitle="PACS")  # fmt: skip
    if missing in INSTANCE:
        del instance[missing]
    series = Dataset(SeriesInstanceUID="1.4", ReferencedSOPSequence=[instance])
    if missing in SERIES:
        del series[missing]
    ds = Dataset(ReferencedPerformedProcedureStepSequence=[], StudyInstanceUID="1.5", ReferencedSeriesSequence=[series])
    if missing in TOP:
        del ds[missing]
    return ds


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize(("keyword", "tag"), [*TOP.items(), *SERIES.items(), *INSTANCE.items()])
def test_each_attribute_that_is_missing_is_named(keyword: str, tag: int, checked: bool) -> None:
    """0120 with the attribute."""
    ends = Pair([AVAILABILITY], Availability().handlers(), check_requests=checked)
    (reply,) = ends.run(calls.n_create(AVAILABILITY, notification(keyword), "1.2.3"))
    assert (0x0120, (tag,)) == (reply.status, reply.command.attribute_list)


def test_a_notification_comes_once() -> None:
    """Success and a call; 0111 the second time; 0105 for what names a patient (PS3.4 R.3.2.1.2)."""
    told: list[tuple[str, str]] = []
    provider = Availability(lambda uid, ds: told.append((uid, ds.StudyInstanceUID)))
    ends = Pair([AVAILABILITY], provider.handlers(), check_requests=True)
    answers = [ends.run(calls.n_create(AVAILABILITY, notification(), "1.2.3"))[0].status for _ in range(2)]
    assert ([0, 0x0111], [("1.2.3", "1.5")]) == (answers, told)
    named = notification()
    named.PatientName = "A"
    (reply,) = ends.run(calls.n_create(AVAILABILITY, named, "1.2.4"))
    assert 0x0105 == reply.status
