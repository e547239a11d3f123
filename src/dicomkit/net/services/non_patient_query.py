"""Query and retrieval of what belongs to no patient: hanging protocols, palettes, implants, protocols (PS3.4 GG).

Annexes U, X, BB, HH and II, and JJ for inventories. Their models have one level and no Query/Retrieve Level
(0008,0052); the unique key is the SOP Instance UID.
"""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.models import InformationModel, Level
from dicomkit.net.services.service import Service, SopClass

__all__ = [
    "COLOR_PALETTE",
    "DEFINED_PROTOCOL",
    "HANGING_PROTOCOL",
    "IMPLANT_ASSEMBLY",
    "IMPLANT_GROUP",
    "IMPLANT_TEMPLATE",
    "INVENTORY",
    "PROTOCOL_APPROVAL",
    "SERVICES",
]

_INSTANCE = """
    SpecificCharacterSet - 1C
    SOPClassUID R 1
    SOPInstanceUID U 1
"""

_MACROS = {
    "instance": _INSTANCE,
    "code": "CodeValue R 1C\nCodingSchemeDesignator R 1C\nCodeMeaning - 1",
    "reference": "ReferencedSOPClassUID R 1\nReferencedSOPInstanceUID R 1",
}


def _model(name: str, section: str, uid: str, keys: str) -> InformationModel:
    """Return a model whose three SOP Classes follow each other: FIND, MOVE and GET."""
    root, _, first = uid.rpartition(".")
    find, move, get = [f"{root}.{int(first) + number}" for number in range(3)]
    table = AttributeTable.parse(section, "matching return", f"&instance\n{keys}", _MACROS)
    return InformationModel(name, section, [Level("", "SOPInstanceUID", table)], find=find, move=move, get=get)


HANGING_PROTOCOL = _model(
    "hanging protocol",
    "PS3.4 table U.6-1",
    "1.2.840.10008.5.1.4.38.2",
    """
    HangingProtocolName R 1
    HangingProtocolDescription - 1
    HangingProtocolLevel R 1
    HangingProtocolCreator - 1
    HangingProtocolCreationDateTime - 1
    HangingProtocolDefinitionSequence R 1
    >Modality R 2
    >AnatomicRegionSequence R 2
    >>&code
    >Laterality R 2
    >ProcedureCodeSequence R 2
    >>&code
    >ReasonForRequestedProcedureCodeSequence R 2
    >>&code
    NumberOfPriorsReferenced R 1
    HangingProtocolUserIdentificationCodeSequence R 2
    >&code
    HangingProtocolUserGroupName R 3
    NumberOfScreens R 2
    NominalScreenDefinitionSequence - 2
    >NumberOfVerticalPixels - 1
    >NumberOfHorizontalPixels - 1
    >DisplayEnvironmentSpatialPosition - 1
    >ScreenMinimumGrayscaleBitDepth - 1C
    >ScreenMinimumColorBitDepth - 1C
    >ApplicationMaximumRepaintTime - 3
    """,
)

COLOR_PALETTE = _model(
    "color palette",
    "PS3.4 table X.6-1",
    "1.2.840.10008.5.1.4.39.2",
    """
    ContentLabel R 1
    ContentDescription - 2
    ContentCreatorName - 2
    AlternateContentDescriptionSequence - 3
    """,
)

IMPLANT_TEMPLATE = _model(
    "generic implant template",
    "PS3.4 table BB.6-1",
    "1.2.840.10008.5.1.4.43.2",
    """
    Manufacturer R 1
    ImplantName R 1
    ImplantSize R 2
    ImplantPartNumber R 1
    ReplacedImplantTemplateSequence R 2
    >&reference
    DerivationImplantTemplateSequence R 2
    >&reference
    EffectiveDateTime R 1
    OriginalImplantTemplateSequence R 2
    >&reference
    ImplantTargetAnatomySequence R 2
    >AnatomicRegionSequence R 1
    >>&code
    ImplantRegulatoryDisapprovalCodeSequence R 2
    >&code
    MaterialsCodeSequence R 1
    >&code
    CoatingMaterialsCodeSequence R 1
    >&code
    """,
)

IMPLANT_ASSEMBLY = _model(
    "implant assembly template",
    "PS3.4 table BB.6-2",
    "1.2.840.10008.5.1.4.44.2",
    """
    ImplantAssemblyTemplateName R 1
    Manufacturer R 1
    ProcedureTypeCodeSequence R 1
    >&code
    ReplacedImplantAssemblyTemplateSequence R 1
    >&reference
    OriginalImplantAssemblyTemplateSequence R 1
    >&reference
    DerivationImplantAssemblyTemplateSequence R 1
    >&reference
    SurgicalTechnique R 2
    """,
)

IMPLANT_GROUP = _model(
    "implant template group",
    "PS3.4 table BB.6-3",
    "1.2.840.10008.5.1.4.45.2",
    """
    ImplantTemplateGroupName R 1
    ImplantTemplateGroupDescription - 2
    ImplantTemplateGroupIssuer R 1
    EffectiveDateTime R 1
    ReplacedImplantTemplateGroupSequence R 2
    >&reference
    """,
)

