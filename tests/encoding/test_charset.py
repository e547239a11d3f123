"""Specific Character Set: declarations, recovery, and the round trip of any text."""

from __future__ import annotations

import copy
import pickle
import re
import time
import warnings
from contextlib import suppress

import pydicom
import pydicom.charset
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.data import get_charset_files
from pydicom.valuerep import TEXT_VR_DELIMS

from dicomkit.core.issue import IssueCode
from dicomkit.encoding.charset import DEFAULT, CharacterSet, check_declaration
from dicomkit.encoding.charset_tables import STANDALONE_TERMS, TERMS
from dicomkit.errors import ValueEncodeError

ALL_TERMS = [term for term in (*TERMS, *STANDALONE_TERMS) if term]
DECLARATIONS = [
    *[(term,) for term in ALL_TERMS],
    ("", "ISO 2022 IR 87"),
    ("", "ISO 2022 IR 149"),
    ("", "ISO 2022 IR 58"),
    ("ISO 2022 IR 13", "ISO 2022 IR 87", "ISO 2022 IR 159"),
    ("ISO 2022 IR 6", "ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149"),
    ("ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 126"),
    ("ISO 2022 IR 144", "ISO 2022 IR 87", "ISO 2022 IR 13", "ISO 2022 IR 58"),
]


def repertoire(terms: tuple[str, ...]) -> str:
    """Give the characters above 7F that the sets of a declaration have, by Python's codecs."""
    found = set()
    for term in terms or ("",):
        if term in STANDALONE_TERMS:
            some = "äöüßéčžŁαβЖдя中文日本かな한글⅓€"
            found |= set(some.encode(STANDALONE_TERMS[term], "ignore").decode(STANDALONE_TERMS[term]))
            continue
        row = TERMS[term]
        for element in (row.g0, row.g1):
            if element is None:
                continue
            if element.width == 1 and element.codec:
                high = bytes(range(0xA0, 0x100))
                found |= set(high.decode(element.codec, "ignore"))
            elif element.registration == "ISO-IR 13":
                found |= set(bytes(range(0xA1, 0xE0)).decode("shift_jis"))
            elif element.registration == "ISO-IR 159":
                found |= set(b"\x8f\xb0\xa1\x8f\xb0\xa2\x8f\xc1\xa1\x8f\xab\xa1".decode("euc_jp"))
            elif element.width == 2:
                rows = bytes(byte for first in (0xB0, 0xC8) for byte in (first, 0xA1, first, 0xB2, first, 0xFE))
                found |= set(rows.decode(element.codec, "ignore"))
    return "".join(sorted(c for c in found if c > "\x7f"))


# Declarations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", [(), ("",), ("ISO 2022 IR 6",)])
def test_the_default_repertoire_is_ascii(terms):
    """An absent or empty (0008,0005), and ISO 2022 IR 6, mean ISO 646, and nothing is wrong with that."""
    characters = CharacterSet.of(terms)
    assert () == characters.problems
    assert ("Doe^John", "") == characters.decode(b"Doe^John", person_name=True)


@pytest.mark.parametrize(
    ("given_term", "meant"),
    [
        ("ISO-IR 100", "ISO_IR 100"),
        ("ISO IR 100", "ISO_IR 100"),
        ("ISO_IR_100", "ISO_IR 100"),
        ("iso_ir 100", "ISO_IR 100"),
        ("ISO_IR100", "ISO_IR 100"),
        ("IR 100", "ISO_IR 100"),
        ("ISO 2022-IR 100", "ISO 2022 IR 100"),
        ("ISO_2022_IR_100", "ISO 2022 IR 100"),
        ("UTF-8", "ISO_IR 192"),
        ("utf8", "ISO_IR 192"),
        ("ISO 8859-1", "ISO_IR 100"),
        ("latin1", "ISO_IR 100"),
        ("ISO 2022 GBK", "GBK"),
        ("GB 18030", "GB18030"),
    ],
)
def test_misspelt_terms_are_read_as_they_are_meant(given_term, meant):
    """A misspelt Defined Term is recognised, and reported once."""
    characters = CharacterSet.of([given_term])
    assert (meant,) == characters.terms
    assert 1 == len(characters.problems)
    assert given_term in characters.problems[0]
    assert (given_term,) == characters.declared


