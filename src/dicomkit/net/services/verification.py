"""Verification: is somebody there who speaks DICOM? (PS3.4 annex A)."""

from __future__ import annotations

from dicomkit.net.services.service import Service, SopClass

__all__ = ["SERVICES", "VERIFICATION"]

VERIFICATION = Service(
    "verification",
    "Verification",
    "PS3.4 A",
    [SopClass("1.2.840.10008.1.1", "Verification", "PS3.4 A.4", "echo M/M")],
    statuses="VERIFICATION",
)

SERVICES = (VERIFICATION,)
