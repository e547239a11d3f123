"""Who may associate with a server and what he may do there, over loopback sockets."""

from __future__ import annotations

import socket

import pytest

from dicomkit.dataset import Dataset
from dicomkit.errors import (
    AssociationRejectedError,
    NetworkError,
    NoPresentationContextError,
)
from dicomkit.net import sync
from dicomkit.net.access import DeviceEntry
from dicomkit.net.options import ServerOptions
from dicomkit.net.services import STUDY_ROOT

MPPS = "1.2.840.10008.3.1.2.3.3"
MPPS_UID = "1.2.3.4"


def find(request: object) -> list[Dataset]:
    """Find one study."""
    return [Dataset(StudyInstanceUID="1.2.3")]


def options(*devices: str) -> ServerOptions:
    """Give options with device entries."""
    return ServerOptions(devices=tuple([DeviceEntry.parse(text) for text in devices]))


def test_a_peer_without_an_entry_is_rejected() -> None:
    """PS3.8 Table 9-21: calling AE title not recognized, for good."""
    with sync.serve(("127.0.0.1", 0), ae_title="US", handlers={}, options=options("CT1@127.0.0.1")) as server:
        with pytest.raises(AssociationRejectedError) as rejected:
            sync.Association.request(server.address, calling="CT2", called="US")
        assert (1, 1, 3) == (rejected.value.result, rejected.value.source, rejected.value.reason)
        with sync.Association.request(server.address, calling="CT1", called="US") as association:
            assert association.echo().is_success


def test_a_peer_from_another_network_is_rejected() -> None:
    """The title alone is not enough where the entry names a network."""
    with (
        sync.serve(("127.0.0.1", 0), ae_title="US", handlers={}, options=options("CT1@10.1.0.0/16")) as server,
        pytest.raises(AssociationRejectedError),
    ):
        sync.Association.request(server.address, calling="CT1", called="US")


def test_only_the_services_of_the_entry_are_negotiated() -> None:
    """An entry for storing refuses the contexts of queries; verification is always there."""
    handlers = {"store": lambda request: 0, "find": find}
    with (
        sync.serve(
            ("127.0.0.1", 0), ae_title="US", handlers=handlers, options=options("CT1@127.0.0.1:store")
        ) as server,
        sync.Association.request(
            server.address,
            calling="CT1",
            called="US",
            services=["verification", STUDY_ROOT, "1.2.840.10008.5.1.4.1.1.2"],
        ) as association,
    ):
        assert association.echo().is_success
        assert association.accepts("1.2.840.10008.5.1.4.1.1.2")
        assert not association.accepts(str(STUDY_ROOT.find))
        with pytest.raises(NoPresentationContextError):
            next(association.find(Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="")))


def test_an_operation_that_the_entry_does_not_name_is_not_authorised() -> None:
    """PS3.7 C.5.24: 0124 for an N-SET by who may only N-CREATE, though both share a context."""
    called: list[str] = []

    def created(request: object) -> int:
        called.append("n-create")
        return 0

    def changed(request: object) -> int:
        called.append("n-set")
        return 0

    handlers = {"n-create": created, "n-set": changed}
    unchecked = options("CT1@127.0.0.1:n-create").replace(check_requests=False)
    with (
        sync.serve(("127.0.0.1", 0), ae_title="US", handlers=handlers, options=unchecked) as server,
        sync.Association.request(server.address, calling="CT1", called="US", services=[MPPS]) as association,
    ):
        assert 0 == association.n_create(MPPS, Dataset(PerformedProcedureStepStatus="IN PROGRESS"), MPPS_UID).status
        assert 0x0124 == association.n_set(MPPS, MPPS_UID, Dataset(PerformedProcedureStepStatus="COMPLETED")).status
    assert ["n-create"] == called


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::"])
def test_a_server_for_others_needs_a_choice(host: str) -> None:
    """Listening beyond loopback without having said who may call is refused, and nothing listens."""
    if host == "::" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with pytest.raises(NetworkError, match="say who may call"):
        sync.serve((host, 0), ae_title="US", handlers={})
    with (
        sync.serve(("0.0.0.0", 0), ae_title="US", handlers={}, options=options("*@*")) as server,
        sync.Association.request(("127.0.0.1", server.address[1]), called="US") as association,
    ):
        assert association.echo().is_success


def test_a_name_of_this_machine_is_loopback() -> None:
    """``localhost`` is this machine alone."""
    with sync.serve(("localhost", 0), ae_title="US", handlers={}) as server:
        assert server.address[0] in ("127.0.0.1", "::1")
