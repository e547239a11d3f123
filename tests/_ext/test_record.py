"""The bases of Dataset, Sequence and DataElement, compiled and pure: the same names, values and errors."""

from __future__ import annotations

import gc
import weakref
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dicomkit.core.multi_value import MultiValue
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.temporal import Age, Date, DateTime, Time
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.values import ValueContext, decode_value
from tests._ext.driving import implementation
from tests.hostile_bytes import BIG, EXPLICIT, UNDEFINED, Form, element, header, item, sequence, text
from tests.strategies import value_texts

TAG = 0x00089999
SQ = 0x00081140
KEYWORDS = {"PatientID": 0x00100020, "Modality": 0x00080060, "ReferencedImageSequence": SQ}

#: VRs whose values a data set decodes; the others hold bytes or items.
TEXT_VRS = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")
OTHER_VRS = ("US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT", "OB", "OW", "OF", "OD", "OL", "OV", "UN")
SETS = ((), ("ISO_IR 100",), ("ISO_IR 13",), ("ISO_IR 192",), ("GB18030",), ("", "ISO 2022 IR 87"))


class World:
    """What stands above the bases in a data set: here just enough to see what they do, over either implementation."""

    def __init__(self, which: str, terms: tuple[str, ...] = ()) -> None:
        world = self
        self.scan: ModuleType = implementation("scan", which)
        self.module: ModuleType = implementation("record", which)
        self.reports: list[tuple[str, str, str]] = []
        self.events: list[tuple[object, ...]] = []

        class Elements(self.module.View):  # type: ignore[name-defined,misc]
            __slots__ = ()

            def _assign(self, value: object) -> None:
                world.events.append(("assign", self._number, value))

        class Values(self.module.Items):  # type: ignore[name-defined,misc]
            __slots__ = ()

        class Sample(self.module.Record):  # type: ignore[name-defined,misc]
            __slots__ = ("extra",)

            def _decode(self, tag: int, position: int) -> object:
                _, code, offset, length, *_ = self._index.element(position)
                data = self._index.read(offset, length)
                little = bool(self._index.item(self._item)[4] & 32)
                context = ValueContext(CharacterSet.of(terms), little, lambda *report: world.reports.append(report))
                value = decode_value(VR.from_code(code), data, context)
                if type(value) is MultiValue:
                    value._on_change = self._on_change(tag)
                return self._cache.setdefault(tag, value)

            def _edited_value(self, tag: int) -> object:
                raise KeyError(tag)

            def _unknown_keyword(self, name: str) -> object:
                return ("unknown", name)

            def _set_keyword(self, name: str, value: object) -> None:
                world.events.append(("set", name, value))

            def _delete_keyword(self, name: str) -> None:
                world.events.append(("delete", name))

            def _refuse_attribute(self, name: str) -> None:
                world.events.append(("refuse", name))

            def _value_changed(self, tag: int) -> None:
                world.events.append(("changed", tag))

            def __iter__(self) -> Any:
                world.events.append(("iterate",))
                return self._elements(Elements)

        self.elements, self.values, self.sample = Elements, Values, Sample
        self.types = self.module.ValueTypes(
            multi_value=MultiValue,
            ds_float=DSfloat,
            is_int=ISint,
            uid=UID,
            person_name=PersonName,
            date=Date,
            time=Time,
            date_time=DateTime,
            age=Age,
            tag=Tag,
            keywords=KEYWORDS,
        )
        self.types.dataset, self.types.sequence = Sample, Values

    def index(self, data: bytes, form: Form = EXPLICIT) -> Any:
        """Index a data set that is in memory."""
        scanner = self.scan.Scanner(0, len(data), form.is_implicit, not form.is_little)
        scanner.index.add_segment(data, 0)
        scanner.feed(data, 0)
        assert 0 == scanner.run()
        return scanner.index

    def record(self, data: bytes, form: Form = EXPLICIT) -> Any:
        """Make the record of a data set."""
        record, index = self.sample(), self.index(data, form)
        record._bind(index, index.root, "context", None, self.types, KEYWORDS)
        return record

    def all_of(self, record: Any, name: str = "_walk") -> list[int]:
        """Give the tags that going through a record meets."""
        arguments = (self.elements, self.values) if name == "_walk" else (self.elements,)
        return [one._number for one in getattr(record, name)(*arguments)]


