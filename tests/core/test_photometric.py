"""Photometric interpretations whose pixels share chrominance (PS3.3 C.7.6.3.1.2)."""

from __future__ import annotations

from dicomkit.core.photometric import HALVED_CHROMA


def test_what_shares_chrominance_says_so():
    """Exactly the terms that end in 422 share it between two pixels, and without that ending none is shared."""
    terms = [
        "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422",
        "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "XYB",
    ]  # fmt: skip
    assert {term: term.removesuffix("_422") for term in terms if term.endswith("_422")} == HALVED_CHROMA
