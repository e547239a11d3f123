"""Structured Reports made of a content tree: the document around it (PS3.3 A.35, C.17.1, C.17.2)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.core.uid import IMPLEMENTATION_VERSION_NAME
from dicomkit.dataset import Dataset
from dicomkit.errors import ValueEncodeError, escaped
from dicomkit.objects.content_constraints import IODS, content_problems
from dicomkit.objects.content_encoding import code_item, put_content, texts_of
from dicomkit.objects.content_items import Code, Reference, content_item, path_of
from dicomkit.objects.evidence import by_study, known_instances, referenced_instance
from dicomkit.objects.new_instance import new_instance
from dicomkit.objects.structured_report import sequence_items, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    from dicomkit.objects.content_constraints import ReportKind
    from dicomkit.objects.content_items import ContentItem
    from dicomkit.objects.evidence import ReferencedInstance

__all__ = [
    "VerifyingObserver",
    "check_content",
    "device_observer",
    "person_observer",
    "put_document_time",
    "put_requests",
    "referenced_in",
    "structured_report",
]

_CONTENT_SEQUENCE = 0x0040A730
_REPORT_KINDS = ("Basic Text SR", "Enhanced SR", "Comprehensive SR", "Comprehensive 3D SR")
# Type 2 of General Equipment, SR Document Series and SR Document General.
_EMPTY = ("Manufacturer", "ReferencedPerformedProcedureStepSequence", "PerformedProcedureCodeSequence")
_SHOWN = 3


class VerifyingObserver(Options):
    """Who takes responsibility for a report, and when (C.17.2): a person's name and identification, organization.

    `time` is a DateTime; "" is that of the report.
    """

    name: str = ""
    organization: str = ""
    time: str = ""
    identification: Code | None = None


def structured_report(
    root: ContentItem,
    evidence: Iterable[Dataset | ReferencedInstance] = (),
    *,
    iod: ReportKind | None = None,
    like: Dataset | None = None,
    completion: Literal["COMPLETE", "PARTIAL"] = "COMPLETE",
    completion_description: str = "",
    verified_by: Iterable[VerifyingObserver] = (),
    predecessors: Iterable[Dataset] = (),
    **values: object,
) -> Dataset:
    """Return a content tree as a Structured Report.

    `evidence` are the data sets of what the tree refers to, without their pixels if you like, where they are found
    (`ReferencedInstance`), or documents that had them as evidence. Those that are referred to become the evidence
    sequences; patient and study are those of `like`, or of the first data set. `iod` is Basic Text SR, Enhanced SR,
    Comprehensive SR or Comprehensive 3D SR; without it, the first of these that has all that is in the tree. Whom
    `verified_by` names makes it VERIFIED. `predecessors` are reports that this one replaces or amends. Other elements
    come as keywords, ``SeriesDescription="Findings"``, and go before what is made up. The items of the tree are
    numbered.

    Raises ValueEncodeError for a tree that is none, that the IOD does not allow, or that refers to what is not among
    `evidence`; LimitExceededError for one that is too deep.
    """
    evidence = list(evidence)
    root.number()
    table = IODS[check_content(root, _REPORT_KINDS if iod is None else (iod,))]
    known = known_instances(evidence)
    referenced = referenced_in(root, known)
    observers = list(verified_by)
    names = [text for each in observers for text in (each.name, each.organization)]
    texts = [*texts_of(root), *names, completion_description, *[each for each in values.values() if type(each) is str]]
    if like is None:
        like = next((each for each in evidence if isinstance(each, Dataset)), None)
    ds = new_instance(like, _EMPTY, texts)
    ds.SOPClassUID = table.sop_class_uid
    ds.Modality = "SR"
    put_document_time(ds)
    if table.name == "Comprehensive 3D SR":  # A.35.13.2: Enhanced General Equipment is mandatory
        ds.Manufacturer = ds.ManufacturerModelName = "dicomkit"
        ds.DeviceSerialNumber = ds.SoftwareVersions = IMPLEMENTATION_VERSION_NAME
    put_requests(ds, like)
    ds.CompletionFlag = completion
    if completion_description:
        ds.CompletionFlagDescription = completion_description
    _put_verification(ds, observers)
    _put_evidence(ds, referenced)
    replaced = by_study([referenced_instance(each) for each in predecessors])
    if replaced:
        ds.PredecessorDocumentsSequence = replaced
    put_content(ds, root, {each.sop_instance_uid: each.sop_class_uid for each in known.values()})
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def person_observer(name: str, organization: str = "", role: Code | None = None) -> list[ContentItem]:
    """Return the items that say which person observed what an item contains (PS3.16 TID 1002, 1003).

    They go below a CONTAINER; `role` is a code of CID 7453, what the person is to the procedure.
    """
    items = [
        content_item("CODE", _OBSERVER_TYPE, _PERSON, relationship=_CONTEXT),
        content_item("PNAME", _PERSON_NAME, name, relationship=_CONTEXT),
    ]
    if organization:
        items.append(content_item("TEXT", _PERSON_ORGANIZATION, organization, relationship=_CONTEXT))
    if role is not None:
        items.append(content_item("CODE", _PERSON_ROLE, role, relationship=_CONTEXT))
    return items


def device_observer(
    uid: str, name: str = "", manufacturer: str = "", model: str = "", serial_number: str = ""
) -> list[ContentItem]:
    """Return the items that say which device or program observed what an item contains (PS3.16 TID 1002, 1004)."""
    items = [
        content_item("CODE", _OBSERVER_TYPE, _DEVICE, relationship=_CONTEXT),
        content_item("UIDREF", _DEVICE_UID, uid, relationship=_CONTEXT),
    ]
    named = (
        (_DEVICE_NAME, name),
        (_DEVICE_MAKER, manufacturer),
        (_DEVICE_MODEL, model),
        (_DEVICE_SERIAL, serial_number),
    )
    items += [content_item("TEXT", concept, text, relationship=_CONTEXT) for concept, text in named if text]
    return items


_CONTEXT: Literal["HAS OBS CONTEXT"] = "HAS OBS CONTEXT"
# PS3.16 CID 270, TID 1002 to 1004.
_OBSERVER_TYPE = Code(value="121005", scheme="DCM", meaning="Observer Type")
_PERSON = Code(value="121006", scheme="DCM", meaning="Person")
_DEVICE = Code(value="121007", scheme="DCM", meaning="Device")
_PERSON_NAME = Code(value="121008", scheme="DCM", meaning="Person Observer Name")
_PERSON_ORGANIZATION = Code(value="121009", scheme="DCM", meaning="Person Observer's Organization Name")
_PERSON_ROLE = Code(value="121010", scheme="DCM", meaning="Person Observer's Role in the Organization")
_DEVICE_UID = Code(value="121012", scheme="DCM", meaning="Device Observer UID")
_DEVICE_NAME = Code(value="121013", scheme="DCM", meaning="Device Observer Name")
_DEVICE_MAKER = Code(value="121014", scheme="DCM", meaning="Device Observer Manufacturer")
_DEVICE_MODEL = Code(value="121015", scheme="DCM", meaning="Device Observer Model Name")
_DEVICE_SERIAL = Code(value="121016", scheme="DCM", meaning="Device Observer Serial Number")


# -- what documents of content items have in common --------------------------------------------------------------------


def check_content(root: ContentItem, names: Iterable[str]) -> str:
    """Return the first of the IODs that allows the tree; ValueEncodeError says what the last of them does not allow."""
    problems: list[str] = []
    for name in names:
        if name not in IODS:
            raise ValueEncodeError(f"there is no {escaped(name)} IOD; there are {', '.join(IODS)}")
        problems = []
        for problem in content_problems(root, name):
            problems.append(problem)
        if not problems:
            return name
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    raise ValueEncodeError(escaped("; ".join(problems[:_SHOWN]), 1000) + more, tag=_CONTENT_SEQUENCE)


def referenced_in(root: ContentItem, known: dict[str, ReferencedInstance]) -> list[ReferencedInstance]:
    """Return the instances that a tree refers to, in its order; ValueEncodeError for one that is not known."""
    found: dict[str, ReferencedInstance] = {}
    for item in root.walk():
        value = item.value
        if not isinstance(value, Reference):
            continue
        for uid in (value.sop_instance_uid, value.presentation_state):
            if uid and uid not in known:
                message = f"{path_of(item.position)} refers to {escaped(uid)}, which is not among the evidence"
                raise ValueEncodeError(f"{message} (PS3.3 C.17.2.3)", tag=_CONTENT_SEQUENCE)
            if uid:
                found.setdefault(uid, known[uid])
        if known[value.sop_instance_uid].sop_class_uid != value.sop_class_uid:
            raise ValueEncodeError(f"{value.sop_instance_uid} is not of the class {value.sop_class_uid}")
    return list(found.values())


def put_document_time(ds: Dataset) -> None:
    """Put when a document was made, and that it is the first of its series."""
    now = time.localtime()
    ds.ContentDate, ds.ContentTime = time.strftime("%Y%m%d", now), time.strftime("%H%M%S", now)
    ds.SeriesNumber, ds.InstanceNumber = 1, 1


def put_requests(ds: Dataset, like: Dataset | None) -> None:
    """Put the requests that the procedure of another instance fulfilled, where that says so (C.17.2, C.12.2.3)."""
    requests = sequence_items(like, "RequestAttributesSequence") if like is not None else []
    items = []
    for request in requests:
        item = Dataset(StudyInstanceUID=ds.StudyInstanceUID, ReferencedStudySequence=[])
        accession = text_of(request, "AccessionNumber") or text_of(ds, "AccessionNumber")
        item.AccessionNumber = accession
        for keyword in _OF_REQUESTS:
            setattr(item, keyword, text_of(request, keyword))
        item.RequestedProcedureCodeSequence = sequence_items(request, "RequestedProcedureCodeSequence")
        items.append(item)
    if items:
        ds.ReferencedRequestSequence = items


# PS3.3 C.17.2: of type 2 in an item of the Referenced Request Sequence, and text.
_OF_REQUESTS = (
    "PlacerOrderNumberImagingServiceRequest", "FillerOrderNumberImagingServiceRequest", "RequestedProcedureID",
    "RequestedProcedureDescription",
)  # fmt: skip


def _put_verification(ds: Dataset, observers: list[VerifyingObserver]) -> None:
    ds.VerificationFlag = "VERIFIED" if observers else "UNVERIFIED"
    if not observers:
        return
    items = []
    for observer in observers:
        if not observer.name or not observer.organization:
            raise ValueEncodeError("a verifying observer has a name and an organization (PS3.3 C.17.2)")
        item = Dataset(VerifyingObserverName=observer.name, VerifyingOrganization=observer.organization)
        item.VerificationDateTime = observer.time or f"{ds.ContentDate}{ds.ContentTime}"
        identification = observer.identification
        item.VerifyingObserverIdentificationCodeSequence = [] if identification is None else [code_item(identification)]
        items.append(item)
    ds.VerifyingObserverSequence = items


def _put_evidence(ds: Dataset, referenced: list[ReferencedInstance]) -> None:
    """What is of the study of the report is evidence of its procedure, everything else is "other" (C.17.2.3)."""
    study = str(ds.StudyInstanceUID)
    current = by_study([each for each in referenced if each.study_instance_uid == study])
    other = by_study([each for each in referenced if each.study_instance_uid != study])
    if current:
        ds.CurrentRequestedProcedureEvidenceSequence = current
    if other:
        ds.PertinentOtherEvidenceSequence = other
