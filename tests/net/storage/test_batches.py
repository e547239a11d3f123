"""Instances grouped by what they need."""

from __future__ import annotations

from pathlib import Path

from dicomkit.net.storage.batches import batches
from tests.net.instances import SECONDARY_CAPTURE, file


def test_one_association_for_what_it_can_hold(tmp_path: Path):
    """Files, bytes and what cannot be read are one batch, in their order."""
    path = tmp_path / "1.dcm"
    path.write_bytes(file("1.2.1"))
    absent = tmp_path / "absent"
    (batch,) = batches([path, absent, file("1.2.2")])
    assert (path, file("1.2.2")) == batch.items
    assert [absent] == [result.source for result in batch.failed]
    assert [SECONDARY_CAPTURE] == [abstract for abstract, _ in batch.proposal.contexts]


def test_more_classes_than_contexts_are_several_associations():
    """130 SOP Classes need two associations; no instance is lost or sent twice."""
    classes = [f"1.2.840.10008.9.{number}" for number in range(100_000_000, 100_000_130)]  # of the same length
    made = [file("1.2.1").replace(SECONDARY_CAPTURE.encode(), uid.encode()) for uid in classes]
    found = batches(made)
    assert 2 == len(found)
    assert made == [item for batch in found for item in batch.items]


def test_nothing_needs_no_association():
    """Without instances there is one empty batch."""
    ((failed, items, proposal),) = batches([])
    assert ((), (), ()) == (failed, items, proposal.contexts)
