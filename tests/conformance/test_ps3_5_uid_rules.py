"""PS3.5 9.1 and Annex B: what a UID looks like, one row per rule."""

from __future__ import annotations

import uuid

import pydicom.config
import pydicom.uid
import pytest

from dicomkit.core.uid import UID
from dicomkit.core.uid_generation import generate_uid

# The sentence of 9.1 that decides; the UID; valid or not.
RULES = [
    ("a series of numeric components", "1.2.840.10008.1.2", True),
    ("UID = <org root>.<suffix>", "1.2", True),
    ("UID = <org root>.<suffix>", "1", False),
    ("digits 0 to 9 of the Basic G0 Set", "1.2.x", False),
    ("digits 0 to 9 of the Basic G0 Set", "1.2.٣", False),
    ("digits 0 to 9 of the Basic G0 Set", "1.2.²", False),
    ("digits 0 to 9 of the Basic G0 Set", "1.-2", False),
    ("each component shall be separated by the character '.'", "1,2,3", False),
    ("one or more digits", "1..2", False),
    ("one or more digits", ".1.2", False),
    ("one or more digits", "1.2.", False),
    ("one or more digits", "", False),
    ("the first digit of each component shall not be zero unless the component is a single digit", "1.02", False),
    ("the first digit of each component shall not be zero unless the component is a single digit", "1.00", False),
    ("the first digit of each component shall not be zero unless the component is a single digit", "1.0.3", True),
    ("the first digit of each component shall not be zero unless the component is a single digit", "0.0", True),
    ("not exceed 64 total characters", "1." + "2" * 62, True),
    ("not exceed 64 total characters", "1." + "2" * 63, False),
    ("padding is no part of it", "1.2 ", False),
    ("padding is no part of it", "1.2\0", False),
    ("padding is no part of it", "1.2\n", False),
    ("B.2: 2.25 and a UUID of at most 39 digits", f"2.25.{2**128 - 1}", True),
]


@pytest.mark.parametrize(("rule", "uid", "expected"), RULES, ids=[f"{row[1][:20]!r}" for row in RULES])
def test_rule(rule: str, uid: str, expected: bool):
    """`is_valid` is what the sentence says."""
    assert expected == UID(uid).is_valid, rule


@pytest.mark.parametrize("uid", [row[1] for row in RULES if row[1] == row[1].strip() != "1"])
def test_pydicom_agrees(uid: str):
    """pydicom judges alike, but for a single component, and for white space around it, which it takes away."""
    peer = pydicom.uid.UID(uid, validation_mode=pydicom.config.IGNORE)
    assert peer.is_valid == UID(uid).is_valid


def test_b_2_example():
    """Annex B.2: the UUID f81d4fae-7dec-11d0-a765-00a0c91e6bf6 is 2.25.329800735698586629295641978511506172918."""
    number = uuid.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6").int
    assert UID("2.25.329800735698586629295641978511506172918") == f"2.25.{number}"
    assert UID(f"2.25.{number}").is_valid


def test_generated_uids_keep_the_rules():
    """A thousand UIDs of each kind are valid to pydicom's eyes too."""
    for root in (None, "1.2.826.0.1.3680043.9"):
        for _ in range(1000):
            assert pydicom.uid.UID(generate_uid(root)).is_valid
