"""Storage management: inventories of what a repository holds, made on request (PS3.4 annex KK)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.checks import Exchange
from dicomkit.net.services.service import Service, SopClass

__all__ = ["ACTIONS", "EVENTS", "SERVICES", "STORAGE_MANAGEMENT"]


def _action(number: int, name: str, text: str) -> Exchange:
    return Exchange(number, name, AttributeTable.parse("PS3.4 table KK.2-1", "scu/scp", f"TransactionUID 1/1\n{text}"))


def _event(number: int, name: str, text: str) -> Exchange:
    common = "TransactionUID 1/1\nTransactionStatus -/1\nTransactionStatusComment 3/3"
    return Exchange(number, name, AttributeTable.parse("PS3.4 table KK.2-2", "scu/scp", f"{common}\n{text}"))


ACTIONS = (
    _action(
        11,
        "Initiate",
        """
        ScopeOfInventorySequence 2/2
        >ExtendedMatchingMechanisms 1C/1C
        >SpecificCharacterSet 1C/1C
        >TimezoneOffsetFromUTC 1C/1C
        >RangeMatchingSequence 1C/1C
        >ListOfUIDMatchingSequence 1C/1C
        >EmptyValueMatchingSequence 1C/1C
        >GeneralMatchingSequence 1C/1C
        InventoryPurpose 3/1
        InventoryLevel 1/1
        RequestedStatusInterval 3/1
        """,
    ),
    _action(12, "Request Status", "RequestedStatusInterval 3/1"),
    _action(13, "Cancel", "RetainInstances 1/1"),
    _action(14, "Pause", ""),
    _action(15, "Resume", ""),
)

EVENTS = (
    _event(
        11,
        "Inventory Terminated with Instances",
        """
        ReferencedSOPClassUID 1/1
        ReferencedSOPInstanceUID 1/1
        RetrieveAETitle 3/1C
        RetrieveURL 3/1C
        FileAccessURI 3/3
        StoredInstanceBaseURI 3/1C
        ContainerFileType 3/1C
        FilenameInContainer 3/1C
        FileOffsetInContainer 3/1C
        FileLengthInContainer 3/1C
        StoredInstanceTransferSyntaxUID 3/1C
        MACAlgorithm -/3
        MAC -/3
        ExpirationDateTime -/3
        TotalNumberOfStudyRecords -/1
        """,
    ),
    _event(12, "Inventory Status", "TotalNumberOfStudyRecords -/1"),
    _event(13, "Inventory Terminated without Instances", ""),
)

STORAGE_MANAGEMENT = Service(
    "inventory",
    "Storage Management",
    "PS3.4 KK",
    [
        SopClass(
            "1.2.840.10008.5.1.4.1.1.201.5",
            "InventoryCreation",
            "PS3.4 KK.2",
            "n-action M/M, n-event-report M/M",
            actions=ACTIONS,
            events=EVENTS,
            instance="1.2.840.10008.5.1.4.1.1.201.1.1",
        )
    ],
    statuses="INVENTORY",
)

SERVICES = (STORAGE_MANAGEMENT,)
