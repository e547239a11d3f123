"""New UIDs: valid, different, reproducible when asked to be."""

from __future__ import annotations

import hashlib
import uuid

import pydicom.uid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.uid import UID
from dicomkit.core.uid_generation import generate_uid
from dicomkit.errors import ValueEncodeError


def test_without_a_root_it_is_a_random_uuid():
    """2.25 is followed by a version 4 UUID of the RFC 4122 variant as a number (PS3.5 B.2)."""
    uid = generate_uid()
    number = uuid.UUID(int=int(uid.removeprefix("2.25.")))
    assert (number.version, number.variant) == (4, uuid.RFC_4122)
    assert type(uid) is UID
    assert pydicom.uid.UID(uid).is_valid


def test_each_is_another():
    """A thousand UIDs are a thousand different ones, with and without a root."""
    assert 1000 == len({generate_uid() for _ in range(1000)})
    assert 1000 == len({generate_uid("1.2.3") for _ in range(1000)})


@given(st.lists(st.integers(0, 10**6).map(str), min_size=1, max_size=6).map(".".join), st.booleans())
def test_with_a_root(root: str, dot: bool):
    """A root, with or without its dot, is filled up to 64 characters with digits."""
    uid = generate_uid(root + "." * dot)
    assert uid.startswith(root + ".")
    assert 64 == len(uid)
    assert pydicom.uid.UID(uid).is_valid


@pytest.mark.parametrize("root", ["", ".", "1..2", "01.2", "a", "1.2.3.", "1." + "2" * 43])
def test_longest_and_wrong_roots(root: str):
    """A root is a UID with room for 18 random digits."""
    if root in ("1.2.3.", "1." + "2" * 43):
        assert generate_uid(root).is_valid
    else:
        with pytest.raises(ValueEncodeError):
            generate_uid(root)


def test_a_root_without_room():
    """More than 45 characters leave too few random digits."""
    with pytest.raises(ValueEncodeError, match="45"):
        generate_uid("1." + "2" * 44)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_entropy_decides(first: list[str], second: list[str]):
    """The same entropy gives the same UID, other entropy another one, however the texts are split."""
    for root in (None, "1.2.3"):
        assert generate_uid(root, entropy=first) == generate_uid(root, entropy=first)
        assert (first == second) == (generate_uid(root, entropy=first) == generate_uid(root, entropy=second))


def test_entropy_is_the_same_on_every_machine():
    """The UIDs that other people made from their entropy do not change: BLAKE2b as a version 8 UUID."""
    uid = generate_uid(entropy=["a", "b"])
    assert "2.25.82559210314829079123682623907419613724" == uid
    digest = hashlib.blake2b(b"1:a1:b").hexdigest()
    made = uuid.UUID(int=int(uid.removeprefix("2.25."))).hex
    assert (digest[:12], "8", digest[13:16], digest[17:32]) == (made[:12], made[12], made[13:16], made[17:])
    assert made[16] in "89ab"
