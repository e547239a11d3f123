"""Display system management: what displays there are, and how they were calibrated (PS3.4 annex EE)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.service import Service, SopClass

__all__ = ["DISPLAY_SYSTEM", "DISPLAY_SYSTEM_ATTRIBUTES", "SERVICES"]

DISPLAY_SYSTEM_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 table EE.2.2-1",
    "get",
    """
    Manufacturer 3/1
    ManufacturerModelName 3/1
    DeviceSerialNumber 3/1
    SoftwareVersions 3/1
    InstitutionName 3/2
    EquipmentAdministratorSequence 3/2
    NumberOfDisplaySubsystems 3/1
    SystemStatus 3/1
    SystemStatusComment 3/1C
    DisplaySubsystemSequence 3/1
    >DisplaySubsystemID -/1
    >DisplaySubsystemName -/2
    >DisplaySubsystemDescription -/2
    >DisplayDeviceTypeCodeSequence -/1
    TargetLuminanceCharacteristicsSequence 3/2
    QAResultsSequence 3/2
    """,
)

DISPLAY_SYSTEM = Service(
    "display-system",
    "Display System Management",
    "PS3.4 EE",
    [
        SopClass(
            "1.2.840.10008.5.1.1.40",
            "DisplaySystem",
            "PS3.4 EE.2",
            "n-get M/M",
            attributes=DISPLAY_SYSTEM_ATTRIBUTES,
            instance="1.2.840.10008.5.1.1.40.1",
        )
    ],
    statuses="DISPLAY_SYSTEM",
)

SERVICES = (DISPLAY_SYSTEM,)
