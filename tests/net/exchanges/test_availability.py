"""Where instances can be had, told to a provider (PS3.4 R)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net import sync
from dicomkit.net.exchanges import availability_of, notify_availability
from dicomkit.net.providers import Availability
from dicomkit.net.services.availability import check_create


def instance(uid: str, series: str = "1.8", study: str = "1.9") -> Dataset:
    """Give an instance."""
    return Dataset(SOPClassUID="1.2", SOPInstanceUID=uid, SeriesInstanceUID=series, StudyInstanceUID=study)


def test_a_notification_has_all_that_it_needs() -> None:
    """Series with their instances, the steps they come from, and nothing of a patient (PS3.4 Table R.3.2-1)."""
    ds = availability_of([instance("1.3"), instance("1.4"), instance("1.5", "1.7")], "PACS", performed_steps=["1.6"])
    assert check_create(ds).is_success
    first, second = ds.ReferencedSeriesSequence
    assert (["1.3", "1.4"], ["1.5"]) == tuple(
        [one.ReferencedSOPInstanceUID for one in series.ReferencedSOPSequence] for series in (first, second)
    )
    (reference, _) = first.ReferencedSOPSequence
    assert ("ONLINE", "PACS", "1.6") == (
        reference.InstanceAvailability,
        reference.RetrieveAETitle,
        ds.ReferencedPerformedProcedureStepSequence[0].ReferencedSOPInstanceUID,
    )


@pytest.mark.parametrize("instances", [[], [instance("1.3"), instance("1.4", study="1.10")]])
def test_a_notification_is_about_one_study(instances: list[Dataset]) -> None:
    """Neither none nor two."""
    with pytest.raises(ValueError, match="one study"):
        availability_of(instances, "PACS")


def test_a_notification_arrives() -> None:
    """Over loopback, under the UID that the sender hears of."""
    told: list[str] = []
    provider = Availability(lambda uid, ds: told.append(uid))
    with (
        sync.serve(("127.0.0.1", 0), ae_title="RIS", handlers=provider.handlers()) as server,
        sync.Association.request(server.address, called="RIS", services=["availability"]) as association,
    ):
        uid = sync.run(association, notify_availability(availability_of([instance("1.3")], "PACS")))
    assert [uid] == told
