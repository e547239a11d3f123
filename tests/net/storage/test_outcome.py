"""Outcomes of a C-STORE."""

from __future__ import annotations

import pickle

import pytest

from dicomkit.net.storage import Disposition, Duplicates, Stored


def test_an_outcome_is_a_value():
    """It is immutable, equal by its fields, and goes to other processes."""
    stored = Stored(0, "/x", Disposition.NEW, "", "1.2", "1.3", "1.4", 5)
    assert stored == pickle.loads(pickle.dumps(stored))
    assert stored != Stored()
    with pytest.raises(AttributeError, match="immutable"):
        stored.status = 1


@pytest.mark.parametrize(("status", "is_stored"), [(0, True), (0xB000, False), (0xA700, False), (0x0117, False)])
def test_only_success_is_stored(status: int, is_stored: bool):
    """A warning says that something else is kept, a failure that nothing is."""
    assert is_stored == Stored(status).is_stored


def test_policies_are_named_by_text():
    """Options and the command line name a policy as people write it."""
    assert Duplicates.KEEP_BOTH == Duplicates("keep-both")
    with pytest.raises(ValueError, match="overwrite"):
        Duplicates("overwrite")
