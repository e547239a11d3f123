"""The table of work items: columns that must agree with each other."""

from __future__ import annotations

from dicomkit.net.services.work_item_attributes import WORK_ITEM_ATTRIBUTES

CELLS = {"1", "1C", "2", "2C", "3", "0", "x", "-"}


def test_cells_are_requirements():
    """Only the types of PS3.4 5.4, "x" for "not allowed", "0" for "shall be empty", and the codes of CC.2.5-1."""
    for _, row in WORK_ITEM_ATTRIBUTES.walk():
        create, change, final, get, matching, returned = row.cells
        assert {*create.split("/"), *change.split("/"), *get.split("/")} <= CELLS
        assert final in {"R", "RC", "P", "P0", "X", "O", "-"}
        assert matching in {"R", "O", "U", "-"}
        assert returned in CELLS


def test_what_the_final_state_requires_can_come():
    """An attribute required in the final state may be created, set, or is the provider's."""
    for _, row in WORK_ITEM_ATTRIBUTES.walk():
        if row.cells[2] in {"R", "P", "P0"} and row.keyword not in {"SOPClassUID", "SOPInstanceUID"}:
            assert row.cells[0] != "x/x" or row.cells[1] != "x/x"
