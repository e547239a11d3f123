"""A data set in the order in which a model of it is written, by an explicit stack (PS3.18 F.2, PS3.19 A.1).

What the JSON and the XML model share: which elements are in them, where bulk data stand for a value, and the bytes of a
value in the byte order that the models have.
"""

from __future__ import annotations

from binascii import b2a_base64

from dicomkit.core.multi_value import MultiValue
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import decoding
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.writer import swapped
from dicomkit.errors import LimitExceededError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from dicomkit.core.limits import Limits
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.dataset.element import DataElement

    Step: TypeAlias = tuple[int, Dataset, int, VR]
    BulkDataURI: TypeAlias = Callable[[tuple[int, ...], DataElement], str | None]

__all__ = [
    "BULK_VRS",
    "CLOSE_ITEM",
    "CLOSE_SEQUENCE",
    "ELEMENT",
    "EMPTY_SEQUENCE",
    "OPEN_ITEM",
    "OPEN_SEQUENCE",
    "BulkData",
    "base64_pieces",
    "little_endian_value",
    "steps",
    "value_length",
]

ELEMENT, EMPTY_SEQUENCE, OPEN_SEQUENCE, OPEN_ITEM, CLOSE_ITEM, CLOSE_SEQUENCE = range(6)
"""What a step is. Items are opened and closed between the opening and the closing of their sequence."""

BULK_VRS = frozenset(
    VR[name]
    for name in "DS FL FD IS LT OB OD OF OL OV OW SL SS ST SV UC UL UN US UT UV".split()  # noqa: SIM905  as printed
)
"""The VRs whose values may be replaced by a BulkDataURI (PS3.18 F.2.2)."""

# Flags of the index, see _ext/scan.pyx.
_FRAGMENTS, _UNWALKED = 32, 128
_PIXEL_DATA = 0x7FE00010

# Divisible by 3, so that the base64 of pieces can be joined, and by 8, so that no number is cut.
_PIECE = 3 << 16


class _Elements:
    """A data set on the stack: the tags still to come."""

    __slots__ = ("ds", "tags")

    def __init__(self, ds: Dataset) -> None:
        self.ds = ds
        # Group lengths are in neither model: they describe an encoding (PS3.18 F.2.2, PS3.19 A.1.1).
        self.tags = iter([tag for tag in ds._tags() if tag & 0xFFFF])


class _Items:
    """A sequence on the stack: the number of the next item."""

    __slots__ = ("number", "sequence", "window")

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        self.number = 0
        # A sequence keeps the items that it has made, which a model must not have it do: a million of them would
        # stay. So they are made in another sequence over the same items, which nobody else sees, and dropped there.
        self.window: Sequence | None = None
        if sequence._home is not None and sequence._owner is not None:
            self.window = Sequence._of(
                sequence._owner, sequence._tag, sequence._home, sequence._first, len(sequence._items)
            )

    def next_item(self) -> Dataset | None:
        number, window = self.number, self.window
        if number >= len(self.sequence._items):
            return None
        self.number = number + 1
        if window is None or self.sequence._items[number] is not None:
            return self.sequence._at(number)
        if number:
            window._items[number - 1] = None
        return window._at(number)


def steps(ds: Dataset, path: list[int], limits: Limits) -> Iterator[Step]:
    """Iterate over what the model of a data set consists of: (what, data set, tag, VR), elements in tag order.

    `path` is kept up to date: tags and item indexes that lead to the element of the step. An item that nobody has
    asked for yet is made for the time until the next one is reached. Raises LimitExceededError for sequences nested
    deeper than ``limits.depth``.
    """
    stack: list[_Elements | _Items] = [_Elements(ds)]
    path.append(0)
    while stack:
        top = stack[-1]
        if isinstance(top, _Items):
            item = top.next_item()
            if item is None:
                stack.pop()
                del path[-1]
                outer = stack[-1]
                assert isinstance(outer, _Elements)  # sequences lie in data sets
                yield CLOSE_SEQUENCE, outer.ds, path[-1], VR.SQ
                continue
            path[-1] = top.number - 1
            yield OPEN_ITEM, item, path[-2], VR.SQ
            stack.append(_Elements(item))
            path.append(0)
            continue
        opened = None
        for tag in top.tags:
            path[-1] = Tag(tag)
            vr = top.ds._vr_of(tag)
            if vr is not VR.SQ:
                yield ELEMENT, top.ds, tag, vr
                continue
            value = top.ds._value_of(tag)
            if not isinstance(value, Sequence):
                # What should be a sequence, but the bytes are none: the reader has said so.
                yield ELEMENT, top.ds, tag, VR.UN
            elif not len(value):
                yield EMPTY_SEQUENCE, top.ds, tag, vr
            else:
                opened = value
                break
        if opened is not None:
            _check_depth(path, limits)
            yield OPEN_SEQUENCE, top.ds, path[-1], VR.SQ
            stack.append(_Items(opened))
            path.append(0)
        else:
            stack.pop()
            del path[-1]
            if stack:
                yield CLOSE_ITEM, top.ds, path[-2], VR.SQ


