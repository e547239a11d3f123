"""What operations share."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.errors import LimitExceededError, LocalProtocolError
from dicomkit.net.operations import calls
from dicomkit.net.operations.operation import Collected
from dicomkit.net.options import AssociationOptions
from dicomkit.net.services import STUDY_ROOT
from dicomkit.testing.pair import Pair


def test_pieces_become_a_data_set():
    """Pieces that are cut anywhere are one data set, and the collector begins anew."""
    collected = Collected(1000)
    data = b"\x10\x00\x20\x00LO\x02\x007 "
    for byte in data:
        collected.write(memoryview(bytes([byte])))
    assert "7" == collected.data_set("1.2.840.10008.1.2.1").PatientID
    assert b"" == collected.take()


def test_a_bound_is_kept():
    """One byte beyond the bound is a LimitExceededError."""
    collected = Collected(3)
    collected.write(memoryview(b"123"))
    with pytest.raises(LimitExceededError, match="identifier_bytes=3"):
        collected.write(memoryview(b"4"))


def test_an_answer_beyond_the_bound_ends_the_association():
    """A match that is longer than identifier_bytes is not kept: the caller hears which limit it was."""

    def find(request: object) -> object:
        match = Dataset()
        match.PatientComments = "x" * 5000
        yield match

    pair = Pair([STUDY_ROOT], {"find": find}, options=AssociationOptions(identifier_bytes=1000))
    with pytest.raises(LimitExceededError, match="identifier_bytes=1000"):
        pair.run(calls.find(Dataset(), STUDY_ROOT))
    assert pair.requestor.is_over


def test_a_second_operation_waits_for_the_first():
    """Without a window one operation is outstanding at a time (PS3.7 D.3.3.3)."""
    pair = Pair()
    pair.requestor.start(calls.echo())
    with pytest.raises(LocalProtocolError, match="one at a time"):
        pair.requestor.start(calls.echo())


def test_text_that_its_character_set_cannot_hold_goes_as_unicode():
    """A data set put together from several is sent, and says how its text is written (PS3.3 C.12.1.1.2)."""
    keys = Dataset(PatientName="Müller^Jürg", ScheduledProcedureStepSequence=[Dataset(ScheduledStationName="λ")])
    pair = Pair([STUDY_ROOT], {"find": lambda request: [request.dataset]})
    (match,) = pair.run(calls.find(keys, STUDY_ROOT))
    assert ("ISO_IR 192", "Müller^Jürg", "λ") == (
        match.SpecificCharacterSet,
        match.PatientName,
        match.ScheduledProcedureStepSequence[0].ScheduledStationName,
    )
    assert "SpecificCharacterSet" not in keys
