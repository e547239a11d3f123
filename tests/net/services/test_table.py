"""The rows of the standard's services against the registry of UIDs and pynetdicom's tables."""

from __future__ import annotations

import pytest

from dicomkit import dictionary
from dicomkit.net.dimse.status import TABLES
from dicomkit.net.services import SERVICES, Operation, find_service

sop_class_tables = pytest.importorskip("pynetdicom.sop_class")

ROWS = [row for service in SERVICES for row in service.sop_classes]

#: Our services, and the table that pynetdicom 3.0.4 has for each.
PEERS_TABLES = {
    "verification": "VERIFICATION",
    "non-patient-storage": "NON_PATIENT_OBJECT",
    "query-retrieve": "QR",
    "mpps": "PROCEDURE_STEP",
    "print": "PRINT_MANAGEMENT",
    "commitment": "STORAGE_COMMITMENT",
    "worklist": "BASIC_WORKLIST",
    "event-logging": "APPLICATION_EVENT",
    "relevant-patient": "RELEVANT_PATIENT_QUERY",
    "availability": "INSTANCE_AVAILABILITY",
    "media-creation": "MEDIA_CREATION",
    "substance-administration": "SUBSTANCE_ADMINISTRATION",
    "ups": "UNIFIED_PROCEDURE_STEP",
    "machine-verification": "RT_MACHINE_VERIFICATION",
    "display-system": "DISPLAY_SYSTEM",
    "hanging-protocol": "HANGING_PROTOCOL",
    "color-palette": "COLOR_PALETTE",
    "implant-template": "IMPLANT_TEMPLATE",
    "defined-protocol": "DEFINED_PROCEDURE",
    "protocol-approval": "PROTOCOL_APPROVAL",
    "inventory-query": "INVENTORY",
    "inventory": "STORAGE_MANAGEMENT",
}

#: SOP Classes whose instance is well known, and the name that pynetdicom has for it.
INSTANCES = {
    "1.2.840.10008.1.20.1": "StorageCommitmentPushModelInstance",
    "1.2.840.10008.1.40": "ProceduralEventLoggingInstance",
    "1.2.840.10008.1.42": "SubstanceAdministrationLoggingInstance",
    "1.2.840.10008.5.1.1.16": "PrinterInstance",
    "1.2.840.10008.5.1.1.16.376": "PrinterConfigurationRetrievalInstance",
    "1.2.840.10008.5.1.1.40": "DisplaySystemInstance",
    "1.2.840.10008.5.1.4.1.1.201.5": "StorageManagementInstance",
}


def peers(name: str) -> set[str]:
    """Give the UIDs of one of pynetdicom's tables."""
    return set(getattr(sop_class_tables, f"_{name}_CLASSES").values())


def test_each_sop_class_has_one_row():
    """No two services list the same SOP Class."""
    assert len(ROWS) == len({row.uid for row in ROWS})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.keyword)
def test_rows_agree_with_the_registry(row):
    """UID, keyword and retirement are those of PS3.6 table A-1."""
    entry = dictionary.uid_entry(row.uid)

    assert entry is not None
    assert (row.keyword, row.is_retired) == (entry.keyword, entry.is_retired)
    assert ("Meta SOP Class" if row.members else "SOP Class") == entry.type
    assert find_service(row.uid) is not None


def test_services_equal_pynetdicoms():
    """The same SOP Classes in each service, the retired ones included; no service is missing here or there."""
    found = {service.name: {str(row.uid) for row in service.sop_classes} for service in SERVICES}
    storage = found.pop("storage")
    assert {name: peers(table) for name, table in PEERS_TABLES.items()} == found
    assert set() == peers("STORAGE") - storage


def test_well_known_instances_equal_pynetdicoms():
    """The SOP Instances that operations act on where there is only one."""
    expected = {uid: str(getattr(sop_class_tables, name)) for uid, name in INSTANCES.items()}
    assert expected == {str(row.uid): str(row.instance) for row in ROWS if row.instance}


def test_models_name_their_own_sop_classes():
    """The UIDs of an information model are those of the rows that have it."""
    for row in ROWS:
        if row.model is not None:
            operations = [
                support.operation for support in row.operations if support.operation in ("find", "move", "get")
            ]
            assert [row.uid] == [getattr(row.model, operation) for operation in operations]


def test_each_service_has_its_statuses():
    """What the column "statuses" names is a table of PS3.4, and gives rows for each operation."""
    for service in SERVICES:
        assert service.statuses in TABLES
        for operation in service.operations:
            codes = {row.first for row in service.status_rows(operation)}
            assert 0x0000 in codes


