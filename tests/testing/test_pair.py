"""The pair itself: it associates, carries every cut, and lets time pass."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dicomkit import Dataset
from dicomkit.errors import NetworkError, NetworkTimeoutError
from dicomkit.net.operations import StoreOperation, calls
from dicomkit.net.options import AssociationOptions
from dicomkit.net.services import STUDY_ROOT
from dicomkit.net.storage.opening import opener
from dicomkit.net.storage.targets import retrieval_target
from dicomkit.testing.pair import Pair, byte_by_byte
from tests.net.instances import SECONDARY_CAPTURE, data_set, file


def test_both_ends_release():
    """After a release both ends are over, and neither has an error."""
    pair = Pair()
    pair.release()
    assert (True, True) == (pair.requestor.is_over, pair.acceptor.is_over)
    assert (None, None) == (pair.requestor.error, pair.acceptor.error)


@given(st.integers(1, 300))
def test_echo_survives_every_cut(size: int):
    """An echo is answered whatever pieces the bytes arrive in."""
    pair = Pair(cut=lambda data: [data[start : start + size] for start in range(0, len(data), size)])
    (reply,) = pair.run(calls.echo())
    assert 0 == reply.status


def test_bytes_come_one_by_one():
    """An echo is answered when each byte arrives alone."""
    (reply,) = Pair(cut=byte_by_byte).run(calls.echo())
    assert 0 == reply.status


def test_idle_time_ends_the_association():
    """An association over which nothing is said is aborted when the idle time is over."""
    pair = Pair()
    pair.wait(61.0)  # what was sent when it began counts from here
    assert not pair.requestor.is_over
    pair.wait(61.0)
    assert pair.requestor.is_over
    assert isinstance(pair.requestor.error, NetworkError)


def test_a_response_that_never_comes_is_a_time_out():
    """A request that nobody hears ends with NetworkTimeoutError after response_seconds."""
    is_silent = False

    def cut(data: bytes) -> tuple[bytes, ...]:
        return () if is_silent else (data,)

    pair = Pair(cut=cut)
    is_silent = True
    operation = calls.echo()
    pair.run(operation)
    pair.wait(61.0)
    pair.wait(61.0)
    assert operation.done
    assert isinstance(operation.error, NetworkTimeoutError)


@given(
    sizes=st.lists(st.integers(0, 5000), min_size=1, max_size=5),
    pieces=st.lists(st.integers(1, 3000), min_size=1, max_size=8),
    window=st.integers(0, 4),
    longest=st.sampled_from([1024, 1500, 16384]),
)
def test_what_is_stored_and_got_back_is_the_same(sizes: list[int], pieces: list[int], window: int, longest: int):
    """Instances are the same to the byte when they were stored and got back, however the stream is cut and bounded."""
    received: dict[str, bytes] = {}

    def cut(data: bytes) -> list[bytes]:
        made, position, turn = [], 0, 0
        while position < len(data):
            size = pieces[turn % len(pieces)]
            made.append(data[position : position + size])
            position, turn = position + size, turn + 1
        return made

    handlers = {
        "store": lambda request: received.update({str(request.sop_instance_uid): request.data}),
        "get": lambda request: sources,
    }
    options = AssociationOptions(
        operations_invoked=window, operations_performed=window, maximum_length=longest, send_maximum=longest
    )
    sources = [file(f"1.2.{number}", content=bytes(size)) for number, size in enumerate(sizes, 1)]
    pair = Pair([STUDY_ROOT.get, SECONDARY_CAPTURE], handlers, options=options, receive=[SECONDARY_CAPTURE], cut=cut)
    expected = {f"1.2.{number}": data_set(f"1.2.{number}", content=bytes(size)) for number, size in enumerate(sizes, 1)}
    results = pair.run(StoreOperation(sources, opener()))
    assert expected == received
    assert all(result.is_stored for result in results)
    operation = calls.get(Dataset(), STUDY_ROOT)
    pair.requestor.retrieving = retrieval_target(operation, None, options)
    got = {str(ds.SOPInstanceUID): ds.to_bytes() for ds in pair.run(operation)}
    assert expected.keys() == got.keys()
    assert all(got[uid].endswith(expected[uid]) for uid in expected)
    pair.release()
    assert (None, None) == (pair.requestor.error, pair.acceptor.error)
