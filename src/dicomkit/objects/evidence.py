"""Which instances a document refers to, by study and series: evidence (PS3.3 C.17.2.3, 10.3, C.17.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.core.uid import UID
from dicomkit.dataset import Dataset
from dicomkit.errors import ValueEncodeError
from dicomkit.objects.content_items import Reference
from dicomkit.objects.structured_report import sequence_items, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.objects.content_items import ReferenceType

__all__ = [
    "ReferencedInstance",
    "by_study",
    "evidence_of",
    "known_instances",
    "reference_to",
    "referenced_instance",
    "value_type_of",
]

_EVIDENCE = ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence")
_SHOWN = 8
# PS3.4 B.5: classes that have Pixel Data and yet no "Image" in their names.
_STORAGE = "1.2.840.10008.5.1.4.1.1"
_OTHER_IMAGES = frozenset(
    f"{_STORAGE}.{number}" for number in ("6.2", "30", "66.4", "66.7", "66.8", "77.1.5.8", "81.1", "82.1", "481.2")
)


class ReferencedInstance(Options):
    """An instance that a document refers to, with its study and series; `frames` count from 1, () for all.

    `segments` are likewise those of a segmentation.
    """

    study_instance_uid: str = ""
    series_instance_uid: str = ""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    frames: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()


def reference_to(
    ds: Dataset,
    *,
    frames: Iterable[int] = (),
    segments: Iterable[int] = (),
    channels: Iterable[tuple[int, int]] = (),
    presentation_state: Dataset | None = None,
) -> Reference:
    """Return a reference to an instance, for a content item; `frames` and `segments` count from 1.

    Frame 1 of an image of a single frame is the image. Raises ValueEncodeError for a frame that is not there, and for a
    data set without SOP Class or SOP Instance UID.
    """
    instance = referenced_instance(ds, frames=frames)
    state = None if presentation_state is None else referenced_instance(presentation_state)
    return Reference(
        sop_class_uid=instance.sop_class_uid,
        sop_instance_uid=instance.sop_instance_uid,
        frames=instance.frames,
        segments=tuple(segments),
        channels=tuple(channels),
        presentation_state="" if state is None else state.sop_instance_uid,
    )


def referenced_instance(ds: Dataset, *, frames: Iterable[int] = ()) -> ReferencedInstance:
    """Return which instance a data set is; ValueEncodeError where a UID of it, or one of the frames, is missing."""
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")
    uids = [text_of(ds, keyword) for keyword in keywords]
    missing = [keyword for keyword, uid in zip(keywords, uids, strict=True) if not UID(uid).is_valid]
    if missing:
        raise ValueEncodeError(f"nothing can refer to a data set without {' and '.join(missing)}")
    chosen = tuple(frames)
    count = ds.get("NumberOfFrames")
    last = count if isinstance(count, int) else 1
    if any(not 1 <= frame <= last for frame in chosen):
        raise ValueEncodeError(f"frames {chosen[:_SHOWN]} of an image that has those from 1 to {last}")
    return ReferencedInstance(
        study_instance_uid=uids[0],
        series_instance_uid=uids[1],
        sop_class_uid=uids[2],
        sop_instance_uid=uids[3],
        # 10.3: Referenced Frame Number is for multi-frame images only.
        frames=() if count is None else chosen,
    )


def value_type_of(sop_class_uid: str) -> ReferenceType:
    """Return how content items refer to an instance of a class: IMAGE, WAVEFORM or COMPOSITE (C.18.3 to C.18.5)."""
    name = UID(sop_class_uid).name
    if name.endswith("Waveform Storage"):
        return "WAVEFORM"
    return "IMAGE" if "Image" in name or sop_class_uid in _OTHER_IMAGES else "COMPOSITE"


def evidence_of(ds: Dataset) -> tuple[ReferencedInstance, ...]:
    """Return the instances that a document has as evidence, those of the current procedure first (C.17.2.3)."""
    return tuple(
        [
            ReferencedInstance(
                study_instance_uid=text_of(study, "StudyInstanceUID"),
                series_instance_uid=text_of(series, "SeriesInstanceUID"),
                sop_class_uid=text_of(instance, "ReferencedSOPClassUID"),
                sop_instance_uid=text_of(instance, "ReferencedSOPInstanceUID"),
            )
            for keyword in _EVIDENCE
            for study in sequence_items(ds, keyword)
            for series in sequence_items(study, "ReferencedSeriesSequence")
            for instance in sequence_items(series, "ReferencedSOPSequence")
        ]
    )


def known_instances(evidence: Iterable[Dataset | ReferencedInstance]) -> dict[str, ReferencedInstance]:
    """Return instances by SOP Instance UID: those that are given, and what documents among them have as evidence."""
    known: dict[str, ReferencedInstance] = {}
    for ds in evidence:
        if isinstance(ds, ReferencedInstance):
            known[ds.sop_instance_uid] = ds
            continue
        instance = referenced_instance(ds)
        known[instance.sop_instance_uid] = instance
        for each in evidence_of(ds):
            known.setdefault(each.sop_instance_uid, each)
    return known


def by_study(instances: Iterable[ReferencedInstance]) -> list[Dataset]:
    """Return items of the Hierarchical SOP Instance Reference Macro (C.17.2.1): each study, series, instance once."""
    studies: dict[str, dict[str, dict[str, str]]] = {}
    for instance in instances:
        series = studies.setdefault(instance.study_instance_uid, {})
        series.setdefault(instance.series_instance_uid, {})[instance.sop_instance_uid] = instance.sop_class_uid
    return [
        Dataset(
            StudyInstanceUID=study_uid,
            ReferencedSeriesSequence=[
                Dataset(
                    SeriesInstanceUID=series_uid,
                    ReferencedSOPSequence=[
                        Dataset(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=sop_instance)
                        for sop_instance, sop_class in found.items()
                    ],
                )
                for series_uid, found in series.items()
            ],
        )
        for study_uid, series in studies.items()
    ]
