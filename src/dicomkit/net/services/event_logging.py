"""Application event logging: procedural events, and substances that were given (PS3.4 annex P)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.checks import Exchange
from dicomkit.net.services.service import Service, SopClass

__all__ = ["EVENT_LOGGING", "PROCEDURAL_ACTIONS", "SERVICES", "SUBSTANCE_ACTIONS"]

PROCEDURAL_ACTIONS = (
    Exchange(
        1,
        "Record Procedural Event",
        AttributeTable.parse(
            "PS3.4 table P.2.2-1",
            "scu/scp",
            """
            SpecificCharacterSet 1C/1C
            PatientName 2/2
            PatientID 2/2
            IssuerOfPatientID 3/3
            StudyInstanceUID 2/2
            StudyID 2/2
            PerformedLocation 2/2
            SynchronizationFrameOfReferenceUID 1/1
            ValueType 1/1
            ConceptNameCodeSequence 1/1
            ContentTemplateSequence 1/1
            ContentSequence 1/1
            """,
        ),
    ),
)

SUBSTANCE_ACTIONS = (
    Exchange(
        1,
        "Record Substance Administration Event",
        AttributeTable.parse(
            "PS3.4 table P.3.2-1",
            "scu/scp",
            """
            SpecificCharacterSet 1C/1C
            PatientName 1/1
            PatientID 1C/1C
            IssuerOfPatientID 3/3
            AdmissionID 1C/1C
            ProductPackageIdentifier 1/1
            ProductName 3/3
            SubstanceAdministrationDateTime 1/1
            AdministrationRouteCodeSequence 1/1
            SubstanceAdministrationDeviceID 3/3
            SubstanceAdministrationNotes 3/3
            SubstanceAdministrationParameterSequence 3/3
            """,
        ),
    ),
)

EVENT_LOGGING = Service(
    "event-logging",
    "Application Event Logging",
    "PS3.4 P",
    [
        SopClass(
            "1.2.840.10008.1.40",
            "ProceduralEventLogging",
            "PS3.4 P.2",
            "n-action M/M",
            actions=PROCEDURAL_ACTIONS,
            instance="1.2.840.10008.1.40.1",
        ),
        SopClass(
            "1.2.840.10008.1.42",
            "SubstanceAdministrationLogging",
            "PS3.4 P.3",
            "n-action M/M",
            actions=SUBSTANCE_ACTIONS,
            instance="1.2.840.10008.1.42.1",
        ),
    ],
    statuses="APPLICATION_EVENT_LOGGING",
)

SERVICES = (EVENT_LOGGING,)