@pytest.mark.parametrize("term", ["ISO-IR 100", "ISO 2022-IR 100"])
def test_pydicom_corrects_the_same_spellings(term):
    """pydicom's two corrections are among ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (codec,) = pydicom.charset.convert_encodings([term])
    assert "é".encode(codec) == CharacterSet.of([term]).encode("é")


def test_padding_of_terms_is_no_problem():
    """Spaces around a term do not count."""
    assert ((), ("ISO_IR 100",)) == (CharacterSet.of(["ISO_IR 100 "]).problems, CharacterSet.of([" ISO_IR 100"]).terms)


def test_an_unknown_term_is_reported_and_its_bytes_recovered():
    """Text under an unknown term is read as if nothing were declared."""
    characters = CharacterSet.of(["KLINGON"])
    assert "KLINGON" in characters.problems[0]
    assert "Müller" == characters.decode("Müller".encode())[0]


def test_sets_that_stand_alone():
    """UTF-8, GB18030 and GBK allow no second value and are none (PS3.3 C.12.1.1.2)."""
    first = CharacterSet.of(["ISO_IR 192", "ISO 2022 IR 87"])
    second = CharacterSet.of(["", "ISO 2022 IR 87", "GBK"])
    assert (("ISO_IR 192",), 1) == (first.terms, len(first.problems))
    assert (("", "ISO 2022 IR 87"), 1) == (second.terms, len(second.problems))


def test_terms_without_code_extensions_among_several():
    """ISO_IR 100 as one of several values is read as ISO 2022 IR 100, and reported."""
    characters = CharacterSet.of(["ISO_IR 100", "ISO 2022 IR 87"])
    assert ("ISO 2022 IR 100", "ISO 2022 IR 87") == characters.terms
    assert 1 == len(characters.problems)


@pytest.mark.parametrize("term", ["ISO 2022 IR 87", "ISO 2022 IR 149", "ISO 2022 IR 58", "ISO 2022 IR 159"])
def test_a_multi_byte_set_cannot_be_value_1(term):
    """A multi-byte set alone is understood, and reported."""
    characters = CharacterSet.of([term])
    assert "value 1" in characters.problems[0]
    text = {"ISO 2022 IR 149": "김", "ISO 2022 IR 58": "张", "ISO 2022 IR 159": "丂"}.get(term, "山")
    assert (text, "") == characters.decode(characters.encode(text))


def test_only_the_first_values_count():
    """A thousand terms are not looked at; what is left out is reported."""
    characters = CharacterSet.of(["ISO 2022 IR 100"] * 1000)
    assert 16 == len(characters.terms)
    assert "1000" in characters.problems[0]


def test_a_character_set_is_a_value():
    """Equal declarations give one object, which cannot be changed and survives copying and pickling."""
    characters = CharacterSet.of(["ISO-IR 100"])
    assert characters is CharacterSet.of(("ISO-IR 100",))
    assert CharacterSet.of(["ISO_IR 100"]) == characters
    assert characters.problems == pickle.loads(pickle.dumps(characters)).problems
    assert characters is copy.deepcopy(characters)
    with pytest.raises(AttributeError):
        characters.terms = ()


@pytest.mark.parametrize(
    ("terms", "expected"), [(["GBK"], True), (["GB18030"], True), (["ISO_IR 192"], False), ([], False)]
)
def test_which_sets_hide_backslashes(terms, expected):
    """5C can be half of a character in GBK and GB18030."""
    assert expected == CharacterSet.of(terms).is_multi_byte_backslash


# Decoding ---------------------------------------------------------------------------------


def decoded_by_pydicom(data: bytes, terms: list[str]) -> str:
    """Give pydicom's text of a value."""
    return pydicom.charset.decode_bytes(data, pydicom.charset.convert_encodings(terms), TEXT_VR_DELIMS)


