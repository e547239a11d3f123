"""Data sets as a mapping, edited and written again (PS3.5 7)."""

from __future__ import annotations

import copy
import gc
import re
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dicomkit
from dicomkit import DataElement, Dataset, Sequence, WriteOptions
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.temporal import Age, Date, DateTime, Time
from dicomkit.core.uid import UID
from dicomkit.errors import MissingElementError, UnknownKeywordError, UnknownTagError, ValueEncodeError
from tests.hostile_bytes import element

FORMS = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")


def minimal(**values: object) -> Dataset:
    """Make a data set that can be written as a file."""
    return Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3", **values)


def read_again(ds: Dataset, uid: str = FORMS[1]) -> Dataset:
    """Write a data set in a form and read it."""
    return dicomkit.dcmread(ds.to_bytes(WriteOptions(transfer_syntax=uid)))


# -- the table of values ---------------------------------------------------------------------------------------------

# VR, tag of an element with it, one value, its type, what is there without a value.
TYPES = [
    ("AE", 0x00080054, "STATION", str, ""),
    ("CS", 0x00080008, "DERIVED", str, ""),
    ("LO", 0x00100020, "id 1", str, ""),
    ("LT", 0x001021B0, "long", str, ""),
    ("SH", 0x00200010, "1", str, ""),
    ("ST", 0x00080081, "street", str, ""),
    ("UC", 0x00080119, "unlimited", str, ""),
    ("UR", 0x00080120, "http://a/b", str, ""),
    ("UT", 0x0040A160, "text", str, ""),
    ("UI", 0x0020000D, "1.2.3", UID, ""),
    ("PN", 0x00100010, "A^B", PersonName, PersonName("")),
    ("DS", 0x00180050, 1.5, DSfloat, None),
    ("IS", 0x00200013, 7, ISint, None),
    ("DA", 0x00080020, "20200102", Date, None),
    ("TM", 0x00080030, "1011", Time, None),
    ("DT", 0x0008002A, "202001", DateTime, None),
    ("AS", 0x00101010, "012Y", Age, None),
    ("US", 0x00280010, 512, int, None),
    ("SS", 0x00189219, -5, int, None),
    ("UL", 0x0008030B, 70000, int, None),
    ("SL", 0x00186020, -70000, int, None),
    ("UV", 0x0008040C, 2**40, int, None),
    ("SV", 0x00720082, -(2**40), int, None),
    ("FL", 0x00109431, 0.5, float, None),
    ("FD", 0x00081163, 0.1, float, None),
    ("AT", 0x00280009, 0x00181063, Tag, None),
    ("OB", 0x00420011, b"\1\2", bytes, b""),
    ("OW", 0x00281201, b"\1\2", bytes, b""),
    ("OL", 0x00660040, b"\1\2\3\4", bytes, b""),
    ("OD", 0x7FE00009, b"\1\2\3\4\5\6\7\x08", bytes, b""),
    ("OF", 0x7FE00008, b"\1\2\3\4", bytes, b""),
    ("OV", 0x7FE00001, b"\1\2\3\4\5\6\7\x08", bytes, b""),
    ("UN", 0x00091010, b"\1\2", bytes, b""),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("vr", "tag", "value", "kind", "empty"), TYPES, ids=[row[0] for row in TYPES])
def test_types_of_values(vr, tag, value, kind, empty, form):
    """One value has the type of its VR, none is what the table of values says, set and read, in all four forms."""
    ds = read_again(minimal_with(DataElement(tag, vr, value)), form)
    assert [value, kind, vr] == [ds[tag].value, type(ds[tag].value), ds[tag].vr]
    for holder in (bare := minimal_with(DataElement(tag, vr, None)), read_again(bare, form)):
        assert [empty, 0] == [holder[tag].value, holder[tag].vm]
        assert isinstance(holder[tag].value, type(empty))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("vr", "tag", "value", "kind"),
    [row[:4] for row in TYPES if row[4] != b"" and row[0] not in ("LT", "ST", "UR", "UT")],
    ids=[row[0] for row in TYPES if row[4] != b"" and row[0] not in ("LT", "ST", "UR", "UT")],
)
def test_several_values_are_a_list(vr, tag, value, kind, form):
    """Several values are a list of such values, equal to an ordinary one."""
    ds = read_again(minimal_with(DataElement(tag, vr, [value, value, value])), form)
    assert [value] * 3 == ds[tag].value
    assert [MultiValue, {kind}, 3] == [type(ds[tag].value), {type(part) for part in ds[tag].value}, ds[tag].vm]


