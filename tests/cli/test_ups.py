"""`dicomkit ups` against a server of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from dicomkit.net import sync
from dicomkit.net.exchanges import claim_work_item, create_work_item, work_item
from dicomkit.net.providers import WorkItems
from tests.cli.conftest import Run
from tests.interop.peers import free_port

PUSH, PULL = "1.2.840.10008.5.1.4.34.6.1", "1.2.840.10008.5.1.4.34.6.3"


@pytest.fixture
def places() -> dict[str, tuple[str, int]]:
    """Give where titles are."""
    return {}


@pytest.fixture
def items(places: dict[str, tuple[str, int]]) -> Iterator[WorkItems]:
    """Give a provider."""
    with sync.Reporter(places) as reporter:
        yield WorkItems(deliver=reporter)


@pytest.fixture
def manager(items: WorkItems) -> Iterator[tuple[str, int]]:
    """Run its server, and give where it is."""
    with sync.serve(("127.0.0.1", 0), ae_title="ANY-SCP", handlers=items.handlers()) as server:
        yield server.address


def test_an_item_goes_its_way(run: Run, manager: tuple[str, int], items: WorkItems) -> None:
    """Created, found, claimed, worked on, completed; what somebody else wants of it is refused with status 1."""
    made = run("ups", *manager, "create", "--label", "Read", "PatientID=1", "--json")
    assert (0, "SCHEDULED") == (made.status, made.json["state"])
    uid = made.json["sop_instance_uid"]
    found = run("ups", *manager, "find", "ProcedureStepState=SCHEDULED")
    assert (0, True) == (found.status, uid in found.out)
    assert 1 == run("ups", *manager, "find", "ProcedureStepState=COMPLETED").status
    claimed = run("ups", *manager, "claim", uid, "--json")
    assert (0, "IN PROGRESS") == (claimed.status, claimed.json["state"])
    mine = ("--transaction", claimed.json["transaction"])
    refused = run("ups", *manager, "claim", uid)
    assert (1, True) == (refused.status, "C301" in refused.out)
    assert 0 == run("ups", *manager, "progress", uid, "50", "half", *mine).status
    assert "50" == items.store.get(uid).ProcedureStepProgressInformationSequence[0].ProcedureStepProgress.original_text
    done = run("ups", *manager, "complete", uid, *mine, "--at", "S^99X^Desk", "--performed", "W^99X^Work", "--json")
    assert (0, "COMPLETED") == (done.status, done.json["state"])
    shown = run("ups", *manager, "get", uid, "--json")
    assert (0, ["COMPLETED"]) == (shown.status, shown.json["00741000"]["Value"])


def test_items_are_cancelled(run: Run, manager: tuple[str, int], items: WorkItems) -> None:
    """By the performer, and on request."""
    for action in ("cancel", "request-cancel"):
        uid = run("ups", *manager, "create", "--json", "PatientID=1").json["sop_instance_uid"]
        more: tuple[str, ...] = ()
        if action == "cancel":
            more = ("--transaction", run("ups", *manager, "claim", uid, "--json").json["transaction"])
        assert 0 == run("ups", *manager, action, uid, "--reason", "ill", *more).status
        assert "CANCELED" == items.store.get(uid).ProcedureStepState


def test_events_are_watched(run: Run, manager: tuple[str, int], places: dict[str, tuple[str, int]]) -> None:
    """They come to a server of the command's, one line for each; others can be subscribed too."""
    port = free_port()
    places["WATCHER"] = places["OTHER"] = ("127.0.0.1", port)

    def work() -> None:
        with sync.Association.request(manager, services=[PUSH, PULL]) as association:
            uid = sync.run(association, create_work_item(work_item("Read", PatientID="1"), "1.2.3"))
            sync.run(association, claim_work_item(uid))

    assert 0 == run("ups", *manager, "subscribe", "--receiver", "OTHER").status
    assert 0 == run("ups", *manager, "unsubscribe", "--receiver", "OTHER").status
    timer = threading.Timer(1.0, work)
    timer.start()
    watched = run(
        *("ups", *manager, "watch", "--calling", "WATCHER", "--receive-port", port, "--receive-host", "127.0.0.1"),
        *("--count", 2, "--lock", "--json"),
    )
    timer.join()
    assert 0 == watched.status, watched.err
    assert [("1.2.3", "UPS State Report")] * 2 == [(one["sop_instance_uid"], one["name"]) for one in watched.json_lines]
    assert ["SCHEDULED", "IN PROGRESS"] == [one["dataset"]["00741000"]["Value"][0] for one in watched.json_lines]


def test_who_is_not_known_cannot_watch(run: Run, manager: tuple[str, int]) -> None:
    """C308, status 1."""
    result = run("ups", *manager, "watch", "--receive-port", free_port(), "--receive-host", "127.0.0.1")
    assert (1, True) == (result.status, "C308" in result.out)


@pytest.mark.parametrize(
    "arguments",
    [["get"], ["progress", "1.2"], ["cancel", "1.2"], ["complete", "1.2", "--transaction", "1"],
     ["claim", "1.2", "--at", "x"]],
)  # fmt: skip
def test_what_makes_no_sense_is_one_line(run: Run, arguments: list[str]) -> None:
    """Nothing is sent for it."""
    result = run("ups", "127.0.0.1", 1, *arguments)
    assert (2, 1) == (result.status, len(result.err.splitlines()))