@pytest.mark.parametrize("path", get_charset_files("*.dcm"), ids=lambda path: path.rsplit("/", 1)[-1])
def test_the_character_set_samples_of_pydicom(path):
    """Every Patient's Name of the sample files is what pydicom says it is, without a problem."""
    raw = pydicom.dcmread(path)
    terms = raw.get("SpecificCharacterSet", "")
    characters = CharacterSet.of([terms] if isinstance(terms, str) else list(terms))
    element = pydicom.dcmread(path).get_item("PatientName")
    if element is None:
        pytest.skip("no Patient's Name outside the sequences")
    data = element.value.rstrip(b" \0")
    texts, problem = characters.decode_values(data, person_name=True)
    names = raw.PatientName if raw["PatientName"].VM > 1 else [raw.PatientName]
    assert [str(name) for name in names] == [text.rstrip("=") for text in texts]
    assert "" == problem
    assert texts == characters.decode_values(characters.encode_values(texts, person_name=True), person_name=True)[0]


@pytest.mark.parametrize("data", ["Müller".encode(), "王小東".encode(), "Жуков".encode()])
def test_undeclared_utf_8_is_recovered(data):
    """Bytes above 7F without a declaration are UTF-8 where they can be, and are reported."""
    text, problem = DEFAULT.decode(data)
    assert data.decode() == text
    assert IssueCode.CHARSET_UNDECLARED == problem.code
    assert "UTF-8" in problem


@pytest.mark.parametrize("declared", [["", "ISO 2022 IR 87"], ["ISO 2022 IR 13", "ISO 2022 IR 87"]])
def test_row_13_of_kanji(declared):
    """What NEC, Windows and JIS X 0213 have in the empty row 13 of JIS X 0208 is read, and reported."""
    found = 0
    for cell in range(0x21, 0x7F):
        text, problem = CharacterSet.of(declared).decode(b"\x1b$B0!" + bytes((0x2D, cell)) + b"\x1b(B1")
        expected = set()
        for data, codec in (
            (bytes((0x87, cell + (0x1F if cell < 0x60 else 0x20))), "cp932"),
            (bytes((0xAD, cell | 0x80)), "euc_jis_2004"),
        ):
            with suppress(UnicodeDecodeError):
                expected.add(f"亜{data.decode(codec)}1")
        assert expected == {text} if expected else problem.code is IssueCode.CHARSET_DAMAGED
        assert not expected or problem.code is IssueCode.CHARSET_UNDECLARED
        found += len(expected)
    assert 87 == found
    assert "①Ⅰ㍉№㈱" == CharacterSet.of(declared).decode(b"\x1b$B-!-5-@-b-j\x1b(B")[0]


@pytest.mark.parametrize("pair", [b"y!", b"|q", b"-X", b")!"])
def test_other_empty_rows_of_kanji(pair):
    """Where extensions of JIS X 0208 differ, or there is none, the bytes are shown."""
    text, problem = CharacterSet.of(["", "ISO 2022 IR 87"]).decode(b"\x1b$B" + pair + b"\x1b(B")
    assert ("".join(f"<{byte:02X}>" for byte in pair), IssueCode.CHARSET_DAMAGED) == (text, problem.code)


def test_undeclared_bytes_are_latin_1_otherwise():
    """Bytes above 7F that are no UTF-8 are Latin 1, as pydicom reads them, and are reported."""
    text, problem = DEFAULT.decode(b"M\xfcller \x92")
    assert decoded_by_pydicom(b"M\xfcller \x92", [""]) == text
    assert IssueCode.CHARSET_UNDECLARED == problem.code


@pytest.mark.parametrize("text", ["ÄÖÜ", "“quoted”", "Łódź", "王小東"])
def test_utf_8_under_a_wrong_declaration(text):
    """UTF-8 that is declared as Latin 1 is found out by bytes 80 to 9F, which are no characters of Latin 1."""
    actual, problem = CharacterSet.of(["ISO_IR 100"]).decode(text.encode())
    assert text == actual
    assert IssueCode.CHARSET_UNDECLARED == problem.code