@pytest.fixture(params=["compiled", "pure"])
def world(request: pytest.FixtureRequest) -> World:
    """The classes over one of the two implementations."""
    return World(request.param)


# --- values -----------------------------------------------------------------------------------------------------------


def described(value: object) -> object:
    """Give all there is to know of a value, types and original texts included."""
    if isinstance(value, MultiValue):
        return (type(value), [described(one) for one in value], value._on_change is not None)
    return type(value), repr(value), str(value), getattr(value, "original_text", None)


def decoded(which: str, vr: str, data: bytes, form: Form, terms: tuple[str, ...]) -> object:
    """Decode a value over one implementation: what it is, and what was reported."""
    world = World(which, terms)
    record = world.record(element(TAG, vr, data, form), form)
    value = record._value_of(TAG)
    assert record._value_of(TAG) is value
    return described(value), world.reports


def agree(vr: str, data: bytes, form: Form = EXPLICIT, terms: tuple[str, ...] = ()) -> None:
    """State that what the kernel decodes by itself is what the general decoder gives, without anything to report."""
    assert decoded("pure", vr, data, form, terms) == decoded("compiled", vr, data, form, terms)


_padding = st.sampled_from((b"", b" ", b"\0", b"  ", b"\0 ", b" \0"))


@st.composite
def _text_values(draw: st.DrawFn) -> tuple[str, bytes]:
    vr = draw(st.sampled_from(TEXT_VRS))
    values = draw(st.lists(value_texts(vr), max_size=4))
    joined = draw(_padding) + "\\".join(values).encode("utf-8") + draw(_padding)
    if joined and draw(st.booleans()):
        at = draw(st.integers(0, len(joined) - 1))
        joined = joined[:at] + draw(st.binary(max_size=2)) + joined[at + draw(st.integers(0, 1)) :]
    return vr, joined


@given(_text_values(), st.sampled_from(SETS))
@example(("DS", b"1.5\\-2e3\\ 7 \\.5\\5."), ())
@example(("DS", b"0." + b"0" * 300 + b"1"), ())
@example(("DS", b"\\"), ())
@example(("DS", b"9007199254740993"), ())
@example(("IS", b"2147483648\\-2147483648"), ())
@example(("IS", b"+0000000012"), ())
@example(("DA", b"20240229\\20230229"), ())
@example(("DA", b"20231131"), ())
@example(("TM", b"235960"), ())
@example(("TM", b"24"), ())
@example(("TM", b"101112."), ())
@example(("AS", b"030Y\\12W "), ())
@example(("UI", b"1.2\0\\1.3\0"), ())
@example(("UI", b""), ())
@example(("PN", b"A^B=C~D"), ("ISO_IR 13",))
@example(("CS", b" A\\B \\\\"), ())
@example(("LO", b"a\\b"), ())
@example(("AE", b"  A  "), ())
@example(("LT", b" a\\b "), ())
def test_text_is_decoded_as_the_general_decoder_does(value: tuple[str, bytes], terms: tuple[str, ...]) -> None:
    """Whatever text the kernel decodes by itself comes out as with decode_value, in any character set."""
    agree(value[0], value[1], terms=terms)


@given(
    st.sampled_from(TEXT_VRS), st.text("0123456789.+-eE: \\\0DWMY^=~\t\r\n\x1bé", max_size=20), st.sampled_from(SETS)
)
def test_bad_text_is_decoded_as_the_general_decoder_does(vr: str, value: str, terms: tuple[str, ...]) -> None:
    """What is no value of its VR is left to the general decoder, which reports it."""
    agree(vr, value.encode("latin-1"), terms=terms)


