"""The two ends of a store, each a process of its own that stays for many runs, so that its start is in no figure.

    python -m benchmarks.net_ends receive dicomkit TARGET     says its port, and serves until its input ends
    python -m benchmarks.net_ends send dicomkit FOLDER        for each port that it reads, sends all and says how many

The ends are `plain`, `dicomkit`, `window` (dicomkit with an asynchronous operations window of 8), `durable`, `window
durable`, and `pynetdicom`. Those of DCMTK are programs of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import plain_sockets

WINDOW = 8
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"


def _send_plain(paths: list[Path]) -> Callable[[int], int]:
    def run(port: int) -> int:
        with plain_sockets.connected(port) as connection:
            return plain_sockets.send(connection, paths)

    return run


def _send_dicomkit(paths: list[Path], window: int) -> Callable[[int], int]:
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.sync import Association

    options = AssociationOptions(operations_invoked=window)
    wish = [(CT, (EXPLICIT_LE,))]

    def run(port: int) -> int:
        address = ("127.0.0.1", port)
        with Association.request(address, called="BENCH", services=wish, options=options) as association:
            return sum(result.is_stored for result in association.store(paths))

    return run


def _send_pynetdicom(paths: list[Path]) -> Callable[[int], int]:
    from pynetdicom import AE

    entity = AE()
    entity.maximum_pdu_size = 0
    entity.add_requested_context(CT, EXPLICIT_LE)

    def run(port: int) -> int:
        association = entity.associate("127.0.0.1", port)
        count = sum(association.send_c_store(path).Status == 0 for path in paths)
        association.release()
        return count

    return run


def _receive_dicomkit(target: Path, *, window: int, durable: bool) -> None:
    from dicomkit.net.options import AssociationOptions, ServerOptions
    from dicomkit.net.storage.targets import ToFolder
    from dicomkit.net.sync import serve

    options = ServerOptions(association=AssociationOptions(operations_performed=window), check_called=False)
    handlers = {"store": ToFolder(target, durable=durable)}
    with serve(("127.0.0.1", 0), ae_title="BENCH", handlers=handlers, options=options) as server:
        print(server.address[1], flush=True)
        sys.stdin.read()


def _receive_pynetdicom(target: Path) -> None:
    from pynetdicom import AE, evt

    entity = AE()
    entity.maximum_pdu_size = 0
    entity.add_supported_context(CT, EXPLICIT_LE)

    def store(event: evt.Event) -> int:
        # Its quickest way: the bytes as they came, not decoded.
        (target / f"{event.request.AffectedSOPInstanceUID}.dcm").write_bytes(event.encoded_dataset())
        return 0

    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    assert server is not None
    print(server.socket.getsockname()[1], flush=True)
    sys.stdin.read()
    server.shutdown()


def _receive(kind: str, target: Path) -> None:
    if kind == "plain":
        plain_sockets.serve(target)
    elif kind == "pynetdicom":
        _receive_pynetdicom(target)
    else:
        _receive_dicomkit(target, window=WINDOW if "window" in kind else 1, durable="durable" in kind)


def _send(kind: str, folder: Path) -> None:
    paths = sorted(folder.iterdir())
    if kind == "plain":
        run = _send_plain(paths)
    elif kind == "pynetdicom":
        run = _send_pynetdicom(paths)
    else:
        run = _send_dicomkit(paths, WINDOW if "window" in kind else 1)
    print("ready", flush=True)
    for line in sys.stdin:
        print(run(int(line)), flush=True)


if __name__ == "__main__":
    {"receive": _receive, "send": _send}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
