"""The rows of storage."""

from __future__ import annotations

from dicomkit import dictionary
from dicomkit.net.services import SERVICES, Operation


def test_each_registered_storage_class_is_stored():
    """What PS3.6 calls a storage SOP Class has a row, except the media directory, which no network carries."""
    registered = {
        entry.uid
        for entry in dictionary.uids("SOP Class")
        if "Storage" in entry.name and "Commitment" not in entry.name and "Directory" not in entry.name
    }
    listed = {row.uid for name in ("storage", "non-patient-storage") for row in SERVICES.named(name).sop_classes}
    assert registered == listed


def test_storage_is_open_and_has_a_uid():
    """PS3.4 B.3.1.3 gives the Storage Service Class a UID; that of annex GG has none."""
    storage, other = SERVICES.named("storage"), SERVICES.named("non-patient-storage")
    assert (True, "1.2.840.10008.4.2") == (storage.is_open, storage.uid)
    assert (False, None) == (other.is_open, other.uid)
    assert (Operation.STORE,) == storage.operations == other.operations