def minimal_with(element: DataElement) -> Dataset:
    """Make a data set that can be written, with one more element."""
    ds = minimal()
    ds.add(element)
    return ds


def test_sequence_values():
    """SQ is a Sequence, without items an empty one."""
    ds = read_again(minimal(ReferencedStudySequence=[Dataset(PatientID="1")], ReferencedSeriesSequence=[]))
    assert [Sequence, 1, "1"] == [type(ds.ReferencedStudySequence), len(ds.ReferencedStudySequence),
                                  ds.ReferencedStudySequence[0].PatientID]  # fmt: skip
    assert [Sequence, 0] == [type(ds.ReferencedSeriesSequence), len(ds.ReferencedSeriesSequence)]


# -- names -----------------------------------------------------------------------------------------------------------


def test_unknown_keyword_names_the_nearest_on_reading_and_writing_and_deleting():
    """A misspelt keyword is an AttributeError with the nearest one, never a new attribute."""
    ds = Dataset()
    for act in (
        lambda: ds.PatientNam,
        lambda: setattr(ds, "PatientNam", "x"),
        lambda: delattr(ds, "PatientNam"),
        lambda: ds["PatientNam"],
        lambda: Dataset(PatientNam="x"),
    ):
        with pytest.raises(UnknownKeywordError, match="PatientName") as caught:
            act()
        assert "PatientName" in caught.value.nearest
        assert isinstance(caught.value, AttributeError)
    assert 0 == len(ds)


def test_lower_case_name_cannot_be_set():
    """Only keywords are attributes: `ds.patient_name = …` is refused."""
    with pytest.raises(AttributeError):
        Dataset().patient_name = "x"


def test_absent_element_is_an_error_of_both_kinds():
    """An absent element is an AttributeError as an attribute and a KeyError as an item; hasattr and getattr work."""
    ds = Dataset()
    with pytest.raises(MissingElementError, match=r"\(0010,0010\) PatientName") as caught:
        ds.PatientName  # noqa: B018  reading is the point
    assert isinstance(caught.value, AttributeError)
    assert isinstance(caught.value, KeyError)
    assert [False, 5] == [hasattr(ds, "PatientName"), getattr(ds, "PatientName", 5)]


def test_keys_of_every_spelling_lead_to_the_same_element():
    """A keyword, a number, a pair, a Tag, and hexadecimal text name an element."""
    ds = Dataset(PatientID="1")
    keys = ["PatientID", 0x00100020, (0x0010, 0x0020), Tag(0x00100020), "00100020", "(0010,0020)", "0010,0020"]
    assert ["1"] * len(keys) == [ds[key].value for key in keys]
    assert all(key in ds for key in keys)
    assert not any(key in ds for key in ["PatientName", "nonsense", -1, None, 5.5, (1, 2, 3)])


# -- a mapping -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["from scratch", "read", "copied"])
def ds(request: pytest.FixtureRequest) -> Dataset:
    """Make the same data set in each way there is."""
    made = minimal(
        PatientName="A^B", ImageType=["ORIGINAL", "PRIMARY"], ReferencedStudySequence=[Dataset(PatientID="1")]
    )
    return {"from scratch": made, "read": read_again(made), "copied": read_again(made).copy()}[request.param]


TAGS = [0x00080008, 0x00080016, 0x00080018, 0x00081110, 0x00100010]


def test_iterating_gives_elements_in_tag_order(ds):
    """Elements come in tag order, keys() are tags, items() pairs."""
    assert TAGS == [element.tag for element in ds] == ds.keys() == [tag for tag, _ in ds.items()]
    assert [DataElement] * 5 == [type(element) for element in ds.values()]
    assert [5, True, False] == [len(ds), bool(ds), bool(Dataset())]


def test_elements_put_out_of_order_come_in_order(ds):
    """The order in which elements are put does not matter."""
    ds.PixelData = b"\0\0"
    ds.AccessionNumber = "1"
    tags = ds.keys()
    assert [sorted(tags), 7] == [tags, len(tags)]


def test_delete(ds):
    """`del` works on an attribute and on every key, and what is gone is absent."""
    del ds.PatientName
    del ds["ImageType"]
    del ds[0x0008, 0x1110]
    assert TAGS[1:3] == ds.keys()
    with pytest.raises(MissingElementError):
        del ds.PatientName


