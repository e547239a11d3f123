"""Inventory creation."""

from __future__ import annotations

from dicomkit import Dataset
from dicomkit.net.services import check_request
from dicomkit.net.services.inventories import ACTIONS, EVENTS, STORAGE_MANAGEMENT


def test_actions_and_events_are_numbered():
    """PS3.4 tables KK.2-1 and KK.2-2."""
    assert [11, 12, 13, 14, 15] == [action.number for action in ACTIONS]
    assert [11, 12, 13] == [event.number for event in EVENTS]


def test_an_inventory_of_everything_has_no_scope():
    """PS3.4 KK.2.2.1: a scope of zero length means all studies."""
    ds = Dataset(TransactionUID="1.2", ScopeOfInventorySequence=[], InventoryLevel="STUDY")
    assert check_request(STORAGE_MANAGEMENT.sop_classes[0], "n-action", ds, 11).is_success
    del ds.ScopeOfInventorySequence
    assert 0x0120 == check_request(STORAGE_MANAGEMENT.sop_classes[0], "n-action", ds, 11).status