def _check_depth(path: list[int], limits: Limits) -> None:
    depth = (len(path) + 1) // 2
    if limits.depth is not None and depth > limits.depth:
        raise LimitExceededError("depth", depth, bound=limits.depth, path=tuple(path))


# -- values as bytes ---------------------------------------------------------------------------------------------------


def value_length(ds: Dataset, tag: int, vr: VR) -> int:
    """Return how many bytes the value has, without reading it if it is still in the source."""
    position = ds._position_of(tag)
    if position >= 0:
        return int(ds._index.element(position)[3])  # type: ignore[union-attr]  # it has a position
    value = ds._value_of(tag)
    if value is None:
        return 0
    if isinstance(value, (str, bytes)):
        return len(value)
    values = value if isinstance(value, MultiValue) else (value,)
    return sum(vr.itemsize if vr.kind in (Kind.NUMBER, Kind.TAG) else len(str(part)) + 1 for part in values)


def little_endian_value(ds: Dataset, tag: int, vr: VR) -> bytes:
    """Return the bytes of a binary value, numbers little endian whatever the data set was read from (PS3.18 F.2.7)."""
    value = ds._value_of(tag)
    data = value if isinstance(value, bytes) else b""
    return swapped(data, decoding.swap_unit(ds, tag, vr)) if _has_big_pixels(ds, tag, vr) else data


def base64_pieces(ds: Dataset, tag: int, vr: VR) -> Iterator[str]:
    """Iterate over the base64 of a binary value; a long one is read from the source and given out piece by piece."""
    position = ds._position_of(tag)
    if position >= 0:
        _, code, offset, length, flags, _, _ = ds._index.element(position)  # type: ignore[union-attr]  # it has a position
        if length > _PIECE and not flags & _UNWALKED:
            unit = _unit_to_swap(ds, tag, vr, code, flags)
            for start in range(0, length, _PIECE):
                piece = decoding.raw_value(ds, offset + start, min(_PIECE, length - start), tag)
                yield b2a_base64(swapped(piece, unit), newline=False).decode("ascii")
            return
    yield b2a_base64(little_endian_value(ds, tag, vr), newline=False).decode("ascii")


def _unit_to_swap(ds: Dataset, tag: int, vr: VR, code: int, flags: int) -> int:
    """The size of the numbers that must be turned round in the source, 1 for none."""
    if flags & _FRAGMENTS or VR.from_code(code) is VR.UN:
        return 1  # PS3.5 A.4: fragments are bytes; 6.2.2: what is in UN is little endian
    is_big = not decoding.is_little_endian(ds) or _has_big_pixels(ds, tag, vr)
    return decoding.swap_unit(ds, tag, vr) if is_big else 1


def _has_big_pixels(ds: Dataset, tag: int, vr: VR) -> bool:
    """Whether a value is Pixel Data of GE's private Transfer Syntax, as it was read: big endian among little."""
    return (
        tag == _PIXEL_DATA
        and vr is VR.OW
        and ds._position_of(tag) >= 0
        and ds._context.transfer_syntax.big_endian_pixels
        and decoding.is_little_endian(ds)
    )


# -- bulk data ---------------------------------------------------------------------------------------------------------


class BulkData:
    """Decides which values go by reference: what the caller's function says of each one above a size."""

    __slots__ = ("_function", "_path", "_threshold")

    def __init__(self, function: BulkDataURI | None, threshold: int, path: list[int]) -> None:
        self._function = function
        self._threshold = threshold
        self._path = path

    def uri(self, ds: Dataset, tag: int, vr: VR) -> str | None:
        """Return the URI that stands for a value, None if it goes inline."""
        if self._function is None or vr not in BULK_VRS or value_length(ds, tag, vr) <= self._threshold:
            return None
        return self._function(tuple(self._path), ds[tag])
