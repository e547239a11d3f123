"""Rows of services, and tables of them."""

from __future__ import annotations

import copy
import pickle

import pytest

from dicomkit.net.services import SERVICES, Operation, Role, Service, ServiceTable, SopClass, Support
from dicomkit.net.services.service import may_be_storage

STORAGE_SERVICE_CLASS = "1.2.840.10008.4.2"


def test_primitives_are_named_as_in_the_standard():
    """C- for composite operations, N- for normalized ones."""
    assert ["C-ECHO", "C-FIND", "N-EVENT-REPORT"] == [
        Operation(name).primitive for name in ("echo", "find", "n-event-report")
    ]


def test_only_notifications_come_from_the_provider():
    """PS3.7 10: N-EVENT-REPORT is the one service that the SCP invokes."""
    assert [Operation.N_EVENT_REPORT] == [operation for operation in Operation if operation.invoked_by is Role.SCP]


def test_support_is_read_from_text():
    """A row of a table "DIMSE Service Group" names the operation and its usage for SCU and SCP."""
    expected = (Support(Operation.N_CREATE, "M", "M"), Support(Operation.N_SET, "U", "M"))
    assert expected == Support.parse("n-create M/M, n-set U/M")


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2", "1.2.840.10008.1.1", "1.2.840.10008.6.1.1", "1.02.3", "", "CT"])
def test_what_is_no_uid_or_means_something_else_is_not_storage(uid: str):
    """Transfer syntaxes, other services, context groups and text that is no UID cannot be stored."""
    assert not may_be_storage(uid)


@pytest.mark.parametrize("uid", ["1.2.840.113619.4.26", "1.2.840.10008.5.1.4.1.1.9999", "1.2.840.10008.5.1.4.1.1.40"])
def test_private_and_future_uids_may_be_storage(uid: str):
    """What the registry does not know, or knows without a name below the root of storage, may be stored."""
    assert may_be_storage(uid)
    assert SERVICES.find(uid) is None
    assert SERVICES.named("storage") is SERVICES.find(uid, unknown_is_storage=True)


def test_the_service_class_of_common_extended_negotiation_says_storage():
    """PS3.7 D.3.3.6: the requestor names the service class of a SOP Class that the acceptor may not know."""
    assert SERVICES.named("storage") is SERVICES.find("1.2.3.4", service_class=STORAGE_SERVICE_CLASS)
    assert SERVICES.find("1.2.3.4", service_class="1.2.840.10008.4.3") is None


def test_a_user_adds_a_service_with_one_row():
    """An extended table knows the new service; the table it came from does not."""
    row = SopClass("1.2.826.0.1.3680043.8.498.1", "Measuring", "ours", "n-create M/M, n-event-report M/M")
    service = Service("measuring", "Measuring", "ours", [row])

    table = SERVICES.extended(service)

    assert service is table.find("1.2.826.0.1.3680043.8.498.1")
    assert service is table.named("measuring")
    assert SERVICES.find("1.2.826.0.1.3680043.8.498.1") is None
    assert (Operation.N_EVENT_REPORT, Operation.N_CREATE) == service.operations
    assert "Measuring" == row.name


def test_a_later_row_takes_the_place_of_an_earlier_one():
    """Who wants other operations for a known SOP Class gives the row anew."""
    row = SopClass("1.2.840.10008.1.1", "Verification", "ours", "echo M/M, n-get U/U")

    table = SERVICES.extended(Service("checking", "Checking", "ours", [row]))

    assert row is table.sop_class("1.2.840.10008.1.1")
    assert Support(Operation.N_GET, "U", "U") == row.support("n-get")
    assert row.support("store") is None


def test_tables_are_values():
    """Tables can be compared, hashed, copied, pickled and iterated."""
    table = ServiceTable(SERVICES)
    assert table == SERVICES
    assert hash(table) == hash(SERVICES)
    assert SERVICES == pickle.loads(pickle.dumps(SERVICES))
    assert SERVICES is copy.copy(SERVICES)
    assert len(SERVICES) == len(list(SERVICES))