@given(st.sampled_from(OTHER_VRS), st.binary(max_size=40), st.booleans())
@example("SV", b"\xff" * 8, False)
@example("UV", b"\xff" * 8, True)
@example("SS", b"\xff\x7f\x00\x80", True)
@example("US", b"\xff\xff", False)
@example("FL", b"\0\0\xc0\x7f", False)
@example("SL", b"\xff" * 8, False)
def test_numbers_are_decoded_as_the_general_decoder_does(vr: str, data: bytes, is_big: bool) -> None:
    """Numbers of any sign and byte order, bytes, and values that are no whole numbers come out equal."""
    agree(vr, data, BIG if is_big else EXPLICIT)


@pytest.mark.parametrize("vr", ["LO", "US", "DS", "OB"])
@pytest.mark.parametrize("form", [EXPLICIT, BIG])
def test_a_clipped_value_is_left_to_the_general_decoder(vr: str, form: Form) -> None:
    """A value that the source cuts off is decoded from what there is."""
    results = []
    for which in ("compiled", "pure"):
        world = World(which)
        record = world.record(element(TAG, vr, b"12", form, length=100), form)
        results.append((described(record._value_of(TAG)), world.reports))
    assert results[0] == results[1]


# --- names ------------------------------------------------------------------------------------------------------------


def test_keywords_are_values(world: World) -> None:
    """A keyword gives the value; one that is absent, or no keyword, goes to the layer above."""
    record = world.record(text(0x00080060, "CS", "OT"))
    assert "OT" == record.Modality
    with pytest.raises(KeyError, match=str(0x00100020)):
        _ = record.PatientID
    assert ("unknown", "Zebra") == record.Zebra
    record.PatientID = "7"
    record.Zebra = 1
    del record.Modality
    assert [("set", "PatientID", "7"), ("set", "Zebra", 1), ("delete", "Modality")] == world.events


def test_other_names_are_attributes(world: World) -> None:
    """Names that begin with anything but a capital letter are attributes; unknown ones cannot be set."""
    record = world.record(b"")
    record.extra = 5
    assert 5 == record.extra
    del record.extra
    with pytest.raises(AttributeError):
        _ = record.extra
    record.modality = 1
    assert [("refuse", "modality")] == world.events
    with pytest.raises(AttributeError):
        _ = record.Émigré
    with pytest.raises(AttributeError):
        getattr(record, "")


def test_names_are_text(world: World) -> None:
    """Asking the slots for what is no text is a TypeError."""
    record = world.record(b"")
    for ask in (
        lambda: type(record).__getattribute__(record, 5),
        lambda: type(record).__setattr__(record, None, 5),
        lambda: type(record).__delattr__(record, b"Modality"),
    ):
        with pytest.raises(TypeError):
            ask()


def test_an_unbound_record_has_no_keywords(world: World) -> None:
    """Before it stands on anything a record is empty and its keywords are unknown attributes."""
    record = world.sample()
    assert ({}, None, None, 0, False) == (record._cache, record._edits, record._index, record._item, record._dirty)
    with pytest.raises(AttributeError):
        _ = record.Modality
    with pytest.raises(KeyError):
        record._value_of(0x00080060)
    assert [] == world.all_of(record, "_elements")
    assert not record._is_plain()


def test_a_record_stands_on_an_item_that_is_there(world: World) -> None:
    """An item that the index does not have is refused."""
    record, index = world.sample(), world.index(b"")
    with pytest.raises(ValueError, match="no such item"):
        record._bind(index, 1, None, None, world.types, KEYWORDS)


