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
            "PS3.4 table P.2-2",
            "scu/scp",
            """
            SpecificCharacterSet 1C/1C
            PatientID 2/2
            StudyInstanceUID 2/2
            StudyID 2/2
            SynchronizationFrameOfReferenceUID 2/2
            PerformedLocation 2/2
            ValueType 1/1
            ConceptNameCodeSequence 1/1
            ContentSequence 1C/1C
            """,
        ),
        AttributeTable.parse("PS3.4 table P.2-4", "scu/scp", "StudyInstanceUID 3/1\nPatientID 3/1"),
    ),
)

SUBSTANCE_ACTIONS = (
    Exchange(
        1,
        "Record Substance Administration Event",
        AttributeTable.parse(
            "PS3.4 table P.3-2",
            "scu/scp",
            """
            SpecificCharacterSet 1C/1C
            PatientID 1C/1C
            IssuerOfPatientID 3/2
            PatientName 2/2
            AdmissionID 1C/1C
            IssuerOfAdmissionID 3/2
            ProductPackageIdentifier 1C/1C
            ProductName 1C/1C
            ProductDescription 3/3
            SubstanceAdministrationDateTime 1/1
            SubstanceAdministrationNotes 3/2
            SubstanceAdministrationDeviceID 3/3
            AdministrationRouteCodeSequence 2/2
            SubstanceAdministrationParameterSequence 3/3
            OperatorIdentificationSequence 1/1
            >PersonIdentificationCodeSequence 1/1
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
