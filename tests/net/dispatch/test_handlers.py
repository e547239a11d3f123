"""Which handler performs what, and what is therefore negotiated."""

from __future__ import annotations

import pytest

from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES
from dicomkit.net.dispatch import HandlerTable
from dicomkit.net.services import SERVICES, Service, SopClass

CT = "1.2.840.10008.5.1.4.1.1.2"
MPPS = "1.2.840.10008.3.1.2.3.3"
FIND, GET = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.3"
VERIFICATION = "1.2.840.10008.1.1"


def by_operation(request: object) -> None:
    """Stand for a handler of an operation."""


def by_service(request: object) -> None:
    """Stand for a handler of a service."""


def by_class(request: object) -> None:
    """Stand for a handler of a SOP Class."""


def test_the_most_specific_key_wins():
    """A SOP Class counts before its service, a service before an operation."""
    table = HandlerTable({"store": by_operation, "storage": by_service, CT: by_class})
    assert by_class is table.find(CT, CT, "store")
    assert by_service is table.find("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4", "store")
    assert by_operation is HandlerTable({"store": by_operation}).find(CT, CT, "store")
    assert table.find(FIND, FIND, "find") is None


def test_an_operation_that_a_class_has_no_handler_for_goes_on_to_the_next_key():
    """A mapping covers the operations that it names, nothing else."""
    table = HandlerTable({MPPS: {"n-create": by_class}, "n-set": by_operation})
    assert by_class is table.find(MPPS, MPPS, "n-create")
    assert by_operation is table.find(MPPS, MPPS, "n-set")
    assert table.find(MPPS, MPPS, "n-get") is None


def test_a_key_that_names_nothing_is_a_value_error():
    """A misspelt key would never be called, so it is refused with the names there are."""
    with pytest.raises(ValueError, match="n-create"):
        HandlerTable({"stroe": by_operation})


def test_verification_is_always_supported():
    """Every server answers C-ECHO (PS3.2 N.1)."""
    support = HandlerTable({}).support(VERIFICATION)
    assert support is not None
    assert (True, False) == (support.is_scp, support.is_scu)


def test_storage_takes_every_transfer_syntax_and_private_classes():
    """With a handler for store, any storage class is accepted, in whatever is proposed first."""
    table = HandlerTable({"store": by_operation})
    for uid in (CT, "1.2.826.0.1.3680043.9.1234.1", "1.2.840.10008.5.1.4.1.1.9999"):
        support = table.support(uid)
        assert support is not None
        assert support.takes_first_proposed
        assert set(TRANSFER_SYNTAXES) == set(support.transfer_syntaxes)
    assert HandlerTable({}).support(CT) is None
    assert table.support(FIND) is None


def test_what_get_sends_is_accepted_in_the_role_of_scu():
    """Where C-GET is performed, storage classes are accepted so that this side may send (PS3.4 C.5.3)."""
    support = HandlerTable({"get": by_operation}).support(CT)
    assert support is not None
    assert (False, True) == (support.is_scp, support.is_scu)
    both = HandlerTable({GET: by_class, "store": by_operation}).support(CT)
    assert both is not None
    assert (True, True) == (both.is_scp, both.is_scu)


def test_an_event_handler_makes_a_user_of_the_service():
    """N-EVENT-REPORT alone is what an SCU performs, all else an SCP does."""
    commitment = "1.2.840.10008.1.20.1"
    roles = {
        operation: HandlerTable({operation: by_operation}).support(commitment)
        for operation in ("n-action", "n-event-report")
    }
    assert [(True, False), (False, True)] == [(support.is_scp, support.is_scu) for support in roles.values()]


def test_a_private_service_is_a_row():
    """A service that a user adds is negotiated and found by its name."""
    service = Service("lab", "Laboratory", "ours", [SopClass("1.2.3.4", "Lab", "ours", "n-action M/M")])
    table = HandlerTable({"lab": by_service}, SERVICES.extended(service))
    support = table.support("1.2.3.4")
    assert support is not None
    assert support.is_scp
    assert by_service is table.find("1.2.3.4", "1.2.3.4", "n-action")
