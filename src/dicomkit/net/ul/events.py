"""What an `UpperLayer` tells its user: the indications and confirmations of PS3.8 7."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.frozen import Options

if TYPE_CHECKING:
    from typing import TypeAlias

    from dicomkit.errors import NetworkError
    from dicomkit.net.ul.negotiation import Association
    from dicomkit.net.ul.pdu import AssociateReject, AssociateRequest

__all__ = [
    "Aborted",
    "AssociationRequested",
    "Closed",
    "Data",
    "Established",
    "Event",
    "Rejected",
    "ReleaseRequested",
    "Released",
]


class AssociationRequested(NamedTuple):
    """A peer asks for an association: answer with ``accept`` or ``reject``."""

    request: AssociateRequest


class Established(NamedTuple):
    """The association is there, on either side; data may be sent."""

    association: Association


class Rejected(NamedTuple):
    """The peer does not want the association; the connection closes."""

    rejection: AssociateReject


class Data(NamedTuple):
    """A piece of a presentation data value as it came; `view` is valid until the next ``receive_data``."""

    context_id: int
    is_command: bool
    is_last: bool
    """True for the last piece of the last PDV of a command set or a data set."""
    view: memoryview


class ReleaseRequested(NamedTuple):
    """The peer wants the release: answer with ``respond_release``, after what is still to be sent."""

    is_collision: bool
    """True if the release was asked for here, too; nothing can be sent any more."""


class Released(Options):
    """The peer has answered to the release that was asked for here."""


class Aborted(NamedTuple):
    """The association ended at once: aborted by the peer, by this side, or with the connection."""

    source: int
    """An `AbortSource`, of the A-ABORT that was received or sent."""
    reason: int
    """An `AbortReason`, of meaning if the source is the service-provider."""
    is_local: bool
    """True if this side aborted, because of `error`."""
    error: NetworkError
    """What to raise or to log: RemoteProtocolError, NetworkTimeoutError, AssociationAbortedError or NetworkError."""


class Closed(Options):
    """The connection is closed, or is to be closed once what there is to send has been sent. The last event."""


Event: TypeAlias = AssociationRequested | Established | Rejected | Data | ReleaseRequested | Released | Aborted | Closed
