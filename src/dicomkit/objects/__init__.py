"""Objects: data sets of one kind, made and read as what they mean (PS3.3)."""

from __future__ import annotations

from dicomkit.objects.encapsulated import Document, document_of, encapsulated_document
from dicomkit.objects.secondary_capture import secondary_capture, secondary_capture_of_file
from dicomkit.objects.waveform import Channel, MultiplexGroup, waveform_groups

__all__ = [
    "Channel",
    "Document",
    "MultiplexGroup",
    "document_of",
    "encapsulated_document",
    "secondary_capture",
    "secondary_capture_of_file",
    "waveform_groups",
]