def test_put_back_what_was_deleted(ds):
    """An element that was deleted can be set again."""
    del ds.PatientName
    ds.PatientName = "C"
    assert ["C", TAGS] == [ds.PatientName, ds.keys()]


def test_pop_gives_the_element_on_its_own(ds):
    """pop() takes an element out with its value; what happens to it then is no edit of the data set."""
    element = ds.pop("ImageType")
    element.value.append("AXIAL")
    element.value = ["X"]
    assert ["X", False] == [element.value, "ImageType" in ds]
    assert 7 == ds.pop("ImageType", 7)
    with pytest.raises(MissingElementError):
        ds.pop("ImageType")


def test_get_setdefault_update_clear(ds):
    """The rest of a mapping: get() gives the value for a keyword and the element for a tag."""
    assert ["A^B", "A^B", None, 5] == [ds.get("PatientName"), ds.get(0x00100010).value, ds.get("PatientID"),
                                       ds.get("PatientID", 5)]  # fmt: skip
    assert ["A^B", "1"] == [ds.setdefault("PatientName", "X").value, ds.setdefault("PatientID", "1").value]
    ds.update(Dataset(PatientID="2", PatientName="C"))
    assert ["2", "C"] == [ds.PatientID, ds.PatientName]
    ds.clear()
    assert [0, []] == [len(ds), list(ds)]


def test_what_is_no_keyword_is_not_there(ds):
    """get() and pop() give the default for what ``in`` says is not in a data set, as a dict does."""
    for key in ("Nonsense", "", None, 3.5, -1):
        assert [False, None, 7, 7] == [key in ds, ds.get(key), ds.get(key, 7), ds.pop(key, 7)]
    with pytest.raises(UnknownKeywordError):
        ds.pop("Nonsense")


def test_values_of_a_mapping_are_put(ds):
    """update() and Dataset() take a mapping of keywords or tags to values or elements; a wrong keyword is refused."""
    values = {"PatientID": "3", 0x00280010: 4, (0x0028, 0x0011): DataElement("Columns", "US", 5)}
    ds.update(values)
    made = Dataset(values, PatientName="A")
    for one in (ds, made):
        assert ["3", 4, 5] == [one.PatientID, one.Rows, one.Columns]
    assert "A" == made.PatientName
    with pytest.raises(UnknownKeywordError):
        ds.update({"Rowz": 3})


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda ds, block: dicomkit.dcmwrite(ds, "x.dcm"), "dcmwrite(target, ds)"),
        (lambda ds, block: ds.save_as("x.dcm", {"durable": True}), "WriteOptions"),
        (lambda ds, block: ds.add("x"), "a DataElement is added, not str"),
        (lambda ds, block: ds.update(["x"]), "a DataElement is added, not str"),
        (lambda ds, block: ds.diff(5), "with another, not with int"),
        (lambda ds, block: setattr(ds, "file_meta", 5), "is a Dataset, not int"),
        (lambda ds, block: ds.convert_charset(5), "Defined Terms"),
        (lambda ds, block: ds.private_block("x", "y"), "an int, and its creator"),
        (lambda ds, block: ds.private_block(0x11, 5), "an int, and its creator"),
        (lambda ds, block: block.add_new("x", "LO", "a"), "named by an int"),
    ],
)
def test_arguments_of_another_type_are_named(ds, call, text):
    """A common mistake gives a TypeError that says what is wanted, not one of something within."""
    with pytest.raises(TypeError, match=re.escape(text)):
        call(ds, ds.private_block(0x0011, "MINE", create=True))


def test_a_character_set_that_is_none_is_refused_where_it_is_put(ds):
    """Text would be written under a term that no reader knows (PS3.3 C.12.1.1.2); one that was read is handed on."""
    for put in (
        lambda: setattr(ds, "SpecificCharacterSet", "utf8"),
        lambda: ds.add_new("SpecificCharacterSet", "CS", ["utf8"]),
        lambda: Dataset(SpecificCharacterSet="utf8"),
        lambda: ds.convert_charset("utf8"),
    ):
        with pytest.raises(ValueEncodeError, match=r"\(0008,0005\).*'ISO_IR 192'"):
            put()
    bytes_read = element(0x00080005, "CS", b"ISO-IR 100") + element(0x00100010, "PN", b"M\xfcller")
    read = dicomkit.dcmread(bytes_read, force=True)
    assert ["ISO-IR 100", "Müller"] == [Dataset(read).SpecificCharacterSet, Dataset(read).PatientName]


