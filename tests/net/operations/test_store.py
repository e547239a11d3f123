"""Storing as invoker, two-ended: which context, how many at once, and one result for each instance."""

from __future__ import annotations

from pathlib import Path

import pytest

from dicomkit.core.uid import UID
from dicomkit.errors import DimseStatusError, NetworkError, NoPresentationContextError
from dicomkit.net.dispatch import StoreRequest
from dicomkit.net.operations import StoreOperation
from dicomkit.net.operations.store import choose_context
from dicomkit.net.options import AssociationOptions
from dicomkit.net.storage.opening import opener
from dicomkit.net.ul import AcceptedContext
from dicomkit.testing.pair import Pair
from tests.hostile_bytes import EXPLICIT_LE
from tests.net.instances import SECONDARY_CAPTURE, file

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
JPEG_LOSSLESS, JPEG_BASELINE, RLE = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"


def accepted(*syntaxes: str) -> list[AcceptedContext]:
    """Give contexts that were accepted, one for each transfer syntax."""
    made = [(2 * number + 1, UID(SECONDARY_CAPTURE), UID(uid)) for number, uid in enumerate(syntaxes)]
    return [AcceptedContext(*one, True, False) for one in made]


@pytest.mark.parametrize(
    ("own", "peer", "expected"),
    [
        (JPEG_BASELINE, (EXPLICIT, JPEG_BASELINE), JPEG_BASELINE),
        (JPEG_BASELINE, (IMPLICIT, EXPLICIT), EXPLICIT),
        (EXPLICIT, (JPEG_BASELINE, IMPLICIT), IMPLICIT),
        (EXPLICIT, (JPEG_BASELINE, RLE), RLE),
        (EXPLICIT, (JPEG_BASELINE,), None),
        (EXPLICIT, (), None),
    ],
)
def test_nothing_is_lost_without_being_asked(own: str, peer: tuple[str, ...], expected: str | None):
    """The own transfer syntax first, then none, then lossless compression; never lossy compression."""
    found = choose_context(own, accepted(*peer))
    assert expected == (None if found is None else found.transfer_syntax)


def test_loss_is_for_those_who_ask():
    """What the caller allows is preferred to decompression, but not to the instance as it is."""
    found = choose_context(JPEG_LOSSLESS, accepted(EXPLICIT, JPEG_BASELINE), (JPEG_BASELINE,))
    assert found is not None
    assert JPEG_BASELINE == found.transfer_syntax
    assert choose_context(EXPLICIT, accepted(RLE), ()) is None


def paths(folder: Path, count: int, size: int = 100) -> list[Path]:
    """Write instances 1.2.1, 1.2.2 … and return their paths."""
    made = []
    for number in range(1, count + 1):
        path = folder / f"{number}.dcm"
        path.write_bytes(file(f"1.2.{number}", content=b"x" * size, transfer_syntax=EXPLICIT_LE))
        made.append(path)
    return made


def operation(items: object, *, stop_on_failure: bool = False) -> StoreOperation:
    """Give an operation that stores."""
    return StoreOperation(items, opener(), stop_on_failure=stop_on_failure)  # type: ignore[arg-type]


@pytest.mark.parametrize("window", [1, 3, 0])
def test_each_instance_has_its_result(tmp_path: Path, window: int):
    """Whatever the window, what was sent is received to the byte, and reported once, with its source."""
    received = {}

    def store(request: StoreRequest) -> None:
        received[str(request.sop_instance_uid)] = request.data

    options = AssociationOptions(operations_invoked=window, operations_performed=window)
    pair = Pair([SECONDARY_CAPTURE], {"store": store}, options=options)
    sources = paths(tmp_path, 7, 70_000)
    results = pair.run(operation(sources))
    assert [(source, f"1.2.{number}") for number, source in enumerate(sources, 1)] == [
        (result.source, result.sop_instance_uid) for result in results
    ]
    for source in sources:
        assert source.read_bytes().endswith(received[f"1.2.{source.stem}"])
        assert 70_000 < len(received[f"1.2.{source.stem}"])
    assert all(result.is_stored for result in results)


