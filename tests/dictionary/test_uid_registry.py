"""Look-ups in the registry of unique identifiers."""

from __future__ import annotations

import pickle
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import dictionary
from dicomkit.core.uid import UID
from dicomkit.dictionary import uid_registry
from dicomkit.errors import UnknownKeywordError


def test_all_rows_are_there():
    """The registry has 493 UIDs and 1,465 context groups, four of which have no number."""
    assert 493 == len(dictionary.uids())
    from dicomkit.dictionary._uids import CONTEXT_GROUPS

    assert (1465, 1461) == (len(CONTEXT_GROUPS.splitlines()), len(uid_registry._context_groups()))


def test_types():
    """`uids` gives the rows of a type, and none for a type that does not exist."""
    counted = Counter(entry.type for entry in dictionary.uids())
    assert dict(counted) == {kind: len(dictionary.uids(kind)) for kind in counted}
    assert (311, 63, 9, ()) == (
        counted["SOP Class"], counted["Transfer Syntax"], counted["Meta SOP Class"], dictionary.uids("Nonsense")
    )  # fmt: skip


def test_every_uid_is_valid_and_in_order():
    """Every registered UID keeps the rules of PS3.5 9.1, is the standard's, and comes in numerical order."""
    found = [entry.uid for entry in dictionary.uids()]
    assert [] == [uid for uid in found if not uid.is_valid or uid.is_private]
    assert sorted(found, key=lambda uid: [int(part) for part in uid.split(".")]) == found


def test_keywords_lead_back():
    """Keyword to UID and back is the same keyword; only two retired SOP Classes have none."""
    named = [entry for entry in dictionary.uids() if entry.keyword]
    assert 491 == len(named)
    assert [entry.uid for entry in named] == [dictionary.uid(entry.keyword) for entry in named]


def test_entry_is_immutable_and_pickles():
    """A row cannot be changed and survives a pickle."""
    entry = dictionary.uid_entry("1.2.840.10008.1.2")
    assert entry is not None
    with pytest.raises(AttributeError):
        entry.name = ""  # type: ignore[misc]
    assert entry == pickle.loads(pickle.dumps(entry))
    assert UID is type(entry.uid)


def test_unknown_keyword_names_the_nearest():
    """The error for a misspelt UID keyword names the right one."""
    with pytest.raises(UnknownKeywordError, match="did you mean CTImageStorage"):
        dictionary.uid("CtImageStorage")


@given(st.text())
def test_unknown_uids(text: str):
    """What is not registered gives None."""
    assert (None, None) == (dictionary.uid_entry(text), dictionary.context_group(text))


@pytest.mark.parametrize("arc", ["", "0", "01", "1.1", "99999", "837", "888", "945", "946", "1 "])
def test_no_context_group(arc: str):
    """UIDs near the context groups, and the four without a known number, give None."""
    assert None is dictionary.context_group(f"1.2.840.10008.6.1.{arc}")
