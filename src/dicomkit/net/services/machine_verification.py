"""RT machine verification: is a treatment machine set up as the plan says? (PS3.4 annex DD)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.checks import Exchange
from dicomkit.net.services.service import Service, SopClass

__all__ = ["ACTIONS", "EVENTS", "MACHINE_VERIFICATION", "MACHINE_VERIFICATION_ATTRIBUTES", "SERVICES"]

# The part that both SOP Classes share. What the beam sequences hold depends on what the verifier can do, and is told in
# words only.
MACHINE_VERIFICATION_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 tables DD.3.2.1-1 and DD.3.2.1-2",
    "create set",
    """
    ReferencedRTPlanSequence 1/1 x
    >ReferencedSOPClassUID 1/1 x
    >ReferencedSOPInstanceUID 1/1 x
    ReferencedFractionGroupNumber 1C/1 x
    PatientID 1/1 x
    TreatmentVerificationStatus x x
    FailedAttributesSequence x x
    OverriddenAttributesSequence x x
    GeneralMachineVerificationSequence 0/2 1/1
    >TreatmentMachineName - 1/1
    >RadiationType - 1/1
    >NumberOfWedges - 1/1
    >NumberOfCompensators - 1/1
    >NumberOfBoli - 1/1
    >NumberOfBlocks - 1/1
    >NumberOfControlPoints - 1/1
    """,
)

ACTIONS = (Exchange(1, "Initiate Verification", AttributeTable("PS3.4 DD.3.2.4", ("scu/scp",), ())),)

_STATUS = AttributeTable.parse("PS3.4 DD.3.2.5", "scu/scp", "TreatmentVerificationStatus -/1")

EVENTS = (
    Exchange(1, "Pending", AttributeTable("PS3.4 DD.3.2.5", ("scu/scp",), ())),
    Exchange(2, "Done", _STATUS),
)

_OPERATIONS = "n-create M/M, n-set M/M, n-get M/M, n-action M/M, n-delete M/M, n-event-report M/M"

MACHINE_VERIFICATION = Service(
    "machine-verification",
    "RT Machine Verification",
    "PS3.4 DD",
    [
        SopClass(
            "1.2.840.10008.5.1.4.34.8",
            "RTConventionalMachineVerification",
            "PS3.4 DD.3",
            _OPERATIONS,
            attributes=MACHINE_VERIFICATION_ATTRIBUTES,
            actions=ACTIONS,
            events=EVENTS,
        ),
        SopClass(
            "1.2.840.10008.5.1.4.34.9",
            "RTIonMachineVerification",
            "PS3.4 DD.3",
            _OPERATIONS,
            attributes=MACHINE_VERIFICATION_ATTRIBUTES,
            actions=ACTIONS,
            events=EVENTS,
        ),
    ],
    statuses="RT_MACHINE_VERIFICATION",
)

SERVICES = (MACHINE_VERIFICATION,)
