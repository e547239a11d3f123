"""Content items, and the tree that they make."""

from __future__ import annotations

import pytest

from dicomkit.errors import LimitExceededError, ValueEncodeError
from dicomkit.objects import Code, ContentItem, Measurement, by_reference, content_item

NAME = Code(value="121071", scheme="DCM", meaning="Finding")
UNITS = Code(value="mm", scheme="UCUM", meaning="millimeter")


def text(*children: ContentItem) -> ContentItem:
    """Make an item of text."""
    return content_item("TEXT", NAME, "words", children=children)


def test_positions_are_given_by_the_tree():
    """The root is 1, its second item 1.2, and a reference has the position of what it means (PS3.3 C.17.3.2.5)."""
    target = text()
    reference = by_reference(target, "INFERRED FROM")
    root = content_item("CONTAINER", NAME, children=[text(reference), text(text(), target)])
    assert () == root.position
    root.number()
    assert [(1,), (1, 1), (1, 1, 1), (1, 2), (1, 2, 1), (1, 2, 2)] == [item.position for item in root.walk()]
    assert ((1, 2, 2), target) == (reference.target, root.at((1, 2, 2)))
    root.children.insert(0, text())
    root.number()
    assert (1, 3, 2) == reference.target


def test_an_item_is_in_the_tree_once():
    """The same item at two places, or below itself, is refused: a reference says it."""
    item = text()
    with pytest.raises(ValueEncodeError, match=r"one content item at 1\.1 and 1\.2: use by_reference"):
        content_item("CONTAINER", NAME, children=[item, item]).number()
    item.children.append(item)
    with pytest.raises(ValueEncodeError, match="use by_reference"):
        item.number()


def test_a_reference_means_an_item_of_the_tree():
    """One to an item elsewhere is refused."""
    with pytest.raises(ValueEncodeError, match=r"content item 1\.1 refers to one that is not in the tree"):
        content_item("CONTAINER", NAME, children=[by_reference(text(), "HAS PROPERTIES")]).number()


def test_a_tree_that_nobody_could_read():
    """Deeper than readers go, which is said when it is numbered, in no time and without recursion."""
    item = text()
    for _ in range(10_000):
        item = text(item)
    with pytest.raises(LimitExceededError, match="depth=64"):
        item.number()
    item.number(depth=None)
    assert 10_001 == max(len(each.position) for each in item.walk())


def test_numbers_as_text():
    """A number that 16 characters do not say is kept beside them (PS3.3 C.18.1)."""
    assert Measurement(value="3.25", units=UNITS) == Measurement.of(3.25, UNITS)
    third = Measurement.of(1 / 3, UNITS)
    assert (1 / 3, True) == (third.floating_point, len(third.value) <= 16)
    with pytest.raises(ValueEncodeError):
        Measurement.of(float("nan"), UNITS)
