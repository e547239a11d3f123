"""Agreeing on an association: the request, the acceptor's answer, and what both come to (PS3.8 7.1, PS3.7 D.3)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.frozen import Options
from dicomkit.core.uid import UID
from dicomkit.net.ul.items import (
    APPLICATION_CONTEXT,
    ContextResult,
    ExtendedNegotiation,
    OperationsWindow,
    PresentationContext,
    Result,
    RoleSelection,
    UserInformation,
)
from dicomkit.net.ul.pdu import AssociateAccept, AssociateReject, AssociateRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.ul.items import CommonExtendedNegotiation, UserIdentity

__all__ = [
    "AcceptedContext",
    "AcceptorPolicy",
    "Association",
    "Support",
    "associate_request",
    "negotiate",
]

# What is sent to a peer that does not say what it takes (PS3.8 D.1 wants it said): what nearly everybody takes.
_UNSAID_MAXIMUM = 16_384


class AcceptedContext(NamedTuple):
    """A presentation context that can be used, as one side sees it."""

    id: int
    abstract_syntax: UID
    transfer_syntax: UID
    is_scu: bool
    """True if this side may invoke operations of the SOP class."""
    is_scp: bool
    """True if this side performs them."""


class Association(Options):
    """What both sides have agreed on, as one of them sees it."""

    is_requestor: bool = True
    request: AssociateRequest = AssociateRequest()
    accept: AssociateAccept = AssociateAccept()
    contexts: Mapping[int, AcceptedContext] = MappingProxyType({})
    """The contexts that can be used, by ID."""
    refused: Mapping[int, int] = MappingProxyType({})
    """Why the others cannot: a `Result` by ID."""
    maximum_length: int = 0
    """The longest P-DATA-TF that this side takes, header apart; 0 is any length."""
    peer_maximum_length: int = 0
    """The longest that the peer takes; 0 is any length."""
    operations_invoked: int = 1
    """Operations that this side may have outstanding; 0 is any number."""
    operations_performed: int = 1
    """Operations that the peer may have outstanding here."""

    @property
    def calling_ae_title(self) -> str:
        """The requestor's title, as it was requested."""
        return self.request.calling_ae_title

    @property
    def called_ae_title(self) -> str:
        """The acceptor's title, as it was requested."""
        return self.request.called_ae_title

    @property
    def peer(self) -> UserInformation:
        """What the peer says about itself."""
        return self.accept.user_information if self.is_requestor else self.request.user_information

    def contexts_of(self, abstract_syntax: str) -> list[AcceptedContext]:
        """Return the contexts of a SOP class, in the order of their IDs."""
        return [context for _, context in sorted(self.contexts.items()) if context.abstract_syntax == abstract_syntax]

    @classmethod
    def of(cls, request: AssociateRequest, accept: AssociateAccept, *, is_requestor: bool) -> Association:
        """Return what a request and its answer come to.

        What the answer accepts without having been asked counts as refused: another context, another transfer syntax,
        a role or a window that was not proposed.
        """
        ours, theirs = request.user_information, accept.user_information
        contexts, refused = _usable(request, accept, is_requestor)
        # PS3.7 D.3.3.3: both numbers are said of the requestor, the answer at most lowers them.
        invoked = _smaller(ours.operations_window, theirs.operations_window, 0)
        performed = _smaller(ours.operations_window, theirs.operations_window, 1)
        if not is_requestor:
            ours, theirs, invoked, performed = theirs, ours, performed, invoked
        return cls(
            is_requestor=is_requestor,
            request=request,
            accept=accept,
            contexts=MappingProxyType(contexts),
            refused=MappingProxyType(refused),
            maximum_length=ours.maximum_length or 0,
            peer_maximum_length=_UNSAID_MAXIMUM if theirs.maximum_length is None else theirs.maximum_length,
            operations_invoked=invoked,
            operations_performed=performed,
        )


