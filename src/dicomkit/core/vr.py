"""Value Representations and what the standard says of each (PS3.5 6.2, Table 6.2-1, and 7.1.2)."""

from __future__ import annotations

from enum import Enum, StrEnum

__all__ = ["AMBIGUOUS_VRS", "LONG_FORM_VRS", "VR", "Kind"]


class Kind(Enum):
    """How the values of a VR are decoded."""

    TEXT = "text"
    UID = "unique identifier"
    NAME = "person name"
    NUMBER_TEXT = "number written as text"
    TEMPORAL = "date, time or age written as text"
    NUMBER = "binary number"
    TAG = "data element tag"
    BINARY = "bytes"
    SEQUENCE = "sequence of items"


class VR(StrEnum):
    """A Value Representation of PS3.5 Table 6.2-1; it is, and compares as, its two letters.

    `length_bytes`: size of the length field in Explicit VR (PS3.5 7.1.2). `itemsize`: bytes of one binary value, and
    the unit of byte swapping; 1 for text. `max_length`: of one value, in characters for text (for PN of one component
    group), in bytes otherwise; None if only the length field bounds it. `multi`: a backslash, or the size, separates
    values. `uses_character_set`: Specific Character Set (0008,0005) applies. `keeps_leading`: leading spaces count.
    """

    code: int
    length_bytes: int
    padding: bytes
    kind: Kind
    itemsize: int
    struct_code: str
    max_length: int | None
    multi: bool
    uses_character_set: bool
    keeps_leading: bool

    def __new__(
        cls,
        name: str,
        length_bytes: int,
        padding: bytes,
        kind: Kind,
        itemsize: int,
        struct_code: str,
        max_length: int | None,
        multi: bool,
        uses_character_set: bool,
        keeps_leading: bool,
    ) -> VR:
        """Make a member from its row."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.code = ord(name[0]) << 8 | ord(name[1])
        member.length_bytes = length_bytes
        member.padding = padding
        member.kind = kind
        member.itemsize = itemsize
        member.struct_code = struct_code
        member.max_length = max_length
        member.multi = multi
        member.uses_character_set = uses_character_set
        member.keeps_leading = keeps_leading
        return member

    # PS3.5 Table 6.2-1; the length field from PS3.5 7.1.2 (Tables 7.1-1 and 7.1-2). DA, TM and DT are longer in the
    # range matching of queries (18, 28 and 54 characters). struct codes are those of the `struct` module.
    #     name length padding kind            size struct max    multi  charset keeps_leading
    AE = "AE", 2, b" ", Kind.TEXT, 1, "", 16, True, False, False
    AS = "AS", 2, b" ", Kind.TEMPORAL, 1, "", 4, True, False, False
    AT = "AT", 2, b"\0", Kind.TAG, 4, "2H", 4, True, False, False
    CS = "CS", 2, b" ", Kind.TEXT, 1, "", 16, True, False, False
    DA = "DA", 2, b" ", Kind.TEMPORAL, 1, "", 8, True, False, False
    DS = "DS", 2, b" ", Kind.NUMBER_TEXT, 1, "", 16, True, False, False
    DT = "DT", 2, b" ", Kind.TEMPORAL, 1, "", 26, True, False, False
    FD = "FD", 2, b"\0", Kind.NUMBER, 8, "d", 8, True, False, False
    FL = "FL", 2, b"\0", Kind.NUMBER, 4, "f", 4, True, False, False
    IS = "IS", 2, b" ", Kind.NUMBER_TEXT, 1, "", 12, True, False, False
    LO = "LO", 2, b" ", Kind.TEXT, 1, "", 64, True, True, False
    LT = "LT", 2, b" ", Kind.TEXT, 1, "", 10240, False, True, True
    OB = "OB", 4, b"\0", Kind.BINARY, 1, "B", None, False, False, False
    OD = "OD", 4, b"\0", Kind.BINARY, 8, "d", 2**32 - 8, False, False, False
    OF = "OF", 4, b"\0", Kind.BINARY, 4, "f", 2**32 - 4, False, False, False
    OL = "OL", 4, b"\0", Kind.BINARY, 4, "I", None, False, False, False
    OV = "OV", 4, b"\0", Kind.BINARY, 8, "Q", None, False, False, False
    OW = "OW", 4, b"\0", Kind.BINARY, 2, "H", None, False, False, False
    PN = "PN", 2, b" ", Kind.NAME, 1, "", 64, True, True, False
    SH = "SH", 2, b" ", Kind.TEXT, 1, "", 16, True, True, False
    SL = "SL", 2, b"\0", Kind.NUMBER, 4, "i", 4, True, False, False
    SQ = "SQ", 4, b"", Kind.SEQUENCE, 1, "", None, False, False, False
    SS = "SS", 2, b"\0", Kind.NUMBER, 2, "h", 2, True, False, False
    ST = "ST", 2, b" ", Kind.TEXT, 1, "", 1024, False, True, True
    SV = "SV", 4, b"\0", Kind.NUMBER, 8, "q", 8, True, False, False
    TM = "TM", 2, b" ", Kind.TEMPORAL, 1, "", 14, True, False, False
    UC = "UC", 4, b" ", Kind.TEXT, 1, "", 2**32 - 2, True, True, True
    UI = "UI", 2, b"\0", Kind.UID, 1, "", 64, True, False, False
    UL = "UL", 2, b"\0", Kind.NUMBER, 4, "I", 4, True, False, False
    UN = "UN", 4, b"\0", Kind.BINARY, 1, "B", None, False, False, False
    UR = "UR", 4, b" ", Kind.TEXT, 1, "", 2**32 - 2, False, False, False
    US = "US", 2, b"\0", Kind.NUMBER, 2, "H", 2, True, False, False
    UT = "UT", 4, b" ", Kind.TEXT, 1, "", 2**32 - 2, False, True, True
    UV = "UV", 4, b"\0", Kind.NUMBER, 8, "Q", 8, True, False, False

    @staticmethod
    def from_code(code: int) -> VR | None:
        """Return the VR whose letters are the bytes `code >> 8` and `code & 0xFF`, None if there is none."""
        return _BY_CODE.get(code)


_BY_CODE = {vr.code: vr for vr in VR}

LONG_FORM_VRS = frozenset(vr for vr in VR if vr.length_bytes == 4)
"""The VRs with two reserved bytes and a 32-bit length in Explicit VR (PS3.5 7.1.2)."""

AMBIGUOUS_VRS = ("OB or OW", "US or SS", "US or OW", "US or SS or OW")
"""What the data dictionary (PS3.6) says where another element decides the VR; `encoding.ambiguity` resolves them."""
