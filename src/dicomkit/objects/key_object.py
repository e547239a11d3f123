"""Key Object Selection: instances that were chosen, or rejected, and why (PS3.3 A.35.4, C.17.6, PS3.16 TID 2010)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.errors import MissingElementError, ValueEncodeError, escaped
from dicomkit.objects.content_constraints import IODS
from dicomkit.objects.content_encoding import put_content, texts_of
from dicomkit.objects.content_items import Code, Reference, content_item
from dicomkit.objects.evidence import (
    ReferencedInstance,
    by_study,
    evidence_of,
    referenced_instance,
    value_type_of,
)
from dicomkit.objects.key_object_codes import (
    BEST_IN_SET,
    KEY_OBJECT_TITLES,
    QUALITY_REASONS,
    SETS,
    WITH_REASONS,
    code_named,
    is_rejection,
)
from dicomkit.objects.new_instance import new_instance
from dicomkit.objects.report_document import check_content, put_document_time, put_requests
from dicomkit.objects.structured_report import content_tree, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from dicomkit.objects.content_items import ContentItem

    #: A data set, one with the numbers of its frames from 1, or what a selection was read to refer to.
    KeyObject: TypeAlias = Dataset | tuple[Dataset, Iterable[int]] | ReferencedInstance

__all__ = ["KeyObjectSelection", "identical_documents", "key_object_selection", "key_objects"]

_IOD = IODS["Key Object Selection Document"]
_DESCRIPTION = Code(value="113012", scheme="DCM", meaning="Key Object Description")
_MODIFIER = Code(value="113011", scheme="DCM", meaning="Document Title Modifier")
_TEMPLATE = "2010"
_CONTENT, _CLASS = 0x0040A730, 0x00080016
# Type 2 of General Equipment and Key Object Document Series.
_EMPTY = ("Manufacturer", "ReferencedPerformedProcedureStepSequence")


class KeyObjectSelection(Options):
    """What a Key Object Selection Document says: why, in words, and which instances, in its order."""

    title: Code = Code()
    modifiers: tuple[Code, ...] = ()
    description: str = ""
    references: tuple[ReferencedInstance, ...] = ()

    @property
    def is_rejection_note(self) -> bool:
        """Whether the instances are not to be used or shown any more (IHE Image Object Change Management)."""
        return is_rejection(self.title)


def key_object_selection(
    references: Iterable[KeyObject],
    title: Code | str = "Of Interest",
    description: str = "",
    *,
    modifiers: Iterable[Code | str] = (),
    observers: Iterable[ContentItem] = (),
    like: Dataset | None = None,
    **values: object,
) -> Dataset:
    """Return a Key Object Selection Document of data sets, ``[image, (cine, [3, 5])]`` for two frames of the second.

    `title` is a code or the meaning of one of CID 7010, "Rejected for Quality Reasons" say; `modifiers` are codes or
    meanings of CID 7011, why the quality is bad, or of CID 7012, of what something is the best. `observers` are content
    items as `person_observer` gives them. Patient and study are those of `like`, or of the first data set. Other
    elements come as keywords, and go before what is made up.

    Instances of several studies make a document that belongs into each of them: see `identical_documents`.

    Raises ValueEncodeError for a selection of nothing, and for a title or a modifier that there is not.
    """
    chosen = list(references)
    instances = [_instance(each) for each in chosen]
    if not instances:
        raise ValueEncodeError("a key object selection of nothing (PS3.16 TID 2010)", tag=_CONTENT)
    root = _root(code_named(title, KEY_OBJECT_TITLES), modifiers, observers)
    if description:
        root.children.append(content_item("TEXT", _DESCRIPTION, description))
    root.children += [_item(each) for each in instances]
    root.number()
    check_content(root, (_IOD.name,))
    sources = [
        each if isinstance(each, Dataset) else each[0] for each in chosen if not isinstance(each, ReferencedInstance)
    ]
    like = sources[0] if like is None and sources else like
    ds = new_instance(like, _EMPTY, [*texts_of(root), *[each for each in values.values() if type(each) is str]])
    if like is None:
        ds.StudyInstanceUID = instances[0].study_instance_uid
    ds.SOPClassUID = _IOD.sop_class_uid
    ds.Modality = "KO"
    put_document_time(ds)
    put_requests(ds, like)
    ds.CurrentRequestedProcedureEvidenceSequence = by_study(instances)
    put_content(ds, root, {})
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def key_objects(ds: Dataset) -> KeyObjectSelection:
    """Return what a Key Object Selection Document says; study and series of what it refers to are in its evidence.

    One that the evidence does not have, has neither. What is wrong with content items are issues, as in `content_tree`.

    Raises MissingElementError for a data set that is none.
    """
    if text_of(ds, "SOPClassUID") != _IOD.sop_class_uid:
        shown = escaped(text_of(ds, "SOPClassUID")) or "a data set without a class"
        raise MissingElementError(f"{shown} is no Key Object Selection Document", tag=_CLASS)
    root = content_tree(ds)
    known = {each.sop_instance_uid: each for each in evidence_of(ds)}
    modifiers, description, references = [], "", []
    for item in root.walk():
        value = item.value
        if isinstance(value, Reference):
            found = known.get(value.sop_instance_uid, ReferencedInstance(sop_instance_uid=value.sop_instance_uid))
            references.append(
                found.replace(sop_class_uid=value.sop_class_uid, frames=value.frames, segments=value.segments)
            )
        elif isinstance(value, Code) and item.name is not None and item.name.value == _MODIFIER.value:
            modifiers.append(value)
        elif isinstance(value, str) and item.name is not None and item.name.value == _DESCRIPTION.value:
            description = description or value
    return KeyObjectSelection(
        title=root.name or Code(),
        modifiers=tuple(modifiers),
        description=description,
        references=tuple(references),
    )


def identical_documents(document: Dataset, studies: Iterable[Dataset]) -> list[Dataset]:
    """Return a document and its copies in other studies, each of which names the others (C.17.2.2).

    `studies` are data sets, one of each other study that the document refers to; what identifies the study comes from
    them. The document itself is changed, too.
    """
    copies = [document]
    for study in studies:
        other = document.copy()
        values = {keyword: study.get(keyword) for keyword in _OF_THE_STUDY}
        if not all(str(value or "").isascii() for value in values.values()):
            other.convert_charset("ISO_IR 192")
        for keyword, value in values.items():
            setattr(other, keyword, value)
        other.SeriesInstanceUID, other.SOPInstanceUID = generate_uid(), generate_uid()
        copies.append(other)
    instances = [referenced_instance(each) for each in copies]
    for number, each in enumerate(copies):
        each.IdenticalDocumentsSequence = by_study(instances[:number] + instances[number + 1 :])
    return copies


# C.7.2.1: what is there in every study.
_OF_THE_STUDY = (
    "StudyInstanceUID", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber",
)  # fmt: skip


def _instance(chosen: KeyObject) -> ReferencedInstance:
    if isinstance(chosen, ReferencedInstance):
        return chosen
    ds, frames = (chosen, ()) if isinstance(chosen, Dataset) else chosen
    return referenced_instance(ds, frames=frames)


def _root(title: Code, modifiers: Iterable[Code | str], observers: Iterable[ContentItem]) -> ContentItem:
    """The CONTAINER with all that is not selected; the modifiers that TID 2010 wants."""
    groups = {BEST_IN_SET: SETS, **dict.fromkeys(WITH_REASONS, QUALITY_REASONS)}
    named = list(modifiers)
    group = groups.get(title.value, ()) if title.scheme == "DCM" else ()
    if named and not group and title.scheme == "DCM":
        raise ValueEncodeError(f"{escaped(title.meaning)} has no modifiers (PS3.16 TID 2010)")
    if title.scheme == "DCM" and title.value == BEST_IN_SET and not named:
        raise ValueEncodeError("Best In Set needs a modifier that says of what (PS3.16 TID 2010)")
    codes = [code_named(each, group) for each in named]
    items = [content_item("CODE", _MODIFIER, code, relationship="HAS CONCEPT MOD") for code in codes]
    return content_item("CONTAINER", title, children=[*items, *observers], template=_TEMPLATE)


def _item(instance: ReferencedInstance) -> ContentItem:
    value = Reference(
        sop_class_uid=instance.sop_class_uid,
        sop_instance_uid=instance.sop_instance_uid,
        frames=instance.frames,
        segments=instance.segments,
    )
    # What somebody refers to by frames is an image, whoever has defined its class.
    value_type = "IMAGE" if instance.frames or instance.segments else value_type_of(instance.sop_class_uid)
    return content_item(value_type, None, value)
