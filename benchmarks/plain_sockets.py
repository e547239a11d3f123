"""Files over a plain socket: what is left when there is no DICOM. The floor that the store benchmarks are held against.

Two processes, buffers of 1 MiB. The sender reads a file and sends its length and content; the receiver writes it to a
file of its own and answers with one byte, which the sender waits for before the next file.

    python -m benchmarks.plain_sockets FOLDER TARGET
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

BUFFER = 1 << 20
_LENGTH = struct.Struct(">Q")


def receive(connection: socket.socket, target: Path) -> int:
    """Write each file that comes until the sender closes; return how many there were."""
    memory = bytearray(BUFFER)
    view = memoryview(memory)
    count = 0
    while True:
        head = connection.recv(_LENGTH.size, socket.MSG_WAITALL)
        if len(head) < _LENGTH.size:
            return count
        (rest,) = _LENGTH.unpack(head)
        fd = os.open(target / f"{count:06}.dcm", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        while rest:
            got = connection.recv_into(view[: min(rest, BUFFER)])
            if not got:
                raise ConnectionError("the sender closed in the middle of a file")
            os.write(fd, view[:got])
            rest -= got
        os.close(fd)
        connection.sendall(b"\1")
        count += 1


def send(connection: socket.socket, paths: Iterable[Path]) -> int:
    """Send each file and wait for its acknowledgement; return how many there were."""
    memory = bytearray(BUFFER)
    view = memoryview(memory)
    count = 0
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        rest = os.fstat(fd).st_size
        head = _LENGTH.pack(rest)
        while rest:
            got = os.readv(fd, [view])
            rest -= got
            data = [head, view[:got]] if head else [view[:got]]
            sent = connection.sendmsg(data)
            if sent < len(head) + got:
                connection.sendall(b"".join(data)[sent:])
            head = b""
        os.close(fd)
        if connection.recv(1) != b"\1":
            raise ConnectionError("no acknowledgement")
        count += 1
    return count


def connected(port: int) -> socket.socket:
    """Connect to a receiver on this machine."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def serve(target: Path) -> None:
    """Say the port, and receive from one sender after the other until nobody is there any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                receive(connection, target)


def main() -> None:
    """Send the files of a folder to a process that writes them into another one, and print how long it takes."""
    folder, target = map(Path, sys.argv[1:3])
    paths = sorted(folder.iterdir())
    command = [sys.executable, "-c", f"from benchmarks.plain_sockets import *; serve(Path({str(target)!r}))"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as receiver:
        assert receiver.stdout is not None
        port = int(receiver.stdout.readline())
        start = time.perf_counter()
        with connected(port) as connection:
            count = send(connection, paths)
        print(f"{count} files in {time.perf_counter() - start:.3f} s")
        receiver.terminate()


if __name__ == "__main__":
    main()
