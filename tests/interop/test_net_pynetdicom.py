"""pynetdicom at the other end: our server and its requestor, its server and our requestor, blocking and asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pydicom
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.net import aio, sync
from dicomkit.net.dispatch import Request
from dicomkit.net.services import STUDY_ROOT
from dicomkit.net.storage import ToFolder
from tests.corpora import real_file

pytestmark = pytest.mark.interop

CT = "1.2.840.10008.5.1.4.1.1.2"
VERIFICATION = "1.2.840.10008.1.1"
FIND, MOVE, GET = [f"1.2.840.10008.5.1.4.1.2.2.{number}" for number in (1, 2, 3)]
PRINTER, THE_PRINTER = "1.2.840.10008.5.1.1.16", "1.2.840.10008.5.1.1.17"


@pytest.fixture
def peer(require_package: Callable[[str], ModuleType]) -> ModuleType:
    """Give pynetdicom."""
    return require_package("pynetdicom")


@contextmanager
def their_server(peer: ModuleType, contexts: list[str], handlers: list[tuple[Any, Any]]) -> Iterator[tuple[str, int]]:
    """Run a server of pynetdicom's and give its address."""
    entity = peer.AE(ae_title="THEIRS")
    for uid in contexts:
        entity.add_supported_context(uid, scu_role=True, scp_role=True)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield server.socket.getsockname()[:2]
    finally:
        server.shutdown()


def query() -> Dataset:
    """Give an identifier that says all that it must."""
    return Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3", PatientID="")


def their_query() -> pydicom.Dataset:
    """Give the same to pynetdicom."""
    ds = pydicom.Dataset()
    ds.QueryRetrieveLevel = "STUDY"
    ds.StudyInstanceUID = "1.2.3"
    ds.PatientID = ""
    return ds


def matches(request: Request) -> Iterator[Dataset]:
    """Answer a query."""
    for number in range(5):
        yield Dataset(QueryRetrieveLevel="STUDY", PatientID=str(number))


def retrieved(request: Request) -> list[Path]:
    """Answer a retrieval."""
    return [real_file("CT_small.dcm"), real_file("MR_small.dcm")]


def test_their_requestor_uses_our_server(peer: ModuleType, tmp_path: Path):
    """C-ECHO, C-STORE, C-FIND, C-MOVE, C-GET and N-GET of pynetdicom's requestor are performed by our server."""
    got: list[str] = []

    def on_store(event: Any) -> int:
        got.append(str(event.dataset.SOPInstanceUID))
        return 0

    handlers = {
        "store": ToFolder(tmp_path / "stored"),
        "find": matches,
        "move": retrieved,
        "get": retrieved,
        "n-get": lambda request: Dataset(PrinterStatus="NORMAL"),
    }
    with (
        sync.serve(("127.0.0.1", 0), ae_title="DEST", handlers={"store": ToFolder(tmp_path / "moved")}) as third,
        sync.serve(
            ("127.0.0.1", 0), ae_title="OURS", handlers=handlers, destinations={"DEST": third.address}
        ) as server,
    ):
        entity = peer.AE(ae_title="THEIRS")
        for uid in (VERIFICATION, CT, "1.2.840.10008.5.1.4.1.1.4", FIND, MOVE, GET, PRINTER):
            entity.add_requested_context(uid)
        roles = [peer.build_role(uid, scu_role=True, scp_role=True) for uid in (CT, "1.2.840.10008.5.1.4.1.1.4")]
        association = entity.associate(
            *server.address, ae_title="OURS", ext_neg=roles, evt_handlers=[(peer.evt.EVT_C_STORE, on_store)]
        )
        assert association.is_established
        assert 0 == association.send_c_echo().Status
        assert 0 == association.send_c_store(pydicom.dcmread(real_file("CT_small.dcm"))).Status
        found = list(association.send_c_find(their_query(), FIND))
        assert ["0", "1", "2", "3", "4"] == [identifier.PatientID for _, identifier in found[:-1]]
        assert 0 == found[-1][0].Status
        *_, (status, _) = association.send_c_move(their_query(), "DEST", MOVE)
        assert (0, 2) == (status.Status, status.NumberOfCompletedSuboperations)
        *_, (status, _) = association.send_c_get(their_query(), GET)
        assert (0, 2) == (status.Status, status.NumberOfCompletedSuboperations)
        status, attributes = association.send_n_get([0x21100010], PRINTER, THE_PRINTER)
        assert (0, "NORMAL") == (status.Status, attributes.PrinterStatus)
        association.release()
        assert association.is_released
    assert 1 == len(list((tmp_path / "stored").glob("*.dcm")))
    assert 2 == len(list((tmp_path / "moved").glob("*.dcm")))
    assert [dicomkit.dcmread(path).SOPInstanceUID for path in retrieved(None)] == got  # type: ignore[arg-type]


