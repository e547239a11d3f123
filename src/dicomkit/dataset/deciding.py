"""Elements that decide the VR of others, while they are edited (PS3.5 Annex A, 6.2.2 and 7.8.1).

Where the file does not say a VR, Pixel Representation, the descriptor of a lookup table or a private creator does. When
one of these is edited, values that were decoded before are what the bytes meant then.
"""

from __future__ import annotations

from dicomkit.core.vr import VR
from dicomkit.dataset import decoding
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.ambiguity import CONTEXT_TAGS

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset.dataset import Dataset

__all__ = ["decides_vrs", "forget_changed", "forget_tables", "undecided", "vr_to_keep"]


def vr_to_keep(ds: Dataset, tag: int) -> VR | str:
    """The VR that a new value of a present element is kept under: "US or SS" where others decide, which may change."""
    edited = ds._edits.get(tag) if ds._edits is not None else None
    if edited is not None:
        return edited
    if _is_undecided(ds, tag):
        known = decoding.vr_in_dictionary(ds, tag)
        if known is not None and known.startswith("US or "):
            return known
    return ds._vr_of(tag)


def _is_undecided(ds: Dataset, tag: int) -> bool:
    """Whether an element has been read and the file does not say its VR."""
    position = ds._position_of(tag)
    if position < 0:
        return False
    _, code, _, _, flags, _, _ = ds._read_index.element(position)
    return not flags & (decoding.SEQUENCE | decoding.UN_SEQUENCE) and VR.from_code(code) in (None, VR.UN)


def decides_vrs(tag: int) -> bool:
    """Whether the value of an element is what the VR of others depends on."""
    return tag in CONTEXT_TAGS or (tag & 0x10000 != 0 and 0x10 <= tag & 0xFFFF <= 0xFF)


def undecided(ds: Dataset) -> list[tuple[Dataset, int, VR]]:
    """The values decoded so far, here and in items, whose VR the file does not say, with the one they were read as."""
    found: list[tuple[Dataset, int, VR]] = []
    todo = [ds]
    while todo:
        holder = todo.pop()
        for tag, value in holder._cache.copy().items():
            if isinstance(value, Sequence):
                todo.extend(value._materialised())
            elif _is_undecided(holder, tag):
                found.append((holder, tag, holder._vr_of(tag)))
    return found


def forget_changed(values: list[tuple[Dataset, int, VR]]) -> None:
    """Part with the values whose VR is another one now: the bytes that were read mean something else."""
    for holder, tag, vr in values:
        if holder._position_of(tag) >= 0 and holder._vr_of(tag) is not vr:
            holder._let_go(tag)


def forget_tables(ds: Dataset) -> None:
    """Part with the data of lookup tables, numbers or bytes by their descriptor, which was changed in place."""
    for holder, tag, _ in undecided(ds):
        if (decoding.vr_in_dictionary(holder, tag) or "").endswith(" or OW"):
            holder._let_go(tag)
