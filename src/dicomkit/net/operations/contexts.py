"""Which presentation context carries a message, of those that were accepted (PS3.8 7.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.errors import NoPresentationContextError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.net.services import ServiceTable
    from dicomkit.net.ul import AcceptedContext

__all__ = ["Contexts"]

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_IMPLICIT_LITTLE = "1.2.840.10008.1.2"


class Contexts:
    """The accepted presentation contexts of an association, and the choice among them."""

    __slots__ = ("_by_abstract", "_services")

    def __init__(self, accepted: Iterable[AcceptedContext], services: ServiceTable) -> None:
        """Take the contexts that were accepted."""
        self._services = services
        self._by_abstract: dict[str, list[AcceptedContext]] = {}
        for context in accepted:
            self._by_abstract.setdefault(context.abstract_syntax, []).append(context)

    def of(self, sop_class: str, *, as_scu: bool = True) -> list[AcceptedContext]:
        """Return the contexts of a SOP Class in which this side has the role asked for."""
        found = self._by_abstract.get(sop_class, ())
        return [context for context in found if (context.is_scu if as_scu else context.is_scp)]

    def choose(self, sop_class: str, *, as_scu: bool = True) -> AcceptedContext:
        """Return the context for messages whose data sets this side encodes: its own, or that of a Meta SOP Class.

        Explicit VR is preferred, because Implicit VR loses the VRs of private elements. NoPresentationContextError if
        there is none.
        """
        found = self.of(sop_class, as_scu=as_scu)
        if not found:
            for abstract, contexts in self._by_abstract.items():
                row = self._services.sop_class(abstract)
                if row is not None and (sop_class in row.members or row.instances_of == sop_class):
                    found += [context for context in contexts if (context.is_scu if as_scu else context.is_scp)]
        if not found:
            raise NoPresentationContextError(abstract_syntax=sop_class)
        return min(found, key=_rank)

    def __contains__(self, sop_class: object) -> bool:
        """Say whether a context of this abstract syntax was accepted."""
        return sop_class in self._by_abstract


def _rank(context: AcceptedContext) -> int:
    if context.transfer_syntax == _EXPLICIT_LITTLE:
        return 0
    if context.transfer_syntax == _IMPLICIT_LITTLE:
        return 1
    return 3 if TransferSyntax.of(context.transfer_syntax).is_encapsulated else 2
