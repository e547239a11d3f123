"""Two sessions: the ends of an association and one pipe, for tests of anybody's (PS3.7, PS3.8)."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dicomkit.net.dimse.commands import Command, CommandField, Priority
from dicomkit.net.dimse.session import DataPiece, MessageBegan, MessageEnded, Session
from dicomkit.net.dimse.status import PENDING, SUCCESS
from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul.events import Closed, Released, ReleaseRequested
from dicomkit.net.ul.negotiation import Support
from dicomkit.testing.sessions import SessionPair

VERIFICATION = "1.2.840.10008.1.1"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
ECHO = Command(CommandField.C_ECHO_RQ, message_id=1, affected_sop_class_uid=VERIFICATION)


def test_the_association_stands():
    """Both ends have agreed on the contexts that were asked for, and nothing is left to tell."""
    pair = SessionPair.associated([(VERIFICATION, [EXPLICIT, IMPLICIT]), (FIND, [IMPLICIT])])
    contexts = {1: (VERIFICATION, EXPLICIT), 3: (FIND, IMPLICIT)}
    for session in (pair.requestor, pair.acceptor):
        found = session.association.contexts.values()
        assert contexts == {context.id: (context.abstract_syntax, context.transfer_syntax) for context in found}
        assert [] == pair.events_of(session)


def test_the_acceptor_takes_what_it_is_told_to():
    """With `supports` the acceptor has its own transfer syntaxes, and refuses the rest."""
    pair = SessionPair.associated(
        [(VERIFICATION, [EXPLICIT, IMPLICIT]), (FIND, [IMPLICIT])], supports={VERIFICATION: Support((IMPLICIT,))}
    )
    assert [1] == list(pair.requestor.association.contexts)
    assert IMPLICIT == pair.requestor.association.contexts[1].transfer_syntax


def test_bytes_are_recorded_and_split():
    """What an end has sent is kept; the split decides in which pieces the other gets it."""
    pieces: list[int] = []

    def by_tens(sent: bytes) -> list[bytes]:
        found = [sent[at : at + 10] for at in range(0, len(sent), 10)]
        pieces.extend(map(len, found))
        return found

    pair = SessionPair.associated([(VERIFICATION, [IMPLICIT])], split=by_tens)
    before = len(pair.sent["requestor"])
    pieces.clear()
    pair.requestor.send(1, ECHO)
    sent = pair.step(pair.requestor)
    assert sent == bytes(pair.sent["requestor"][before:])
    assert (len(sent), 10) == (sum(pieces), max(pieces))
    assert [MessageBegan, MessageEnded] == [type(event) for event in pair.events_of(pair.acceptor)]
    assert b"" == pair.step(pair.acceptor)


def test_pieces_of_data_sets_are_kept():
    """Views in recorded events stay readable, although the buffers that they came in do not."""
    pair = SessionPair.associated([(FIND, [IMPLICIT])])
    pair.requestor.send(1, find(1), b"KEYS")
    pair.pump()
    [piece] = [event for event in pair.events_of(pair.acceptor) if isinstance(event, DataPiece)]
    assert b"KEYS" == piece.view


def test_both_ends_can_close():
    """After a release and the end of the connection both are closed."""
    pair = SessionPair.associated([(VERIFICATION, [IMPLICIT])])
    pair.requestor.release(pair.now)
    pair.pump()
    assert [ReleaseRequested(False)] == pair.events_of(pair.acceptor)
    pair.acceptor.respond_release(pair.now)
    pair.pump()
    assert [Released(), Closed()] == pair.events_of(pair.requestor)
    pair.close()
    assert [Closed()] == pair.events_of(pair.acceptor)


def find(message_id: int) -> Command:
    """Give a C-FIND-RQ."""
    return Command(
        CommandField.C_FIND_RQ,
        message_id=message_id,
        affected_sop_class_uid=FIND,
        priority=Priority.MEDIUM,
        has_data_set=True,
    )


class Chunks:
    """A source that gives its bytes in chunks of one buffer."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data = data
        self.buffer = bytearray(size)

    def read(self, size: int, /) -> memoryview:
        size = min(size, len(self.buffer), len(self.data))
        self.buffer[:size], self.data = self.data[:size], self.data[size:]
        return memoryview(self.buffer)[:size]


