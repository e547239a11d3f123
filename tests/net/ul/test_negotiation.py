"""What a request and its answer come to (PS3.8 7.1, PS3.7 D.3.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul import (
    AcceptorPolicy,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    Association,
    ContextResult,
    ExtendedNegotiation,
    OperationsWindow,
    PresentationContext,
    Result,
    RoleSelection,
    Support,
    UserIdentity,
    associate_request,
    negotiate,
)
from tests.net.ul.pipes import CT, EXPLICIT, IMPLICIT, OPTIONS, VERIFICATION
from tests.net.ul.test_items import user_information
from tests.net.ul.test_pdu import _unique, contexts, results

BOTH = Support((EXPLICIT, IMPLICIT), is_scp=True, is_scu=True)


def answered(request: AssociateRequest, supports=None, **fields) -> AssociateAccept:
    """Give the acceptance of a request by an acceptor that supports these."""
    options = fields.pop("options", OPTIONS)
    answer = negotiate(request, AcceptorPolicy(supports=supports or {}, **fields), options)
    assert isinstance(answer, AssociateAccept)
    return answer


def a_request(*contexts, options=OPTIONS, **fields) -> AssociateRequest:
    """Give a request for contexts."""
    return associate_request("ME", "PACS", contexts or [(CT, [IMPLICIT, EXPLICIT])], options, **fields)


def test_a_request_says_what_the_options_say():
    """Contexts are numbered 1, 3, 5 …; lengths and names are those of the options."""
    options = AssociationOptions(maximum_length=65536, operations_invoked=8, implementation_version_name="X_1")
    identity = UserIdentity(1, b"bob")
    whole = PresentationContext(99, VERIFICATION, (IMPLICIT,))
    request = a_request((CT, [EXPLICIT]), (VERIFICATION, [IMPLICIT]), whole, options=options, user_identity=identity)
    assert ("ME", "PACS") == (request.calling_ae_title, request.called_ae_title)
    assert [(1, CT, (EXPLICIT,)), (3, VERIFICATION, (IMPLICIT,)), whole] == list(request.contexts)
    information = request.user_information
    assert (65536, OperationsWindow(8, 1), "X_1") == (
        information.maximum_length,
        information.operations_window,
        information.implementation_version_name,
    )
    assert identity == information.user_identity
    assert a_request().user_information.operations_window is None


# --- the acceptor -----------------------------------------------------------------------------------------------------


def test_contexts_get_the_results_of_table_9_18():
    """Accepted, unknown SOP class, no common transfer syntax, no common role."""
    request = a_request(
        (CT, [IMPLICIT, EXPLICIT]), ("1.2.3", [IMPLICIT]), (CT, ["1.2.840.10008.1.2.4.50"]), (VERIFICATION, [IMPLICIT])
    )
    supports = {CT: Support((EXPLICIT, IMPLICIT)), VERIFICATION: Support((IMPLICIT,), is_scp=False, is_scu=True)}
    assert [
        (1, Result.ACCEPTANCE, EXPLICIT),
        (3, Result.ABSTRACT_SYNTAX_NOT_SUPPORTED, IMPLICIT),
        (5, Result.TRANSFER_SYNTAXES_NOT_SUPPORTED, "1.2.840.10008.1.2.4.50"),
        (7, Result.USER_REJECTION, IMPLICIT),
    ] == list(answered(request, supports).contexts)


@pytest.mark.parametrize(("takes_first_proposed", "expected"), [(False, EXPLICIT), (True, IMPLICIT)])
def test_whose_order_of_transfer_syntaxes_counts(takes_first_proposed: bool, expected: str):
    """The acceptor's, unless it takes the requestor's."""
    support = Support((EXPLICIT, IMPLICIT), takes_first_proposed=takes_first_proposed)
    assert expected == answered(a_request(), {CT: support}).contexts[0].transfer_syntax


def test_a_function_may_say_what_is_supported():
    """For SOP classes that nobody has listed: private ones, those of next year."""
    answer = answered(a_request(("1.2.3.4.5", [IMPLICIT])), lambda uid: Support((IMPLICIT,)) if uid > "1.2" else None)
    assert Result.ACCEPTANCE == answer.contexts[0].result


def test_another_application_context_is_rejected():
    """PS3.8 Table 9-21: (1, 1, 2) application context name not supported."""
    request = a_request().replace(application_context="1.2.3")
    assert AssociateReject(result=1, source=1, reason=2) == negotiate(request, AcceptorPolicy(), OPTIONS)


def test_contexts_beyond_the_bound_are_not_accepted():
    """The bound is of the options."""
    request = a_request((CT, [IMPLICIT]), (CT, [EXPLICIT]))
    answer = answered(request, {CT: BOTH}, options=AssociationOptions(contexts=1))
    assert [0, 3] == [context.result for context in answer.contexts]


@pytest.mark.parametrize(
    ("proposed", "is_scp", "is_scu", "granted", "requestor", "acceptor"),
    [
        # PS3.7 D.3.3.4: (SCU, SCP) of the requestor; without a word it is SCU and nothing else.
        (None, True, True, None, (True, False), (False, True)),
        ((True, True), True, True, (True, True), (True, True), (True, True)),
        ((False, True), True, True, (False, True), (False, True), (True, False)),
        ((True, True), True, False, (True, False), (True, False), (False, True)),
        ((True, True), False, True, (False, True), (False, True), (True, False)),
        ((True, False), True, True, (True, False), (True, False), (False, True)),
    ],
)
def test_roles(proposed, is_scp, is_scu, granted, requestor, acceptor):
    """A role is had if it was proposed and the acceptor takes the other one; both ends come to the same."""
    request = a_request(roles=[] if proposed is None else [RoleSelection(CT, *proposed)])
    answer = answered(request, {CT: Support((EXPLICIT,), is_scp=is_scp, is_scu=is_scu)})
    assert ([] if granted is None else [RoleSelection(CT, *granted)]) == list(answer.user_information.roles)
    ours, theirs = [Association.of(request, answer, is_requestor=flag).contexts[1] for flag in (True, False)]
    assert requestor == (ours.is_scu, ours.is_scp)
    assert acceptor == (theirs.is_scu, theirs.is_scp)


def test_a_role_that_nobody_has_is_refused():
    """SCP only, to an acceptor that is no SCU."""
    answer = answered(a_request(roles=[RoleSelection(CT, False, True)]), {CT: Support((EXPLICIT,))})
    assert Result.USER_REJECTION == answer.contexts[0].result
    assert () == answer.user_information.roles


@pytest.mark.parametrize(
    ("asked", "performed", "invoked", "granted"),
    [
        ((8, 1), 4, 1, (4, 1)),
        ((2, 3), 8, 8, (2, 3)),
        ((0, 0), 8, 2, (8, 2)),  # 0 is unlimited (PS3.7 D.3.3.3)
        ((8, 2), 0, 0, (8, 2)),
        ((0, 0), 0, 0, (0, 0)),
        ((8, 8), 1, 1, (1, 1)),
    ],
)
def test_windows(asked, performed, invoked, granted):
    """The answer is the smaller of both, and means the same to both ends."""
    mine = AssociationOptions(operations_invoked=asked[0], operations_performed=asked[1])
    theirs = AssociationOptions(operations_invoked=invoked, operations_performed=performed)
    request = a_request(options=mine)
    answer = answered(request, {CT: BOTH}, options=theirs)
    assert OperationsWindow(*granted) == answer.user_information.operations_window
    requestor = Association.of(request, answer, is_requestor=True)
    acceptor = Association.of(request, answer, is_requestor=False)
    assert granted == (requestor.operations_invoked, requestor.operations_performed)
    assert granted == (acceptor.operations_performed, acceptor.operations_invoked)


def test_who_is_not_asked_grants_no_window():
    """Without the item, one operation at a time (PS3.7 D.3.3.3)."""
    request = a_request()
    answer = answered(request, {CT: BOTH}, options=AssociationOptions(operations_performed=8))
    assert answer.user_information.operations_window is None
    assert 1 == Association.of(request, answer, is_requestor=False).operations_performed


def test_extended_negotiation_is_answered_for_accepted_classes():
    """What the policy says of a SOP class that is accepted goes back; None says nothing."""
    asked = [ExtendedNegotiation(CT, b"\1\1"), ExtendedNegotiation("1.2.3", b"\1"), ExtendedNegotiation(CT, b"?")]
    answer = answered(
        a_request(extended=asked), {CT: BOTH}, extended=lambda one: b"\1\0" if one.information != b"?" else None
    )
    assert (ExtendedNegotiation(CT, b"\1\0"),) == answer.user_information.extended


@pytest.mark.parametrize(("wanted", "expected"), [(True, b"token"), (False, None)])
def test_identity_is_answered_if_that_was_asked_for(wanted: bool, expected: bytes | None):
    """PS3.7 D.3.3.7.2: a response only if it was requested."""
    identity = UserIdentity(5, b"e.y.J", response_requested=wanted)
    answer = answered(a_request(user_identity=identity), {CT: BOTH}, user_identity_response=b"token")
    assert expected == answer.user_information.user_identity_response
    assert answered(a_request(), user_identity_response=b"x").user_information.user_identity_response is None


# --- what both come to ------------------------------------------------------------------------------------------------


def test_what_was_not_asked_for_is_not_granted():
    """An answer that accepts other transfer syntaxes, contexts, roles or windows than were proposed gives nothing."""
    request = a_request((CT, [IMPLICIT]), (CT, [EXPLICIT]), (VERIFICATION, [IMPLICIT]), ("1.2", [IMPLICIT]))
    answer = answered(request)
    answer = answer.replace(
        contexts=(
            ContextResult(1, 0, "1.2.840.10008.1.2.4.50"),
            ContextResult(3, 0, EXPLICIT),
            ContextResult(5, 99, IMPLICIT),
            ContextResult(77, 0, IMPLICIT),
        ),
        user_information=answer.user_information.replace(
            roles=(RoleSelection(CT, False, True),), operations_window=OperationsWindow(8, 8)
        ),
    )
    found = Association.of(request, answer, is_requestor=True)
    assert [3] == list(found.contexts)
    assert {1: 4, 5: 99, 7: 2} == dict(found.refused)
    assert (True, False) == (found.contexts[3].is_scu, found.contexts[3].is_scp)
    assert (1, 1) == (found.operations_invoked, found.operations_performed)


def test_an_association_knows_both_sides():
    """Titles, lengths, and what the peer says about itself."""
    request = a_request(options=AssociationOptions(maximum_length=4096))
    answer = answered(request, {CT: BOTH}, options=AssociationOptions(maximum_length=8192))
    requestor = Association.of(request, answer, is_requestor=True)
    acceptor = Association.of(request, answer, is_requestor=False)
    assert (4096, 8192) == (requestor.maximum_length, requestor.peer_maximum_length)
    assert (8192, 4096) == (acceptor.maximum_length, acceptor.peer_maximum_length)
    assert answer.user_information == requestor.peer
    assert request.user_information == acceptor.peer
    assert ("ME", "PACS") == (acceptor.calling_ae_title, acceptor.called_ae_title)
    assert [1] == [context.id for context in acceptor.contexts_of(CT)]
    assert [] == acceptor.contexts_of(VERIFICATION)


@given(
    request=st.builds(
        AssociateRequest, contexts=st.lists(contexts, max_size=5).map(_unique), user_information=user_information
    ),
    accept=st.builds(
        AssociateAccept, contexts=st.lists(results, max_size=5).map(_unique), user_information=user_information
    ),
)
def test_both_ends_always_see_the_same(request, accept):
    """Of any request and any answer, what one side may do is what the other expects."""
    ours, theirs = [Association.of(request, accept, is_requestor=flag) for flag in (True, False)]
    assert ours.contexts.keys() == theirs.contexts.keys()
    assert ours.refused == theirs.refused
    assert ours.contexts.keys() | ours.refused.keys() == {context.id for context in request.contexts}
    for number, context in ours.contexts.items():
        assert (context.is_scu, context.is_scp) == (theirs.contexts[number].is_scp, theirs.contexts[number].is_scu)
    assert (ours.operations_invoked, ours.operations_performed) == (
        theirs.operations_performed,
        theirs.operations_invoked,
    )
