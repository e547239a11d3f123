"""Print management: film sessions, boxes, printers and jobs (PS3.4 annex H)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.checks import Exchange
from dicomkit.net.services.service import Service, SopClass

__all__ = [
    "ACTIONS",
    "ANNOTATION_BOX_ATTRIBUTES",
    "COLOR_IMAGE_BOX_ATTRIBUTES",
    "FILM_BOX_ATTRIBUTES",
    "FILM_SESSION_ATTRIBUTES",
    "GRAYSCALE_IMAGE_BOX_ATTRIBUTES",
    "PRESENTATION_LUT_ATTRIBUTES",
    "PRINT",
    "PRINTER_ATTRIBUTES",
    "PRINTER_CONFIGURATION_ATTRIBUTES",
    "PRINTER_EVENTS",
    "PRINT_JOB_ATTRIBUTES",
    "PRINT_JOB_EVENTS",
    "SERVICES",
]

# Cells are usages: M mandatory, U optional, MC under a condition, of the user and the provider (PS3.4 5.4.1). An
# attribute that is mandatory for the provider alone is one that it must support when it comes.
FILM_SESSION_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 tables H.4-2 and H.4-3",
    "create set",
    """
    SpecificCharacterSet U/U U/U
    NumberOfCopies U/M U/M
    PrintPriority U/M U/M
    MediumType U/M U/M
    FilmDestination U/M U/M
    FilmSessionLabel U/U U/U
    MemoryAllocation U/U U/U
    OwnerID U/U U/U
    """,
)

FILM_BOX_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 tables H.4-6 and H.4-7",
    "create set",
    """
    ImageDisplayFormat M/M -/-
    ReferencedFilmSessionSequence M/M -/-
    >ReferencedSOPClassUID M/M -/-
    >ReferencedSOPInstanceUID M/M -/-
    ReferencedImageBoxSequence -/M -/-
    >ReferencedSOPClassUID -/M -/-
    >ReferencedSOPInstanceUID -/M -/-
    ReferencedBasicAnnotationBoxSequence -/MC -/-
    >ReferencedSOPClassUID -/MC -/-
    >ReferencedSOPInstanceUID -/MC -/-
    FilmOrientation U/M -/-
    FilmSizeID U/M -/-
    MagnificationType U/M U/M
    MaxDensity U/M U/M
    ConfigurationInformation U/M U/M
    ReferencedPresentationLUTSequence U/MC U/MC
    >ReferencedSOPClassUID U/MC U/MC
    >ReferencedSOPInstanceUID U/MC U/MC
    AnnotationDisplayFormatID U/U -/-
    SmoothingType U/U U/U
    BorderDensity U/U U/U
    EmptyImageDensity U/U U/U
    MinDensity U/U U/U
    Trim U/U U/U
    Illumination U/MC U/MC
    ReflectedAmbientLight U/MC U/MC
    RequestedResolutionID U/U -/-
    ICCProfile U/U U/U
    """,
)

# A sequence without an item erases the image of the box (PS3.4 H.4.3.1.2.1.3).
_IMAGE_BOX = """
    ImageBoxPosition M/M
    {sequence} 2/M
    >SamplesPerPixel M/M
    >PhotometricInterpretation M/M
    >Rows M/M
    >Columns M/M
    >PixelAspectRatio MC/M
    >BitsAllocated M/M
    >BitsStored M/M
    >HighBit M/M
    >PixelRepresentation M/M
    >PixelData M/M
    Polarity U/M
    MagnificationType U/U
    SmoothingType U/U
    RequestedImageSize U/U
    RequestedDecimateCropBehavior U/U
