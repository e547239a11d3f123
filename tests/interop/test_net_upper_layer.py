"""Associations with pynetdicom and DCMTK at the other end, with everything that can be negotiated."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time

import pytest

from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul import (
    AcceptorPolicy,
    AssociateAccept,
    AssociationRequested,
    Closed,
    CommonExtendedNegotiation,
    Established,
    Event,
    ExtendedNegotiation,
    Released,
    ReleaseRequested,
    RoleSelection,
    Support,
    UpperLayer,
    UserIdentity,
    associate_request,
    negotiate,
)

pytestmark = pytest.mark.interop

CT, MR, VERIFICATION = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.1"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
OPTIONS = AssociationOptions(operations_invoked=8, operations_performed=4, maximum_length=32768)


class Wire:
    """An upper layer on a blocking socket: the smallest shell there is."""

    def __init__(self, connection: socket.socket, upper: UpperLayer) -> None:
        self.connection, self.upper = connection, upper
        connection.settimeout(20.0)
        upper.connection_made(time.monotonic())

    def send(self) -> None:
        """Send what there is."""
        while buffers := self.upper.data_to_send():
            self.connection.sendall(b"".join(buffers))

    def wait_for(self, kind: type[Event]) -> Event:
        """Give the next event, which is of a kind."""
        self.send()
        while (event := self.upper.next_event()) is None:
            data = self.connection.recv(65536)
            if data:
                self.upper.receive_data(data, time.monotonic())
            else:
                self.upper.receive_eof(time.monotonic())
            self.send()
        assert isinstance(event, kind), event
        return event


def a_request(calling: str = "OURS", called: str = "THEIRS"):
    """Give a request with everything in it."""
    return associate_request(
        calling,
        called,
        [(VERIFICATION, [IMPLICIT]), (CT, [EXPLICIT, IMPLICIT]), (MR, [IMPLICIT]), ("1.2.3.4", [IMPLICIT])],
        OPTIONS,
        roles=[RoleSelection(CT, True, True), RoleSelection(MR, False, True)],
        extended=[ExtendedNegotiation(CT, b"\2\0\1\0")],
        common_extended=[CommonExtendedNegotiation(CT, "1.2.840.10008.4.2", ("1.2.840.10008.5.1.4.1.1.4",))],
        user_identity=UserIdentity(4, b"<saml/>", response_requested=True),
    )


def test_pynetdicom_accepts_what_we_negotiate():
    """Roles, extended negotiation, identity and window as a requestor, read by pynetdicom and answered by it."""
    pynetdicom = pytest.importorskip("pynetdicom")
    evt = pynetdicom.evt
    seen: dict[str, object] = {}

    def identify(event):
        seen["identity"] = (event.user_id_type, event.primary_field, event.secondary_field)
        return True, b"welcome"

    def extend(event):
        seen["extended"] = dict(event.app_info)
        return {CT: b"\1\0"}

    def window(event):
        seen["window"] = (event.nr_invoked, event.nr_performed)
        return event.nr_invoked, event.nr_performed

    entity = pynetdicom.AE("THEIRS")
    entity.add_supported_context(VERIFICATION)
    entity.add_supported_context(CT, [EXPLICIT], scu_role=True, scp_role=True)
    entity.add_supported_context(MR, [IMPLICIT], scu_role=False, scp_role=True)
    handlers = [(evt.EVT_USER_ID, identify), (evt.EVT_SOP_EXTENDED, extend), (evt.EVT_ASYNC_OPS, window)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        with socket.create_connection(server.server_address) as connection:
            wire = Wire(connection, UpperLayer.requestor(a_request(), OPTIONS))
            event = wire.wait_for(Established)
            assert isinstance(event, Established)
            found = event.association
            wire.upper.release(time.monotonic())
            wire.wait_for(Released)
            wire.wait_for(Closed)
    finally:
        server.shutdown()
    assert {"identity": (4, b"<saml/>", b""), "extended": {CT: b"\2\0\1\0"}, "window": (8, 4)} == seen
    assert b"welcome" == found.peer.user_identity_response
    assert (ExtendedNegotiation(CT, b"\1\0"),) == found.peer.extended
    assert 3 == found.refused[7]
    assert (EXPLICIT, True, True) == found.contexts[3][2:]
    assert (True, False) == found.contexts[1][3:]
    assert "PYNETDICOM" in found.peer.implementation_version_name


def test_pynetdicom_understands_our_answer():
    """An acceptor of ours grants a role, extended negotiation and an identity; pynetdicom reads them in its way."""
    pynetdicom = pytest.importorskip("pynetdicom")
    primitives = pytest.importorskip("pynetdicom.pdu_primitives")
    policy = AcceptorPolicy(
        supports={CT: Support((EXPLICIT, IMPLICIT), is_scu=True), VERIFICATION: Support((IMPLICIT,))},
        extended=lambda one: one.information[::-1],
        user_identity_response=b"welcome",
    )
    listener = socket.create_server(("127.0.0.1", 0))
    requests = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            wire = Wire(connection, UpperLayer.acceptor(OPTIONS))
            event = wire.wait_for(AssociationRequested)
            assert isinstance(event, AssociationRequested)
            requests.append(event.request)
            answer = negotiate(event.request, policy, OPTIONS)
            assert isinstance(answer, AssociateAccept)
            wire.upper.accept(answer, time.monotonic())
            wire.wait_for(Established)
            wire.wait_for(ReleaseRequested)
            wire.upper.respond_release(time.monotonic())
            wire.wait_for(Closed)

    thread = threading.Thread(target=serve)
    thread.start()
    entity = pynetdicom.AE("THEIRS")
    entity.add_requested_context(CT, [IMPLICIT, EXPLICIT])
    entity.add_requested_context(VERIFICATION, [EXPLICIT])
    extended = primitives.SOPClassExtendedNegotiation()
    extended.sop_class_uid, extended.service_class_application_information = CT, b"\1\2"
    identity = primitives.UserIdentityNegotiation()
    identity.user_identity_type, identity.primary_field, identity.positive_response_requested = 5, b"e.y.J", True
    try:
        wanted = [pynetdicom.build_role(CT, scu_role=True, scp_role=True), extended, identity]
        association = entity.associate(*listener.getsockname(), ae_title="OURS", ext_neg=wanted, max_pdu=16000)
        assert association.is_established
        (accepted,) = association.accepted_contexts
        assert (CT, [EXPLICIT], True, True) == (
            accepted.abstract_syntax, accepted.transfer_syntax, accepted.as_scu, accepted.as_scp
        )  # fmt: skip
        assert [4] == [context.result for context in association.rejected_contexts]
        assert {CT: b"\2\1"} == association.acceptor.sop_class_extended
        assert b"welcome" == association.acceptor.user_identity.server_response
        assert 32768 == association.acceptor.maximum_length
        association.release()
    finally:
        thread.join(20)
        listener.close()
    assert not thread.is_alive()
    assert ("THEIRS", "OURS") == (requests[0].calling_ae_title, requests[0].called_ae_title)
    assert (5, b"e.y.J", b"", True) == requests[0].user_information.user_identity
    assert 16000 == requests[0].user_information.maximum_length


def test_dcmtk_takes_what_we_negotiate(tmp_path):
    """storescp accepts a request with every sub-item in it, ignores what it does not know, and releases."""
    if shutil.which("storescp") is None:
        pytest.skip("no storescp")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with subprocess.Popen(["storescp", "-od", str(tmp_path), str(port)], stdout=subprocess.DEVNULL) as process:
        try:
            connection = _patiently(port)
            with connection:
                wire = Wire(connection, UpperLayer.requestor(a_request(), OPTIONS))
                event = wire.wait_for(Established)
                assert isinstance(event, Established)
                wire.upper.release(time.monotonic())
                wire.wait_for(Released)
        finally:
            process.terminate()
    found = event.association
    assert [VERIFICATION, CT] == [context.abstract_syntax for context in found.contexts.values()][:2]
    assert (1, 1) == (found.operations_invoked, found.operations_performed)
    assert "OFFIS_DCMTK" in found.peer.implementation_version_name
    assert 16384 == found.peer_maximum_length


def _patiently(port: int) -> socket.socket:
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            time.sleep(0.05)
    pytest.fail("the peer does not listen")