DEFINED_PROTOCOL = _model(
    "defined procedure protocol",
    "PS3.4 table HH.6-1",
    "1.2.840.10008.5.1.4.20.1",
    """
    CustodialOrganizationSequence R 2
    >InstitutionName R 2
    >InstitutionCodeSequence R 2
    >>&code
    ResponsibleGroupCodeSequence R 2
    >&code
    ProtocolName R 1
    PotentialScheduledProtocolCodeSequence R 1
    >&code
    PotentialRequestedProcedureCodeSequence R 1
    >&code
    PotentialReasonsForProcedure - 2
    PotentialReasonsForProcedureCodeSequence R 2
    >&code
    PotentialDiagnosticTasks - 2
    PredecessorProtocolSequence R 2
    >&reference
    ContentCreatorName R 1
    InstanceCreationDate R 1
    InstanceCreationTime R 1
    ClinicalTrialSponsorName R 1
    ClinicalTrialProtocolID R 1
    EquipmentModality R 1
    ModelSpecificationSequence R 2
    >Manufacturer R 1
    >ManufacturerRelatedModelGroup R 2
    >ManufacturerModelName R 2
    >SoftwareVersions R 2
    >DeviceSerialNumber - 2
    AnatomicRegionSequence R 2
    >&code
    """,
)

PROTOCOL_APPROVAL = _model(
    "protocol approval",
    "PS3.4 table II.6-1",
    "1.2.840.10008.5.1.4.1.1.200.4",
    """
    InstanceCreationDate R 1
    InstanceCreationTime R 1
    ApprovalSubjectSequence R 1
    >&reference
    ApprovalSequence R 1
    >AssertionCodeSequence R 1
    >>&code
    >AssertionUID - 1
    >AsserterIdentificationSequence R 1
    >>ObserverType - 1
    >>PersonName R 1
    >>PersonIdentificationCodeSequence R 1
    >>>&code
    >>OrganizationalRoleCodeSequence R 2
    >>>&code
    >>StationName - 3
    >>DeviceUID - 3
    >>Manufacturer - 3
    >>ManufacturerModelName - 3
    >>StationAETitle - 3
    >>InstitutionName R 1
    >>InstitutionCodeSequence R 1
    >>>&code
    >>InstitutionalDepartmentName - 2
    >>InstitutionalDepartmentTypeCodeSequence - 3
    >AssertionDateTime R 1
    >AssertionExpirationDateTime R 2
    """,
)

INVENTORY = _model(
    "inventory",
    "PS3.4 table JJ.4-1",
    "1.2.840.10008.5.1.4.1.1.201.2",
    """
    ContentDate R 1
    ContentTime R 1
    InventoryPurpose O 2
    InventoryLevel R 1
    InventoryCompletionStatus R 1
    ScopeOfInventorySequence O 2
    TotalNumberOfStudyRecords O 1C
    """,
)


def _rows(model: InformationModel, keyword: str, section: str) -> list[SopClass]:
    return [
        SopClass(uid, f"{keyword}{operation.title()}", section, f"{operation} M/M", model=model)
        for operation, uid in (("find", model.find), ("move", model.move), ("get", model.get))
        if uid is not None
    ]


def _service(name: str, title: str, section: str, *groups: list[SopClass]) -> Service:
    return Service(name, title, section, [row for rows in groups for row in rows], statuses="QUERY_RETRIEVE")


SERVICES = (
    _service(
        "hanging-protocol",
        "Hanging Protocol Query/Retrieve",
        "PS3.4 U",
        _rows(HANGING_PROTOCOL, "HangingProtocolInformationModel", "PS3.4 U.6"),
    ),
    _service(
        "color-palette",
        "Color Palette Query/Retrieve",
        "PS3.4 X",
        _rows(COLOR_PALETTE, "ColorPaletteQueryRetrieveInformationModel", "PS3.4 X.6"),
    ),
    _service(
        "implant-template",
        "Implant Template Query/Retrieve",
        "PS3.4 BB",
        _rows(IMPLANT_TEMPLATE, "GenericImplantTemplateInformationModel", "PS3.4 BB.6.1"),
        _rows(IMPLANT_ASSEMBLY, "ImplantAssemblyTemplateInformationModel", "PS3.4 BB.6.2"),
        _rows(IMPLANT_GROUP, "ImplantTemplateGroupInformationModel", "PS3.4 BB.6.3"),
    ),
    _service(
        "defined-protocol",
        "Defined Procedure Protocol Query/Retrieve",
        "PS3.4 HH",
        _rows(DEFINED_PROTOCOL, "DefinedProcedureProtocolInformationModel", "PS3.4 HH.6"),
    ),
    _service(
        "protocol-approval",
        "Protocol Approval Query/Retrieve",
        "PS3.4 II",
        _rows(PROTOCOL_APPROVAL, "ProtocolApprovalInformationModel", "PS3.4 II.6"),
    ),
    _service(
        "inventory-query",
        "Inventory Query/Retrieve",
        "PS3.4 JJ",
        _rows(INVENTORY, "Inventory", "PS3.4 JJ.4"),
    ),
)
