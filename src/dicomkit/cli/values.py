"""Values given as text on the command line, and the names of UIDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.cli.terminal import CommandError
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import DataElement, Sequence
from dicomkit.dataset.render import value_text
from dicomkit.dictionary import STANDARD, uid_entry
from dicomkit.errors import DicomError, escaped

if TYPE_CHECKING:
    from dicomkit.core.tag import Tag
    from dicomkit.dataset import Dataset

__all__ = ["element_from_text", "same_element", "uid_name"]


def uid_name(value: object) -> str:
    """Return the name that PS3.6 has for a UID, "" if none."""
    entry = uid_entry(value) if isinstance(value, str) and value else None
    return entry.name if entry is not None else ""


def element_from_text(ds: Dataset, tag: Tag, vr: str, text: str) -> DataElement:
    """Make an element from the text of ``--set``; bytes are given in hexadecimal.

    `vr` "" takes the VR of the present element, or the dictionary's. CommandError if nothing says it, or the value does
    not fit.
    """
    kind = vr or _vr_for(ds, tag)
    value: object = text
    try:
        if kind[:2] not in VR.__members__ or (vr and vr not in VR.__members__):
            raise CommandError(f"{escaped(vr)!r} is no VR")
        chosen = VR.__members__[kind[:2]]
        if chosen is VR.SQ:
            if text:
                raise CommandError(f"{tag} is a sequence: set elements of its items, as in {tag}[0].PatientID=X")
            value = Sequence()
        elif chosen.kind is Kind.BINARY:
            value = _bytes_from_text(tag, chosen, text)
        elif not text:
            value = None
        return DataElement(tag, kind, value)
    except DicomError as error:
        raise CommandError(str(error)) from None


def _vr_for(ds: Dataset, tag: Tag) -> str:
    if tag in ds:
        return str(ds[tag].vr)
    entry = ds.private_entry(tag) if tag.is_private else STANDARD.find(tag)
    if entry is None or len(entry.vr or "") < 2 or entry.vr == "NONE":
        raise CommandError(f"no dictionary has the VR of {tag}: name it, as in {tag}:LO=VALUE")
    return entry.vr


def _bytes_from_text(tag: Tag, vr: VR, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise CommandError(f"{tag} {vr} holds bytes: give them in hexadecimal, as in {tag}=00FF") from None


def same_element(ds: Dataset, element: DataElement) -> bool:
    """Whether the data set has the element already, with the same text: 1.0 and 1.00 are two."""
    if element.tag not in ds:
        return False
    present = ds[element.tag]
    try:
        return present == element and value_text(present, 1 << 30) == value_text(element, 1 << 30)
    except DicomError:
        return False
