"""Objects: data sets of one kind, made and read as what they mean (PS3.3)."""

from __future__ import annotations

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
from dicomkit.objects.report_pages import report_html, report_text
from dicomkit.objects.secondary_capture import secondary_capture, secondary_capture_of_file
from dicomkit.objects.structured_report import content_tree
from dicomkit.objects.waveform import Channel, MultiplexGroup, waveform_groups

__all__ = [
    "Channel",
    "Code",
    "ContentItem",
    "Document",
    "Graphic",
    "Measurement",
    "MultiplexGroup",
    "Reference",
    "TemporalRange",
    "by_reference",
    "content_item",
    "content_tree",
    "document_of",
    "encapsulated_document",
    "report_html",
    "report_text",
    "secondary_capture",
    "secondary_capture_of_file",
    "waveform_groups",
]