@pytest.mark.parametrize("terms", [["ISO_IR 100"], ["ISO 2022 IR 100", "ISO 2022 IR 87"], ["", "ISO 2022 IR 100"]])
@given(data=st.text([chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))], max_size=20))
@example("Ã¼")
@example("MÃ¼ller^JÃ¶rg")
def test_declared_latin_1_is_latin_1(terms, data):
    """Whatever text of Latin 1 is declared as such is read as such, UTF-8 or not (PS3.3 C.12.1.1.2)."""
    characters = CharacterSet.of(terms)
    data = data.replace("^", "")
    encoded = characters.encode(data)
    assert (data, "") == characters.decode(encoded)
    if len(terms) == 1:
        assert data.encode("latin_1") == encoded


@pytest.mark.parametrize("text", ["Müller", "É» x", "Ñ° 5", "A\xa0B", "½ ± µ", "SPÓŁKA", "Ã¼"])
def test_latin_texts_are_not_taken_for_utf_8(text):
    """What Latin 1 and Latin 2 can really say is left alone."""
    term = "ISO_IR 101" if "Ł" in text else "ISO_IR 100"
    characters = CharacterSet.of([term])
    assert (text, "") == characters.decode(characters.encode(text))


@pytest.mark.parametrize(
    ("term", "data", "text"),
    [
        ("ISO_IR 192", b"M\xfcller", "M<FC>ller"),
        ("ISO_IR 192", b"M\xc3", "M<C3>"),
        ("ISO_IR 192", b"\xed\xa0\x80", "<ED><A0><80>"),
        ("GB18030", b"\xff a", "<FF> a"),
        ("ISO_IR 126", b"\xc1\xae", "Α<AE>"),
        ("ISO_IR 13", b"\xb1\xa0\xff", "ｱ<A0><FF>"),
    ],
)
def test_damaged_bytes_stay_visible(term, data, text):
    """A byte that is no character is shown in hexadecimal, the rest is decoded, and it is reported."""
    actual, problem = CharacterSet.of([term]).decode(data)
    assert text == actual
    assert IssueCode.CHARSET_DAMAGED == problem.code


def test_shift_jis_under_jis_x_0201():
    """Shift JIS under ISO_IR 13, which many writers mean, is read as pydicom reads it, and reported."""
    data = "山田".encode("shift_jis") + b"^\xc0\xdb\xb3"
    text, problem = CharacterSet.of(["ISO_IR 13"]).decode(data, person_name=True)
    assert decoded_by_pydicom(data, ["ISO_IR 13"]) == text
    assert IssueCode.CHARSET_UNDECLARED == problem.code


def test_jis_x_0201_has_a_yen_sign_and_an_overline():
    """5C and 7E are ¥ and ‾ in ISO-IR 14 (PS3.5 6.1.2.3, H.1.1), but 5C separates the values of LO (PS3.5 6.1.2.3)."""
    characters = CharacterSet.of(["ISO_IR 13"])
    assert ("a¥b‾", "") == characters.decode(b"a\\b~")
    assert (["a", "b‾"], "") == characters.decode_values(b"a\\b~")
    assert b"a\\b~" == characters.encode("a¥b‾")
    with pytest.raises(ValueEncodeError):
        characters.encode_values(["a¥b"])
    with pytest.raises(ValueEncodeError):
        characters.encode("C:\\")


@pytest.mark.parametrize("term", ["GBK", "GB18030"])
def test_a_backslash_that_is_half_of_a_character(term):
    """Values are split at characters, not at bytes 5C."""
    characters = CharacterSet.of([term])
    texts = ["乗誠", "a", "誠"]
    data = "\\".join(texts).encode("gbk")
    assert data.count(b"\\") > 2
    assert (texts, "") == characters.decode_values(data)
    assert data == characters.encode_values(texts)


def test_a_backslash_that_is_half_of_a_kanji():
    """The byte 5C inside JIS X 0208 separates nothing."""
    characters = CharacterSet.of(["", "ISO 2022 IR 87"])
    texts = ["施緯山", "施"]
    data = characters.encode_values(texts)
    assert data.count(b"\\") > 1
    assert (texts, "") == characters.decode_values(data)


def test_escape_sequences_that_nothing_allows():
    """Escape sequences in a single-valued character set are followed and reported."""
    text, problem = CharacterSet.of(["ISO_IR 100"]).decode(b"M\xfc \x1b$B;3ED\x1b(B")
    assert "Mü 山田" == text
    assert IssueCode.CHARSET_UNDECLARED == problem.code


