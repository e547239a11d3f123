"""A trace of one association for people: each PDU and each command set, both ways (PS3.8 9.3, PS3.7 9.3, 10.3)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dicomkit.net.ul.pdu_text import PDUText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dicomkit.net.dimse import Command
    from dicomkit.net.ul.upper_layer import Buffer

__all__ = ["Trace"]


class Trace:
    """Writes lines: ``>`` for what is sent, ``<`` for what has come. What data sets hold is not shown."""

    __slots__ = ("_came", "_sent", "_write")

    def __init__(self, write: Callable[[str], None]) -> None:
        """Take what writes a line, without its end."""
        self._write = write
        self._sent = PDUText(partial(self._line, "> "))
        self._came = PDUText(partial(self._line, "< "))

    def _line(self, mark: str, text: str) -> None:
        self._write(mark + text)

    def sent(self, buffers: Iterable[Buffer]) -> None:
        """Tell the PDUs that are sent."""
        for buffer in buffers:
            self._sent.feed(buffer)

    def came(self, data: Buffer) -> None:
        """Tell the PDUs that have come."""
        self._came.feed(data)

    def command(self, command: Command, *, is_sent: bool) -> None:
        """Tell a command set."""
        self._write(f"{'>' if is_sent else '<'}   {command!r}")
