"""Person names: PS3.5 6.2 (PN) and 6.2.1."""

from __future__ import annotations

import copy
import pickle

import pydicom.valuerep
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.person_name import ComponentGroup, PersonName
from dicomkit.errors import ValueEncodeError
from tests.strategies import person_names, text

NAMES = ("family_name", "given_name", "middle_name", "name_prefix", "name_suffix")

# PS3.5 6.2.1.1, the examples of the standard.
EXAMPLES = [
    ("Adams^John Robert Quincy^^Rev.^B.A. M.Div.", ("Adams", "John Robert Quincy", "", "Rev.", "B.A. M.Div.")),
    (
        "Morrison-Jones^Susan^^^Ph.D., Chief Executive Officer",
        ("Morrison-Jones", "Susan", "", "", "Ph.D., Chief Executive Officer"),
    ),
    ("Doe^John", ("Doe", "John", "", "", "")),
    ("ABC Farms^Running on Water", ("ABC Farms", "Running on Water", "", "", "")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "components"), EXAMPLES)
def test_the_standards_examples(name: str, components: tuple[str, ...]):
    """Components are separated by carets, and those at the end may be missing."""
    assert components == tuple(getattr(PersonName(name), attribute) for attribute in NAMES)
    assert name == PersonName.from_components(*components)


# PS3.5 H.3, Example 1, and I.2, Example 1, as Unicode.
@pytest.mark.parametrize(
    ("name", "groups", "family"),
    [
        ("Yamada^Tarou=山田^太郎=やまだ^たろう",
         ("Yamada^Tarou", "山田^太郎", "やまだ^たろう"), ("Yamada", "山田", "やまだ")),
        ("Hong^Gildong=洪^吉洞=홍^길동", ("Hong^Gildong", "洪^吉洞", "홍^길동"), ("Hong", "洪", "홍")),
        ("=山田^太郎", ("", "山田^太郎", ""), ("", "山田", "")),
        ("", ("", "", ""), ("", "", "")),
    ],
)  # fmt: skip
def test_groups(name: str, groups: tuple[str, str, str], family: tuple[str, str, str]):
    """Alphabetic, ideographic and phonetic groups are separated by equal signs, each with its components."""
    person = PersonName(name)
    actual = (person.alphabetic, person.ideographic, person.phonetic)
    assert groups == actual
    assert family == tuple(group.family_name for group in actual)
    assert family[0] == person.family_name


@given(person_names)
def test_parts_are_pydicoms(name: str):
    """pydicom splits a valid name into the same groups and components."""
    ours, peer = PersonName(name), pydicom.valuerep.PersonName(name)
    # pydicom drops empty groups at the end from its text; the groups are the same.
    assert (peer.alphabetic, peer.ideographic, peer.phonetic) == (ours.alphabetic, ours.ideographic, ours.phonetic)
    assert [getattr(peer, attribute) for attribute in NAMES] == [getattr(ours, attribute) for attribute in NAMES]


@given(person_names)
def test_it_is_its_text(name: str):
    """A name equals, hashes, sorts, prints, copies and pickles as text; an empty one is false."""
    person = PersonName(name)
    assert name == person == str(person)
    assert {name: 1}[person] == 1
    assert bool(name) == bool(person)
    for other in (copy.deepcopy(person), pickle.loads(pickle.dumps(person))):
        assert type(other) is PersonName
        assert name == other
    assert person.is_valid


@given(st.text(max_size=200))
def test_any_text_is_a_name_that_can_be_asked(name: str):
    """Whatever a file says, each part is text."""
    person = PersonName(name)
    for attribute in NAMES:
        assert type(getattr(person, attribute)) is str
    assert {ComponentGroup} == {type(person.alphabetic), type(person.ideographic), type(person.phonetic)}
    assert person.is_valid in (True, False)


@pytest.mark.parametrize("name", ["a=b=c=d", "a^b^c^d^e^f", "x" * 65, "a\\b", "a\nb", "a=" + "x" * 65, "a\x7f"])
def test_invalid(name: str):
    """More than three groups, five components or 64 characters a group, or control characters, are not allowed."""
    assert not PersonName(name).is_valid


def test_64_characters_a_group_are_valid():
    """The bound is per group, not for the whole (PS3.5 6.2, PN)."""
    assert PersonName("=".join(["x" * 64] * 3)).is_valid


_component = text(10, "abcdefgh -.'")


@given(_component, _component, _component, _component, _component)
def test_from_components_and_back(family: str, given_: str, middle: str, prefix: str, suffix: str):
    """A name made from components has them; pydicom makes the same one."""
    name = PersonName.from_components(family, given_, middle, prefix, suffix, ideographic="山^太", phonetic="や^た")
    assert (family, given_, middle, prefix, suffix) == tuple(getattr(name, attribute) for attribute in NAMES)
    assert ("山^太", "や^た") == (name.ideographic, name.phonetic)
    peer = pydicom.valuerep.PersonName.from_named_components(
        family_name=family, given_name=given_, middle_name=middle, name_prefix=prefix, name_suffix=suffix,
        family_name_ideographic="山", given_name_ideographic="太", family_name_phonetic="や", given_name_phonetic="た",
        encodings=["utf8"],
    )  # fmt: skip
    assert str(peer) == name


@pytest.mark.parametrize(
    "components",
    [
        {"family": "a^b"},
        {"given": "a=b"},
        {"given": "a\\b"},
        {"family": "x" * 65},
        {"ideographic": "a=b"},
        {"phonetic": "a\n"},
    ],
)
def test_from_components_refuses(components: dict[str, str]):
    """Delimiters inside components, control characters and overlong groups are a ValueEncodeError."""
    with pytest.raises(ValueEncodeError):
        PersonName.from_components(**components)  # type: ignore[arg-type]


def test_from_components_leaves_out_what_is_empty():
    """No delimiters stand at the end; an empty group in front keeps its place."""
    assert "Doe" == PersonName.from_components("Doe")
    assert "=山田" == PersonName.from_components(ideographic="山田")
    assert "" == PersonName.from_components()


def test_formatted():
    """A template names components as pydicom's does."""
    template = "%(name_prefix)s %(given_name)s %(family_name)s"
    name = "Adams^John Robert Quincy^^Rev.^B.A. M.Div."
    assert "Rev. John Robert Quincy Adams" == PersonName(name).formatted(template)
    assert pydicom.valuerep.PersonName(name).formatted(template) == PersonName(name).formatted(template)
