"""Objects: data sets of one kind, made and read as what they mean (PS3.3)."""

from __future__ import annotations

from dicomkit.objects.content_constraints import content_problems
from dicomkit.objects.content_items import (
    Code,
    ContentItem,
    Graphic,
    Measurement,
    Reference,
    TemporalRange,
    by_reference,
    content_item,
)
from dicomkit.objects.encapsulated import Document, document_of, encapsulated_document
from dicomkit.objects.encapsulated_video import Video, encapsulated_video, video_of
from dicomkit.objects.evidence import ReferencedInstance, evidence_of, reference_to, referenced_instance
from dicomkit.objects.frame_places import Plane
from dicomkit.objects.key_object import KeyObjectSelection, identical_documents, key_object_selection, key_objects
from dicomkit.objects.key_object_codes import KEY_OBJECT_TITLES
from dicomkit.objects.legacy_conversion import legacy_converted, write_legacy_converted
from dicomkit.objects.parametric_map import ParametricMap, Quantity
from dicomkit.objects.presentation_reading import presented_instances, softcopy_presentation
from dicomkit.objects.presentation_state import presentation_state
from dicomkit.objects.presentation_values import (
    Annotation,
    CircularShutter,
    DisplayedArea,
    GraphicLayer,
    GraphicObject,
    PolygonalShutter,
    RectangularShutter,
    SoftcopyPresentation,
    TextObject,
)
from dicomkit.objects.report_document import VerifyingObserver, device_observer, person_observer, structured_report
from dicomkit.objects.report_pages import report_html, report_text
from dicomkit.objects.secondary_capture import secondary_capture, secondary_capture_of_file
from dicomkit.objects.segmentation import Segment, Segmentation, SegmentationFrame
from dicomkit.objects.segmentation_making import segmentation
from dicomkit.objects.single_frames import single_frames
from dicomkit.objects.source_frames import SourceFrame
from dicomkit.objects.structured_report import content_tree
from dicomkit.objects.waveform import Channel, MultiplexGroup, waveform_groups
from dicomkit.objects.waveform_plot import waveform_picture

__all__ = [
    "KEY_OBJECT_TITLES",
    "Annotation",
    "Channel",
    "CircularShutter",
    "Code",
    "ContentItem",
    "DisplayedArea",
    "Document",
    "Graphic",
    "GraphicLayer",
    "GraphicObject",
    "KeyObjectSelection",
    "Measurement",
    "MultiplexGroup",
    "ParametricMap",
    "Plane",
    "PolygonalShutter",
    "Quantity",
    "RectangularShutter",
    "Reference",
    "ReferencedInstance",
    "Segment",
    "Segmentation",
    "SegmentationFrame",
    "SoftcopyPresentation",
    "SourceFrame",
    "TemporalRange",
    "TextObject",
    "VerifyingObserver",
    "Video",
    "by_reference",
    "content_item",
    "content_problems",
    "content_tree",
    "device_observer",
    "document_of",
    "encapsulated_document",
    "encapsulated_video",
    "evidence_of",
    "identical_documents",
    "key_object_selection",
    "key_objects",
    "legacy_converted",
    "person_observer",
    "presentation_state",
    "presented_instances",
    "reference_to",
    "referenced_instance",
    "report_html",
    "report_text",
    "secondary_capture",
    "secondary_capture_of_file",
    "segmentation",
    "single_frames",
    "softcopy_presentation",
    "structured_report",
    "video_of",
    "waveform_groups",
    "waveform_picture",
    "write_legacy_converted",
]
