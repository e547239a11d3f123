"""A connection that is cut anywhere in a transfer: no partial file, and the sender knows what was not stored."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from dicomkit.net.dispatch import Endpoint, HandlerTable
from dicomkit.net.dispatch.admission import Admission
from dicomkit.net.operations import StoreOperation
from dicomkit.net.options import AssociationOptions, ServerOptions
from dicomkit.net.storage import ToFolder
from dicomkit.net.storage.opening import opener
from dicomkit.net.ul import UpperLayer
from dicomkit.testing.pair import Pair
from tests.net.instances import SECONDARY_CAPTURE, file

OPTIONS = AssociationOptions(maximum_length=1024, send_maximum=1024)


def recorded(count: int) -> list[bytes]:
    """Give what a requestor sends to store so many instances of 20 PDUs each, in the pieces that it sends."""
    sent: list[bytes] = []
    pair = Pair([SECONDARY_CAPTURE], {"store": lambda request: None}, options=OPTIONS)
    carry = pair._carry

    def listening(sender: Endpoint, receiver: Endpoint) -> bool:
        if sender is not pair.requestor:
            return carry(sender, receiver)
        data = b"".join(sender.data_to_send(0.0))
        if data:
            sent.append(data)
            receiver.receive_data(data, 0.0)
        return bool(data)

    assert pair.requestor.association is not None
    request = pair.requestor.association.request.encode()
    pair._carry = listening  # type: ignore[method-assign]
    pair.run(StoreOperation([file(f"1.2.{n}", content=bytes([n]) * 20_000) for n in range(1, count + 1)], opener()))
    return [request, *sent]


def boundaries(data: bytes) -> list[int]:
    """Give where PDUs end."""
    found, position = [], 0
    while position < len(data):
        position += 6 + int.from_bytes(data[position + 2 : position + 6], "big")
        found.append(position)
    return found


def received(data: bytes, folder: Path) -> tuple[int, int]:
    """Give how many instances a server answers with success, and has as files, of a stream that ends there."""
    handlers = HandlerTable({"store": ToFolder(folder, durable=False)})
    endpoint = Endpoint(UpperLayer.acceptor(OPTIONS), OPTIONS, handlers, opener())
    admission = Admission(handlers, ServerOptions(association=OPTIONS), ("ACCEPTOR",))
    endpoint.connection_made(0.0)
    stored = 0
    pdus = [0, *boundaries(data)]
    pdus[-1] = len(data)
    for start, end in pairwise(pdus):
        endpoint.receive_data(data[start:end], 0.0)
        if endpoint.requested is not None:
            endpoint.answer(admission.answer(endpoint, endpoint.requested), 0.0)
        while endpoint.ready:
            _, serving = endpoint.ready.popleft()
            for _ in serving:
                pass
            stored += 1
        while endpoint.data_to_send(0.0):
            pass
    endpoint.receive_eof(0.0)
    assert endpoint.is_over
    files = list(folder.glob("*.dcm"))
    for path in files:
        assert path.read_bytes()[-20_000:] in {bytes([n]) * 20_000 for n in range(1, 4)}
    assert not [path for path in folder.iterdir() if path.suffix == ".part"]
    return stored, len(files)


def test_no_cut_leaves_a_partial_file(tmp_path: Path):
    """Cut at each PDU boundary and inside of each PDU: what is there is whole, and no more than was answered."""
    data = b"".join(recorded(3))
    ends = boundaries(data)
    assert 60 < len(ends)
    seen = set()
    for number, end in enumerate(ends):
        for cut in (end, end - 3):
            folder = tmp_path / f"{number}-{cut}"
            folder.mkdir()
            stored, files = received(data[:cut], folder)
            assert stored == files
            seen.add(files)
    assert {0, 1, 2, 3} == seen


def test_the_sender_reports_what_was_not_stored():
    """Whenever the peer goes, each instance has one result, and those that were not answered have an error."""
    for allowed in range(0, 120, 7):
        carried = 0

        def cut(data: bytes, allowed: int = allowed) -> list[bytes]:
            nonlocal carried
            pieces = [data[start : start + 1030] for start in range(0, len(data), 1030)]
            taken = pieces[: max(0, allowed - carried)]
            carried += len(pieces)
            return taken

        pair = Pair([SECONDARY_CAPTURE], {"store": lambda request: None}, options=OPTIONS, cut=cut)
        if pair.requestor.association is None:
            continue
        sources = [file(f"1.2.{n}", content=bytes(20_000)) for n in range(1, 5)]
        operation = StoreOperation(sources, opener())
        pair.requestor.start(operation)
        pair.exchange()
        pair.requestor.receive_eof(0.0)
        assert sources == [result.source for result in operation.results]
        assert all(result.is_stored == (result.error is None) for result in operation.results)


@pytest.mark.parametrize("count", [1, 50])
def test_nothing_is_left_behind(tmp_path: Path, count: int):
    """Associations that are cut leave no threads, no descriptors and no temporary files."""
    before = threading.active_count()
    data = b"".join(recorded(1))
    for number in range(count):
        folder = tmp_path / str(number)
        folder.mkdir()
        received(data[: len(data) // 2], folder)
        assert not list(folder.glob("*.dcm"))
    assert before == threading.active_count()
