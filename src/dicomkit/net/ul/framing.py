"""PDUs in the stream of bytes: found in what comes, made of what goes, data never copied (PS3.8 9.3.1, 9.3.5)."""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, Protocol

from dicomkit.errors import RemoteProtocolError, counted
from dicomkit.net.ul.events import Data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from dicomkit.net.ul.events import Event

    Buffer: TypeAlias = bytes | bytearray | memoryview

__all__ = ["MOST_BUFFERS", "PDV_HEADER_BYTES", "Fate", "Listener", "Outgoing", "Receiver"]

_PDU = Struct(">BxI")
_PDV = Struct(">IBB")
_P_DATA = Struct(">BxIIBB")  # the header of a PDU and that of its first PDV

PDV_HEADER_BYTES = _PDV.size
"""What the header of a PDV takes of the length of its PDU."""

MOST_BUFFERS = 1024
"""What one ``sendmsg`` takes: IOV_MAX is 1024 on every system that has it."""

# Events made ahead of their user. A buffer full of PDVs without data would become 40,000 of them.
_BATCH = 1024


class Fate(IntEnum):
    """What becomes of a PDU, decided by its header."""

    DATA = 0
    """Its PDVs are given on as they come."""
    WHOLE = 1
    """It is collected and given on whole."""
    SKIPPED = 2
    """What it says does not matter any more."""


class _Stage(IntEnum):
    """What the next byte belongs to."""

    HEADER = 0
    PDV_HEADER = 1
    DATA = 2
    BODY = 3
    SKIPPED = 4


class Listener(Protocol):
    """Who decides about PDUs; each of these may stop the receiver."""

    def pdu_begins(self, kind: int, length: int) -> Fate:
        """Decide about a PDU by its header; RemoteProtocolError for one that cannot be."""

    def pdu_is_there(self, kind: int, body: bytearray | memoryview) -> None:
        """Take a PDU that was wanted whole; RemoteProtocolError if it is not valid."""

    def refuse(self, error: RemoteProtocolError) -> None:
        """Take note that what comes is no valid PDU; the receiver has stopped."""


