"""Reports over associations of their own."""

from __future__ import annotations

import threading
from collections import deque

from dicomkit import Dataset
from dicomkit.net import sync
from dicomkit.net.options import AssociationOptions, ServerOptions
from dicomkit.net.providers import Report

ADDRESS = ("127.0.0.1", 0)
COMMITMENT, INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"


def report(number: int) -> Report:
    """Give a report."""
    return Report(COMMITMENT, INSTANCE, 1, Dataset(TransactionUID=f"1.{number}"))


def test_reports_arrive_in_their_order() -> None:
    """However many threads there are, those for one title come one behind the other."""
    seen: list[str] = []
    with sync.serve(
        ADDRESS, ae_title="A", handlers={"n-event-report": lambda request: seen.append(request.dataset.TransactionUID)},
        options=ServerOptions(check_requests=False),
    ) as server, sync.Reporter({"A": server.address}) as reporter:  # fmt: skip
        for number in range(20):
            reporter("A", report(number))
    assert [f"1.{number}" for number in range(20)] == seen


def test_who_cannot_be_reached_costs_nobody_else() -> None:
    """Unknown and unreachable titles are given up after their attempts, and counted."""
    options = AssociationOptions(connect_seconds=1.0)
    arrived = threading.Event()
    with sync.serve(
        ADDRESS,
        ae_title="A",
        handlers={"n-event-report": lambda request: arrived.set()},
        options=ServerOptions(check_requests=False),
    ) as server:
        reporter = sync.Reporter(
            {"A": server.address, "GONE": ("127.0.0.1", 1)}, options=options, attempts=2, pause_seconds=0.01
        )
        reporter("GONE", report(1))
        reporter("NOBODY", report(2))
        reporter("A", report(3))
        assert arrived.wait(10.0)
        assert reporter.close()
    assert (2, True, False) == (reporter.dropped, reporter.knows("GONE"), reporter.knows("NOBODY"))


def test_a_title_has_so_many_reports_and_no_more() -> None:
    """What exceeds the bound is dropped."""
    reporter = sync.Reporter({"GONE": ("127.0.0.1", 1)}, most=1, attempts=1, pause_seconds=0.01)
    reporter._waiting["GONE"] = deque([report(0)])
    reporter("GONE", report(1))
    assert 1 == reporter.dropped
