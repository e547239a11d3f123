"""What a trace shows: PDUs and command sets, and nothing of data sets."""

from __future__ import annotations

from dicomkit.net.dispatch import Trace
from dicomkit.net.operations import StoreOperation
from dicomkit.net.storage.opening import opener
from dicomkit.testing.pair import Pair
from tests.net.instances import SECONDARY_CAPTURE, file


def test_both_directions_are_told_and_patients_are_not():
    """Requests are seen going, responses coming, each with its command; no value of the data set is there."""
    lines: list[str] = []
    pair = Pair([SECONDARY_CAPTURE], {"store": lambda request: None})
    pair.requestor.trace = Trace(lines.append)
    pair.run(StoreOperation([file("1.2.3")], opener()))
    pair.release()
    text = "\n".join(lines)
    assert "Command(C-STORE-RQ" in text
    assert "Command(C-STORE-RSP" in text
    assert "P-1" not in text
    assert any(line.startswith("> ") and "release" in line.lower() for line in lines)
    assert any(line.startswith("< ") and "release" in line.lower() for line in lines)