def test_an_escape_character_in_utf_8():
    """UTF-8 has no code extensions; the character stays and is reported."""
    text, problem = CharacterSet.of(["ISO_IR 192"]).decode(b"a\x1b(B")
    assert "a\x1b(B" == text
    assert problem


# Round trips ---------------------------------------------------------------------------------


@settings(max_examples=500)
@given(terms=st.sampled_from(DECLARATIONS), person_name=st.booleans(), data=st.data())
def test_text_of_the_repertoire_round_trips(terms, person_name, data):
    """What can be encoded is decoded to the same text, without a problem."""
    characters = CharacterSet.of(terms)
    above = repertoire(terms)
    ascii_text = "".join(chr(c) for c in range(0x20, 0x7F) if not ("13" in terms[0] and chr(c) in "\\~"))
    alphabet = ascii_text + above * 3 + "\r\n\t\f"
    text = data.draw(st.text(st.sampled_from(alphabet), max_size=30))
    if person_name:
        text = text.replace("\\", "")
        values, problem = characters.decode_values(characters.encode_values([text], person_name=True), person_name=True)
        decoded = values[0]
    else:
        decoded, problem = characters.decode(characters.encode(text))
    assert (text, "") == (decoded, problem)


@settings(max_examples=1000)
@given(terms=st.sampled_from(DECLARATIONS), data=st.binary(max_size=60))
def test_any_bytes_decode_and_settle(terms, data):
    """Any bytes decode; the text encodes to bytes of the same text, or its character is in none of the sets."""
    characters = CharacterSet.of(terms)
    texts, _ = characters.decode_values(data)
    assert not any("\ud800" <= c <= "\udfff" for text in texts for c in text)
    try:
        encoded = characters.encode_values(texts)
    except ValueEncodeError:
        return
    again, _ = characters.decode_values(encoded)
    if terms[0] not in ("ISO_IR 100", "ISO 2022 IR 100"):
        assert texts == again


PIECES = [
    *(b"\x1b$B", b"\x1b(B", b"\x1b(J", b"\x1b)I", b"\x1b$)C", b"\x1b$)A", b"\x1b$(D", b"\x1b-A", b"\x1b-L", b"\x1b(I"),
    *(b"\x1b", b"\\", b"^", b"=", b"\n", b"ab", b" ", b"\xb0\xa1", b"\xff", b";3"),
]


@settings(max_examples=500)
@given(terms=st.sampled_from(DECLARATIONS), pieces=st.lists(st.sampled_from(PIECES)))
def test_any_escape_sequences_decode(terms, pieces):
    """Any sequence of designations, delimiters and halves of characters decodes."""
    characters = CharacterSet.of(terms)
    for person_name in (False, True):
        text, _ = characters.decode(b"".join(pieces), person_name=person_name)
        assert isinstance(text, str)


@pytest.mark.parametrize(
    "terms",
    [
        ("", "ISO 2022 IR 87"),
        ("", "ISO 2022 IR 149"),
        ("ISO 2022 IR 144", "ISO 2022 IR 87"),
        ("ISO 2022 IR 100", "ISO 2022 IR 126"),
    ],
    ids="+".join,
)
@given(data=st.data())
def test_pydicom_reads_what_is_written(terms, data):
    """pydicom decodes what code extensions are written to the same text."""
    text = data.draw(st.text(st.sampled_from("aB 1." + repertoire(terms)), max_size=20))
    assert text == decoded_by_pydicom(CharacterSet.of(terms).encode(text), list(terms))


@pytest.mark.parametrize("term", ["ISO_IR 192", "GB18030", "ISO_IR 100", "ISO_IR 144", "ISO_IR 126"])
@given(data=st.data())
def test_pydicom_writes_the_same(term, data):
    """pydicom encodes the same text to the same bytes in the sets without code extensions."""
    text = data.draw(st.text(st.sampled_from("aB 1." + repertoire((term,)))))
    encodings = pydicom.charset.convert_encodings([term])
    assert pydicom.charset.encode_string(text, encodings) == CharacterSet.of([term]).encode(text)


