"""Person names: PN (PS3.5 6.2 and 6.2.1)."""

from __future__ import annotations

from dicomkit.core.multi_value import MultiValue
from dicomkit.core.person_name import PersonName
from dicomkit.encoding.values.python_values import padded, strings_of
from dicomkit.encoding.values.text import PADDING
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.vr import VR
    from dicomkit.encoding.values.context import Value, ValueContext

__all__ = ["decode_names", "encode_names"]


def decode_names(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the values of PN; an empty one is an empty PersonName."""
    texts, problem = context.character_set.decode_values(data, person_name=True)
    if problem:
        context.report_text(vr, problem)
    if len(texts) == 1:
        return PersonName(texts[0].rstrip(PADDING))
    return MultiValue([PersonName(text.rstrip(PADDING)) for text in texts])


def encode_names(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of PN, of PersonName or any other text."""
    try:
        return padded(context.character_set.encode_values(strings_of(value, vr), person_name=True), vr)
    except ValueEncodeError as error:
        error.vr = error.vr or vr
        raise
