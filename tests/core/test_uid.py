"""UIDs as a type, and dicomkit's own; the rules of validity are in tests/conformance/test_ps3_5_uid_rules.py."""

from __future__ import annotations

import copy
import pickle
import re

import pydicom.config
import pydicom.uid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, UID
from tests.strategies import uids


@given(uids | st.text("0123456789.", max_size=70) | st.text(max_size=20))
def test_validity_is_pydicoms(text: str):
    """pydicom agrees on what is valid, but for the UID of a single component, which has no root and suffix."""
    expected = pydicom.uid.UID(text, validation_mode=pydicom.config.IGNORE).is_valid and "." in text
    # pydicom's pattern ends with $, which also matches before a last newline.
    assert (expected and not text.endswith("\n")) == UID(text).is_valid


@given(uids)
def test_it_is_its_text(text: str):
    """A UID equals, hashes, prints and pickles as text."""
    uid = UID(text)
    assert text == uid == str(uid)
    assert {text: 1}[uid] == 1
    for other in (pickle.loads(pickle.dumps(uid)), copy.deepcopy(uid)):
        assert type(other) is UID
        assert uid == other
    assert eval(repr(uid)) == uid


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.2.840.10008.1.2", False), ("1.2.840.10008", True), ("1.2.840.100081.1", True), ("1.2.840.113619.5.2", True)],
)
def test_private(text: str, expected: bool):
    """UIDs below the standard's own root are not private."""
    assert expected == UID(text).is_private
    assert expected == pydicom.uid.UID(text).is_private


def test_our_own_names():
    """The Implementation Class UID is valid and made from a UUID; the Version Name fits its 16 characters (SH)."""
    assert IMPLEMENTATION_CLASS_UID.is_valid
    uuid = int(IMPLEMENTATION_CLASS_UID.removeprefix("2.25."))
    assert (uuid >> 76 & 0xF, uuid >> 62 & 0b11) == (4, 0b10)
    assert re.fullmatch(r"DICOMKIT_[0-9_]{1,7}", IMPLEMENTATION_VERSION_NAME)


@pytest.mark.parametrize(
    ("uid", "name", "keyword"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage", "CTImageStorage"),
        ("1.2.840.10008.1.2.4.70",
         "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])", "JPEGLosslessSV1"),
        ("1.2.3", "1.2.3", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_names_of_the_registry(uid: str, name: str, keyword: str):
    """A UID has the name and keyword of PS3.6 Table A-1; one that is not there is its own name."""
    assert (name, keyword) == (UID(uid).name, UID(uid).keyword)
