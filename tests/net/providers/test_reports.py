"""What a report is on the wire."""

from __future__ import annotations

from dicomkit.net.providers import Report
from dicomkit.testing.pair import Pair

PUSH, EVENT = "1.2.840.10008.5.1.4.34.6.1", "1.2.840.10008.5.1.4.34.6.4"


def test_a_report_goes_over_the_context_of_its_abstract_syntax() -> None:
    """Events of work items name the Push SOP Class in a context of the Event SOP Class (PS3.4 CC.3.1)."""
    seen = []
    ends = Pair(
        [EVENT],
        {EVENT: {"n-event-report": lambda request: None}, PUSH: {"n-create": lambda request: None}},
        requestor_handlers={EVENT: {"n-event-report": lambda r: seen.append((r.sop_class_uid, r.event_type_id))}},
    )
    report = Report(PUSH, "1.2.3", 1, None, EVENT)
    assert EVENT == report.context
    assert "1.2" == Report("1.2", "1.2.3", 1).context
    assert report.operation() is not report.operation()
    assert ends.requestor.association is not None
