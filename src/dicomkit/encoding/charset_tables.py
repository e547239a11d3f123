"""The Defined Terms of Specific Character Set (0008,0005) and their code elements (PS3.3 C.12.1.1.2)."""

from __future__ import annotations

from dicomkit.core.frozen import Frozen

__all__ = ["ALIASES", "DESIGNATIONS", "STANDALONE_TERMS", "TERMS", "CodeElement", "CodeElements"]


class CodeElement(Frozen):
    """A registered graphic character set and how it is designated (ISO/IEC 2022).

    `area` is 0 for G0 (bytes 21 to 7E) and 1 for G1 (bytes A0 to FF), `width` the bytes of one character. `codec` is
    the Python codec of the 8-bit form (for G0 sets of two bytes: with the high bits set); "" for those of JIS X 0201,
    which no Python codec holds alone. `vendor_codec` is the larger set that many writers use under this name.
    """

    __slots__ = ("area", "codec", "escape", "registration", "vendor_codec", "width")

    registration: str
    area: int
    width: int
    escape: bytes
    codec: str
    vendor_codec: str

    def __init__(
        self, registration: str, area: int, width: int, escape: bytes, codec: str, vendor_codec: str = ""
    ) -> None:
        put = object.__setattr__
        put(self, "registration", registration)
        put(self, "area", area)
        put(self, "width", width)
        put(self, "escape", escape)
        put(self, "codec", codec)
        put(self, "vendor_codec", vendor_codec)


# PS3.3 Tables C.12-3 and C.12-4; one code element per line.
ISO_IR_6 = CodeElement("ISO-IR 6", 0, 1, b"\x1b(B", "ascii")
ISO_IR_14 = CodeElement("ISO-IR 14", 0, 1, b"\x1b(J", "")
ISO_IR_13 = CodeElement("ISO-IR 13", 1, 1, b"\x1b)I", "", "shift_jis")
ISO_IR_100 = CodeElement("ISO-IR 100", 1, 1, b"\x1b-A", "latin_1")
ISO_IR_101 = CodeElement("ISO-IR 101", 1, 1, b"\x1b-B", "iso8859_2")
ISO_IR_109 = CodeElement("ISO-IR 109", 1, 1, b"\x1b-C", "iso8859_3")
ISO_IR_110 = CodeElement("ISO-IR 110", 1, 1, b"\x1b-D", "iso8859_4")
ISO_IR_126 = CodeElement("ISO-IR 126", 1, 1, b"\x1b-F", "iso8859_7")
ISO_IR_127 = CodeElement("ISO-IR 127", 1, 1, b"\x1b-G", "iso8859_6")
ISO_IR_138 = CodeElement("ISO-IR 138", 1, 1, b"\x1b-H", "iso8859_8")
ISO_IR_144 = CodeElement("ISO-IR 144", 1, 1, b"\x1b-L", "iso8859_5")
ISO_IR_148 = CodeElement("ISO-IR 148", 1, 1, b"\x1b-M", "iso8859_9")
ISO_IR_166 = CodeElement("ISO-IR 166", 1, 1, b"\x1b-T", "iso8859_11")
ISO_IR_203 = CodeElement("ISO-IR 203", 1, 1, b"\x1b-b", "iso8859_15")
ISO_IR_87 = CodeElement("ISO-IR 87", 0, 2, b"\x1b$B", "euc_jp")
ISO_IR_159 = CodeElement("ISO-IR 159", 0, 2, b"\x1b$(D", "euc_jp")
ISO_IR_149 = CodeElement("ISO-IR 149", 1, 2, b"\x1b$)C", "euc_kr", "cp949")
ISO_IR_58 = CodeElement("ISO-IR 58", 1, 2, b"\x1b$)A", "gb2312", "gbk")


class CodeElements(Frozen):
    """What one Defined Term makes available; `extended` is its name where code extensions are used."""

    __slots__ = ("extended", "g0", "g1", "term")

    term: str
    extended: str
    g0: CodeElement | None
    g1: CodeElement | None

    def __init__(self, term: str, extended: str, g0: CodeElement | None, g1: CodeElement | None) -> None:
        put = object.__setattr__
        put(self, "term", term)
        put(self, "extended", extended)
        put(self, "g0", g0)
        put(self, "g1", g1)


