"""Instance Availability Notification: where instances can be had (PS3.4 annex R)."""

from __future__ import annotations

from dicomkit.net.dimse.status import NO_SUCH_ATTRIBUTE
from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.checks import Verdict, check, described
from dicomkit.net.services.service import Service, SopClass

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset import Dataset

__all__ = ["AVAILABILITY", "AVAILABILITY_ATTRIBUTES", "SERVICES", "check_create"]

AVAILABILITY_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 table R.3.2-1",
    "create",
    """
    SpecificCharacterSet 1C/1C
    ReferencedPerformedProcedureStepSequence 2/2
    >ReferencedSOPClassUID 1/1
    >ReferencedSOPInstanceUID 1/1
    >PerformedWorkitemCodeSequence 2/2
    StudyInstanceUID 1/1
    ReferencedSeriesSequence 1/1
    >SeriesInstanceUID 1/1
    >ReferencedSOPSequence 1/1
    >>ReferencedSOPClassUID 1/1
    >>ReferencedSOPInstanceUID 1/1
    >>InstanceAvailability 1/1
    >>RetrieveAETitle 1/1
    >>RetrieveLocationUID 3/3
    >>RetrieveURI 3/3
    >>RetrieveURL 3/3
    >>StorageMediaFileSetID 3/3
    >>StorageMediaFileSetUID 3/3
    """,
)

# Of the SOP Common Module, whose attributes are all allowed, what is of use here (PS3.3 C.12.1).
_ALLOWED = frozenset(
    {0x00080005, 0x00080012, 0x00080013, 0x00080014, 0x00080016, 0x00080018, 0x00080201}
    | {int(row.tag) for row in AVAILABILITY_ATTRIBUTES}
)


def check_create(ds: Dataset) -> Verdict:
    """Say what an N-CREATE is answered with: 0120, 0121, 0105 or success.

    Other attributes are forbidden, so that no patient or procedure is named (PS3.4 R.3.2.1.2).
    """
    verdict = check(AVAILABILITY_ATTRIBUTES, "create", ds)
    foreign = [int(element.tag) for element in ds if int(element.tag) not in _ALLOWED]
    if verdict.is_success and foreign:
        return Verdict(NO_SUCH_ATTRIBUTE, described("not of a notification", foreign), foreign)
    return verdict


AVAILABILITY = Service(
    "availability",
    "Instance Availability Notification",
    "PS3.4 R",
    [
        SopClass(
            "1.2.840.10008.5.1.4.33",
            "InstanceAvailabilityNotification",
            "PS3.4 R.3",
            "n-create M/M",
            attributes=AVAILABILITY_ATTRIBUTES,
        )
    ],
    statuses="INSTANCE_AVAILABILITY",
)

SERVICES = (AVAILABILITY,)
