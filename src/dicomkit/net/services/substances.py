"""Substance administration: what a product is, and whether it may be given (PS3.4 annex V)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.models import InformationModel, Level
from dicomkit.net.services.service import Service, SopClass

__all__ = ["APPROVAL_KEYS", "PRODUCT_KEYS", "SERVICES", "SUBSTANCES"]

PRODUCT_KEYS = AttributeTable.parse(
    "PS3.4 table V.6-1",
    "matching return",
    """
    ProductPackageIdentifier R 1
    ProductTypeCodeSequence - 1
    ProductName - 1
    ProductExpirationDateTime - 2
    ProductParameterSequence - 2
    >ValueType - 1
    >ConceptNameCodeSequence - 1
    """,
)

APPROVAL_KEYS = AttributeTable.parse(
    "PS3.4 table V.6-2",
    "matching return",
    """
    PatientName O 2
    PatientID R 1
    IssuerOfPatientID O 2
    IssuerOfPatientIDQualifiersSequence O 3
    PatientBirthDate - 2
    PatientSex - 2
    AdmissionID R 2
    IssuerOfAdmissionIDSequence O 3
    >LocalNamespaceEntityID O 1C
    >UniversalEntityID O 1C
    >UniversalEntityIDType O 1C
    ProductPackageIdentifier R 1
    AdministrationRouteCodeSequence R 1
    SubstanceAdministrationApproval - 1
    ApprovalStatusFurtherDescription - 2
    ApprovalStatusDateTime - 1
    """,
)

_PRODUCT, _APPROVAL = "1.2.840.10008.5.1.4.41", "1.2.840.10008.5.1.4.42"

SUBSTANCES = Service(
    "substance-administration",
    "Substance Administration Query",
    "PS3.4 V",
    [
        SopClass(
            _PRODUCT,
            "ProductCharacteristicsQuery",
            "PS3.4 V.6.1",
            "find M/M",
            model=InformationModel(
                "product characteristics", "PS3.4 V.6.1", [Level("", "", PRODUCT_KEYS)], find=_PRODUCT
            ),
        ),
        SopClass(
            _APPROVAL,
            "SubstanceApprovalQuery",
            "PS3.4 V.6.2",
            "find M/M",
            model=InformationModel("substance approval", "PS3.4 V.6.2", [Level("", "", APPROVAL_KEYS)], find=_APPROVAL),
        ),
    ],
    statuses="SUBSTANCE_ADMINISTRATION",
)

SERVICES = (SUBSTANCES,)
