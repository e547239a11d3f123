"""The data dictionary: elements, private elements and unique identifiers (PS3.6; PS3.7 annex E for commands).

The tables are packed and none is loaded before the first question that needs it. `EDITION` is the edition of the
standard that they agree with.
"""

from __future__ import annotations

from dicomkit.dictionary.elements import (
    Entry,
    entry,
    find,
    keyword,
    keywords,
    name,
    packed_masks,
    packed_vrs,
    tag,
    vr,
)
from dicomkit.dictionary.extension import STANDARD, Dictionary
from dicomkit.dictionary.private import PrivateElement, private_creators, private_elements, private_entry
from dicomkit.dictionary.uid_registry import UIDEntry, context_group, uid, uid_entry, uids

__all__ = [
    "EDITION",
    "STANDARD",
    "Dictionary",
    "Entry",
    "PrivateElement",
    "UIDEntry",
    "context_group",
    "entry",
    "find",
    "keyword",
    "keywords",
    "name",
    "packed_masks",
    "packed_vrs",
    "private_creators",
    "private_elements",
    "private_entry",
    "tag",
    "uid",
    "uid_entry",
    "uids",
    "vr",
]

EDITION: str


def __getattr__(name: str) -> str:
    """Return `EDITION`, which stands in the generated table so that a new edition is one command."""
    if name == "EDITION":
        from dicomkit.dictionary._elements import EDITION  # noqa: PLC0415  (loaded when somebody asks, not before)

        return EDITION
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
