"""Unique Identifiers (PS3.5 9 and Annex B), and those by which dicomkit names itself (PS3.7 D.3.3.2)."""

from __future__ import annotations

import re

from dicomkit._lazy import load

__all__ = ["IMPLEMENTATION_CLASS_UID", "IMPLEMENTATION_VERSION_NAME", "UID"]


_VALID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")


class UID(str):
    """A UID as its text, without padding; any text is accepted, `is_valid` judges it."""

    __slots__ = ()

    @property
    def is_valid(self) -> bool:
        """True if the text keeps the rules of PS3.5 9.1: at most 64 characters, components without leading zeros."""
        # <org root>.<suffix>: at least two components.
        return len(self) <= 64 and _VALID.fullmatch(self) is not None

    @property
    def is_private(self) -> bool:
        """True unless the root is the standard's own, 1.2.840.10008 (PS3.5 9.1)."""
        return not self.startswith("1.2.840.10008.")

    @property
    def name(self) -> str:
        """The name that PS3.6 Annex A has for it, such as "CT Image Storage"; the UID itself where it has none."""
        entry = load("uid_entry")(str(self))
        return str(self) if entry is None or not entry.name else str(entry.name)

    @property
    def keyword(self) -> str:
        """The keyword that PS3.6 Annex A has for it, such as "CTImageStorage"; "" where it has none."""
        entry = load("uid_entry")(str(self))
        return "" if entry is None else str(entry.keyword)

    def __repr__(self) -> str:
        return f"UID({str.__repr__(self)})"


IMPLEMENTATION_CLASS_UID = UID("2.25.99643819040018144886170695177096520249")
"""Implementation Class UID (0002,0012) of files that dicomkit writes; made from a UUID (PS3.5 B.2)."""

IMPLEMENTATION_VERSION_NAME = "DICOMKIT_0_1"
"""Implementation Version Name (0002,0013), at most 16 characters."""