def _usable(
    request: AssociateRequest, accept: AssociateAccept, is_requestor: bool
) -> tuple[dict[int, AcceptedContext], dict[int, int]]:
    roles = _roles(request.user_information.roles, accept.user_information.roles)
    answers = {answer.id: answer for answer in accept.contexts}
    contexts: dict[int, AcceptedContext] = {}
    refused: dict[int, int] = {}
    for proposed in request.contexts:
        answer = answers.get(proposed.id)
        if answer is None:
            refused[proposed.id] = Result.NO_REASON
        elif not answer.is_accepted:
            refused[proposed.id] = answer.result
        elif answer.transfer_syntax not in proposed.transfer_syntaxes:
            refused[proposed.id] = Result.TRANSFER_SYNTAXES_NOT_SUPPORTED
        else:
            # Without a word about roles the requestor is SCU, the acceptor SCP (PS3.7 D.3.3.4).
            scu, scp = roles.get(proposed.abstract_syntax, (True, False))
            mine = (scu, scp) if is_requestor else (scp, scu)
            contexts[proposed.id] = AcceptedContext(
                proposed.id, UID(proposed.abstract_syntax), UID(answer.transfer_syntax), *mine
            )
    return contexts, refused


def _roles(proposed: tuple[RoleSelection, ...], answered: tuple[RoleSelection, ...]) -> dict[str, tuple[bool, bool]]:
    """Return (SCU, SCP) of the requestor by SOP class, for those of which both speak."""
    wanted = {role.sop_class_uid: role for role in proposed}
    return {
        role.sop_class_uid: (role.scu and wanted[role.sop_class_uid].scu, role.scp and wanted[role.sop_class_uid].scp)
        for role in answered
        if role.sop_class_uid in wanted
    }


def _lower(first: int, second: int) -> int:
    """Return the smaller of two bounds, of which 0 is none."""
    return min(first, second) if first and second else first or second


def _smaller(first: OperationsWindow | None, second: OperationsWindow | None, field: int) -> int:
    return 1 if first is None or second is None else _lower(first[field], second[field])


# The requestor --------------------------------------------------------------------------------------------------------


def associate_request(
    calling: str,
    called: str,
    contexts: Iterable[PresentationContext | tuple[str, Sequence[str]]],
    options: AssociationOptions,
    *,
    roles: Iterable[RoleSelection] = (),
    extended: Iterable[ExtendedNegotiation] = (),
    common_extended: Iterable[CommonExtendedNegotiation] = (),
    user_identity: UserIdentity | None = None,
) -> AssociateRequest:
    """Return the request that the options make of titles and contexts.

    Contexts are given whole, or as (abstract syntax, transfer syntaxes) and numbered 1, 3, 5 …
    """
    proposed = []
    for number, context in enumerate(contexts):
        if isinstance(context, PresentationContext):
            proposed.append(context)
        else:
            abstract_syntax, transfer_syntaxes = context
            proposed.append(PresentationContext(2 * number + 1, abstract_syntax, tuple(transfer_syntaxes)))
    window = None
    if (options.operations_invoked, options.operations_performed) != (1, 1):
        window = OperationsWindow(options.operations_invoked, options.operations_performed)
    return AssociateRequest(
        called_ae_title=called,
        calling_ae_title=calling,
        contexts=tuple(proposed),
        user_information=UserInformation(
            maximum_length=options.maximum_length,
            implementation_class_uid=options.implementation_class_uid,
            implementation_version_name=options.implementation_version_name,
            operations_window=window,
            roles=tuple(roles),
            extended=tuple(extended),
            common_extended=tuple(common_extended),
            user_identity=user_identity,
        ),
    )


# The acceptor ---------------------------------------------------------------------------------------------------------


class Support(NamedTuple):
    """What an acceptor does with a SOP class."""

    transfer_syntaxes: Sequence[str]
    """UIDs, the one that it likes best first."""
    is_scp: bool = True
    is_scu: bool = False
    takes_first_proposed: bool = False
    """True: of what the acceptor can, the requestor's order decides."""


class AcceptorPolicy(Options):
    """How an acceptor answers; whether the peer may associate at all is decided before."""

    supports: Mapping[str, Support] | Callable[[str], Support | None] = MappingProxyType({})
    """Support by abstract syntax, or a function that gives it; None is not supported."""
    extended: Callable[[ExtendedNegotiation], bytes | None] | None = None
    """The answer to an extended negotiation of a SOP class that is accepted; None says nothing of it."""
    user_identity_response: bytes | None = None
    """Sent if a response was asked for, which says that the identity was accepted (PS3.7 D.3.3.7.2)."""


