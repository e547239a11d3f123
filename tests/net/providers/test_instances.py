"""Instances in memory."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.errors import LimitExceededError
from dicomkit.net.providers import MemoryStore
from dicomkit.net.providers.instances import is_uid


def test_instances_are_kept_changed_and_forgotten() -> None:
    """What `change` returns is kept, None leaves all as it is."""
    store = MemoryStore()
    store.update("1", lambda existing: Dataset(PatientID="A") if existing is None else None)
    store.update("1", lambda existing: None)
    assert ("A", 1) == (store.get("1").PatientID, len(store))
    store.update("1", lambda existing: Dataset(PatientID=existing.PatientID + "B"))
    assert ["AB"] == [one.PatientID for one in store]
    store.delete("1")
    store.delete("1")
    assert (None, 0) == (store.get("1"), len(store))


def test_there_is_an_end_to_them() -> None:
    """Beyond the bound new ones are refused, old ones can still be changed."""
    store = MemoryStore([("1", Dataset())], most=1)
    with pytest.raises(LimitExceededError):
        store.update("2", lambda _: Dataset())
    store.update("1", lambda _: Dataset(PatientID="A"))
    assert "A" == store.get("1").PatientID


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.2.3", True), ("1.02", True), ("", False), ("x", False), ("1.a.2", False), ("1" * 65, False)],
)
def test_what_can_be_kept_as_a_uid(text: str, expected: bool) -> None:
    """Peers that write leading zeros are lived with, letters are not."""
    assert expected == is_uid(text)