# PS3.3 Tables C.12-2 (left name), C.12-3 and C.12-4 (right name). A multi-byte set has no name without extensions.
_ROWS = (
    CodeElements("", "ISO 2022 IR 6", ISO_IR_6, None),
    CodeElements("ISO_IR 100", "ISO 2022 IR 100", ISO_IR_6, ISO_IR_100),
    CodeElements("ISO_IR 101", "ISO 2022 IR 101", ISO_IR_6, ISO_IR_101),
    CodeElements("ISO_IR 109", "ISO 2022 IR 109", ISO_IR_6, ISO_IR_109),
    CodeElements("ISO_IR 110", "ISO 2022 IR 110", ISO_IR_6, ISO_IR_110),
    CodeElements("ISO_IR 144", "ISO 2022 IR 144", ISO_IR_6, ISO_IR_144),
    CodeElements("ISO_IR 127", "ISO 2022 IR 127", ISO_IR_6, ISO_IR_127),
    CodeElements("ISO_IR 126", "ISO 2022 IR 126", ISO_IR_6, ISO_IR_126),
    CodeElements("ISO_IR 138", "ISO 2022 IR 138", ISO_IR_6, ISO_IR_138),
    CodeElements("ISO_IR 148", "ISO 2022 IR 148", ISO_IR_6, ISO_IR_148),
    CodeElements("ISO_IR 203", "ISO 2022 IR 203", ISO_IR_6, ISO_IR_203),
    CodeElements("ISO_IR 13", "ISO 2022 IR 13", ISO_IR_14, ISO_IR_13),
    CodeElements("ISO_IR 166", "ISO 2022 IR 166", ISO_IR_6, ISO_IR_166),
    CodeElements("", "ISO 2022 IR 87", ISO_IR_87, None),
    CodeElements("", "ISO 2022 IR 159", ISO_IR_159, None),
    CodeElements("", "ISO 2022 IR 149", None, ISO_IR_149),
    CodeElements("", "ISO 2022 IR 58", None, ISO_IR_58),
)

TERMS = {term: row for row in _ROWS for term in (row.term, row.extended) if term} | {"": _ROWS[0]}
"""Every Defined Term of Tables C.12-2 to C.12-4, and the empty one, with its code elements."""

# PS3.3 Table C.12-5: multi-byte character sets without code extensions, with their Python codecs.
STANDALONE_TERMS = {"ISO_IR 192": "utf_8", "GB18030": "gb18030", "GBK": "gbk"}

# What ISO/IEC 2022 also offers for these sets and some writers use (PS3.5 Tables H.1-1, H.1-2 and I.1-1 show them).
_UNUSUAL = (
    CodeElement("ISO-IR 13", 0, 1, b"\x1b(I", ""),
    CodeElement("ISO-IR 42", 0, 2, b"\x1b$@", "euc_jp"),
    CodeElement("ISO-IR 87", 0, 2, b"\x1b$(B", "euc_jp"),
    CodeElement("ISO-IR 87", 1, 2, b"\x1b$)B", "euc_jp"),
    CodeElement("ISO-IR 149", 0, 2, b"\x1b$(C", "euc_kr"),
    CodeElement("ISO-IR 58", 0, 2, b"\x1b$A", "gb2312"),
    CodeElement("ISO-IR 58", 0, 2, b"\x1b$(A", "gb2312"),
)

DESIGNATIONS = {
    element.escape: element for element in (*(e for row in _ROWS for e in (row.g0, row.g1) if e is not None), *_UNUSUAL)
}
"""The escape sequences that are understood; those of a term that is not declared are reported."""

# What stands in files instead of a Defined Term, without its punctuation and in capitals.
ALIASES = {
    "ISOIR6": "",
    "ISO646": "",
    "ISO646US": "",
    "ASCII": "",
    "USASCII": "",
    "ISO88591": "ISO_IR 100",
    "ISO88592": "ISO_IR 101",
    "ISO88593": "ISO_IR 109",
    "ISO88594": "ISO_IR 110",
    "ISO88595": "ISO_IR 144",
    "ISO88596": "ISO_IR 127",
    "ISO88597": "ISO_IR 126",
    "ISO88598": "ISO_IR 138",
    "ISO88599": "ISO_IR 148",
    "ISO885911": "ISO_IR 166",
    "ISO885915": "ISO_IR 203",
    "LATIN1": "ISO_IR 100",
    "LATIN2": "ISO_IR 101",
    "LATIN9": "ISO_IR 203",
    "TIS620": "ISO_IR 166",
    "UTF8": "ISO_IR 192",
    "UNICODE": "ISO_IR 192",
    "UNICODE11UTF8": "ISO_IR 192",
    "ISOIR149": "ISO 2022 IR 149",
    "ISOIR58": "ISO 2022 IR 58",
    "ISOIR87": "ISO 2022 IR 87",
    "ISOIR159": "ISO 2022 IR 159",
    "EUCKR": "ISO 2022 IR 149",
    "KSC5601": "ISO 2022 IR 149",
    "KSX1001": "ISO 2022 IR 149",
    "GB2312": "ISO 2022 IR 58",
    "EUCCN": "ISO 2022 IR 58",
    "ISO202258": "ISO 2022 IR 58",
    "ISO2022IR192": "ISO_IR 192",
    "ISO2022GBK": "GBK",
    "ISO2022GB18030": "GB18030",
    "ISOIRGBK": "GBK",
    "ISOIRGB18030": "GB18030",
    "ISO2022B18030": "GB18030",
}
