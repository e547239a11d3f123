"""Photometric interpretations whose pixels share chrominance (PS3.3 C.7.6.3.1.2)."""

from __future__ import annotations

__all__ = ["HALVED_CHROMA"]

HALVED_CHROMA = {"YBR_FULL_422": "YBR_FULL", "YBR_PARTIAL_422": "YBR_PARTIAL"}
"""Two pixels have four samples: a luminance each, and one chrominance of each kind. What they become when each pixel
has its own."""
