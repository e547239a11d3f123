"""Two upper layers, or one and scripted bytes, with no wire between them."""

from __future__ import annotations

from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul import (
    AcceptorPolicy,
    AssociateAccept,
    AssociateRequest,
    Data,
    Event,
    Support,
    UpperLayer,
    associate_request,
    negotiate,
)

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
OPTIONS = AssociationOptions()
POLICY = AcceptorPolicy(supports={VERIFICATION: Support((IMPLICIT,)), CT: Support((EXPLICIT, IMPLICIT))})


def a_request(options: AssociationOptions = OPTIONS) -> AssociateRequest:
    """Give a request of two contexts, 1 and 3."""
    return associate_request("ME", "PACS", [(VERIFICATION, [IMPLICIT]), (CT, [IMPLICIT, EXPLICIT])], options)


def an_answer(request: AssociateRequest, options: AssociationOptions = OPTIONS) -> AssociateAccept:
    """Give the acceptance of a request."""
    answer = negotiate(request, POLICY, options)
    assert isinstance(answer, AssociateAccept)
    return answer


def sent(upper: UpperLayer) -> bytes:
    """Give all that a side has to send."""
    parts = []
    while buffers := upper.data_to_send():
        parts += [bytes(buffer) for buffer in buffers]
    return b"".join(parts)


def events_of(upper: UpperLayer) -> list[Event]:
    """Give all events of a side, with data copied, since the views end."""
    found: list[Event] = []
    while (event := upper.next_event()) is not None:
        found.append(event._replace(view=memoryview(bytes(event.view))) if isinstance(event, Data) else event)
    return found


def pass_on(source: UpperLayer, target: UpperLayer, now: float = 0.0, step: int = 1 << 30) -> list[Event]:
    """Carry what one side sends to the other, `step` bytes a time; give what happens there."""
    data = sent(source)
    found = []
    for start in range(0, len(data), step):
        target.receive_data(data[start : start + step], now)
        found += events_of(target)
    return found


def joined(events: list[Event]) -> list[Event]:
    """Give the events with the pieces of each PDV-run joined: how they were cut says nothing."""
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if (
            isinstance(event, Data) and isinstance(last, Data) and not last.is_last
            and (last.context_id, last.is_command) == (event.context_id, event.is_command)
        ):  # fmt: skip
            found[-1] = event._replace(view=memoryview(bytes(last.view) + bytes(event.view)))
        else:
            found.append(event)
    return found


def established(
    options: AssociationOptions = OPTIONS, acceptor_options: AssociationOptions | None = None
) -> tuple[UpperLayer, UpperLayer]:
    """Give a requestor and an acceptor with an association of contexts 1 and 3, made at time 0."""
    theirs = options if acceptor_options is None else acceptor_options
    request = a_request(options)
    requestor, acceptor = UpperLayer.requestor(request, options), UpperLayer.acceptor(theirs)
    requestor.connection_made(0.0)
    acceptor.connection_made(0.0)
    pass_on(requestor, acceptor)
    acceptor.accept(an_answer(request, theirs), 0.0)
    events_of(acceptor)
    pass_on(acceptor, requestor)
    return requestor, acceptor