def test_statuses_contain_pynetdicoms():
    """Each code that pynetdicom has for a service is among ours for one of its operations, in the same class."""
    tables = pytest.importorskip("pynetdicom.status")
    for service, name in (
        ("storage", "STORAGE_SERVICE_CLASS_STATUS"),
        ("ups", "UNIFIED_PROCEDURE_STEP_SERVICE_CLASS_STATUS"),
        ("worklist", "MODALITY_WORKLIST_SERVICE_CLASS_STATUS"),
        ("media-creation", "MEDIA_CREATION_MANAGEMENT_SERVICE_CLASS_STATUS"),
        ("machine-verification", "RT_MACHINE_VERIFICATION_SERVICE_CLASS_STATUS"),
        ("event-logging", "APPLICATION_EVENT_LOGGING_SERVICE_CLASS_STATUS"),
        ("relevant-patient", "RELEVANT_PATIENT_SERVICE_CLASS_STATUS"),
    ):
        ours = SERVICES.named(service)
        rows = [row for operation in ours.operations for row in ours.status_rows(operation)]
        theirs = {code: text for code, (text, _) in getattr(tables, name).items() if 0xA000 <= code != 0xFE00}
        missing = [f"{code:04X}" for code in theirs if not any(row.first <= code <= row.last for row in rows)]
        assert [] == missing, service


def test_operations_of_the_rows_are_those_of_the_standard():
    """The tables "DIMSE Service Group" of PS3.4, literally."""
    expected = {
        "1.2.840.10008.1.1": "echo M/M",
        "1.2.840.10008.3.1.2.3.3": "n-create M/M, n-set M/M",
        "1.2.840.10008.3.1.2.3.4": "n-get M/M",
        "1.2.840.10008.3.1.2.3.5": "n-event-report M/M",
        "1.2.840.10008.1.20.1": "n-action M/M, n-event-report M/M",
        "1.2.840.10008.5.1.4.34.6.1": "n-create M/M, n-action U/M, n-get U/M",
        "1.2.840.10008.5.1.4.34.6.2": "n-action M/M, n-get M/M, find U/M",
        "1.2.840.10008.5.1.4.34.6.3": "find M/M, n-get M/M, n-set M/M, n-action M/M",
        "1.2.840.10008.5.1.4.34.6.4": "n-event-report M/M",
        "1.2.840.10008.5.1.4.34.6.5": "find M/M",
        "1.2.840.10008.5.1.4.33": "n-create M/M",
        "1.2.840.10008.5.1.1.33": "n-create M/M, n-action M/M, n-get U/M",
        "1.2.840.10008.5.1.1.40": "n-get M/M",
        "1.2.840.10008.1.40": "n-action M/M",
    }
    for uid, text in expected.items():
        row = SERVICES.sop_class(uid)
        assert text == ", ".join(f"{one.operation} {one.scu}/{one.scp}" for one in row.operations)


@pytest.mark.parametrize("row", [row for row in ROWS if row.actions or row.events], ids=lambda row: row.keyword)
def test_actions_and_events_belong_to_operations(row):
    """A row with actions has N-ACTION, one with events N-EVENT-REPORT, and their numbers differ."""
    for exchanges, operation in ((row.actions, Operation.N_ACTION), (row.events, Operation.N_EVENT_REPORT)):
        assert not exchanges or row.support(operation) is not None
        assert len(exchanges) == len({exchange.number for exchange in exchanges})


def tables():
    """Give every table of attributes that a row has."""
    for row in ROWS:
        if row.attributes is not None:
            yield row.attributes
        for exchange in (*row.actions, *row.events):
            yield exchange.information
            if exchange.reply is not None:
                yield exchange.reply
        if row.model is not None:
            yield from [level.keys for level in row.model.levels]


def test_attributes_are_those_of_the_dictionary():
    """Every keyword has a tag, and only sequences have rows below them."""
    for table in tables():
        for _, row in table.walk():
            assert row.keyword == dictionary.keyword(row.tag)
            assert not row.items or dictionary.vr(row.tag) == "SQ", row.keyword


def test_no_table_names_an_attribute_twice():
    """Rows of the same sequence differ."""
    for table in tables():
        places = [(*path, row.keyword) for path, row in table.walk()]
        assert len(places) == len(set(places)), [place for place in places if places.count(place) > 1]
