"""Media creation: discs and other media written on request (PS3.4 annex S)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.checks import Exchange
from dicomkit.net.services.service import Service, SopClass

__all__ = ["ACTIONS", "MEDIA_CREATION", "MEDIA_CREATION_ATTRIBUTES", "SERVICES"]

MEDIA_CREATION_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 tables S.3.2.1.1-1 and S.3.2.3.1-1",
    "create get",
    """
    SpecificCharacterSet 1C/1C 3/1C
    StorageMediaFileSetID 3/3 -/-
    StorageMediaFileSetUID 3/3 -/-
    LabelUsingInformationExtractedFromInstances 3/1C -/-
    LabelText 3/1C -/-
    LabelStyleSelection 3/1C -/-
    BarcodeValue 3/3 -/-
    BarcodeSymbology 3/3 -/-
    MediaDisposition 3/3 -/-
    AllowMediaSplitting 3/1C -/-
    AllowLossyCompression 3/1C -/-
    IncludeNonDICOMObjects 3/1C -/-
    IncludeDisplayApplication 3/1C -/-
    PreserveCompositeInstancesAfterMediaCreation 3/3 -/-
    ReferencedSOPSequence 1/1 -/-
    >ReferencedSOPClassUID 1/1 -/-
    >ReferencedSOPInstanceUID 1/1 -/-
    >RequestedMediaApplicationProfile 3/1 -/-
    >IconImageSequence 3/1C -/-
    ExecutionStatus -/- 3/1
    ExecutionStatusInfo -/- 3/1
    TotalNumberOfPiecesOfMediaCreated -/- 3/1C
    FailedSOPSequence -/- 3/1C
    >ReferencedSOPClassUID -/- -/1
    >ReferencedSOPInstanceUID -/- -/1
    >FailureReason -/- -/1
    >FailureAttributes -/- -/1C
    ReferencedStorageMediaSequence -/- 3/1C
    >StorageMediaFileSetID -/- -/2
    >StorageMediaFileSetUID -/- -/1
    """,
)

ACTIONS = (
    Exchange(
        1,
        "Initiate Media Creation",
        AttributeTable.parse("PS3.4 table S.3.2.2.1-1", "scu/scp", "NumberOfCopies 3/1C\nRequestPriority 3/1C"),
    ),
    Exchange(2, "Cancel Media Creation", AttributeTable("PS3.4 table S.3.2.2.1-1", ("scu/scp",), ())),
)

MEDIA_CREATION = Service(
    "media-creation",
    "Media Creation Management",
    "PS3.4 S",
    [
        SopClass(
            "1.2.840.10008.5.1.1.33",
            "MediaCreationManagement",
            "PS3.4 S.3",
            "n-create M/M, n-action M/M, n-get U/M",
            attributes=MEDIA_CREATION_ATTRIBUTES,
            actions=ACTIONS,
        )
    ],
    statuses="MEDIA_CREATION",
)

SERVICES = (MEDIA_CREATION,)
