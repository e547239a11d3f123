"""The row of verification."""

from __future__ import annotations

from dicomkit.net.services import Operation, find_service


def test_verification_is_an_echo():
    """PS3.4 A.4: one SOP Class, one operation, mandatory on both sides."""
    service = find_service("1.2.840.10008.1.1")
    assert service is not None
    assert "verification" == service.name
    assert [(Operation.ECHO, "M", "M")] == [
        (row.operation, row.scu, row.scp) for row in service.sop_classes[0].operations
    ]
