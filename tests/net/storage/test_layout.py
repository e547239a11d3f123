"""Names of stored files: nothing that a peer says leads out of the folder."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import Dataset
from dicomkit.errors import UnknownKeywordError
from dicomkit.file import read_data_set
from dicomkit.net.storage.layout import Layout, own_name, safe_name
from tests.hostile_bytes import EXPLICIT_LE, element

TEMPLATE = "{PatientID}/{StudyInstanceUID}/{SOPInstanceUID}.dcm"


def hostile_strings() -> list[str]:
    """Give 2,000 texts that peers have used, or could use, to name what is not theirs."""
    ups = [
        "../",
        "..\\",
        "....//",
        ".../...//",
        "%2e%2e/",
        "..%2f",
        "..;/",
        "\u2025/",
        "..\u2215",
        "..\uff0f",
        "./.././",
    ]
    ends = ["EVIL", "etc/passwd", "x.dcm", "", ".", "..", "~", "~root", "C:\\Windows", "CON", "nul.txt", "\0", "a\0b"]
    singles = [
        "/", "//", "\\", ".", "..", "...", "-rf", "--", "~", "*", "?", "a/b", "a\\b", "a:b", "a\nb", "a\rb",
        "\x1b[2J", "$(id)", "`id`", "|id", ";id", "&id", "'", '"', "<script>", "%n%s", "%00", "\u202e", "\ufeff",
        "\ud800", "PRN", "com1.dcm", "LPT9", "aux", ".dicomkit-0123456789abcdef.part", "duplicates", " ", "a ",
        " a", "a.", "a..", "\xe9", "e\u0301", "\xdf", "1.2.3/../../x", "/dev/null", "\\\\host\\share", "file:///x",
        "\u0130", "K",
        "x" * 65, "x" * 5000, "1." * 40 + "1",
    ]  # fmt: skip
    made = [up * depth + end for up in ups for depth in (1, 2, 3, 9) for end in ends]
    chance = random.Random(7)
    alphabet = "./\\:~-_ %$\0\n\r\t'\"<>|*?ABCcon0123é\u2215\uff0f\u202e"
    strings = dict.fromkeys(singles + made)
    while len(strings) < 2000:
        strings["".join(chance.choices(alphabet, k=chance.randrange(1, 40)))] = None
    return list(strings)


def is_harmless(name: str) -> bool:
    """Say what a name may look like at most, in the words of the design, not of the code."""
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    if name.startswith("+"):
        return len(name) == 41 and set(name[1:]) <= set("0123456789abcdef")
    return 0 < len(name) <= 64 and set(name) <= allowed and name[0] not in ".-"


def test_hostile_strings_become_harmless():
    """Each of 2,000 hostile texts, in each field, gives a path of three harmless parts below the root."""
    strings = hostile_strings()
    assert 2000 == len(strings)
    layout = Layout(TEMPLATE)
    for string in strings:
        assert is_harmless(safe_name(string)), string
        value = string.encode("utf-8", "surrogatepass")
        ds = read_data_set(
            element(0x00080018, "UI", b"1.2.3\0") + element(0x00100020, "LO", value) + element(0x0020000D, "UI", value),
            EXPLICIT_LE,
        )
        parts = layout.path_of(ds).split("/")
        assert [True, True, True] == [is_harmless(part) for part in parts]
        assert Path("/root").joinpath(*parts).resolve().is_relative_to("/root")


@given(st.text())
def test_any_text_is_harmless(text: str):
    """No text at all leads to a name of more than 64 bytes or with a separator."""
    assert is_harmless(safe_name(text))


@given(st.text(max_size=80), st.text(max_size=80))
def test_two_texts_never_share_a_name(one: str, other: str):
    """What is changed becomes a hash that no unchanged text can be."""
    assert (one == other) == (safe_name(one) == safe_name(other))
    assert safe_name(one) != safe_name(safe_name(one)) or safe_name(one) == one


@pytest.mark.parametrize("text", ["1.2.840.10008.1", "ABC-123_x.y", "0", "_", "a" * 64])
def test_what_is_harmless_stays(text: str):
    """UIDs and ordinary identifiers are what people find their files by."""
    assert text == safe_name(text)


def test_our_own_name():
    """Without a layout the name is the SHA-256 of the UID: no choice of the peer's but the instance."""
    assert "c47f5b18b8a430e698b9fe15e51f6119984e78334bcf3f45e210d30c37ef2f9e.dcm" == own_name(
        "1.2.3"
    )  # as `sha256sum` says
    assert 68 == len(own_name("../../x"))
    assert is_harmless(own_name("\ud800")[:64])


@pytest.mark.parametrize(
    "template",
    [
        "/{SOPInstanceUID}",
        "../{SOPInstanceUID}",
        "a/../{SOPInstanceUID}",
        "./{SOPInstanceUID}",
        "a//{SOPInstanceUID}",
        ".hidden/{SOPInstanceUID}",
        "a\\{SOPInstanceUID}",
        "c:/{SOPInstanceUID}",
        "{SOPInstanceUID}/",
        "{SOPInstanceUID",
        "{SOPInstanceUID}\0",
        "~/{SOPInstanceUID}",
        "{}/{SOPInstanceUID}",
        "{PatientID!r}/{SOPInstanceUID}",
        "{PatientID}/x.dcm",
        "{SOPInstanceUID}/x.dcm",
        "",
        "{PatientID}{PatientID}{PatientID}{PatientID}/{SOPInstanceUID}",
    ],
)
def test_templates_that_lead_astray(template: str):
    """A template that leaves its folder, is no path everywhere, or gives two instances one name is refused at once."""
    with pytest.raises(ValueError, match="layout"):
        Layout(template)


def test_a_field_that_is_no_keyword():
    """A misspelt keyword is found when the layout is made, with the right one in the message."""
    with pytest.raises(UnknownKeywordError, match="PatientID"):
        Layout("{PatientId}/{SOPInstanceUID}.dcm")


def test_what_is_absent():
    """An absent, empty or unreadable value has a name as well, always the same; names and lists are their text."""
    layout = Layout("{PatientName}/{ImageType}/{SOPInstanceUID}")
    nothing = safe_name("")
    assert f"{nothing}/{nothing}/1.2" == layout.path_of(Dataset(SOPInstanceUID="1.2"))
    ds = Dataset(SOPInstanceUID="1.2", PatientName="Doe", ImageType=["ORIGINAL", "PRIMARY"])
    assert f"Doe/{safe_name('ORIGINAL' + chr(92) + 'PRIMARY')}/1.2" == layout.path_of(ds)
