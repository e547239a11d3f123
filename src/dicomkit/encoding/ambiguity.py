"""Which VR an element has where the data dictionary leaves a choice (PS3.5 Annex A, 8.1 and 8.3; PS3.3).

``US or SS``, ``OB or OW``, ``US or OW`` and ``US or SS or OW`` of PS3.6 depend on other elements or on the Transfer
Syntax. Explicit VR says in the file which it is; the question comes up in Implicit VR, and for elements newly made.
"""

from __future__ import annotations

from dicomkit.core.vr import VR
from dicomkit.errors import ValueDecodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from dicomkit.core.transfer_syntax import TransferSyntax

    Lookup: TypeAlias = Callable[[int], object]

__all__ = ["CONTEXT_TAGS", "UNDEFINED_LENGTH", "resolve"]

UNDEFINED_LENGTH = 0xFFFFFFFF

_BITS_ALLOCATED = 0x00280100
_PIXEL_REPRESENTATION = 0x00280103
_GRAY_LUT_DESCRIPTOR = 0x00281100
_GRAY_LUT_DATA = 0x00281200
_LUT_DESCRIPTOR = 0x00283002
_WAVEFORM_BITS_ALLOCATED = 0x54001004
_PIXEL_DATA = 0x7FE00010

CONTEXT_TAGS = frozenset(
    (_BITS_ALLOCATED, _PIXEL_REPRESENTATION, _GRAY_LUT_DESCRIPTOR, _LUT_DESCRIPTOR, _WAVEFORM_BITS_ALLOCATED)
)
"""The elements whose value decides the VR of others: an edit of one means that the ambiguous elements of its data set
and of the items in it may have to be written anew."""

# PS3.3 C.10.9.1.4 to .6: these have the size of the samples, which Waveform Bits Allocated gives.
_WAVEFORM_ELEMENTS = frozenset((0x54000110, 0x54000112, 0x5400100A, 0x54001010))


def resolve(tag: int, vr_text: str, transfer_syntax: TransferSyntax, lookup: Lookup, length: int | None = None) -> VR:
    """Return the VR of an element of which the data dictionary says `vr_text`, a VR or one of the ambiguous texts.

    `lookup` gives the value of an element of the same data set or, failing that, of the data sets around it from the
    inside out (PS3.3 C.7.6.3 is met by the image's items, too), None if there is none. `length` is the length field of
    the element, None if it is not encoded yet.
    """
    if vr_text == "US or SS":
        return VR.SS if _number(lookup(_PIXEL_REPRESENTATION)) == 1 else VR.US
    if vr_text == "OB or OW":
        return _bytes_or_words(tag, transfer_syntax, lookup, length)
    if vr_text in ("US or OW", "US or SS or OW"):
        return _lookup_table_data(tag, lookup)
    vr = VR.__members__.get(vr_text)
    if vr is None:
        raise ValueDecodeError("not a VR of the data dictionary", vr=vr_text)
    return vr


def _number(value: object) -> int | None:
    """Return the number, or the first of several, None for anything else: a damaged element decides nothing."""
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return int(value) if isinstance(value, int) else None


def _bytes_or_words(tag: int, transfer_syntax: TransferSyntax, lookup: Lookup, length: int | None) -> VR:
    if length == UNDEFINED_LENGTH:
        return VR.OB  # PS3.5 A.4: fragments
    if tag == _PIXEL_DATA and length is None and transfer_syntax.is_encapsulated:
        return VR.OB
    if tag & 0xFF01FFFF == 0x50003000:
        return VR.OB  # Curve Data, bytes that (50xx,0103) describes, in any Transfer Syntax (PS3.5-2004 A.1 and A.2)
    if transfer_syntax.is_implicit:
        return VR.OW  # PS3.5 A.1
    if tag in _WAVEFORM_ELEMENTS:
        return _by_bits(lookup(_WAVEFORM_BITS_ALLOCATED))
    if tag & 0xFF00FFFF == 0x7F000010:
        # PS3.5 A.2: with up to 8 bits allocated either; OB then is what every reader takes for bytes.
        return _by_bits(lookup(_BITS_ALLOCATED))
    return VR.OW  # PS3.5 8.1.2: Overlay Data; and whatever is new


def _by_bits(bits_allocated: object) -> VR:
    bits = _number(bits_allocated)
    return VR.OB if bits is not None and bits <= 8 else VR.OW


def _lookup_table_data(tag: int, lookup: Lookup) -> VR:
    """Return the VR of LUT Data: a table of one entry is a US (PS3.3 C.11.1.1.1), any other is words."""
    descriptor = _GRAY_LUT_DESCRIPTOR if tag == _GRAY_LUT_DATA else _LUT_DESCRIPTOR
    return VR.US if _number(lookup(descriptor)) == 1 else VR.OW
