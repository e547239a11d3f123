"""A toolkit for DICOM: read, inspect, edit, write, send and keep its objects (PS3.1 to PS3.22)."""

from __future__ import annotations

__version__ = "0.1.0"
