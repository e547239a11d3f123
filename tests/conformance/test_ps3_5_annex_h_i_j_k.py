"""PS3.5 Annexes H, I, J and K: the standard's examples of Japanese, Korean and Chinese text, copied literally."""

from __future__ import annotations

import pydicom.charset
import pytest
from pydicom.valuerep import TEXT_VR_DELIMS

from dicomkit.encoding.charset import CharacterSet


def columns_and_rows(text: str) -> bytes:
    """Give the bytes of the annexes' notation, ``01/11`` for 1B."""
    return bytes(int(column) << 4 | int(row) for column, row in (pair.split("/") for pair in text.split()))


def hexadecimal(text: str) -> bytes:
    """Give the bytes of the annexes' other notation, ``0x1B``."""
    return bytes(int(byte, 16) for byte in text.split())


# Example H.3-1. Value 1 of Specific Character Set is not present.
H_3_1 = columns_and_rows(
    "05/09 06/01 06/13 06/01 06/04 06/01 05/14 05/04 06/01 07/02 06/15 07/05 03/13 01/11 02/04 04/02 03/11 03/03"
    " 04/05 04/04 01/11 02/08 04/02 05/14 01/11 02/04 04/02 04/02 04/00 04/15 03/10 01/11 02/08 04/02 03/13 01/11"
    " 02/04 04/02 02/04 06/04 02/04 05/14 02/04 04/00 01/11 02/08 04/02 05/14 01/11 02/04 04/02 02/04 03/15 02/04"
    " 06/13 02/04 02/06 01/11 02/08 04/02"
)
# Example H.3-2. Value 1 of Specific Character Set is ISO 2022 IR 13.
H_3_2 = columns_and_rows(
    "13/04 12/15 12/00 13/14 05/14 12/00 13/11 11/03 03/13 01/11 02/04 04/02 03/11 03/03 04/05 04/04 01/11 02/08"
    " 04/10 05/14 01/11 02/04 04/02 04/02 04/00 04/15 03/10 01/11 02/08 04/10 03/13 01/11 02/04 04/02 02/04 06/04"
    " 02/04 05/14 02/04 04/00 01/11 02/08 04/10 05/14 01/11 02/04 04/02 02/04 03/15 02/04 06/13 02/04 02/06 01/11"
    " 02/08 04/10"
)
# Example I.2-1. Person name in Korean.
I_2_1 = columns_and_rows(
    "04/08 06/15 06/14 06/07 05/14 04/07 06/09 06/12 06/04 06/15 06/14 06/07 03/13 01/11 02/04 02/09 04/03 15/11"
    " 15/03 05/14 01/11 02/04 02/09 04/03 13/01 12/14 13/04 13/07 03/13 01/11 02/04 02/09 04/03 12/08 10/11 05/14"
    " 01/11 02/04 02/09 04/03 11/01 14/06 11/05 11/15"
)
# Example J.1-1. Person name in Chinese, UTF-8.
J_1_1 = hexadecimal(
    "0x57 0x61 0x6e 0x67 0x5e 0x58 0x69 0x61 0x6f 0x44 0x6f 0x6e 0x67 0x3d 0xe7 0x8e 0x8b 0x5e 0xe5 0xb0 0x8f"
    " 0xe6 0x9d 0xb1 0x3d"
)
# Example J.2-1. Long text in Chinese, UTF-8.
J_2_1 = hexadecimal(
    "0x54 0x68 0x65 0x20 0x66 0x69 0x72 0x73 0x74 0x20 0x6c 0x69 0x6e 0x65 0x20 0x69 0x6e 0x63 0x6c 0x75 0x64"
    " 0x65 0x73 0xe4 0xb8 0xad 0xe6 0x96 0x87 0x2e 0x0d 0x0a 0x54 0x68 0x65 0x20 0x73 0x65 0x63 0x6f 0x6e 0x64"
    " 0x20 0x6c 0x69 0x6e 0x65 0x20 0x69 0x6e 0x63 0x6c 0x75 0x64 0x65 0x73 0xe4 0xb8 0xad 0xe6 0x96 0x87 0x2c"
    " 0x20 0x74 0x6f 0x6f 0x2e 0x0d 0x0a 0x54 0x68 0x65 0x20 0x74 0x68 0x69 0x72 0x64 0x20 0x6c 0x69 0x6e 0x65"
    " 0x2e 0x0d 0x0a"
)
# Example J.3-1. Person name in Chinese, GB 18030 (and GBK, says the head of the annex).
J_3_1 = hexadecimal(
    "0x57 0x61 0x6e 0x67 0x5e 0x58 0x69 0x61 0x6f 0x44 0x6f 0x6e 0x67 0x3d 0xcd 0xf5 0x5e 0xd0 0xa1 0xb6 0xab 0x3d"
)
# Example J.4-1. Long text in Chinese, GB 18030.
J_4_1 = hexadecimal(
    "0x54 0x68 0x65 0x20 0x66 0x69 0x72 0x73 0x74 0x20 0x6c 0x69 0x6e 0x65 0x20 0x69 0x6e 0x63 0x6c 0x75 0x64"
    " 0x65 0x73 0xd6 0xd0 0xce 0xc4 0x2e 0x0d 0x0a 0x54 0x68 0x65 0x20 0x73 0x65 0x63 0x6f 0x6e 0x64 0x20 0x6c"
    " 0x69 0x6e 0x65 0x20 0x69 0x6e 0x63 0x6c 0x75 0x64 0x65 0x73 0xd6 0xd0 0xce 0xc4 0x2c 0x20 0x74 0x6f 0x6f"
    " 0x2e 0x0d 0x0a 0x54 0x68 0x65 0x20 0x74 0x68 0x69 0x72 0x64 0x20 0x6c 0x69 0x6e 0x65 0x2e 0x0d 0x0a"
)
# Example K.2-1. Person name in Chinese, GB 2312 with code extensions; the last byte is padding.
K_2_1 = hexadecimal(
    "0x5A 0x68 0x61 0x6E 0x67 0x5E 0x58 0x69 0x61 0x6F 0x44 0x6F 0x6E 0x67 0x3D 0x1B 0x24 0x29 0x41 0xD5 0xC5"
    " 0x5E 0x1B 0x24 0x29 0x41 0xD0 0xA1 0xB6 0xAB 0x3D 0x20"
)
# Example K.3-1. Long text in Chinese, GB 2312 in G1.
K_3_1 = hexadecimal(
    "0x31 0x2e 0x1B 0x24 0x29 0x41 0xB5 0xDA 0xD2 0xBB 0xD0 0xD0 0xCE 0xC4 0xD7 0xD6 0xA1 0xA3 0x0D 0x0A 0x32"
    " 0x2e 0x1B 0x24 0x29 0x41 0xB5 0xDA 0xB6 0xFE 0xD0 0xD0 0xCE 0xC4 0xD7 0xD6 0xA1 0xA3 0x0D 0x0A 0x33 0x2e"
    " 0x1B 0x24 0x29 0x41 0xB5 0xDA 0xC8 0xFD 0xD0 0xD0 0xCE 0xC4 0xD7 0xD6 0xA1 0xA3 0x0D 0x0A"
)
# Example I.3-1. Long text in Korean: the annex designates at the head of a line, and gives no table of bytes.
I_3_1 = (
    b"\x1b$)CThe first line includes \xc7\xd1\xb1\xdb .\r\n"
    b"\x1b$)CThe second line includes \xc7\xd1\xb1\xdb , too.\r\n"
    b"The third line"
)

