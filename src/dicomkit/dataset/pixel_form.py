"""What a value of Pixel Data can be: samples as they are described, or items (PS3.5 8.1, 8.2, A.4; PS3.3 C.7.6.3)."""

from __future__ import annotations

from dicomkit.core.photometric import HALVED_CHROMA
from dicomkit.dataset.fragments import number_of_frames
from dicomkit.encoding.encapsulation import is_item_stream
from dicomkit.errors import PixelError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.transfer_syntax import TransferSyntax
    from dicomkit.dataset.dataset import Dataset

__all__ = ["described_bits", "goes_encapsulated", "length_problem"]

_FLOAT, _DOUBLE = 0x7FE00008, 0x7FE00009
_SAMPLES, _PHOTOMETRIC, _ROWS, _COLUMNS, _ALLOCATED = 0x00280002, 0x00280004, 0x00280010, 0x00280011, 0x00280100
# PS3.3 C.7.6.3.1.2: one pair of chrominance samples for two pixels.
_OF_THREE_SAMPLES = ("RGB", "YBR_FULL", *HALVED_CHROMA)


def goes_encapsulated(data: bytes, syntax: TransferSyntax, is_top: bool, bits: int | None) -> bool:
    """Whether a value that was set is written as fragments in a transfer syntax, and not as samples.

    `is_top` says that it is the Pixel Data of the data set itself and not, as that of an icon, in an item, where it may
    be native in any transfer syntax (PS3.5 A.4). `bits` is how many its description asks for, None if it is not known.
    Raises PixelError for a value in the other form: whoever reads it would take the one for the other.
    """
    is_items = is_item_stream(data)
    if syntax.is_encapsulated:
        if is_items or not is_top or not data:
            return is_items
        raise PixelError(
            f"the Pixel Data that was set is no sequence of items, which {syntax.name or syntax.uid} needs "
            "(PS3.5 A.4): compress() makes it, encapsulate() of encoded frames"
        )
    if is_items and (bits is None or len(data) not in _lengths(bits)):
        raise PixelError(
            f"the Pixel Data that was set is encapsulated, and {syntax.name or syntax.uid} has native samples "
            "(PS3.5 A.4): name its transfer syntax in the file meta, or decompress() it"
        )
    return False


def length_problem(ds: Dataset, tag: int, length: int) -> tuple[str, str] | None:
    """Return what is wrong with the length of native Pixel Data of any kind, and what a decoder does about it.

    None if nothing is, or if the description is not complete.
    """
    bits = described_bits(ds, tag)
    if not bits or length in _lengths(bits):
        return None
    photometric = _photometric(ds)
    if photometric in HALVED_CHROMA and length in _lengths(bits // 2 * 3):
        return f"{photometric} with as many bytes as no chrominance that is shared has", "nothing taken as shared"
    whole = (bits + 7) // 8
    of_frame = bits // _frames(ds)
    more = "left out" if length > whole else f"{length * 8 // of_frame} whole frames are there"
    return f"{length} bytes of Pixel Data, where the frames need {whole}", more


def described_bits(ds: Dataset, tag: int) -> int | None:
    """Return how many bits native Pixel Data of all frames has, None if the description does not say it."""
    allocated = {_FLOAT: 32, _DOUBLE: 64}.get(tag) or _number(ds, _ALLOCATED)
    rows, columns, frames = _number(ds, _ROWS), _number(ds, _COLUMNS), _frames(ds)
    photometric = _photometric(ds)
    samples = _number(ds, _SAMPLES) or (3 if photometric in _OF_THREE_SAMPLES else 1)
    if samples == 3 and photometric in HALVED_CHROMA and allocated != 1:
        samples = 2
    return rows * columns * samples * allocated * frames or None


def _lengths(bits: int) -> tuple[int, int]:
    """The bytes of that many bits, without padding to even length and with it."""
    size = (bits + 7) // 8
    return size, size + (size & 1)


def _photometric(ds: Dataset) -> str:
    value = ds._value_of(_PHOTOMETRIC) if ds._has(_PHOTOMETRIC) else ""
    return value.strip() if isinstance(value, str) else ""


def _frames(ds: Dataset) -> int:
    """Number of Frames, 0 if it is no number."""
    try:
        return number_of_frames(ds)
    except PixelError:
        return 0


def _number(ds: Dataset, tag: int) -> int:
    """The number in an element, of several the first; 0 where there is none."""
    value = ds._value_of(tag) if ds._has(tag) else None
    if isinstance(value, list):
        value = value[0] if value else None
    return int(value) if isinstance(value, int) and value > 0 else 0