def test_what_is_no_vr_group_or_preamble_is_refused(ds):
    """Names of VRs, private groups and preambles are held against what there is."""
    block = ds.private_block(0x0011, "MINE", create=True)
    with pytest.raises(ValueEncodeError, match="'XX' is not a VR"):
        block.add_new(5, "XX", "a")
    with pytest.raises(ValueEncodeError, match="'5' is not a VR"):
        ds.add_new("Rows", 5, 1)
    with pytest.raises(UnknownTagError, match="16 bits"):
        ds.private_block(0x1000001, "MINE", create=True)
    with pytest.raises(ValueEncodeError, match="128 bytes"):
        ds.preamble = b"II"


def test_element_under_another_tag_is_refused(ds):
    """ds[tag] = element checks that the element has that tag."""
    with pytest.raises(UnknownTagError):
        ds["PatientID"] = DataElement("PatientName", None, "A")


def test_unknown_element_needs_its_vr(ds):
    """A tag of no dictionary is set as a DataElement with its VR."""
    with pytest.raises(UnknownTagError):
        ds[0x00080007] = "x"
    ds.add_new(0x00080007, "LO", "x")
    ds[0x00080007] = "y"
    assert ["y", "LO"] == [ds[0x00080007].value, ds[0x00080007].vr]


def test_value_that_does_not_fit_leaves_the_data_set_as_it_was(ds):
    """A refused value changes nothing."""
    before = ds.copy()
    with pytest.raises(ValueEncodeError):
        ds.PatientName = 5
    assert before == ds


# -- values changed in place -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.append("AXIAL"),
        lambda values: values.extend(["A", "B"]),
        lambda values: values.insert(0, "A"),
        lambda values: values.__setitem__(1, "X"),
        lambda values: values.__setitem__(slice(0, 1), ["X", "Y"]),
        lambda values: values.__delitem__(0),
        lambda values: values.pop(),
        lambda values: values.remove("PRIMARY"),
        lambda values: values.reverse(),
        lambda values: values.sort(reverse=True),
        lambda values: values.__iadd__(["Z"]),
    ],
)
def test_list_of_values_can_be_edited_in_place(ds, change):
    """Each way to change a list of values is an edit, which is written."""
    expected = list(ds.ImageType)
    change(expected)
    change(ds.ImageType)
    value = read_again(ds).ImageType
    assert expected == (value if isinstance(value, list) else [value])


def test_list_that_was_replaced_edits_nothing(ds):
    """A list of values that another took the place of is only a list."""
    old = ds.ImageType
    ds.ImageType = ["A", "B"]
    old.append("X")
    assert ["A", "B"] == ds.ImageType
    new = ds.ImageType
    del ds.ImageType
    new.append("X")
    assert "ImageType" not in ds


def test_list_of_another_data_set_is_copied(ds):
    """Two data sets never share a list of values."""
    other = Dataset(ImageType=ds.ImageType)
    other.ImageType.append("X")
    given = ["A", "B"]
    ds.ImageType = given
    given.append("C")
    assert [["A", "B"], ["ORIGINAL", "PRIMARY", "X"]] == [ds.ImageType, other.ImageType]


# -- copies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [Dataset.copy, copy.copy, copy.deepcopy])
def test_copy_is_independent(ds, copied):
    """An edit of a copy, at any depth, does not show in the original, nor the other way round."""
    ds.ReferencedStudySequence[0].PatientID = "2"
    twin = copied(ds)
    assert twin == ds
    twin.PatientName = "X"
    twin.ImageType.append("X")
    twin.ReferencedStudySequence[0].PatientID = "3"
    twin.ReferencedStudySequence.append(Dataset())
    ds.ImageType[0] = "DERIVED"
    assert ["A^B", ["DERIVED", "PRIMARY"], "2", 1] == [
        ds.PatientName, ds.ImageType, ds.ReferencedStudySequence[0].PatientID, len(ds.ReferencedStudySequence)
    ]  # fmt: skip
    assert ["ORIGINAL", "PRIMARY", "X"] == twin.ImageType


def test_copy_of_what_was_read_is_cheap():
    """A copy shares the index and the bytes; what was not edited is not decoded for it."""
    original = read_again(minimal(PatientComments="x" * 1000))
    twin = original.copy()
    assert twin._index is original._index
    assert {} == twin._cache


