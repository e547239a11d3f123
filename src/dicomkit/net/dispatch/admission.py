"""Who may associate with a server, and what is agreed on with them (PS3.8 7.1.1, Table 9-21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.net.access import AccessRules, check_listening
from dicomkit.net.tls import wants_certificates
from dicomkit.net.ul import AcceptorPolicy, AssociateReject, Support, negotiate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from dicomkit.net.dispatch.endpoint import Endpoint
    from dicomkit.net.dispatch.handlers import HandlerTable
    from dicomkit.net.options import AssociationOptions, ServerOptions
    from dicomkit.net.ul import AssociateAccept, AssociateRequest, ExtendedNegotiation

Destinations: TypeAlias = "Mapping[str, Destination] | Callable[[str], Destination | None]"
"""Where the AE titles of C-MOVE are: host and port, perhaps with the options for associations with them."""
Destination: TypeAlias = "tuple[str, int] | tuple[str, int, AssociationOptions]"

__all__ = ["Admission", "Destinations", "Gate", "destination_of"]

_PERMANENT, _TRANSIENT = 1, 2
_USER, _PRESENTATION = 1, 3
_NO_REASON = 1
_CONGESTION, _LOCAL_LIMIT = 1, 2


class Gate:
    """Counts associations: in all, and from each address."""

    __slots__ = ("_by_address", "_most", "_most_by_address", "count", "is_open")

    def __init__(self, options: ServerOptions) -> None:
        self._most = options.associations
        self._most_by_address = options.associations_per_address
        self._by_address: dict[str, int] = {}
        self.count = 0
        """Associations now."""
        self.is_open = True
        """False once the server shuts down."""

    def enter(self, address: str) -> AssociateReject | None:
        """Count an association, or return why there is no room for it."""
        if not self.is_open:
            return AssociateReject(result=_TRANSIENT, source=_PRESENTATION, reason=_CONGESTION)
        from_there = self._by_address.get(address, 0)
        if self.count >= self._most or from_there >= self._most_by_address:
            return AssociateReject(result=_TRANSIENT, source=_PRESENTATION, reason=_LOCAL_LIMIT)
        self._by_address[address] = from_there + 1
        self.count += 1
        return None

    def leave(self, address: str) -> None:
        """Count an association that has ended."""
        self.count -= 1
        left = self._by_address.get(address, 0) - 1
        if left > 0:
            self._by_address[address] = left
        else:
            self._by_address.pop(address, None)


def destination_of(
    destinations: Destinations | None, title: str, options: AssociationOptions
) -> tuple[tuple[str, int], AssociationOptions] | None:
    """Return the address of a C-MOVE's destination and how to associate with it; None if it is not known.

    By default that is as the server does with its own peers, but without TLS, whose side and names are others.
    """
    found = destinations(title) if callable(destinations) else (destinations or {}).get(title)
    if found is None:
        return None
    own = found[2] if len(found) == 3 else options.replace(tls=None, tls_server_name=None)
    return found[:2], own


class Admission:
    """Answers the requests of peers, for a server of either kind."""

    __slots__ = ("_extended", "_identify", "_options", "_rules", "_table")

    def __init__(
        self,
        table: HandlerTable,
        options: ServerOptions,
        ae_titles: tuple[str, ...],
        *,
        identify: Callable[[AssociateRequest], object] | None = None,
        extended: Callable[[ExtendedNegotiation], bytes | None] | None = None,
    ) -> None:
        """Take what is served to whom.

        `identify` is called with a request that carries a user identity; what it returns becomes ``peer.identity``, and
        None rejects. `extended` answers SOP Class Extended Negotiation.
        """
        self._table = table
        self._options = options
        self._rules = AccessRules(options.devices, ae_titles, check_called=options.check_called)
        self._identify = identify
        self._extended = extended

    def check_listening(self, addresses: Iterable[str]) -> None:
        """Raise NetworkError where others than this machine could call, and nobody has said who may."""
        check_listening(
            addresses,
            devices=self._options.devices,
            has_client_certificates=wants_certificates(self._options.association.tls),
            has_identity_check=self._identify is not None,
        )

    def answer(self, endpoint: Endpoint, request: AssociateRequest) -> AssociateAccept | AssociateReject:
        """Return the answer to a request, and note at the endpoint who the peer is."""
        permission = self._rules.judge(
            request.calling_ae_title, request.called_ae_title, endpoint.address, endpoint.certificate_names
        )
        if permission.reject is not None:
            result, source, reason = permission.reject
            endpoint.note("not admitted", why=permission.why)
            return AssociateReject(result=result, source=source, reason=reason)
        endpoint.permission = permission
        identity = request.user_information.user_identity
        response: bytes | None = None
        if self._identify is not None:
            found = self._identify(request)
            if found is None:
                return AssociateReject(result=_PERMANENT, source=_USER, reason=_NO_REASON)
            endpoint.identity = found
            response = b"" if identity is not None else None
        policy = AcceptorPolicy(
            supports=self._supports(endpoint), extended=self._extended, user_identity_response=response
        )
        return negotiate(request, policy, self._options.association)

    def _supports(self, endpoint: Endpoint) -> Callable[[str], Support | None]:
        """What the peer may use of what is served."""
        table, permission = self._table, endpoint.permission
        if permission is None or permission.services is None:
            return table.support

        def support(abstract_syntax: str) -> Support | None:
            operations = table.operations(abstract_syntax)
            allowed = permission.allows(abstract_syntax, *table.names(abstract_syntax), *operations)
            return table.support(abstract_syntax) if allowed else None

        return support
