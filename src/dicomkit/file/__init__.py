"""DICOM files (PS3.10): reading, writing, file meta, sources."""

from __future__ import annotations

from dicomkit.file.read import dcmread
from dicomkit.file.write import dcmwrite, to_bytes

__all__ = ["dcmread", "dcmwrite", "to_bytes"]