def test_our_requestor_uses_their_server(peer: ModuleType, tmp_path: Path):
    """C-ECHO, C-STORE, C-FIND with a cancel, C-GET and N-GET of our requestor are performed by pynetdicom's server."""
    stored: list[str] = []

    def on_store(event: Any) -> int:
        stored.append(str(event.dataset.SOPInstanceUID))
        return 0

    def on_find(event: Any) -> Iterator[tuple[int, pydicom.Dataset | None]]:
        for number in range(100_000):
            if event.is_cancelled:
                yield 0xFE00, None
                return
            ds = their_query()
            ds.PatientID = str(number)
            yield 0xFF00, ds

    def on_get(event: Any) -> Iterator[Any]:
        yield 1
        yield 0xFF00, pydicom.dcmread(real_file("CT_small.dcm"))

    def on_n_get(event: Any) -> tuple[int, pydicom.Dataset]:
        ds = pydicom.Dataset()
        ds.PrinterStatus = "NORMAL"
        return 0, ds

    events = peer.evt
    handlers = [
        (events.EVT_C_STORE, on_store),
        (events.EVT_C_FIND, on_find),
        (events.EVT_C_GET, on_get),
        (events.EVT_N_GET, on_n_get),
    ]
    services = [VERIFICATION, CT, FIND, GET, PRINTER]
    with (
        their_server(peer, services, handlers) as address,
        sync.Association.request(address, called="THEIRS", services=services, receive=[CT]) as association,
    ):
        assert 0 == association.echo()
        (result,) = association.store([real_file("CT_small.dcm")])
        assert (0, [result.sop_instance_uid]) == (result.status, stored)
        for match in association.find(query()):
            if match.PatientID == "3":
                break
        assert 0 == association.echo()
        (path,) = association.get(query(), STUDY_ROOT, into=tmp_path)
        assert result.sop_instance_uid == dicomkit.dcmread(path).SOPInstanceUID
        reply = association.n_get(PRINTER, THE_PRINTER, ["PrinterStatus"])
        assert (0, "NORMAL") == (reply.status, reply.dataset.PrinterStatus)


def test_asyncio_at_our_end(peer: ModuleType, tmp_path: Path):
    """The requestor and the server of asyncio speak with pynetdicom as the blocking ones do."""

    async def requestor(address: tuple[str, int]) -> None:
        async with aio.Association.request(address, called="THEIRS", services=[CT, VERIFICATION]) as association:
            assert 0 == await association.echo()
            assert [0] == [result.status async for result in association.store([real_file("CT_small.dcm")])]

    def their_requestor(address: tuple[str, int]) -> list[int]:
        entity = peer.AE()
        for uid in (VERIFICATION, CT, FIND):
            entity.add_requested_context(uid)
        association = entity.associate(*address, ae_title="OURS")
        statuses = [
            association.send_c_echo().Status,
            association.send_c_store(pydicom.dcmread(real_file("CT_small.dcm"))).Status,
            len(list(association.send_c_find(their_query(), FIND))),
        ]
        association.release()
        return statuses

    async def server() -> list[int]:
        handlers = {"store": ToFolder(tmp_path), "find": matches}
        async with aio.serve(("127.0.0.1", 0), ae_title="OURS", handlers=handlers) as ours:
            return await asyncio.to_thread(their_requestor, ours.address)

    with their_server(peer, [VERIFICATION, CT], [(peer.evt.EVT_C_STORE, lambda event: 0)]) as address:
        asyncio.run(requestor(address))
    assert [0, 0, 6] == asyncio.run(server())
    assert 1 == len(list(tmp_path.glob("*.dcm")))
