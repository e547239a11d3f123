"""Which parser reads the codestreams of a Transfer Syntax (PS3.5 8.2, PS3.6 Table A-1)."""

from __future__ import annotations

from dicomkit.codecs.codestream.jpeg import parse_jpeg
from dicomkit.codecs.codestream.jpeg_2000 import parse_jpeg_2000
from dicomkit.codecs.codestream.jpeg_xl import parse_jpeg_xl
from dicomkit.errors import UnsupportedTransferSyntaxError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomkit.codecs.codestream.info import CodestreamInfo

__all__ = ["inspect", "standard_of"]

_ROOT = "1.2.840.10008.1.2.4."
_JPEG = frozenset(f"{_ROOT}{number}" for number in (*range(50, 67), 70))
_JPEG_LS = frozenset({f"{_ROOT}80", f"{_ROOT}81"})
_JPEG_2000 = frozenset(f"{_ROOT}{number}" for number in (90, 91, 92, 93))
_HTJ2K = frozenset(f"{_ROOT}{number}" for number in (201, 202, 203))
_JPEG_XL = frozenset(f"{_ROOT}{number}" for number in (110, 111, 112))
_STANDARDS: tuple[tuple[str, frozenset[str], Callable[[bytes], CodestreamInfo]], ...] = (
    ("JPEG", _JPEG, parse_jpeg),
    ("JPEG-LS", _JPEG_LS, parse_jpeg),
    ("JPEG 2000", _JPEG_2000, parse_jpeg_2000),
    ("HTJ2K", _HTJ2K, parse_jpeg_2000),
    ("JPEG XL", _JPEG_XL, parse_jpeg_xl),
)
_STANDARD_OF = {uid: standard for standard, uids, _ in _STANDARDS for uid in uids}
_PARSERS = {uid: parse for _, uids, parse in _STANDARDS for uid in uids}
_BY_START = {
    b"\xff\xd8": parse_jpeg,
    b"\xff\x4f": parse_jpeg_2000,
    b"\xff\x0a": parse_jpeg_xl,
}
_BY_BOX = {b"jP  ": parse_jpeg_2000, b"JXL ": parse_jpeg_xl}  # after the length of the first box


def inspect(uid: str, data: bytes | memoryview) -> CodestreamInfo:
    """Return what the header of an encoded frame says, whatever the data set says; nothing is decoded.

    The parser is that of the bytes if they start like some codestream, so that a frame under the wrong transfer syntax
    is told for what it is (`standard`), else that of `uid`. Raises CodecError for a damaged header, and
    UnsupportedTransferSyntaxError for a transfer syntax whose frames have none.
    """
    content = data if isinstance(data, bytes) else bytes(data)
    parse = _PARSERS.get(uid)
    if parse is None:
        raise UnsupportedTransferSyntaxError(uid, "its frames have no header that dicomkit reads")
    parse = _BY_START.get(content[:2]) or _BY_BOX.get(content[4:8]) or parse
    return parse(content)


def standard_of(uid: str) -> str:
    """Return the standard of a transfer syntax's codestreams, as `CodestreamInfo.standard` has it; "" for none."""
    return _STANDARD_OF.get(uid, "")
