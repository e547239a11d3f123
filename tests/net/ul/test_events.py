"""What an upper layer tells."""

from __future__ import annotations

from typing import get_args

import pytest

from dicomkit.net.ul import Closed, Data, Released, events


def test_each_event_is_exported():
    """The union of events is all that the module has."""
    assert {*events.__all__} - {"Event"} == {kind.__name__ for kind in get_args(events.Event)}


def test_events_are_told_apart():
    """Events without fields are equal to their like, not to each other."""
    assert Closed() == Closed()
    assert Closed() != Released()


def test_events_do_not_change():
    """An event is a fact."""
    data = Data(1, True, True, memoryview(b""))
    with pytest.raises(AttributeError):
        data.context_id = 3  # type: ignore[misc]
