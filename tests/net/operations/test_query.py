"""Finding, moving and getting as invoker, two-ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit import Dataset
from dicomkit.errors import DimseStatusError
from dicomkit.net.dimse import Status
from dicomkit.net.dispatch import Forward, Request
from dicomkit.net.operations import StoreResult, calls
from dicomkit.net.options import AssociationOptions
from dicomkit.net.services import STUDY_ROOT
from dicomkit.net.storage.targets import retrieval_target
from dicomkit.testing.pair import Pair
from tests.net.instances import SECONDARY_CAPTURE, file


def query() -> Dataset:
    """Give an identifier."""
    ds = Dataset()
    ds.QueryRetrieveLevel = "STUDY"
    ds.PatientID = "*"
    return ds


def matches(count: int) -> Iterator[Dataset]:
    """Give answers."""
    for number in range(count):
        ds = Dataset()
        ds.PatientID = str(number)
        yield ds


def test_matches_come_in_their_order():
    """Each data set that a handler yields is a match; the status at the end is Success."""
    pair = Pair([STUDY_ROOT], {"find": lambda request: matches(50)})
    operation = calls.find(query(), STUDY_ROOT)
    assert [str(number) for number in range(50)] == [match.PatientID for match in pair.run(operation)]
    assert operation.status == 0


def test_a_failure_of_find_is_raised():
    """A status of failure ends the matches with DimseStatusError, behind those that came."""

    def find(request: Request) -> Iterator[object]:
        yield from matches(2)
        yield 0xA700

    pair = Pair([STUDY_ROOT], {"find": find})
    operation = calls.find(query(), STUDY_ROOT)
    with pytest.raises(DimseStatusError, match="A700"):
        pair.run(operation)
    assert 2 == len(operation.results)


def test_cancel_stops_the_handler_within_one_message():
    """After C-CANCEL the handler yields no more than the match that was under way, and is closed."""
    yielded = 0
    closed = False

    def find(request: Request) -> Iterator[Dataset]:
        nonlocal yielded, closed
        try:
            for match in matches(1000):
                if yielded == 10:
                    operation.cancel()
                yielded += 1
                yield match
        finally:
            closed = True

    pair = Pair([STUDY_ROOT], {"find": find})
    operation = calls.find(query(), STUDY_ROOT)
    pair.run(operation)
    assert operation.is_cancelled
    assert 0xFE00 == operation.status
    assert closed
    assert yielded <= 12


def test_move_reports_each_sub_operation():
    """Each response of a C-MOVE is a step: counts go up, what failed is named, and the last says how it went."""
    results = [
        StoreResult(sop_instance_uid="1.2.1", status=Status(0)),
        StoreResult(sop_instance_uid="1.2.2", status=Status(0xA700)),
        StoreResult(sop_instance_uid="1.2.3", status=Status(0xB000)),
    ]
    asked = []

    def forward(effect: Forward) -> Iterator[StoreResult]:
        asked.append((effect.destination, effect.items, effect.originator))
        return iter(results)

    pair = Pair([STUDY_ROOT], {"move": lambda request: ["a", "b", "c"]}, forward=forward)
    steps = pair.run(calls.move(query(), "ELSEWHERE", STUDY_ROOT))
    assert [("ELSEWHERE", ["a", "b", "c"], ("REQUESTOR", 1))] == asked
    counts = [(step.remaining, step.completed, step.failed, step.warning) for step in steps]
    assert [(2, 1, 0, 0), (1, 1, 1, 0), (None, 1, 1, 1)] == counts
    assert [False, False, True] == [step.is_final for step in steps]
    assert (0xB000, ("1.2.2",)) == (steps[-1].status, steps[-1].failed_uids)


def test_an_unknown_destination_is_a_failure():
    """A title that nobody knows is A801 (PS3.4 C.4.2.1.5)."""
    pair = Pair([STUDY_ROOT], {"move": lambda request: ["a"]})
    (step,) = pair.run(calls.move(query(), "NOWHERE", STUDY_ROOT))
    assert 0xA801 == step.status
    with pytest.raises(DimseStatusError, match="A801"):
        step.raise_for_status()


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("into", [True, False])
def test_get_brings_the_instances(tmp_path: Path, into: bool, window: int):
    """Instances arrive over the same association, as files or as data sets, with a window as without."""
    found = [file(f"1.2.{number}", content=b"x" * 1000) for number in range(1, 6)]
    options = AssociationOptions(operations_invoked=window, operations_performed=window)
    pair = Pair([STUDY_ROOT.get], {"get": lambda request: found}, options=options, receive=[SECONDARY_CAPTURE])
    operation = calls.get(query(), STUDY_ROOT)
    pair.requestor.retrieving = retrieval_target(operation, tmp_path if into else None, options)
    instances = pair.run(operation)
    assert 5 == len(instances)
    if into:
        stored = sorted(tmp_path.glob("*.dcm"))
        assert stored == sorted(instances)
        bodies = {path.read_bytes()[-500:] for path in stored}
        assert bodies == {data[-500:] for data in found}
    else:
        assert [f"1.2.{number}" for number in range(1, 6)] == [instance.SOPInstanceUID for instance in instances]
    assert 0 == operation.status
    assert 5 == operation.last.completed


def test_get_reports_what_could_not_come():
    """An instance of a class without a context makes the retrieval a failure, raised with its status."""
    pair = Pair([STUDY_ROOT.get], {"get": lambda request: [file("1.2.1")]}, receive=["1.2.840.10008.5.1.4.1.1.2"])
    operation = calls.get(query(), STUDY_ROOT)
    with pytest.raises(DimseStatusError, match="A702"):
        pair.run(operation)
    assert ("1.2.1",) == operation.last.failed_uids


def test_a_handler_may_end_a_retrieval_itself():
    """A status instead of instances is the answer."""
    pair = Pair([STUDY_ROOT], {"move": lambda request: 0xA701})
    (step,) = pair.run(calls.move(query(), "X", STUDY_ROOT))
    assert 0xA701 == step.status
