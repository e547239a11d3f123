"""What a requestor proposes, so that what is to be sent can be: contexts for services and instances (PS3.8 7.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.net.services import SERVICES, InformationModel, Operation, Service
from dicomkit.net.ul import PresentationContext, RoleSelection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from dicomkit.net.services import ServiceTable, SopClass

    Wish: TypeAlias = "str | Service | InformationModel | SopClass | tuple[str, Sequence[str]] | PresentationContext"

__all__ = ["Proposal", "plan", "plan_instances"]

_MOST_CONTEXTS = 128
_NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
"""Explicit VR first: it says what private elements are. Implicit VR is what every peer has to know (PS3.5 10.1)."""


class Proposal(NamedTuple):
    """Contexts to propose, as (abstract syntax, transfer syntaxes), and roles other than the usual ones."""

    contexts: tuple[tuple[str, tuple[str, ...]], ...]
    roles: tuple[RoleSelection, ...] = ()


def plan(wishes: Iterable[Wish], services: ServiceTable = SERVICES) -> Proposal:
    """Return the contexts for what a caller wants to use.

    A wish is a service or its name (``"verification"``; also an operation, ``"echo"``, ``"find"``), an information
    model, a SOP Class UID or row, or an abstract syntax with transfer syntaxes. Storage has more SOP Classes than an
    association has contexts: name those that are needed, or let `plan_instances` see the instances. Raises ValueError
    for what is none of these, and for more than 128 contexts.
    """
    contexts: dict[tuple[str, tuple[str, ...]], None] = {}
    for wish in wishes:
        for context in _contexts_of(wish, services):
            contexts[context] = None
    if len(contexts) > _MOST_CONTEXTS:
        raise ValueError(f"{len(contexts)} presentation contexts; an association has at most {_MOST_CONTEXTS}")
    return Proposal(tuple(contexts))


def _contexts_of(wish: Wish, services: ServiceTable) -> list[tuple[str, tuple[str, ...]]]:
    if isinstance(wish, PresentationContext):
        return [(wish.abstract_syntax, wish.transfer_syntaxes)]
    if isinstance(wish, tuple):
        abstract, syntaxes = wish
        return [(abstract, tuple([syntaxes] if isinstance(syntaxes, str) else syntaxes))]
    if isinstance(wish, str):
        return [(uid, _NATIVE) for uid in _named(wish, services)]
    if isinstance(wish, InformationModel):
        return [(uid, _NATIVE) for uid in (wish.find, wish.move, wish.get) if uid is not None]
    if isinstance(wish, Service):
        return [(row.uid, _NATIVE) for row in wish.sop_classes if not row.is_retired]
    return [(wish.uid, _NATIVE)]


def _named(name: str, services: ServiceTable) -> list[str]:
    if name[:1].isdigit():
        return [name]
    service = services.named(name)
    if service is not None:
        return [row.uid for row in service.sop_classes if not row.is_retired]
    found: list[str] = [
        row.uid
        for service in services
        for row in service.sop_classes
        if not service.is_open and not row.is_retired and row.support(name) is not None
    ]
    if not found or name == Operation.STORE:
        known = ", ".join([service.name for service in services])
        raise ValueError(f"{name!r} is no service, no operation of one and no SOP Class UID; there are {known}")
    return found


def plan_instances(instances: Iterable[tuple[str, str]], *, as_scp: bool = False) -> list[Proposal]:
    """Return the contexts that instances need, given as (SOP Class UID, transfer syntax UID).

    Each SOP Class gets a context for what is not compressed, and one for each other transfer syntax that occurs, since
    an acceptor takes one per context: so it can take all of them, and an instance goes as it is where that can be. If
    that makes more than 128, contexts of a SOP Class are joined; if there are more than 128 SOP Classes, several
    associations are needed, and so many proposals are returned. With `as_scp` the roles say that the instances come
    from the peer (C-GET).
    """
    found: dict[str, dict[str, None]] = {}
    for sop_class, syntax in instances:
        found.setdefault(sop_class, {})[syntax] = None
    single = [context for sop_class, syntaxes in found.items() for context in _apart(sop_class, syntaxes)]
    if len(single) > _MOST_CONTEXTS:
        single = [(sop_class, _together(syntaxes)) for sop_class, syntaxes in found.items()]
    proposals = []
    for start in range(0, len(single), _MOST_CONTEXTS):
        contexts = tuple(single[start : start + _MOST_CONTEXTS])
        classes = dict.fromkeys([abstract for abstract, _ in contexts])
        roles = tuple([RoleSelection(uid, scu=False, scp=True) for uid in classes]) if as_scp else ()
        proposals.append(Proposal(contexts, roles))
    return proposals


def _apart(sop_class: str, syntaxes: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    others = [uid for uid in syntaxes if uid not in _NATIVE]
    return [*[(sop_class, (uid,)) for uid in others], (sop_class, _NATIVE)]


def _together(syntaxes: Iterable[str]) -> tuple[str, ...]:
    others = [uid for uid in syntaxes if uid not in _NATIVE]
    # What an acceptor takes first of a list is what costs the sender least: compressed instances are the many.
    others.sort(key=lambda uid: not TransferSyntax.of(uid).is_encapsulated)
    return (*others, *_NATIVE)
