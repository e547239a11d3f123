"""Who may connect, associate and do what: device entries, and limits of rate and number (PS3.8 9.3.4, PS3.15 6)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from dicomkit.core.ae_title import AETitle
from dicomkit.core.frozen import Frozen
from dicomkit.errors import NetworkError, ValueEncodeError, escaped

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    Network = IPv4Network | IPv6Network

__all__ = ["AccessRules", "ConnectionGate", "DeviceEntry", "Permission", "check_listening", "normal_address"]

_ANY = "*"
_ECHO = "echo"

# A-ASSOCIATE-RJ: result, source, reason (PS3.8 Table 9-21).
CALLING_UNKNOWN = (1, 1, 3)
CALLED_UNKNOWN = (1, 1, 7)

_MOST_ADDRESSES = 10_000
_CUSTOMER = 64  # an IPv6 customer has as many addresses as this prefix leaves


def normal_address(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address as the socket gives it: without a zone, IPv4 as such where it came as IPv6; None for none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return found if mapped is None else mapped


class DeviceEntry(Frozen):
    """A peer that is let in: by its AE title, where it calls from, and what it may do; immutable.

    An AE title proves nothing. With the network it is what most modalities without TLS offer; with `certificate`, a
    name that must stand in the peer's verified certificate, it authenticates. `services` are operations ("store",
    "find", "n-create"), names of services ("worklist") and SOP Class UIDs; empty allows all. Verification is always
    allowed.
    """

    __slots__ = ("ae_title", "certificate", "network", "services")

    ae_title: str
    network: Network | None
    services: frozenset[str]
    certificate: str

    def __init__(
        self, ae_title: str, network: str | None = None, services: Iterable[str] = (), certificate: str = ""
    ) -> None:
        """Take ``"*"`` for any title, None for any network. Raises ValueError for what is none."""
        try:
            title = _ANY if ae_title.strip() == _ANY else AETitle(ae_title)
        except ValueEncodeError as error:
            raise ValueError(f"a device entry begins with an AE title or *: {error}") from error
        names = [name.strip().lower() for name in services]
        if "" in names:
            raise ValueError("a device entry has an empty name among its services")
        object.__setattr__(self, "ae_title", title)
        object.__setattr__(self, "network", None if network is None else _network(network))
        object.__setattr__(self, "services", frozenset(names))
        object.__setattr__(self, "certificate", certificate.lower())

    @classmethod
    def parse(cls, text: str) -> DeviceEntry:
        """Return the entry of ``AE@10.1.0.0/16:store,find``; raise ValueError for a text that is none.

        The network is an address or a prefix, IPv6 in brackets (``AE@[2001:db8::]/32``) and ``*`` for any; without
        services all are allowed. ``*@*`` lets everybody in, which is a choice as well.
        """
        title, at, rest = text.rpartition("@")
        if not at:
            raise ValueError(f"a device entry is AE@network or AE@network:services, not '{escaped(text)}'")
        if rest.startswith("["):
            address, bracket, rest = rest[1:].partition("]")
            if not bracket:
                raise ValueError(f"the network of '{escaped(text)}' has no closing bracket")
            prefix, colon, services = rest.partition(":")
            network = address + prefix
        else:
            network, colon, services = rest.partition(":")
        if colon and not services:
            raise ValueError(f"services are missing behind the colon of '{escaped(text)}'")
        return cls(title, None if network == _ANY else network, services.split(",") if services else ())

    def __str__(self) -> str:
        network = _ANY if self.network is None else str(self.network)
        if ":" in network:
            address, _, length = network.partition("/")
            network = f"[{address}]/{length}"
        services = f":{','.join(sorted(self.services))}" if self.services else ""
        return f"{self.ae_title}@{network}{services}"

    def matches(self, calling: str, address: str, names: Iterable[str] = ()) -> bool:
        """Return whether a peer is this one: its title, its address, and the names of its verified certificate."""
        if self.ae_title not in (_ANY, calling.strip(" ")):
            return False
        if self.network is not None:
            found = normal_address(address)
            if found is None or found not in self.network:
                return False
        return not self.certificate or self.certificate in {name.lower() for name in names}


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"a network is an address or a prefix such as 10.1.0.0/16, not '{escaped(text)}'") from error


class Permission(Frozen):
    """What became of a peer that asks for an association; immutable.

    `reject` are result, source and reason of A-ASSOCIATE-RJ (PS3.8 Table 9-21), None for a peer that is let in.
    `services` is what it may do, None for all. `why` is for logs.
    """

    __slots__ = ("reject", "services", "why")

    reject: tuple[int, int, int] | None
    services: frozenset[str] | None
    why: str

    def __init__(self, reject: tuple[int, int, int] | None, services: frozenset[str] | None, why: str) -> None:
        object.__setattr__(self, "reject", reject)
        object.__setattr__(self, "services", services)
        object.__setattr__(self, "why", why)

    @property
    def is_admitted(self) -> bool:
        """True if there is no reason to reject."""
        return self.reject is None

    def allows(self, *names: str) -> bool:
        """Return whether one of the names of what is asked for is allowed: operation, service, SOP Class UID."""
        if self.reject is not None:
            return False
        return self.services is None or _ECHO in names or any(name.lower() in self.services for name in names)


class AccessRules(Frozen):
    """Whom a server lets in; immutable. Without device entries it lets everybody in who reaches it.

    Where several entries are those of one peer, it may do what any of them allows.
    """

    __slots__ = ("check_called", "devices", "titles")

    devices: tuple[DeviceEntry, ...]
    titles: frozenset[str]
    check_called: bool

    def __init__(
        self, devices: Iterable[DeviceEntry] = (), titles: Iterable[str] = (), *, check_called: bool = True
    ) -> None:
        """Take the entries, and the AE titles that the server answers to."""
        object.__setattr__(self, "devices", tuple(devices))
        object.__setattr__(self, "titles", frozenset(title.strip(" ") for title in titles))
        object.__setattr__(self, "check_called", check_called)

    def judge(self, calling: str, called: str, address: str, names: Iterable[str] = ()) -> Permission:
        """Return whether a peer may associate, and what it may do.

        `names` are those of its verified certificate, see `dicomkit.net.tls.peer_names`.
        """
        if self.check_called and called.strip(" ") not in self.titles:
            return Permission(CALLED_UNKNOWN, None, "it calls an AE title that is not ours")
        if not self.devices:
            return Permission(None, None, "anybody may")
        names = tuple(names)
        found = [entry for entry in self.devices if entry.matches(calling, address, names)]
        if not found:
            return Permission(CALLING_UNKNOWN, None, "no device entry has its AE title, address and certificate")
        if any(not entry.services for entry in found):
            return Permission(None, None, str(found[0]))
        return Permission(None, frozenset().union(*[entry.services for entry in found]), str(found[0]))


def check_listening(
    addresses: Iterable[str],
    *,
    devices: Iterable[DeviceEntry] = (),
    has_client_certificates: bool = False,
    has_identity_check: bool = False,
) -> None:
    """Raise NetworkError if a server would listen to more than this machine with nobody having said who may call.

    `addresses` are those that its sockets are bound to. Device entries, certificates that peers must have, and a check
    of user identities are choices; ``*@*`` is one, too.
    """
    if has_client_certificates or has_identity_check or any(True for _ in devices):
        return
    for address in addresses:
        found = normal_address(address)
        if found is None or not found.is_loopback:
            raise NetworkError(
                f"to listen on {escaped(address) or 'all addresses'}, say who may call: device entries (AE@10.1.0.0/16:"
                "store,find), TLS with client certificates, or a check of user identities; *@* lets everybody in"
            )


class ConnectionGate:
    """Which TCP connections are taken, before anybody has said who he is. It does no I/O and is told the time.

    `per_second` and `burst` bound each address (IPv6: each network of 64 bits), `connections` all together: beyond,
    the one that has waited longest without an association makes room.
    """

    __slots__ = ("_buckets", "_burst", "_most", "_per_second", "_waiting", "count")

    def __init__(self, per_second: float | None, burst: int, connections: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._most = connections
        self._buckets: dict[Hashable, tuple[float, float]] = {}  # of an address: what it may still do, and since when
        self._waiting: dict[Hashable, None] = {}  # in the order they came
        self.count = 0
        """Connections now."""

    def enter(self, key: Hashable, address: str, now: float) -> tuple[bool, Hashable | None]:
        """Return whether a connection is taken, and the key of another one to be closed for it, or None.

        `key` is what the server calls the connection by. The one to be closed is still to be reported by `leave`.
        """
        if not self._has_rate(address, now):
            return False, None
        victim = None
        if self.count >= self._most:
            victim = next(iter(self._waiting), None)
            if victim is None:
                return False, None
            del self._waiting[victim]
        self.count += 1
        self._waiting[key] = None
        return True, victim

    def associated(self, key: Hashable) -> None:
        """Say that a connection has an association: it is not closed for others any more."""
        self._waiting.pop(key, None)

    def leave(self, key: Hashable) -> None:
        """Say that a connection that was taken is closed."""
        self._waiting.pop(key, None)
        self.count -= 1

    def _has_rate(self, address: str, now: float) -> bool:
        rate = self._per_second
        if rate is None:
            return True
        who = _customer(address)
        left, since = self._buckets.pop(who, (self._burst, now))
        left = min(self._burst, left + max(now - since, 0.0) * rate)
        self._buckets[who] = (left - 1.0 if left >= 1.0 else left, max(now, since))
        if len(self._buckets) > _MOST_ADDRESSES:
            # Who has been quiet longest; most likely he has all of his burst again.
            del self._buckets[next(iter(self._buckets))]
        return left >= 1.0


def _customer(address: str) -> Hashable:
    found = normal_address(address)
    return int(found) >> (128 - _CUSTOMER) if isinstance(found, IPv6Address) else found
