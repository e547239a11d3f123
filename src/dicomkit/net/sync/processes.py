"""Processes beside the one that was asked to serve: each has a socket of its own at the same address (SO_REUSEPORT)."""

from __future__ import annotations

import os
import select
import socket
import time
from contextlib import suppress

__all__ = ["Siblings", "can_share_a_port"]


def can_share_a_port() -> bool:
    """Say whether this system can fork, and has connections of one port go to several processes."""
    return hasattr(os, "fork") and hasattr(socket, "SO_REUSEPORT")


class Siblings:
    """Copies of this process that were forked to serve, too.

    To be made before there are threads. In a copy ``is_copy`` is True: it serves until ``wait_for_end`` returns, which
    is when the first process says so or is gone, and ends with ``leave``.
    """

    __slots__ = ("_pids", "_read", "_ready_read", "_ready_write", "_write", "is_copy")

    def __init__(self, count: int) -> None:
        """Fork so many copies."""
        self._read, self._write = os.pipe()
        self._ready_read, self._ready_write = os.pipe()
        self._pids: list[int] = []
        self.is_copy = False
        for _ in range(count):
            pid = os.fork()
            if pid == 0:
                self.is_copy = True
                self._pids = []
                os.close(self._write)  # so that the pipe ends with the first process
                os.close(self._ready_read)
                return
            self._pids.append(pid)
        os.close(self._read)
        os.close(self._ready_write)

    def say_ready(self) -> None:
        """Tell the first process that this copy listens."""
        os.write(self._ready_write, b"\0")

    def wait_until_ready(self, seconds: float = 10.0) -> None:
        """Wait until every copy listens, or has died in the attempt."""
        until = time.monotonic() + seconds
        missing = len(self._pids)
        while missing and (left := until - time.monotonic()) > 0:
            if select.select([self._ready_read], [], [], left)[0]:
                data = os.read(self._ready_read, missing)
                if not data:
                    return
                missing -= len(data)

    def wait_for_end(self) -> None:
        """Return, in a copy, when the first process ends what it serves."""
        select.select([self._read], [], [])

    @staticmethod
    def leave() -> None:
        """End a copy, without what the first process has registered for its own end."""
        os._exit(0)

    def end(self, seconds: float) -> None:
        """Tell the copies to end, and wait; those that are still there after so long are killed."""
        os.close(self._write)
        os.close(self._ready_read)
        until = time.monotonic() + seconds
        for pid in self._pids:
            with suppress(ChildProcessError):
                while os.waitpid(pid, os.WNOHANG) == (0, 0):
                    if time.monotonic() >= until:
                        os.kill(pid, 9)
                        os.waitpid(pid, 0)
                        break
                    time.sleep(0.005)
        self._pids.clear()