class Both(RuleBasedStateMachine):
    """Two ends say whatever they may say, in any order and any pieces; each hears all of it, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[int, list[tuple[Command, bytes]]] = {}
        self.heard: dict[int, list[tuple[Command, bytes]]] = {}
        self.parts: dict[int, list[bytes]] = {}
        self.open: dict[int, list[Command]] = {}

    @initialize(window=st.integers(0, 4), maximum=st.sampled_from([1024, 4096, 1 << 20]), pieces=st.integers(1, 2000))
    def associate(self, window: int, maximum: int, pieces: int) -> None:
        """Agree on a window and a maximum length."""
        options = AssociationOptions(operations_invoked=window, operations_performed=window, maximum_length=maximum)
        self.pair = SessionPair.associated([(FIND, [IMPLICIT])], requestor=options, acceptor=options)
        self.pair.split = lambda sent: [sent[at : at + pieces] for at in range(0, len(sent), pieces)]
        self.pair.limit = 4096
        for session in self.ends:
            self.said[id(session)], self.heard[id(session)] = [], []
            self.parts[id(session)], self.open[id(session)] = [], []

    @property
    def ends(self) -> tuple[Session, Session]:
        """The requestor and the acceptor."""
        return self.pair.requestor, self.pair.acceptor

    def _say(self, session: Session, command: Command, data: bytes | None, chunk: int) -> None:
        source = None if data is None else data if chunk > 2000 else Chunks(data, chunk)
        session.send(1, command, source)
        self.said[id(session)].append((command, data or b""))

    def _listen(self) -> None:
        for session in self.ends:
            for event in self.pair.events_of(session):
                if isinstance(event, DataPiece):
                    self.parts[id(session)].append(bytes(event.view))
                elif isinstance(event, MessageEnded):
                    self.heard[id(session)].append((event.command, b"".join(self.parts[id(session)])))
                    self.parts[id(session)] = []
                    if not event.command.field.is_response and event.command.message_id is not None:
                        self.open[id(session)].append(event.command)
                else:
                    assert isinstance(event, MessageBegan), event

    @rule(which=st.integers(0, 1), size=st.integers(0, 20_000), chunk=st.integers(2, 4000))
    def invoke(self, which: int, size: int, chunk: int) -> None:
        """Send a request, if the window has room."""
        session = self.ends[which]
        if session.can_invoke:
            data = (b"%07d," % size * (size // 8 + 1))[:size]
            self._say(session, find(session.next_message_id()), data, chunk)

    @precondition(lambda self: any(self.open.values()))
    @rule(which=st.integers(0, 1), pending=st.booleans(), size=st.integers(0, 5000), chunk=st.integers(2, 4000))
    def respond(self, which: int, pending: bool, size: int, chunk: int) -> None:
        """Answer a request that has been heard, to the end or not."""
        session = self.ends[which]
        outstanding = self.open[id(session)]
        if not outstanding:
            return
        request = outstanding[0]
        if pending:
            self._say(session, request.response(PENDING, has_data_set=True), bytes(size), chunk)
        else:
            outstanding.pop(0)
            self._say(session, request.response(SUCCESS), None, chunk)

    @rule(which=st.integers(0, 1))
    def cancel(self, which: int) -> None:
        """Cancel what was invoked first."""
        session = self.ends[which]
        for identifier, command in list(session.invoked.items())[:1]:
            session.cancel(identifier)
            self.said[id(session)].append((command.cancel(), b""))

    @rule(which=st.integers(0, 1))
    def move(self, which: int) -> None:
        """Let one end send once."""
        self.pair.step(self.ends[which])
        self._listen()

    @rule()
    def settle(self) -> None:
        """Let everything arrive."""
        self.pair.pump()
        self._listen()
        for said, heard in (self.ends, self.ends[::-1]):
            assert self.said[id(said)] == self.heard[id(heard)]
            assert list(said.invoked.values()) == list(heard.performing.values())

    @invariant()
    def nothing_comes_that_was_not_said(self) -> None:
        """What was heard is the beginning of what was said."""
        if self.said:
            for said, heard in (self.ends, self.ends[::-1]):
                found = self.heard[id(heard)]
                assert self.said[id(said)][: len(found)] == found

    def teardown(self) -> None:
        """Let everything arrive, and look whether it has."""
        if self.said:
            self.settle()


Both.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBoth = Both.TestCase
