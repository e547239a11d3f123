"""Values given as text, and the names of UIDs."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit.cli.terminal import CommandError
from dicomkit.cli.values import element_from_text, same_element, uid_name
from dicomkit.core.tag import Tag


def test_names_of_uids():
    """UIDs of PS3.6 have names, others and other values have none."""
    assert "CT Image Storage" == uid_name("1.2.840.10008.5.1.4.1.1.2")
    assert ["", "", "", ""] == [uid_name(value) for value in ("1.2.3", "", None, ["1.2"])]


@pytest.mark.parametrize(
    ("tag", "vr", "text", "expected"),
    [
        (0x00100010, "", "Doe^Jane", ("PN", "Doe^Jane")),
        (0x00280010, "", "512", ("US", 512)),
        (0x00280030, "", "1\\2", ("DS", [1, 2])),
        (0x00280106, "", "7", ("US", 7)),
        (0x00200032, "", "", ("DS", None)),
        (0x00280009, "", "0018,1063", ("AT", 0x00181063)),
        (0x00420011, "", "25 50 44 46", ("OB", b"%PDF")),
        (0x00400275, "", "", ("SQ", [])),
        (0x00091001, "UT", "a\\b", ("UT", "a\\b")),
    ],
)
def test_text_becomes_an_element(tag: int, vr: str, text: str, expected: tuple[str, object]):
    """The VR is the one given, or the dictionary's; several values are separated by a backslash."""
    element = element_from_text(dicomkit.Dataset(), Tag(tag), vr, text)
    assert expected == (str(element.vr), element.value)


def test_the_present_element_decides_the_vr():
    """An element that is there keeps its VR."""
    ds = dicomkit.Dataset([dicomkit.DataElement(0x00091001, "FD", 1.0)])
    assert ("FD", 2.5) == ((element := element_from_text(ds, Tag(0x00091001), "", "2.5")).vr, element.value)


@pytest.mark.parametrize(
    ("tag", "vr", "text"),
    [(0x00091001, "", "x"), (0x00280010, "", "x"), (0x00280010, "xx", "1"), (0x00280010, "USS", "1"),
     (0x00400275, "", "x"),
     (0x00420011, "", "2"), (0x00280009, "", "PatientID")],
)  # fmt: skip
def test_text_that_fits_nothing(tag: int, vr: str, text: str):
    """No VR, no such VR, no such value: a CommandError."""
    with pytest.raises(CommandError):
        element_from_text(dicomkit.Dataset(), Tag(tag), vr, text)


def test_same_means_the_same_text():
    """Equal numbers written in two ways are two."""
    ds = dicomkit.Dataset([dicomkit.DataElement(0x00280030, "DS", "1.0\\1.0")])
    assert same_element(ds, dicomkit.DataElement(0x00280030, "DS", "1.0\\1.0"))
    assert not same_element(ds, dicomkit.DataElement(0x00280030, "DS", "1.00\\1.0"))
    assert not same_element(ds, dicomkit.DataElement(0x00280034, "IS", "1\\1"))


@pytest.mark.parametrize(("tag", "vr"), [(0x00280010, "US"), (0x00189073, "FD"), (0x00080428, "UV")])
def test_text_that_is_no_number(tag: int, vr: str):
    """The message speaks of what was typed, not of Python."""
    with pytest.raises(CommandError) as error:
        element_from_text(dicomkit.Dataset(), Tag(tag), "", "abc")
    assert f"{Tag(tag)}: {vr}: no number: 'abc'" == str(error.value)
