"""Extended negotiation, byte by byte (PS3.4 B.3.1, C.5, K.5.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.net.services.extended import FindExtension, RetrieveExtension, StorageExtension


@pytest.mark.parametrize(
    ("field", "byte"),
    [
        ("relational_queries", 1),
        ("combined_date_time", 2),
        ("fuzzy_names", 3),
        ("timezone_adjustment", 4),
        ("multi_frame_conversion", 5),
        ("empty_values", 6),
        ("multiple_values", 7),
    ],
)
def test_each_field_of_a_find_has_its_byte(field: str, byte: int):
    """PS3.4 table C.5-1: byte n is 1 where the n-th field is asked for."""
    data = FindExtension(**{field: True}).encode()
    assert bytes(int(place == byte) for place in range(1, 8)) == data
    assert FindExtension(**{field: True}) == FindExtension.decode(data)


def test_retrievals_have_two_bytes():
    """PS3.4 tables C.5-3 and C.5-5."""
    assert b"\1\0" == RetrieveExtension(relational_retrieval=True).encode()
    assert b"\0\1" == RetrieveExtension(multi_frame_conversion=True).encode()


def test_worklists_reserve_two_bytes():
    """PS3.4 table K.5-1: the first two bytes are always 1."""
    assert b"\1\1\0\0" == FindExtension.worklist()
    assert b"\1\1\1\1" == FindExtension.worklist(fuzzy_names=True, timezone_adjustment=True)


def test_storage_has_six_bytes():
    """PS3.4 table B.3-1: support, signatures and coercion, each with a reserved byte behind it."""
    data = StorageExtension(level_of_support=2, level_of_digital_signature=3, element_coercion=1).encode()
    assert b"\2\0\3\0\1\0" == data


def test_short_and_strange_fields_are_read():
    """Missing bytes are 0 (C.5.1.1.2), unknown values are none of those that the standard has."""
    assert FindExtension() == FindExtension.decode(b"")
    assert FindExtension(relational_queries=True) == FindExtension.decode(b"\1")
    assert FindExtension() == FindExtension.decode(b"\2\xff")
    assert StorageExtension(element_coercion=2) == StorageExtension.decode(b"\7\1\4\0\2\0\1")


def test_an_answer_is_no_longer_and_grants_no_more_than_was_asked():
    """PS3.4 C.5.1.1.2: a peer that offers three bytes gets three."""
    offered = FindExtension.decode(b"\1\0\1")
    ours = FindExtension(relational_queries=True, combined_date_time=True, empty_values=True)
    assert b"\1\0\0" == ours.accepted(offered).encode(3)


@given(st.binary(max_size=12))
def test_any_bytes_give_a_value(data: bytes):
    """What a peer sends is never an error, and is stable once decoded."""
    for kind in (FindExtension, RetrieveExtension, StorageExtension):
        value = kind.decode(data)
        assert value == kind.decode(value.encode())
        assert value == value.accepted(value)
