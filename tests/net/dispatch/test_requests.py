"""Requests and responses as handlers see them."""

from __future__ import annotations

from dicomkit.core.uid import UID
from dicomkit.net.dimse import Command, CommandField
from dicomkit.net.dispatch import Peer, Request, Response
from dicomkit.net.ul import AcceptedContext, AssociateRequest, Association
from tests.net.instances import data_set

CONTEXT = AcceptedContext(1, UID("1.2.840.10008.5.1.1.9"), UID("1.2.840.10008.1.2.1"), False, True)
PEER = Peer(Association(request=AssociateRequest(calling_ae_title="CT01", called_ae_title="PACS")), "10.0.0.1")


def test_fields_of_the_command_have_names():
    """What an N-ACTION or N-EVENT-REPORT says is found without knowing where the command has it."""
    command = Command(
        CommandField.N_ACTION_RQ,
        message_id=7,
        requested_sop_class_uid="1.2.840.10008.5.1.1.1",
        requested_sop_instance_uid="1.2.3",
        action_type_id=1,
    )
    request = Request(PEER, CONTEXT, command, "n-action")
    assert ("n-action", 7, "1.2.840.10008.5.1.1.1", "1.2.3", 1) == (
        request.operation,
        request.message_id,
        request.sop_class_uid,
        request.sop_instance_uid,
        request.action_type_id,
    )
    assert (None, (), "") == (request.event_type_id, request.attributes, request.move_destination)
    assert ("CT01", "PACS", "10.0.0.1") == (PEER.calling_ae_title, PEER.called_ae_title, PEER.address)


def test_a_command_without_a_class_is_about_that_of_its_context():
    """The abstract syntax stands in where a command names no SOP Class."""
    request = Request(PEER, CONTEXT, Command(CommandField.C_ECHO_RQ, message_id=1), "echo")
    assert CONTEXT.abstract_syntax == request.sop_class_uid
    assert request.dataset is None


def test_the_data_set_is_read_once_when_asked_for():
    """Bytes become a data set at the first look, the same one at the second."""
    request = Request(PEER, CONTEXT, Command(CommandField.N_SET_RQ, message_id=1), "n-set")
    request.received(data_set("1.2.3"))
    assert "P-1" == request.identifier.PatientID
    assert request.dataset is request.identifier


def test_a_response_is_success_unless_it_says_otherwise():
    """The defaults are those of the answer None."""
    response = Response()
    assert (0, None, "", "", None, ()) == (
        response.status,
        response.dataset,
        response.sop_instance_uid,
        response.error_comment,
        response.error_id,
        response.offending,
    )
