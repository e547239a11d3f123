"""Between the bytes and the Python values of an element, one module for each family of VRs (PS3.5 6.2)."""

from __future__ import annotations

from dicomkit.core.vr import VR
from dicomkit.encoding.values.attribute_tags import decode_tags, encode_tags
from dicomkit.encoding.values.binary import decode_bytes, encode_bytes
from dicomkit.encoding.values.context import ValueContext
from dicomkit.encoding.values.dates import decode_dates, encode_dates
from dicomkit.encoding.values.decimal_strings import (
    decode_decimals,
    decode_integers,
    encode_decimals,
    encode_integers,
)
from dicomkit.encoding.values.names import decode_names, encode_names
from dicomkit.encoding.values.numbers import decode_numbers, encode_numbers
from dicomkit.encoding.values.text import (
    decode_codes,
    decode_strings,
    decode_text,
    decode_titles,
    decode_url,
    encode_codes,
    encode_strings,
    encode_text,
    encode_url,
)
from dicomkit.encoding.values.uids import decode_uids, encode_uids
from dicomkit.encoding.values.validate import problems
from dicomkit.errors import ValueDecodeError, ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from dicomkit.encoding.values.context import Value

    Decoder: TypeAlias = Callable[[VR, bytes, ValueContext], Value]
    Encoder: TypeAlias = Callable[[VR, object, ValueContext], bytes]

__all__ = ["CODECS", "ValueContext", "decode_value", "encode_value", "problems"]

CODECS: dict[VR, tuple[Decoder, Encoder]] = {
    VR.AE: (decode_titles, encode_codes),
    VR.AS: (decode_dates, encode_dates),
    VR.AT: (decode_tags, encode_tags),
    VR.CS: (decode_codes, encode_codes),
    VR.DA: (decode_dates, encode_dates),
    VR.DS: (decode_decimals, encode_decimals),
    VR.DT: (decode_dates, encode_dates),
    VR.FD: (decode_numbers, encode_numbers),
    VR.FL: (decode_numbers, encode_numbers),
    VR.IS: (decode_integers, encode_integers),
    VR.LO: (decode_strings, encode_strings),
    VR.LT: (decode_text, encode_text),
    VR.OB: (decode_bytes, encode_bytes),
    VR.OD: (decode_bytes, encode_bytes),
    VR.OF: (decode_bytes, encode_bytes),
    VR.OL: (decode_bytes, encode_bytes),
    VR.OV: (decode_bytes, encode_bytes),
    VR.OW: (decode_bytes, encode_bytes),
    VR.PN: (decode_names, encode_names),
    VR.SH: (decode_strings, encode_strings),
    VR.SL: (decode_numbers, encode_numbers),
    VR.SS: (decode_numbers, encode_numbers),
    VR.ST: (decode_text, encode_text),
    VR.SV: (decode_numbers, encode_numbers),
    VR.TM: (decode_dates, encode_dates),
    VR.UC: (decode_strings, encode_strings),
    VR.UI: (decode_uids, encode_uids),
    VR.UL: (decode_numbers, encode_numbers),
    VR.UN: (decode_bytes, encode_bytes),
    VR.UR: (decode_url, encode_url),
    VR.US: (decode_numbers, encode_numbers),
    VR.UT: (decode_text, encode_text),
    VR.UV: (decode_numbers, encode_numbers),
}
"""How each VR is decoded and encoded; SQ is not here, because its items are data sets."""


def decode_value(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the value of an element: one value, a MultiValue of several, or what the VR has for none.

    What does not keep the rules of the VR is recovered and reported, never an error; SQ is a ValueDecodeError.
    """
    codec = CODECS.get(vr)
    if codec is None:
        raise ValueDecodeError("a sequence has items, not values", vr=vr)
    return codec[0](vr, data, context)


def encode_value(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of a value, padded to even length; None is no value.

    Raises ValueEncodeError for what cannot be written under the VR, or in the data set's character set.
    """
    codec = CODECS.get(vr)
    if codec is None:
        raise ValueEncodeError("a sequence has items, not values", vr=vr)
    return codec[1](vr, value, context)
