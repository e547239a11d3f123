"""Two ends of an association and one pipe in memory: tests without sockets, threads or clocks (PS3.8, PS3.7).

::

    from dicomkit.testing.sessions import SessionPair

    pair = SessionPair.associated([("1.2.840.10008.1.1", ["1.2.840.10008.1.2"])])
    pair.requestor.send(1, command)
    pair.pump()
    pair.events_of(pair.acceptor)

What each end sends may reach the other in pieces of any size, so that one test asks about every split.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.net.dimse.session import DataPiece, Session
from dicomkit.net.options import DEFAULT_ASSOCIATION
from dicomkit.net.ul.events import AssociationRequested
from dicomkit.net.ul.negotiation import AcceptorPolicy, Support, associate_request, negotiate
from dicomkit.net.ul.pdu import AssociateAccept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dicomkit.net.dimse.session import SessionEvent
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.ul.items import RoleSelection

__all__ = ["SessionPair"]


def _whole(data: bytes) -> Iterator[bytes]:
    yield data


class SessionPair:
    """A requestor and an acceptor, and what is on its way between them.

    `split` cuts what one ``data_to_send`` gave into the pieces of several ``receive_data``. Views of data sets are
    copied into the recorded events, since they do not last.
    """

    def __init__(
        self,
        requestor: Session,
        acceptor: Session,
        *,
        split: Callable[[bytes], Iterable[bytes]] = _whole,
        limit: int = 1 << 20,
    ) -> None:
        self.requestor = requestor
        self.acceptor = acceptor
        self.split = split
        self.limit = limit
        self.now = 0.0
        """The clock of both; it stands still unless a test moves it."""
        self.sent: dict[str, bytearray] = {"requestor": bytearray(), "acceptor": bytearray()}
        """All that each has sent."""
        self._events: dict[int, list[SessionEvent]] = {id(requestor): [], id(acceptor): []}

    @classmethod
    def associated(
        cls,
        contexts: Sequence[tuple[str, Sequence[str]]],
        *,
        requestor: AssociationOptions = DEFAULT_ASSOCIATION,
        acceptor: AssociationOptions = DEFAULT_ASSOCIATION,
        roles: Iterable[RoleSelection] = (),
        supports: dict[str, Support] | None = None,
        split: Callable[[bytes], Iterable[bytes]] = _whole,
        limit: int = 1 << 20,
    ) -> SessionPair:
        """Return two ends whose association stands; contexts are (abstract syntax, transfer syntaxes), 1, 3, 5 ….

        Without `supports` the acceptor takes everything, in both roles.
        """
        request = associate_request("REQUESTOR", "ACCEPTOR", contexts, requestor, roles=roles)
        pair = cls(Session.requestor(request, requestor), Session.acceptor(acceptor), split=split, limit=limit)
        pair.acceptor.connection_made(pair.now)
        pair.requestor.connection_made(pair.now)
        pair.pump()
        [asked] = pair.events_of(pair.acceptor)
        assert isinstance(asked, AssociationRequested)
        takes = supports or {uid: Support(syntaxes, is_scp=True, is_scu=True) for uid, syntaxes in contexts}
        answer = negotiate(asked.request, AcceptorPolicy(supports=takes), acceptor)
        assert isinstance(answer, AssociateAccept)
        pair.acceptor.accept(answer, pair.now)
        pair.pump()
        pair.events_of(pair.requestor)
        pair.events_of(pair.acceptor)
        return pair

    def pump(self) -> None:
        """Let both send until neither has anything more, and record the events."""
        moving = True
        while moving:
            moving = self._move("requestor", self.requestor, self.acceptor)
            moving = self._move("acceptor", self.acceptor, self.requestor) or moving

    def step(self, sender: Session) -> bytes:
        """Let one end send once, and the other take it; return what was sent."""
        name = "requestor" if sender is self.requestor else "acceptor"
        before = len(self.sent[name])
        self._move(name, sender, self.acceptor if sender is self.requestor else self.requestor)
        return bytes(self.sent[name][before:])

    def events_of(self, session: Session) -> list[SessionEvent]:
        """Return what has happened to one end since it was asked last."""
        self._record(session)
        events = self._events[id(session)]
        self._events[id(session)] = []
        return events

    def close(self) -> None:
        """Close the connection under both."""
        for session in (self.requestor, self.acceptor):
            session.receive_eof(self.now)
            self._record(session)

    def _move(self, name: str, sender: Session, receiver: Session) -> bool:
        buffers = sender.data_to_send(self.limit)
        self._record(sender)
        data = b"".join(buffers)
        self.sent[name] += data
        for piece in self.split(data) if data else ():
            # A buffer of its own, spoilt afterwards, shows who keeps a view too long.
            received = bytearray(piece)
            receiver.receive_data(received, self.now)
            self._record(receiver)
            received[:] = b"\xdd" * len(received)
        return bool(data)

    def _record(self, session: Session) -> None:
        events = self._events[id(session)]
        while (event := session.next_event()) is not None:
            events.append(DataPiece(memoryview(bytes(event.view))) if type(event) is DataPiece else event)
