"""What an association and a server may cost, and how long they wait (PS3.7 D.3.3, PS3.8 9.1.5)."""

from __future__ import annotations

from dicomkit.core.frozen import Options
from dicomkit.core.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from dicomkit.core.issue import IssuePolicy
    from dicomkit.net.access import DeviceEntry

__all__ = ["DEFAULT_ASSOCIATION", "DEFAULT_SERVER", "AssociationOptions", "ServerOptions"]

_KIB = 1 << 10
_MIB = 1 << 20

_LARGEST_LENGTH = 0xFFFFFFFF  # a PDU's length has 32 bits (PS3.8 9.3.1)
_LARGEST_WINDOW = 0xFFFF  # 16 bits (PS3.7 D.3.3.3)
_SMALLEST_PDU = 1024  # below, headers are a noticeable part of what is sent; DCMTK takes no less than 4096


def _check_number(name: str, value: object, least: int, most: int | None) -> None:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value and (most is None or value <= most):
        return
    bounds = f"of at least {least:,}" if most is None else f"from {least:,} to {most:,}"
    raise ValueError(f"{name} is a number {bounds}, not {value!r}")


def _check_positive(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < float("inf"):
        raise ValueError(f"{name} is a positive number or None, not {value!r}")


def _check_seconds(options: Options) -> None:
    for name, value in options._as_dict().items():
        if name.endswith("_seconds"):
            _check_positive(name, value)


class AssociationOptions(Options):
    """How one association is negotiated, bounded and timed, on either side; times are in seconds, None waits for ever.

    ``AssociationOptions(response_seconds=600)`` gives a slow archive ten minutes.
    """

    maximum_length: int = _MIB
    """The longest P-DATA PDU that the peer may send (PS3.8 D.1), said to it; one that is longer is aborted as soon as
    its length is seen. From 128 KiB to 1 MiB throughput is the same, with 16 KiB it is 5 to 13 % less. 0 would be "no
    limit" to the peer, and is not allowed."""

    send_maximum: int = _MIB
    """The longest P-DATA PDU that is sent to a peer that allows longer ones, or any length. A longer one gains nothing,
    and a peer may keep a whole PDU in memory."""

    operations_invoked: int = 1
    """Operations that this side, as requestor, asks to have outstanding (PS3.7 D.3.3.3); 1 asks for no asynchronous
    window, 0 for an unlimited one. Few peers grant one: DCMTK and pynetdicom never do."""

    operations_performed: int = 1
    """Operations that the peer may have outstanding here, asked for as requestor and granted as acceptor; 0 is
    unlimited. More than 1 lets stored files share one fsync of their folder."""

    associate_bytes: int = _MIB
    """An A-ASSOCIATE PDU, the only one besides P-DATA that is long. 128 contexts with 40 transfer syntaxes each come
    to 200 KiB; DCMTK stops at 1 MiB, too, since a length of 4 GiB took its memory."""

    other_pdu_bytes: int = _KIB
    """Any other PDU. PS3.8 9.3 gives A-ASSOCIATE-RJ, A-RELEASE and A-ABORT a length of 4; some peers add a few."""

    command_bytes: int = 64 * _KIB
    """A command set (PS3.7 6.3.1), which is kept in memory. A C-STORE-RQ has 200 bytes; lists of
    attributes and offending elements make the longest, a few KiB."""

    identifier_bytes: int = 16 * _MIB
    """A data set kept in memory for a handler or a caller: identifiers, attribute lists, an image box of 4,000 × 4,000
    pixels. A longer one is spooled to a temporary file. Instances that go to a folder are never in memory."""

    data_set_bytes: int | None = None
    """One data set received, in all. None: a disk that is full answers for itself, with status A700, and the largest
    instances (whole slides, breast tomosynthesis) have tens of GiB."""

    contexts: int = 128
    """Presentation contexts of one association. Their identifiers are the odd numbers of one byte (PS3.8 9.3.2.2), so
    there cannot be more."""

    artim_seconds: float | None = 30.0
    """ARTIM (PS3.8 9.1.5): from accept to the end of the A-ASSOCIATE-RQ, and from the last PDU to the close of the
    connection. It runs for the whole PDU, so that a peer that drips bytes gains nothing."""

    connect_seconds: float | None = 15.0
    """Until the peer has taken the TCP connection. Over a long path with lost packets it takes 7 s: three tries of 1, 2
    and 4 s."""

    tls_handshake_seconds: float | None = 10.0
    """A TLS handshake, from the first byte to the last. It takes a few round trips; fo-dicom once stood still behind
    one that was never finished."""

    response_seconds: float | None = 60.0
    """Until the peer answers a request, or sends the next of several responses; what it sends meanwhile for a request
    of its own does not count. Archives that index before they answer take seconds, those that fetch from tape, longer:
    raise it for these."""

    pdu_seconds: float | None = 60.0
    """One PDU, from its first byte to its last, once the association stands: 1 MiB in a minute is 140 kbit/s."""

    idle_seconds: float | None = 60.0
    """An association over which nothing is sent, received or waited for. Modalities keep one open between images: raise
    it for those that do. Orthanc waits 30 s, pynetdicom 60."""

    association_seconds: float | None = None
    """An association in all. None: one that moves bytes is welcome, and an archive's migration lasts days."""

    receive_buffer: int = 256 * _KIB
    """What one call takes from the socket. Beyond 256 KiB throughput does not rise; a peer's PDUs of 16 KiB come by the
    dozen in one call."""

    send_buffer: int = _MIB
    """What is encoded or read ahead of the socket for one association; more waits until the peer has taken it. With as
    much as one PDU, reading files and sending them overlap."""

    implementation_class_uid: str = IMPLEMENTATION_CLASS_UID
    """Who wrote this side (PS3.7 D.3.3.2), for the peer's logs; a product built on dicomkit may say its own."""

    implementation_version_name: str = IMPLEMENTATION_VERSION_NAME
    """Which version of it (PS3.7 D.3.3.2.4), at most 16 characters."""

    tls: ssl.SSLContext | None = None
    """How to encrypt and whom to trust, from `dicomkit.net.tls`; None is plain TCP. A server's context stands in its
    association options as well."""

    tls_server_name: str | None = None
    """The name that the peer's certificate must have, where it is not the host that is connected to."""

    issues: IssuePolicy = "collect"
    """What happens to deviations of the peer's messages that can be lived with, as for files."""

    def _check(self) -> None:
        for name in ("maximum_length", "send_maximum"):
            _check_number(name, getattr(self, name), _SMALLEST_PDU, _LARGEST_LENGTH)
        for name in ("operations_invoked", "operations_performed"):
            _check_number(name, getattr(self, name), 0, _LARGEST_WINDOW)
        for name in ("associate_bytes", "command_bytes", "receive_buffer", "send_buffer"):
            _check_number(name, getattr(self, name), _KIB, _LARGEST_LENGTH)
        _check_number("other_pdu_bytes", self.other_pdu_bytes, 4, _LARGEST_LENGTH)
        _check_number("identifier_bytes", self.identifier_bytes, 0, None)
        if self.data_set_bytes is not None:
            _check_number("data_set_bytes", self.data_set_bytes, 0, None)
        _check_number("contexts", self.contexts, 1, 128)
        _check_seconds(self)
        if not 0 < len(self.implementation_version_name) <= 16 or not self.implementation_version_name.isascii():
            raise ValueError("implementation_version_name has 1 to 16 ASCII characters (PS3.7 D.3.3.2.4)")
        if not 0 < len(self.implementation_class_uid) <= 64:
            raise ValueError("implementation_class_uid is a UID, of at most 64 characters (PS3.7 D.3.3.2)")


class ServerOptions(Options):
    """What a server takes from all its peers together; `association` holds for each of them."""

    association: AssociationOptions = AssociationOptions()
    """How each association is negotiated, bounded and timed."""

    associations: int = 100
    """Associations at once. The next one is rejected (transient, local limit exceeded, PS3.8 Table 9-21), so its
    requestor tries again; pynetdicom stops at 10, DCMTK at the machine's end."""

    associations_per_address: int = 100
    """Associations at once from one address. As many as in all, so that a router or a test on loopback is not in its
    own way; lower it where many modalities share one server."""

    connections: int = 2000
    """TCP connections at once, with or without an association. Beyond, the one that has waited longest without an
    association is closed, so that silent connections cannot keep a good peer out."""

    connections_per_second: float | None = 200.0
    """Connections from one address, on average. A modality that opens one for each image makes 10 a second, a port
    scanner thousands. None switches the limit off."""

    connections_burst: int = 2000
    """Connections from one address that may come at once before the rate counts."""

    backlog: int = 1024
    """Connections that the system holds until they are accepted; it may allow fewer (net.core.somaxconn)."""

    shutdown_seconds: float | None = 10.0
    """How long a server that is told to stop lets its associations finish what was accepted, before they
    are aborted."""

    check_called: bool = True
    """Reject an association that calls another AE title than the server's (PS3.8 Table 9-21, called AE title not
    recognized). A title proves nothing, but a wrong one shows a wrong configuration on the first try."""

    devices: tuple[DeviceEntry, ...] = ()
    """Who may associate, and for what (`dicomkit.net.access`). Empty: whoever reaches the server; one that listens to
    more than this machine then needs TLS with client certificates or a check of user identities, or does not start."""

    check_requests: bool = True
    """Hold each request against the tables of PS3.4 before its handler is called: a mandatory attribute that is missing
    is answered with 0120, an identifier that its information model does not allow with A900, and the attributes at
    fault are named. A handler for peers that cannot be mended switches it off, and may call `check_request` itself."""

    workers: int = 1
    """Processes that accept from one port. Python runs one thread at a time, so a second one stores more only on its
    own core; handlers then share no memory."""

    def _check(self) -> None:
        if not isinstance(self.association, AssociationOptions):
            raise TypeError(f"association takes AssociationOptions, not {type(self.association).__name__}")
        for name in ("associations", "associations_per_address", "connections", "connections_burst", "workers"):
            _check_number(name, getattr(self, name), 1, None)
        _check_number("backlog", self.backlog, 0, None)
        if not all(hasattr(entry, "matches") for entry in self.devices):
            raise TypeError("devices are DeviceEntry values: (DeviceEntry.parse('CT1@10.1.0.0/16:store'),)")
        _check_positive("connections_per_second", self.connections_per_second)
        _check_seconds(self)


DEFAULT_ASSOCIATION = AssociationOptions()
"""What applies to an association unless options say otherwise."""

DEFAULT_SERVER = ServerOptions()
"""What applies to a server unless options say otherwise."""