def test_copy_has_its_own_file_meta(ds):
    """An edit of the file meta of a copy does not show in the original."""
    ds.file_meta.SourceApplicationEntityTitle = "A"
    twin = ds.copy()
    twin.file_meta.SourceApplicationEntityTitle = "B"
    assert "A" == ds.file_meta.SourceApplicationEntityTitle


def test_data_set_goes_with_its_last_reference():
    """Reading values makes no cycle that keeps the bytes until the next collection."""
    gc.collect()
    gc.disable()
    try:
        read = read_again(minimal(PatientName="A", ImageType=["A", "B"]))
        assert ["A", "B"] == read.ImageType
        gone = weakref.ref(read)
        del read
        assert gone() is None
    finally:
        gc.enable()


# -- threads ---------------------------------------------------------------------------------------------------------


def test_eight_threads_decode_the_same_objects():
    """Threads that read one data set at once get the same object for each value and each item."""
    items = [Dataset(PatientID=str(i), ImageType=["A", str(i)]) for i in range(50)]
    data = minimal(PatientName="A^B", ImageType=["A", "B"], ReferencedStudySequence=items).to_bytes()
    for _ in range(10):
        ds = dicomkit.dcmread(data)

        def everything(_: int, ds: Dataset = ds) -> list[object]:
            values = [element.value for element in ds.walk() if element.vr != "OB"]
            return [*values, *ds.ReferencedStudySequence]

        with ThreadPoolExecutor(8) as pool:
            first, *others = pool.map(everything, range(8))
        assert all(all(a is b for a, b in zip(first, other, strict=True)) for other in others)


def test_copying_and_writing_while_others_decode():
    """Copying and writing only read: another thread may decode meanwhile."""
    data = minimal(PatientName="A", ImageType=["A", "B"], ReferencedStudySequence=[Dataset(PatientID="1")]).to_bytes()

    def work(ds: Dataset) -> bytes:
        twin = ds.copy()
        twin.PatientID = "5"
        list(ds.walk())
        return twin.to_bytes()

    for _ in range(20):
        ds = dicomkit.dcmread(data)
        with ThreadPoolExecutor(8) as pool:
            assert 1 == len(set(pool.map(work, [ds] * 16)))


# -- against a plain dictionary --------------------------------------------------------------------------------------

_VALUES = {
    "PatientID": st.text("abc", max_size=5),
    "Rows": st.integers(0, 65535),
    "ImageType": st.lists(st.text("ABC", min_size=1, max_size=4), min_size=2, max_size=3),
    "PixelSpacing": st.tuples(st.integers(0, 99), st.integers(0, 99)).map(list),
    "SmallestImagePixelValue": st.integers(0, 32767),
    "PixelData": st.binary(max_size=6).map(lambda data: data + b"\0" * (len(data) % 2)),
    "FrameIncrementPointer": st.sampled_from([0x00181063, 0x00181065]),
    "PatientName": st.sampled_from(["A^B", "Ünal^Öz", "山田^太郎"]),
    "ExaminedBodyThickness": st.floats(width=32, allow_nan=False),
}

_EDITS = st.lists(
    st.one_of(
        *(st.tuples(st.just(keyword), values) for keyword, values in _VALUES.items()),
        st.tuples(st.sampled_from(sorted(_VALUES)), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(first=_EDITS, then=_EDITS, form=st.sampled_from(FORMS), nested=st.booleans())
def test_random_edits_agree_with_a_dictionary(first, then, form, nested):
    """Values set and deleted, before writing and after reading, at the top or in an item, are those of a dictionary."""
    ds = minimal(SpecificCharacterSet="ISO_IR 192", BitsAllocated=16, PixelRepresentation=0)
    if nested:
        ds.ReferencedStudySequence = [Dataset(StudyID="1")]
    model: dict[str, object] = {}
    for edits in (first, then):
        holder = ds.ReferencedStudySequence[0] if nested else ds
        for keyword, value in edits:
            if value is not None:
                model[keyword] = value
                setattr(holder, keyword, value)
            elif model.pop(keyword, None) is not None:
                delattr(holder, keyword)
        ds = read_again(ds, form)
        holder = ds.ReferencedStudySequence[0] if nested else ds
        found = {element.keyword: element.value for element in holder if element.keyword in _VALUES}
        assert model == found
        assert () == ds.check()