# Errors and cost ---------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", [(), ("ISO_IR 100",), ("", "ISO 2022 IR 87"), ("ISO_IR 13",), ("GBK",)])
def test_a_character_that_does_not_fit_names_the_remedy(terms):
    """Text outside the declared sets is an error that says how to make room for it."""
    with pytest.raises(ValueEncodeError, match=r'ds\.convert_charset\("ISO_IR 192"\)') as caught:
        CharacterSet.of(terms).encode("abc\N{PILE OF POO}")
    assert "U+1F4A9" in str(caught.value)
    assert "character 3" in str(caught.value)


def test_an_escape_character_cannot_be_written():
    """ESC in text would be read as code extension, so it is no character of the sets that have it."""
    with pytest.raises(ValueEncodeError):
        CharacterSet.of(["ISO_IR 100"]).encode("\x1b(J")


def test_control_characters_above_7f_cannot_be_written():
    """DICOM has no control characters at 80 to 9F (PS3.5 6.1.3), though Python's codecs of ISO 8859 have."""
    with pytest.raises(ValueEncodeError, match="character 2 "):
        CharacterSet.of(["ISO_IR 100"]).encode("it\x92s")
    assert "it\x92s" == CharacterSet.of(["ISO_IR 100"]).decode(b"it\x92s")[0]


@pytest.mark.parametrize(
    ("terms", "right"),
    [
        (["utf8"], "the Defined Term is 'ISO_IR 192'"),
        (["UTF-8"], "the Defined Term is 'ISO_IR 192'"),
        (["ISO-IR 100"], "the Defined Term is 'ISO_IR 100'"),
        (["latin1"], "the Defined Term is 'ISO_IR 100'"),
        (["gbk"], "the Defined Term is 'GBK'"),
        (["ISO_IR 6"], "declared by no value"),
        (["nonsense"], "'ISO_IR 192' for UTF-8"),
        (["ISO_IR 192", "ISO_IR 100"], "the Defined Term is 'ISO_IR 192'"),
        (["ISO_IR 100", "ISO_IR 126"], r"the Defined Term is 'ISO 2022 IR 100\ISO 2022 IR 126'"),
    ],
)
def test_what_declares_no_character_set_names_the_right_term(terms, right):
    """PS3.3 C.12.1.1.2: only Defined Terms declare a character set; a refusal says which one is meant."""
    with pytest.raises(ValueEncodeError, match=re.escape(right)):
        check_declaration(terms)


@pytest.mark.parametrize("terms", [[], [""], ["ISO 2022 IR 6"], ["", "ISO 2022 IR 87"], ["ISO_IR 192"], ["GB18030"]])
def test_declarations_that_are_right(terms):
    """Defined Terms, no value, and the default repertoire with extensions are character sets."""
    check_declaration(terms)


def test_a_backslash_cannot_be_part_of_a_value():
    """The values of LO, SH, UC and PN cannot contain what separates them."""
    with pytest.raises(ValueEncodeError, match="backslash"):
        DEFAULT.encode_values(["a\\b"])


@pytest.mark.parametrize(
    "terms", [("",), ("ISO_IR 192",), ("", "ISO 2022 IR 149"), ("ISO 2022 IR 13", "ISO 2022 IR 87")]
)
@pytest.mark.parametrize(
    "unit", [b"\x1b", b"\x1b$B", b"\xff", b"\x1b$)C\xb0^", b"\x1b$B;\\", b"\x1b-A\xe9\n", b"\xb0\xa1\xff"]
)
def test_decoding_takes_linear_time(terms, unit):
    """Sixteen times as many of the worst bytes take about sixteen times as long, with room for noise."""
    characters = CharacterSet.of(terms)

    def seconds(size: int) -> float:
        data = unit * (size // len(unit))
        best = []
        for _ in range(3):
            start = time.thread_time()
            characters.decode_values(data, person_name=True)
            best.append(time.thread_time() - start)
        return min(best)

    small, large = seconds(1 << 12), seconds(1 << 16)
    assert large < 16 * small * 4 + 0.05
