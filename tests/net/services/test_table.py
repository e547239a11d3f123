"""The rows of the standard's services against the registry of UIDs and pynetdicom's tables."""

from __future__ import annotations

import pytest

from dicomkit import dictionary
from dicomkit.net.services import SERVICES, find_service

sop_class_tables = pytest.importorskip("pynetdicom.sop_class")

ROWS = [row for service in SERVICES for row in service.sop_classes]

#: Keywords that pynetdicom spells differently from the registry.
MEDIA_STORAGE = "1.2.840.10008.1.3.10"


def peers_table(name: str) -> set[str]:
    """Give the UIDs of one of pynetdicom's tables."""
    return set(getattr(sop_class_tables, f"_{name}_CLASSES").values())


def ours(*names: str) -> set[str]:
    """Give the UIDs of some of our services that are in force."""
    found = [SERVICES.named(name) for name in names]
    return {row.uid for service in found if service for row in service.sop_classes if not row.is_retired}


def test_each_sop_class_has_one_row():
    """No two services list the same SOP Class."""
    assert len(ROWS) == len({row.uid for row in ROWS})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.keyword)
def test_rows_agree_with_the_registry(row):
    """UID, keyword and retirement are those of PS3.6 table A-1."""
    entry = dictionary.uid_entry(row.uid)

    assert entry is not None
    assert (row.keyword, row.is_retired) == (entry.keyword, entry.is_retired)
    assert "SOP Class" in entry.type
    assert find_service(row.uid) is not None


def test_storage_has_all_that_pynetdicom_has():
    """The storage classes of pynetdicom 3.0.4 are among ours."""
    assert set() == peers_table("STORAGE") - ours("storage")
    assert peers_table("NON_PATIENT_OBJECT") == ours("non-patient-storage")


def test_query_retrieve_equals_pynetdicoms():
    """The same SOP Classes, the retired ones included."""
    service = SERVICES.named("query-retrieve")
    assert service is not None
    assert peers_table("QR") == {row.uid for row in service.sop_classes}
    assert peers_table("VERIFICATION") == ours("verification")


def test_models_name_their_own_sop_classes():
    """The UIDs of an information model are those of the rows that have it."""
    for row in ROWS:
        if row.model is not None:
            (operation,) = [support.operation for support in row.operations]
            assert row.uid == getattr(row.model, operation)