def negotiate(
    request: AssociateRequest, policy: AcceptorPolicy, options: AssociationOptions
) -> AssociateAccept | AssociateReject:
    """Return the acceptor's answer to a request.

    One that has another application context is rejected (PS3.8 Table 9-21). One of which no context is accepted is
    accepted all the same: that is what tells the requestor why.
    """
    if request.application_context != APPLICATION_CONTEXT:
        return AssociateReject(result=1, source=1, reason=2)
    asked = request.user_information
    roles = {role.sop_class_uid: role for role in asked.roles}
    answers: list[ContextResult] = []
    granted: dict[str, RoleSelection] = {}
    accepted: set[str] = set()
    for number, context in enumerate(request.contexts):
        support = _support(policy, context.abstract_syntax) if number < options.contexts else None
        answer = _answer(context, support, roles.get(context.abstract_syntax))
        answers.append(answer)
        if support is not None and answer.is_accepted:
            accepted.add(context.abstract_syntax)
            if role := roles.get(context.abstract_syntax):
                granted[role.sop_class_uid] = _granted(role, support)
    return AssociateAccept(
        called_ae_title=request.called_ae_title,
        calling_ae_title=request.calling_ae_title,
        contexts=tuple(answers),
        user_information=UserInformation(
            maximum_length=options.maximum_length,
            implementation_class_uid=options.implementation_class_uid,
            implementation_version_name=options.implementation_version_name,
            operations_window=_window(asked.operations_window, options),
            roles=tuple(granted.values()),
            extended=_extended(asked.extended, policy, accepted),
            user_identity_response=_identity_response(asked.user_identity, policy),
        ),
    )


def _support(policy: AcceptorPolicy, abstract_syntax: str) -> Support | None:
    supports = policy.supports
    return supports(abstract_syntax) if callable(supports) else supports.get(abstract_syntax)


def _granted(role: RoleSelection, support: Support) -> RoleSelection:
    return RoleSelection(role.sop_class_uid, role.scu and support.is_scp, role.scp and support.is_scu)


def _answer(context: PresentationContext, support: Support | None, role: RoleSelection | None) -> ContextResult:
    # Refused contexts repeat a transfer syntax that was proposed: the field is not tested, but has to be there.
    first = context.transfer_syntaxes[0] if context.transfer_syntaxes else ""
    if support is None:
        return ContextResult(context.id, Result.ABSTRACT_SYNTAX_NOT_SUPPORTED, first)
    scu, scp = _granted(role, support)[1:] if role is not None else (support.is_scp, False)
    if not (scu or scp):
        return ContextResult(context.id, Result.USER_REJECTION, first)
    ours, theirs = support.transfer_syntaxes, context.transfer_syntaxes
    wishes, abilities = (theirs, ours) if support.takes_first_proposed else (ours, theirs)
    for uid in wishes:
        if uid in abilities:
            return ContextResult(context.id, Result.ACCEPTANCE, uid)
    return ContextResult(context.id, Result.TRANSFER_SYNTAXES_NOT_SUPPORTED, first)


def _window(asked: OperationsWindow | None, options: AssociationOptions) -> OperationsWindow | None:
    if asked is None:
        return None
    # What the requestor invokes, this side performs.
    return OperationsWindow(
        _lower(asked.invoked, options.operations_performed), _lower(asked.performed, options.operations_invoked)
    )


def _extended(
    asked: tuple[ExtendedNegotiation, ...], policy: AcceptorPolicy, accepted: set[str]
) -> tuple[ExtendedNegotiation, ...]:
    if policy.extended is None:
        return ()
    found = [(one, policy.extended(one)) for one in asked if one.sop_class_uid in accepted]
    return tuple([ExtendedNegotiation(one.sop_class_uid, answer) for one, answer in found if answer is not None])


def _identity_response(asked: UserIdentity | None, policy: AcceptorPolicy) -> bytes | None:
    return policy.user_identity_response if asked is not None and asked.response_requested else None