"""

GRAYSCALE_IMAGE_BOX_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 table H.4-10",
    "set",
    _IMAGE_BOX.format(sequence="BasicGrayscaleImageSequence")
    + """
    MinDensity U/U
    MaxDensity U/U
    ConfigurationInformation U/U
    ReferencedPresentationLUTSequence U/U
    >ReferencedSOPClassUID U/U
    >ReferencedSOPInstanceUID U/U
    """,
)

COLOR_IMAGE_BOX_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 table H.4-11",
    "set",
    _IMAGE_BOX.format(sequence="BasicColorImageSequence").replace(
        ">PixelData M/M", ">PlanarConfiguration M/M\n    >PixelData M/M"
    ),
)

ANNOTATION_BOX_ATTRIBUTES = AttributeTable.parse("PS3.4 H.4.4.2.1", "set", "AnnotationPosition M/M\nTextString U/M")

PRESENTATION_LUT_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 H.4.9.2.1",
    "create",
    """
    PresentationLUTSequence MC/M
    >LUTDescriptor MC/M
    >LUTExplanation U/U
    >LUTData MC/M
    PresentationLUTShape MC/M
    """,
)

PRINTER_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 table H.4-17",
    "get",
    """
    PrinterStatus U/M
    PrinterStatusInfo U/M
    PrinterName U/U
    Manufacturer U/U
    ManufacturerModelName U/U
    DeviceSerialNumber U/U
    SoftwareVersions U/U
    DateOfLastCalibration U/U
    TimeOfLastCalibration U/U
    """,
)

PRINT_JOB_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 table H.4-15",
    "get",
    """
    ExecutionStatus U/M
    ExecutionStatusInfo U/M
    CreationDate U/U
    CreationTime U/U
    PrintPriority U/M
    PrinterName U/U
    Originator U/U
    """,
)

PRINTER_CONFIGURATION_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 H.4.11.2.1",
    "get",
    """
    PrinterConfigurationSequence M/M
    >SOPClassesSupported M/M
    >MaximumMemoryAllocation M/M
    >MemoryBitDepth M/M
    >PrintingBitDepth M/M
    >MediaInstalledSequence M/M
    >>ItemNumber M/M
    >>MediumType M/M
    >>FilmSizeID M/M
    """,
)

_PRINTER_INFORMATION = AttributeTable.parse(
    "PS3.4 table H.4-16",
    "scu/scp",
    """
    PrinterStatusInfo U/M
    FilmDestination U/U
    PrinterName U/U
    """,
)

PRINTER_EVENTS = (
    Exchange(1, "Normal", AttributeTable("PS3.4 table H.4-16", ("scu/scp",), ())),
    Exchange(2, "Warning", _PRINTER_INFORMATION),
    Exchange(3, "Failure", _PRINTER_INFORMATION),
)

_JOB_INFORMATION = AttributeTable.parse(
    "PS3.4 table H.4-14",
    "scu/scp",
    """
    ExecutionStatusInfo U/M
    FilmSessionLabel U/U
    PrinterName U/U
    """,
)

PRINT_JOB_EVENTS = (
    Exchange(1, "Pending", _JOB_INFORMATION),
    Exchange(2, "Printing", _JOB_INFORMATION),
    Exchange(3, "Done", _JOB_INFORMATION),
    Exchange(4, "Failure", _JOB_INFORMATION),
)

# Of film sessions and film boxes alike; the job is named if the Print Job SOP Class was negotiated.
ACTIONS = (
    Exchange(
        1,
        "Print",
        AttributeTable("PS3.4 tables H.4-4 and H.4-8", ("scu/scp",), ()),
        AttributeTable.parse(
            "PS3.4 tables H.4-4 and H.4-8",
            "scu/scp",
            """
            ReferencedPrintJobSequence -/MC
            >ReferencedSOPClassUID -/MC
            >ReferencedSOPInstanceUID -/MC
            """,
        ),
    ),
)

_ROOT = "1.2.840.10008.5.1.1"
_SESSION, _FILM, _GRAY, _COLOR, _PRINTER = [f"{_ROOT}.{number}" for number in ("1", "2", "4", "4.1", "16")]
_PRINTER_INSTANCE = f"{_ROOT}.17"

# What a Meta SOP Class lets its members do (PS3.4 H.3.2.2).
_META = "n-create M/M, n-set M/M, n-delete U/M, n-action M/M, n-get U/M, n-event-report M/M"

PRINT = Service(
    "print",
    "Print Management",
    "PS3.4 H",
    [
        SopClass(
            _SESSION,
            "BasicFilmSession",
            "PS3.4 H.4.1",
            "n-create M/M, n-set U/M, n-delete U/M, n-action U/U",
            attributes=FILM_SESSION_ATTRIBUTES,
            actions=ACTIONS,
        ),
        SopClass(
            _FILM,
            "BasicFilmBox",
            "PS3.4 H.4.2",
            "n-create M/M, n-set U/U, n-delete U/M, n-action M/M",
            attributes=FILM_BOX_ATTRIBUTES,
            actions=ACTIONS,
        ),
        SopClass(
            _GRAY, "BasicGrayscaleImageBox", "PS3.4 H.4.3.1", "n-set M/M", attributes=GRAYSCALE_IMAGE_BOX_ATTRIBUTES
        ),
        SopClass(_COLOR, "BasicColorImageBox", "PS3.4 H.4.3.2", "n-set M/M", attributes=COLOR_IMAGE_BOX_ATTRIBUTES),
        SopClass(f"{_ROOT}.15", "BasicAnnotationBox", "PS3.4 H.4.4", "n-set M/M", attributes=ANNOTATION_BOX_ATTRIBUTES),
        SopClass(
            f"{_ROOT}.14",
            "PrintJob",
            "PS3.4 H.4.5",
            "n-event-report M/M, n-get U/M",
            attributes=PRINT_JOB_ATTRIBUTES,
            events=PRINT_JOB_EVENTS,
        ),
        SopClass(
            _PRINTER,
            "Printer",
            "PS3.4 H.4.6",
            "n-event-report M/M, n-get U/M",
            attributes=PRINTER_ATTRIBUTES,
            events=PRINTER_EVENTS,
            instance=_PRINTER_INSTANCE,
        ),
        SopClass(
            f"{_ROOT}.23",
            "PresentationLUT",
            "PS3.4 H.4.9",
            "n-create M/M, n-delete M/M",
            attributes=PRESENTATION_LUT_ATTRIBUTES,
        ),
        SopClass(
            f"{_ROOT}.16.376",
            "PrinterConfigurationRetrieval",
            "PS3.4 H.4.11",
            "n-get M/M",
            attributes=PRINTER_CONFIGURATION_ATTRIBUTES,
            instance=f"{_PRINTER_INSTANCE}.376",
        ),
        SopClass(
            f"{_ROOT}.9",
            "BasicGrayscalePrintManagementMeta",
            "PS3.4 H.3.2.2.1",
            _META,
            members=(_SESSION, _FILM, _GRAY, _PRINTER),
        ),
        SopClass(
            f"{_ROOT}.18",
            "BasicColorPrintManagementMeta",
            "PS3.4 H.3.2.2.2",
            _META,
            members=(_SESSION, _FILM, _COLOR, _PRINTER),
        ),
    ],
    statuses="PRINT",
)

SERVICES = (PRINT,)