def test_a_like_record_shares_the_index_alone(world: World) -> None:
    """Standing on the same index brings neither edits, nor values, nor the parent."""
    record = world.record(text(0x00080060, "CS", "OT"))
    assert "OT" == record.Modality
    record._edits, record._parent, record._dirty = {1: None}, world.values(), True
    other = world.sample()
    other._bind_like(record)
    assert (record._index, "context", {}, None, None, False) == (
        *(other._index, other._context, other._cache, other._edits, other._parent, other._dirty),
    )
    assert "OT" == other.Modality


# --- edits ------------------------------------------------------------------------------------------------------------


def test_an_edit_hides_what_was_read(world: World) -> None:
    """A tag that was edited is not decoded again: its value is in the cache, or it is absent."""
    record = world.record(text(0x00080060, "CS", "OT") + text(0x00100020, "LO", "1"))
    record._edits = {0x00080060: VR.CS, 0x00100020: None}
    record._cache[0x00080060] = "MR"
    assert "MR" == record.Modality
    with pytest.raises(KeyError):
        _ = record.PatientID
    assert not record._is_plain()


def test_a_change_of_a_list_is_told_to_a_living_record(world: World) -> None:
    """Lists tell their data set of changes, but do not keep it."""
    record = world.record(text(0x00080060, "CS", "A\\B"))
    values = record.Modality
    values.append("C")
    assert [("changed", 0x00080060)] == world.events
    gone = weakref.ref(record)
    gc.disable()
    try:
        del record
        assert None is gone()
    finally:
        gc.enable()
    values.append("D")
    assert 1 == len(world.events)


# --- going through it -------------------------------------------------------------------------------------------------

NESTED = (
    text(0x00080060, "CS", "OT")
    + sequence(SQ, item(text(0x00080060, "CS", "A")) + item() + item(sequence(SQ, item(text(0x00100020, "LO", "B")))))
    + text(0x00100020, "LO", "C")
)


def test_walking_goes_into_items(world: World) -> None:
    """A walk meets a sequence, then the elements of its items, at any depth."""
    record = world.record(NESTED)
    assert [0x00080060, SQ, 0x00080060, SQ, 0x00100020, 0x00100020] == world.all_of(record)
    assert [] == world.events
    assert [0x00080060, SQ, 0x00100020] == world.all_of(record, "_elements")


def test_walking_asks_an_edited_record_itself(world: World) -> None:
    """What the index does not show is iterated over by the layer above; so are tags that do not ascend."""
    record = world.record(NESTED)
    record._value_of(SQ)[2]._edits = {1: None}
    assert [0x00080060, SQ, 0x00080060, SQ, 0x00100020, 0x00100020] == world.all_of(record)
    assert [("iterate",)] == world.events
    world.all_of(world.record(text(0x00100020, "LO", "B") + text(0x00080060, "CS", "A")))
    assert 2 == len(world.events)


def test_elements_are_views(world: World) -> None:
    """Going through a record makes elements of the class that was given, which must be one of views."""
    record = world.record(NESTED)
    first = next(iter(record._elements(world.elements)))
    assert (world.elements, record, None, None) == (type(first), first._owner, first._own, first._vr)
    if world.module.__name__.startswith("dicomkit._ext.record"):
        for wrong in (object, int):
            with pytest.raises(TypeError):
                next(record._elements(wrong))
            with pytest.raises(TypeError):
                next(record._walk(wrong, list))


def test_walking_is_not_recursion(world: World) -> None:
    """A depth beyond the recursion limit is walked with a stack of its own."""
    depth = 5000
    data = (header(SQ, "SQ", UNDEFINED) + header(0xFFFEE000, "", UNDEFINED)) * depth
    scanner = world.scan.Scanner(0, len(data), False, False, max_depth=depth)
    scanner.index.add_segment(data, 0)
    scanner.feed(data, 0)
    assert 0 == scanner.run()
    record = world.sample()
    record._bind(scanner.index, scanner.index.root, None, None, world.types, KEYWORDS)
    assert depth == len(world.all_of(record))
    levels = []
    while record is not None:  # dropped from the outside in: no recursion there either
        levels.append(record)
        record = record._value_of(SQ)[0] if record._index.tags(record._item) else None
    levels.clear()


