"""The services of the standard as rows: SOP Classes, operations, keys and rules, all values (PS3.4)."""

from __future__ import annotations

from dicomkit.net.services.attributes import Attribute, AttributeTable
from dicomkit.net.services.checks import Exchange, Verdict, check, check_request
from dicomkit.net.services.extended import FindExtension, RetrieveExtension, StorageExtension
from dicomkit.net.services.identifiers import check_query, check_retrieval
from dicomkit.net.services.matching import Matcher, MatchingOptions, matches, response_of
from dicomkit.net.services.models import InformationModel, Level
from dicomkit.net.services.non_patient_query import (
    COLOR_PALETTE,
    DEFINED_PROTOCOL,
    HANGING_PROTOCOL,
    IMPLANT_ASSEMBLY,
    IMPLANT_GROUP,
    IMPLANT_TEMPLATE,
    INVENTORY,
    PROTOCOL_APPROVAL,
)
from dicomkit.net.services.query_retrieve import (
    COMPOSITE_INSTANCE_ROOT,
    PATIENT_ROOT,
    PATIENT_STUDY_ONLY,
    REPOSITORY,
    STUDY_ROOT,
    WITHOUT_BULK_DATA,
)
from dicomkit.net.services.service import Operation, Role, Service, ServiceTable, SopClass, Support
from dicomkit.net.services.table import SERVICES, find_service
from dicomkit.net.services.work_item import WORK_ITEM_QUERY
from dicomkit.net.services.worklist import WORKLIST

__all__ = [
    "COLOR_PALETTE",
    "COMPOSITE_INSTANCE_ROOT",
    "DEFINED_PROTOCOL",
    "HANGING_PROTOCOL",
    "IMPLANT_ASSEMBLY",
    "IMPLANT_GROUP",
    "IMPLANT_TEMPLATE",
    "INVENTORY",
    "PATIENT_ROOT",
    "PATIENT_STUDY_ONLY",
    "PROTOCOL_APPROVAL",
    "REPOSITORY",
    "SERVICES",
    "STUDY_ROOT",
    "WITHOUT_BULK_DATA",
    "WORKLIST",
    "WORK_ITEM_QUERY",
    "Attribute",
    "AttributeTable",
    "Exchange",
    "FindExtension",
    "InformationModel",
    "Level",
    "Matcher",
    "MatchingOptions",
    "Operation",
    "RetrieveExtension",
    "Role",
    "Service",
    "ServiceTable",
    "SopClass",
    "StorageExtension",
    "Support",
    "Verdict",
    "check",
    "check_query",
    "check_request",
    "check_retrieval",
    "find_service",
    "matches",
    "response_of",
]
