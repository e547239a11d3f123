"""What is counted and logged: no patient, no text of other people's errors."""

from __future__ import annotations

import logging

import pytest

from dicomkit.errors import NetworkError
from dicomkit.net.observation import Observer


def test_events_are_counted_and_told():
    """Each event counts, one with a status once more with it, and the callback hears of it."""
    told = []
    observer = Observer(lambda number, event, **fields: told.append((number, event, fields)))
    note = observer.of(7)
    note("performed", operation="store", status="A700")
    note("released")
    assert {"performed": 1, "performed store A700": 1, "released": 1} == dict(observer.counters)
    assert [(7, "performed", {"operation": "store", "status": "A700"}), (7, "released", {})] == told


def test_a_line_has_the_number_and_the_fields(caplog: pytest.LogCaptureFixture):
    """The record has the event and its fields apart, for logs that are machines' to read."""
    caplog.set_level(logging.INFO, "dicomkit.net")
    Observer().of(3)("rejected", result=1, source=1, reason=7)
    (record,) = caplog.records
    assert "association 3 rejected result=1 source=1 reason=7" == record.getMessage()
    assert (3, "rejected", "7") == (record.association, record.event, record.dicom_reason)


def test_what_a_handler_raised_is_shown_to_nobody_but_debug(caplog: pytest.LogCaptureFixture):
    """Of an error that is none of the network's, INFO and above have the kind alone."""
    caplog.set_level(logging.INFO, "dicomkit.net")
    Observer().of(1)("handler failed", operation="store", error=ValueError("Doe^John"))
    Observer().of(1)("failed", error=NetworkError("reset"))
    text = caplog.text
    assert "Doe" not in text
    assert "ValueError" in text
    assert "NetworkError: reset" in text


def test_a_peer_cannot_forge_lines(caplog: pytest.LogCaptureFixture):
    """Control characters are escaped."""
    caplog.set_level(logging.INFO, "dicomkit.net")
    Observer().of(1)("established", calling="A\nassociation 2 released")
    assert "\n" not in caplog.records[0].getMessage()