# --- elements ---------------------------------------------------------------------------------------------------------


def test_an_element_of_its_own_has_its_value(world: World) -> None:
    """Without an owner the value is the element's own; setting it goes to the layer above."""
    element_ = world.elements()
    element_._set(0x00080060, None, VR.CS, "OT")
    assert (0x00080060, "OT", VR.CS) == (element_._number, element_.value, element_._vr)
    element_.value = "MR"
    assert [("assign", 0x00080060, "MR")] == world.events
    assert element_._may_nest()
    assert None is element_._length()


def test_an_element_of_a_record_is_a_window(world: World) -> None:
    """With an owner the value, its length and whether it can nest are the record's."""
    record = world.record(NESTED + element(0x00400001, "UN", b"ab"))
    views = {view._number: view for view in record._elements(world.elements)}
    assert "OT" == views[0x00080060].value
    assert record._value_of(SQ) is views[SQ].value
    assert {0x00080060: False, SQ: True, 0x00100020: False, 0x00400001: True} == {
        tag: view._may_nest() for tag, view in views.items()
    }
    assert [2, 2] == [views[tag]._length() for tag in (0x00080060, 0x00100020)]
    record._edits = {0x00080060: VR.CS}
    assert views[0x00080060]._may_nest()
    assert None is views[0x00080060]._length()
    absent = world.elements()
    absent._set(0x00080070, record, None, None)
    assert (True, None) == (absent._may_nest(), absent._length())


def test_a_tag_is_a_plain_number(world: World) -> None:
    """A Tag given to an element comes back as an int."""
    view = world.elements()
    view._set(Tag(0x00080060), None, None, None)
    assert int is type(view._number)


# --- items ------------------------------------------------------------------------------------------------------------


def test_items_are_made_once(world: World) -> None:
    """A sequence makes the data set of an item when it is asked for, and keeps it."""
    record = world.record(NESTED)
    values = record.ReferencedImageSequence
    assert (world.values, 3, record, SQ) == (type(values), len(values), values._owner, values._tag)
    assert [None, None, None] == values._items
    assert values[1] is values[-2]
    assert [None, values[1], None] == values._items
    assert "A" == values[0].Modality
    assert [values[0], values[1], values[2]] == list(values)
    assert [values[2], values[1]] == values[:0:-1]
    assert values is values[0]._parent
    assert record._index is values[0]._index


def test_items_beyond_the_end_are_refused(world: World) -> None:
    """Positions beyond either end are IndexErrors, however large; other keys TypeErrors."""
    values = world.record(NESTED).ReferencedImageSequence
    for position in (3, -4, 1 << 40, -(1 << 100), 1 << 100):
        with pytest.raises(IndexError):
            values[position]
    for key in ("0", None, 1.0):
        with pytest.raises((TypeError, AttributeError)):
            values[key]
    with pytest.raises(IndexError):
        values._at(3)
    with pytest.raises(IndexError):
        values._at(-1)


def test_items_of_nowhere_are_empty(world: World) -> None:
    """A place of a sequence without a data set to make an item of is refused."""
    values = world.values()
    assert (None, None, 0, 0, False) == (*(values._home, values._owner, values._tag, values._first, values._changed),)
    values._items = []
    assert [] == list(values)
    values._items = [None]
    with pytest.raises((ValueError, AssertionError)):
        values[0]


def test_a_list_that_shrinks_meanwhile_ends_the_iteration(world: World) -> None:
    """Items taken out while going through them are not read."""
    values = world.record(NESTED).ReferencedImageSequence
    seen = []
    for one in values:
        seen.append(one)
        del values._items[-1]
    assert 2 == len(seen)