class Receiver:
    """Finds PDUs in bytes that come in any pieces; holds one header, or the body of one PDU that was wanted whole."""

    __slots__ = (
        "__weakref__",
        "_body",
        "_context_id",
        "_control",
        "_events",
        "_head",
        "_kind",
        "_left",
        "_listener",
        "_pdv_left",
        "_position",
        "_rest",
        "_stage",
        "bound",
        "contexts",
        "has_begun",
        "is_stopped",
        "streams",
    )

    def __init__(self, events: deque[Event], listener: Listener, bound: int) -> None:
        self._events = events
        # None once stopped: a listener that holds its receiver is let go with its last reference, not by the collector.
        self._listener: Listener | None = listener
        self.bound = bound
        """The longest P-DATA-TF, header apart."""
        self.streams = False
        """True while P-DATA-TF PDUs are given on; of the listener, like the next."""
        self.contexts: frozenset[int] = frozenset()
        """The IDs under which data may come."""
        self.has_begun = False
        """True if a PDU has begun with what was given last."""
        self.is_stopped = False
        # What came and has not been looked at.
        self._rest: memoryview | None = None
        self._position = 0
        # Where in a PDU it begins.
        self._stage = _Stage.HEADER
        self._head = bytearray()
        self._body = bytearray()
        self._kind = 0
        self._left = 0
        self._pdv_left = 0
        self._context_id = 0
        self._control = 0

    @property
    def has_more(self) -> bool:
        """True if what was given has not been looked at to its end."""
        return self._rest is not None

    @property
    def is_within_pdu(self) -> bool:
        """True if the rest of a PDU is missing."""
        return self._stage is not _Stage.HEADER or len(self._head) > 0

    def give(self, data: Buffer) -> None:
        """Look at what came."""
        self._rest = as_bytes(data)
        self._position = 0
        self.has_begun = False
        self.advance()

    def stop(self) -> None:
        """Look at nothing any more."""
        self.is_stopped = True
        self._listener = None
        self._rest = None
        self._stage = _Stage.HEADER
        self._head = bytearray()
        self._body = bytearray()

    def advance(self) -> None:
        """Look at what came until it ends, or until there are enough events for now."""
        view = self._rest
        assert view is not None
        position, size = self._position, len(view)
        events, listener = self._events, self._listener
        while position < size and len(events) < _BATCH:
            if self._stage is _Stage.HEADER and self.streams and not self._head:
                position = self._take_data_pdus(view, position)
                if position == size or len(events) >= _BATCH:
                    break
            try:
                position = self._take(view, position)
            except RemoteProtocolError as error:
                assert listener is not None  # not stopped before
                self.stop()
                listener.refuse(error)
            if self.is_stopped:
                position = size
        self._position = position
        if position == size:
            self._rest = None

    def _take_data_pdus(self, view: memoryview, position: int) -> int:
        """Take P-DATA-TF PDUs that are complete and hold one PDV each, as nearly all do; return where others begin."""
        events, unpack, contexts, bound = self._events, _P_DATA.unpack_from, self.contexts, self.bound
        append = events.append
        size = len(view)
        last = size - _P_DATA.size
        while position <= last and len(events) < _BATCH:
            kind, length, pdv_length, context_id, control = unpack(view, position)
            end = position + 6 + length
            if (
                kind != 4 or pdv_length + 4 != length or pdv_length < 2
                or end > size or length > bound or context_id not in contexts
            ):  # fmt: skip
                break
            append(Data(context_id, control & 1 == 1, control & 2 == 2, view[position + 12 : end]))
            position = end
        return position

    def _take(self, view: memoryview, position: int) -> int:
        """Take what belongs to the current stage; return where the next begins."""
        stage = self._stage
        if stage is _Stage.HEADER or stage is _Stage.PDV_HEADER:
            if stage is _Stage.HEADER and not self._head:
                self.has_begun = True
            head, position = self._gather(view, position)
            if head is not None:
                (self._begin_pdu if stage is _Stage.HEADER else self._begin_pdv)(head)
            return position
        end = min(len(view), position + (self._pdv_left if stage is _Stage.DATA else self._left))
        if stage is _Stage.DATA:
            self._deliver(view[position:end])
            return end
        self._left -= end - position
        if stage is _Stage.BODY:
            self._take_body(view[position:end])
        elif not self._left:
            self._stage = _Stage.HEADER
        return end

    def _gather(self, view: memoryview, position: int) -> tuple[memoryview | bytearray | None, int]:
        """Return the six bytes of a header, None while they are not all there, and where the next byte is."""
        head = self._head
        end = position + 6 - len(head)
        if not head and end <= len(view):
            return view[position:end], end
        head += view[position:end]
        if len(head) < 6:
            return None, len(view)
        self._head = bytearray()
        return head, end

    def _begin_pdu(self, head: memoryview | bytearray) -> None:
        self._kind, length = _PDU.unpack(head)
        assert self._listener is not None
        fate = self._listener.pdu_begins(self._kind, length)
        self._left = length
        if fate is Fate.DATA:
            if length < _PDV.size:
                raise RemoteProtocolError("P-DATA-TF PDU without a PDV", offset=2)
            self._stage = _Stage.PDV_HEADER
        elif fate is Fate.WHOLE:
            self._stage = _Stage.BODY
            if not length:
                self._take_body(memoryview(b""))
        elif length:
            self._stage = _Stage.SKIPPED

    def _begin_pdv(self, head: memoryview | bytearray) -> None:
        length, self._context_id, self._control = _PDV.unpack(head)
        if length < 2 or length + 4 > self._left:
            raise RemoteProtocolError(f"a PDV of {counted(length, 'byte')} where its PDU has {self._left - 4:,} left")
        if self._context_id not in self.contexts:
            raise RemoteProtocolError(f"data in presentation context {self._context_id}, which was not accepted")
        self._left -= length + 4
        self._pdv_left = length - 2
        self._stage = _Stage.DATA
        if not self._pdv_left:
            self._deliver(memoryview(b""))

    def _deliver(self, piece: memoryview) -> None:
        self._pdv_left -= len(piece)
        is_last = self._control & 2 == 2 and not self._pdv_left
        if self.streams:  # not any more if the user has aborted within the PDU
            self._events.append(Data(self._context_id, self._control & 1 == 1, is_last, piece))
        if self._pdv_left:
            return
        if not self._left:
            self._stage = _Stage.HEADER
        elif self._left >= _PDV.size:
            self._stage = _Stage.PDV_HEADER
        else:
            raise RemoteProtocolError(f"{counted(self._left, 'byte')} behind the last PDV of a PDU")

    def _take_body(self, piece: memoryview) -> None:
        """Collect the body of a PDU that is wanted whole, and give it on when all of it is there."""
        if self._left:
            self._body += piece
            return
        body: bytearray | memoryview = piece
        if self._body:
            self._body += piece
            body, self._body = self._body, bytearray()
        self._stage = _Stage.HEADER
        assert self._listener is not None
        self._listener.pdu_is_there(self._kind, body)


class Outgoing:
    """Data that wait to be cut into P-DATA-TF PDUs as the connection takes them."""

    __slots__ = ("_context_id", "_control", "_left", "_views")

    def __init__(self, context_id: int, is_command: bool, is_last: bool, data: Buffer | Sequence[Buffer]) -> None:
        self._context_id = context_id
        self._control = is_command | is_last << 1
        if isinstance(data, (bytes, bytearray, memoryview)):
            data = (data,)
        self._views = deque([view for view in map(as_bytes, data) if view])
        self._left = sum([len(view) for view in self._views])

    def write(self, buffers: list[Buffer], most: int) -> bool:
        """Append headers and views of whole PDUs with at most `most` bytes of data each; say whether that is all."""
        views = self._views
        goes_on = self._control & 1
        full = _P_DATA.pack(4, most + 6, most + 2, self._context_id, goes_on)
        # A PDU needs its header and one view at least.
        while len(buffers) <= MOST_BUFFERS - 2:
            header_at = len(buffers)
            buffers.append(full)
            room = most
            while room and views and len(buffers) < MOST_BUFFERS:
                view = views[0]
                size = len(view)
                if size <= room:
                    buffers.append(view)
                    views.popleft()
                    room -= size
                else:
                    buffers.append(view[:room])
                    views[0] = view[room:]
                    room = 0
            size = most - room
            self._left -= size
            if room or not self._left:
                control = goes_on if self._left else self._control
                buffers[header_at] = _P_DATA.pack(4, size + 6, size + 2, self._context_id, control)
            if not self._left:
                return True
        return False


def as_bytes(data: Buffer) -> memoryview:
    """Return a view of single bytes."""
    view = memoryview(data)
    return view if view.format == "B" and view.ndim == 1 and view.c_contiguous else view.cast("B")
