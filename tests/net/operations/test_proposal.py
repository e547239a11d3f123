"""Contexts for what is wanted: services by name, models, SOP Classes, instances."""

from __future__ import annotations

import pytest

from dicomkit.net.operations.proposal import plan, plan_instances
from dicomkit.net.services import STUDY_ROOT
from dicomkit.net.ul import PresentationContext

NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
CT = "1.2.840.10008.5.1.4.1.1.2"
JPEG = "1.2.840.10008.1.2.4.70"


def test_an_operation_names_its_sop_class():
    """``"echo"`` and ``"verification"`` propose Verification, in both native transfer syntaxes."""
    assert ((("1.2.840.10008.1.1", NATIVE),)) == plan(["echo"]).contexts == plan(["verification"]).contexts


def test_a_model_proposes_its_operations():
    """Study Root proposes FIND, MOVE and GET (PS3.4 C.6.2)."""
    root = "1.2.840.10008.5.1.4.1.2.2"
    assert [f"{root}.1", f"{root}.2", f"{root}.3"] == [abstract for abstract, _ in plan([STUDY_ROOT]).contexts]


def test_uids_and_whole_contexts_are_taken_as_they_are():
    """A UID gets the native transfer syntaxes, a pair and a context their own."""
    proposal = plan([CT, ("1.2.3", [JPEG]), PresentationContext(9, "1.2.4", (JPEG,))])
    assert ((CT, NATIVE), ("1.2.3", (JPEG,)), ("1.2.4", (JPEG,))) == proposal.contexts


@pytest.mark.parametrize("wish", ["nonsense", "store"])
def test_a_name_that_is_none_says_which_there_are(wish: str):
    """An unknown name, and storage without its SOP Classes, are a ValueError with the names."""
    with pytest.raises(ValueError, match="verification"):
        plan([wish])


def test_129_contexts_are_too_many():
    """An association has 128 contexts (PS3.8 9.3.2.2)."""
    with pytest.raises(ValueError, match="128"):
        plan([f"1.2.{number}" for number in range(129)])


def test_each_transfer_syntax_of_instances_has_its_context():
    """A class with JPEG instances gets a context for JPEG alone, so that it can be accepted beside the native one."""
    (proposal,) = plan_instances([(CT, NATIVE[1]), (CT, JPEG), (CT, JPEG)])
    assert ((CT, (JPEG,)), (CT, NATIVE)) == proposal.contexts


def test_contexts_are_joined_before_there_are_two_associations():
    """128 classes with two syntaxes each still fit into one association; 129 classes do not."""
    syntaxes = (JPEG, NATIVE[0])
    (proposal,) = plan_instances([(f"1.2.{number}", syntax) for number in range(128) for syntax in syntaxes])
    assert 128 == len(proposal.contexts)
    assert {(JPEG, *NATIVE)} == {offered for _, offered in proposal.contexts}
    assert 2 == len(plan_instances([(f"1.2.{number}", JPEG) for number in range(129)]))


def test_instances_of_the_peer_are_asked_for_by_role():
    """For C-GET the requestor takes the role of SCP for each class (PS3.4 C.5.3)."""
    (proposal,) = plan_instances([(CT, NATIVE[0])], as_scp=True)
    assert [(CT, False, True)] == [tuple(role) for role in proposal.roles]