def test_the_window_is_used():
    """With a window of 3, three requests are outstanding before the first is answered."""
    most = 0

    def store(request: StoreRequest) -> None:
        nonlocal most
        most = max(most, len(pair.acceptor.session.performing))

    options = AssociationOptions(operations_invoked=3, operations_performed=3)
    pair = Pair([SECONDARY_CAPTURE], {"store": store}, options=options)
    pair.run(operation([file(f"1.2.{number}") for number in range(9)]))
    assert 3 == most


def test_what_cannot_be_read_or_sent_has_an_error(tmp_path: Path):
    """A missing file, a file that is none, and a class without a context fail alone; the others are stored."""
    other = file("1.2.9").replace(SECONDARY_CAPTURE.encode(), b"1.2.840.10008.5.1.4.1.1.2")
    (tmp_path / "text.txt").write_text("no DICOM file at all")
    good = paths(tmp_path, 2)
    pair = Pair([SECONDARY_CAPTURE], {"store": lambda request: None})
    results = pair.run(operation([good[0], tmp_path / "absent", tmp_path / "text.txt", other, good[1]]))
    by_source = {str(result.source)[:200]: result for result in results}
    assert {"FileNotFoundError", "NotDicomError", "NoPresentationContextError", "NoneType"} == {
        type(result.error).__name__ for result in results
    }
    assert 5 == len(results) == len(by_source)
    with pytest.raises(NoPresentationContextError):
        next(result for result in results if isinstance(result.source, bytes)).raise_for_status()


def test_a_failure_stops_if_told():
    """After a status of failure nothing more is sent, with stop_on_failure; without it everything is."""
    sources = [file(f"1.2.{number}") for number in range(1, 6)]
    handlers = {"store": lambda request: 0xA700 if request.sop_instance_uid == "1.2.2" else None}
    assert 5 == len(Pair([SECONDARY_CAPTURE], handlers).run(operation(sources)))
    results = Pair([SECONDARY_CAPTURE], handlers).run(operation(sources, stop_on_failure=True))
    assert [0, 0xA700] == [result.status for result in results]
    with pytest.raises(DimseStatusError, match="A700"):
        results[1].raise_for_status()


def test_a_lost_association_reports_everything_that_was_not_stored():
    """When the association ends, each instance has a result: stored before, on its way, and not even tried."""
    sources = [file(f"1.2.{number}") for number in range(1, 6)]

    def store(request: StoreRequest) -> None:
        if request.sop_instance_uid == "1.2.3":
            pair.acceptor.abort(0.0)

    pair = Pair([SECONDARY_CAPTURE], {"store": store})
    results = pair.run(operation(sources))
    assert [True, True, False, False, False] == [result.is_stored for result in results]
    assert all(isinstance(result.error, NetworkError) for result in results[2:])
    assert sources == [result.source for result in results]


def test_implicit_vr_is_encoded_for_who_takes_nothing_else():
    """A peer with Implicit VR alone gets the same elements."""
    received = []
    pair = Pair([(SECONDARY_CAPTURE, [IMPLICIT])], {"store": lambda request: received.append(request.dataset)})
    (result,) = pair.run(operation([file("1.2.1", content=b"abcd")]))
    assert IMPLICIT == result.transfer_syntax
    assert ("1.2.1", "P-1") == (received[0].SOPInstanceUID, received[0].PatientID)


def test_a_file_that_shrinks_while_it_is_sent_is_its_own_fault(tmp_path: Path):
    """A source that fails in the middle ends the association, and is reported with what went wrong."""
    (path,) = paths(tmp_path, 1, 5 << 20)
    pair = Pair([SECONDARY_CAPTURE], {"store": lambda request: None})
    running = operation([path])
    pair.requestor.start(running)
    path.write_bytes(path.read_bytes()[: 2 << 20])
    pair.exchange()
    (result,) = running.results
    assert result.error is not None
    assert not result.is_stored
