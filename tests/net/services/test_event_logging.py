"""Application event logging."""

from __future__ import annotations

from dicomkit.net.services import check_request
from dicomkit.net.services.event_logging import EVENT_LOGGING


def test_each_log_takes_its_one_action():
    """PS3.4 P.2 and P.3: action type 1 of a well-known instance."""
    for row in EVENT_LOGGING.sop_classes:
        assert [1] == [action.number for action in row.actions]
        assert row.instance == f"{row.uid}.1"
        assert 0x0123 == check_request(row, "n-action", None, 2).status
