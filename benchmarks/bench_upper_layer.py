"""Take P-DATA-TF PDUs of 16 KiB, as most peers send them, out of a buffer of 256 KiB."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial

from benchmarks.files import Files
from benchmarks.harness import Comparison, Subject
from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul import AcceptorPolicy, AssociateAccept, Data, Support, UpperLayer, associate_request, negotiate

VERIFICATION, IMPLICIT = "1.2.840.10008.1.1", "1.2.840.10008.1.2"
LENGTH = 16_384
PDU = struct.pack(">BxIIBB", 4, LENGTH, LENGTH - 4, 1, 0) + bytes(LENGTH - 6)
COUNT = 16


def _established() -> UpperLayer:
    """Give an acceptor with an association."""
    options = AssociationOptions(idle_seconds=None)
    request = associate_request("ME", "PACS", [(VERIFICATION, [IMPLICIT])], options)
    upper = UpperLayer.acceptor(options)
    upper.connection_made(0.0)
    upper.receive_data(request.encode(), 0.0)
    answer = negotiate(request, AcceptorPolicy(supports={VERIFICATION: Support((IMPLICIT,))}), options)
    assert isinstance(answer, AssociateAccept)
    upper.next_event()
    upper.accept(answer, 0.0)
    upper.next_event()
    return upper


def _receive(upper: UpperLayer, buffer: bytes) -> int:
    """Give how many bytes of data a buffer brings."""
    upper.receive_data(buffer, 1.0)
    size = 0
    while (event := upper.next_event()) is not None:
        assert isinstance(event, Data)
        size += len(event.view)
    return size


def _pynetdicom(pdus: list[bytes]) -> int:
    """Decode PDUs that somebody has cut out already, as its reader does."""
    from pynetdicom.pdu import P_DATA_TF

    size = 0
    for data in pdus:
        pdu = P_DATA_TF()
        pdu.decode(data)
        for _, value in pdu.to_primitive().presentation_data_value_list:
            size += len(value) - 1  # the control header
    return size


def _copied(buffer: bytes) -> int:
    """Copy a buffer once: what the kernel does for each `recv`."""
    return len(bytearray(buffer)) - 12 * COUNT


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons."""
    upper, buffer = _established(), PDU * COUNT
    ours = partial(_receive, upper, buffer)
    yield Comparison("upper-layer-16k-vs-pynetdicom", "pynetdicom", ours, partial(_pynetdicom, [PDU] * COUNT))
    yield Comparison("upper-layer-16k-vs-copy", "one copy", ours, partial(_copied, buffer), is_cost=True)
