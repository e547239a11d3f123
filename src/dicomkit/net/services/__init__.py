"""The services of the standard as rows: SOP Classes, operations, keys and rules, all values (PS3.4)."""

from __future__ import annotations

from dicomkit.net.services.attributes import Attribute, AttributeTable
from dicomkit.net.services.models import InformationModel, Level
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

__all__ = [
    "COMPOSITE_INSTANCE_ROOT",
    "PATIENT_ROOT",
    "PATIENT_STUDY_ONLY",
    "REPOSITORY",
    "SERVICES",
    "STUDY_ROOT",
    "WITHOUT_BULK_DATA",
    "Attribute",
    "AttributeTable",
    "InformationModel",
    "Level",
    "Operation",
    "Role",
    "Service",
    "ServiceTable",
    "SopClass",
    "Support",
    "find_service",
]
