"""One side of an association: who is told what, and what is refused."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.core.uid import UID
from dicomkit.errors import LocalProtocolError, NetworkError
from dicomkit.net.dimse import Command, CommandField, Priority
from dicomkit.net.dispatch import StoreRequest
from dicomkit.net.operations import Operation, StoreOperation, calls
from dicomkit.net.operations.operation import Port
from dicomkit.net.options import AssociationOptions
from dicomkit.net.services import STUDY_ROOT
from dicomkit.net.storage.opening import opener
from dicomkit.net.ul import AcceptedContext
from dicomkit.testing.pair import Pair
from tests.net.instances import SECONDARY_CAPTURE, data_set, file

CT = "1.2.840.10008.5.1.4.1.1.2"


class Sent(Operation[int]):
    """A C-STORE whose command says what a test wants."""

    def __init__(self, sop_class: str, sop_instance: str) -> None:
        super().__init__()
        self.names = sop_class, sop_instance

    def begin(self, port: Port) -> None:
        """Send the request."""
        sop_class, sop_instance = self.names
        context = port.contexts.choose(SECONDARY_CAPTURE)
        command = Command(
            CommandField.C_STORE_RQ,
            message_id=port.next_message_id(),
            affected_sop_class_uid=sop_class,
            affected_sop_instance_uid=sop_instance,
            priority=Priority.MEDIUM,
            has_data_set=True,
        )
        port.invoke(self, context, command, data_set("1.2.3"))

    def response(self, context: AcceptedContext, command: Command) -> None:
        """Take the status."""
        assert command.status is not None
        self.results.append(int(command.status))
        self.done = True


@pytest.mark.parametrize(
    ("sop_class", "instance", "status"),
    [(SECONDARY_CAPTURE, "1.2.3", 0), (CT, "1.2.3", 0xA900), (SECONDARY_CAPTURE, "1.2.../evil", 0x0117)],
)
def test_a_store_that_contradicts_itself_is_refused(sop_class: str, instance: str, status: int):
    """Another SOP Class than the context's is A900, an illegal UID 0117; the handler sees neither."""
    seen: list[UID] = []
    pair = Pair([SECONDARY_CAPTURE], {"store": lambda request: seen.append(request.sop_instance_uid)})
    assert [status] == pair.run(Sent(sop_class, instance))
    assert (["1.2.3"] if status == 0 else []) == seen


def test_a_request_without_a_handler_is_refused():
    """What the context allows but no handler performs is 0122, what the SOP Class does not have 0211."""
    pair = Pair(["1.2.840.10008.3.1.2.3.3"], {"n-create": lambda request: None})
    (reply,) = pair.run(calls.n_set("1.2.840.10008.3.1.2.3.3", "1.2.3", dataset_of("x")))
    assert 0x0122 == reply.status
    (reply,) = pair.run(calls.n_action("1.2.840.10008.3.1.2.3.3", "1.2.3", 1))
    assert 0x0211 == reply.status


def dataset_of(text: str) -> Dataset:
    """Give a data set."""
    ds = Dataset()
    ds.PatientID = text
    return ds


def test_the_handlers_target_may_refuse_before_anything_comes():
    """What takes the instance may raise when it is opened; the data set is dropped, the association lives."""

    class Full:
        def open(self, request: StoreRequest) -> None:
            raise OSError(28, "No space left on device")

    pair = Pair([SECONDARY_CAPTURE], {"store": Full()})
    results = pair.run(StoreOperation([file("1.2.1"), file("1.2.2")], opener()))
    assert [0xA700, 0xA700] == [result.status for result in results]


def test_a_sink_that_fails_in_the_middle_is_discarded():
    """A disk that fills up is A700 after the last piece, and what was written is forgotten."""
    told: list[str] = []

    class Sink:
        def write(self, view: memoryview) -> None:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            told.append("flush")

        def commit(self) -> None:
            told.append("commit")

        def discard(self) -> None:
            told.append("discard")

    class Target:
        def open(self, request: StoreRequest) -> Sink:
            return Sink()

    pair = Pair([SECONDARY_CAPTURE], {"store": Target()})
    (result,) = pair.run(StoreOperation([file("1.2.1")], opener()))
    assert 0xA700 == result.status
    assert ["discard"] == told


def test_a_cut_discards_what_had_come():
    """A connection that is lost inside a data set leaves nothing: the sink is discarded, never committed."""
    told: list[str] = []

    class Sink:
        write = flush = lambda self, *view: None

        def commit(self) -> None:
            told.append("commit")

        def discard(self) -> None:
            told.append("discard")

    class Target:
        def open(self, request: StoreRequest) -> Sink:
            return Sink()

    pair = Pair([SECONDARY_CAPTURE], {"store": Target()})
    pair.requestor.start(StoreOperation([file("1.2.1", content=bytes(10_000))], opener()))
    data = b"".join(pair.requestor.data_to_send(0.0))
    pair.acceptor.receive_data(data[:5000], 0.0)
    pair.acceptor.receive_eof(0.0)
    assert ["discard"] == told
    assert isinstance(pair.acceptor.error, NetworkError)


def test_operations_hear_of_the_end():
    """An abort ends what is under way with the reason, and nothing new begins."""
    pair = Pair([STUDY_ROOT, "echo"], {"find": lambda request: 0})
    operation = calls.echo()
    pair.requestor.start(operation)
    pair.requestor.abort(0.0, NetworkError("enough"))
    assert "enough" == str(operation.error)
    with pytest.raises(NetworkError, match="enough"):
        pair.requestor.start(calls.echo())


def test_the_release_is_answered_when_all_is_performed():
    """A peer that asks for the release while requests are outstanding hears of them first."""
    pair = Pair()
    operation = calls.echo()
    pair.requestor.start(operation)
    pair.requestor.release(0.0)
    pair.exchange()
    assert operation.done
    assert (True, None) == (pair.requestor.is_over, pair.requestor.error)


def test_a_data_set_beyond_its_bound_ends_the_association():
    """With data_set_bytes a peer cannot fill the disk."""
    options = AssociationOptions(data_set_bytes=1000)
    pair = Pair([SECONDARY_CAPTURE], {"store": lambda request: None}, acceptor_options=options)
    (result,) = pair.run(StoreOperation([file("1.2.1", content=bytes(10_000))], opener()))
    assert not result.is_stored


def test_nothing_is_released_twice():
    """A release after the end is the caller's fault."""
    pair = Pair()
    pair.release()
    with pytest.raises(LocalProtocolError):
        pair.requestor.release(0.0)