UTF_8_LINES = "The first line includes中文.\r\nThe second line includes中文, too.\r\nThe third line.\r\n"

NAMES = [
    ("H.3-1", ("", "ISO 2022 IR 87"), H_3_1, "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ("H.3-2", ("ISO 2022 IR 13", "ISO 2022 IR 87"), H_3_2, "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
    ("I.2-1", ("", "ISO 2022 IR 149"), I_2_1, "Hong^Gildong=洪^吉洞=홍^길동"),
    ("J.1-1", ("ISO_IR 192",), J_1_1, "Wang^XiaoDong=王^小東="),
    ("J.3-1", ("GB18030",), J_3_1, "Wang^XiaoDong=王^小东="),
    ("J.3-1", ("GBK",), J_3_1, "Wang^XiaoDong=王^小东="),
    ("K.2-1", ("", "ISO 2022 IR 58"), K_2_1, "Zhang^XiaoDong=张^小东= "),
]
TEXTS = [
    ("J.2-1", ("ISO_IR 192",), J_2_1, UTF_8_LINES),
    ("J.4-1", ("GB18030",), J_4_1, UTF_8_LINES),
    ("J.4-1", ("GBK",), J_4_1, UTF_8_LINES),
    ("K.3-1", ("", "ISO 2022 IR 58"), K_3_1, "1.第一行文字。\r\n2.第二行文字。\r\n3.第三行文字。\r\n"),
]


@pytest.mark.parametrize(("example", "terms", "data", "text"), NAMES)
def test_person_names(example, terms, data, text):
    """The bytes of an example's name decode to its characters, and the characters encode to its bytes."""
    characters = CharacterSet.of(terms)
    assert (text, "") == characters.decode(data, person_name=True)
    assert data == characters.encode(text, person_name=True)
    assert () == characters.problems


@pytest.mark.parametrize(("example", "terms", "data", "text"), TEXTS)
def test_long_texts(example, terms, data, text):
    """The bytes of an example's long text decode to its characters, and the characters encode to its bytes."""
    characters = CharacterSet.of(terms)
    assert (text, "") == characters.decode(data)
    assert data == characters.encode(text)


def test_korean_long_text():
    """A set that is designated at the head of a line holds until the end of the line (Example I.3-1)."""
    characters = CharacterSet.of(("", "ISO 2022 IR 149"))
    text = "The first line includes 한글 .\r\nThe second line includes 한글 , too.\r\nThe third line"
    assert (text, "") == characters.decode(I_3_1)
    # What is written designates where it is needed, which PS3.5 6.1.2.5.3 asks for and the annex does not contradict.
    assert (text, "") == characters.decode(characters.encode(text))


@pytest.mark.parametrize(("example", "terms", "data", "text"), NAMES + TEXTS)
def test_pydicom_reads_what_is_written(example, terms, data, text):
    """pydicom decodes the bytes that are written for each example to the same text.

    It leaves the escape sequences of GB 2312 in the text, because Python's codec of that name does not remove them.
    """
    encodings = pydicom.charset.convert_encodings(list(terms))
    delimiters = TEXT_VR_DELIMS | ({0x5E, 0x3D} if "^" in text else set())
    encoded = CharacterSet.of(terms).encode(text, person_name="^" in text)
    decoded = pydicom.charset.decode_bytes(encoded, encodings, delimiters)
    assert text == (decoded.replace("\x1b$)A", "") if "ISO 2022 IR 58" in terms else decoded)
