"""Sequences of items, edited (PS3.5 7.5)."""

from __future__ import annotations

import copy

import pytest

import dicomkit
from dicomkit import Dataset, Sequence
from dicomkit.errors import ValueEncodeError

CLASS, INSTANCE = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"


@pytest.fixture(params=["from scratch", "read"])
def ds(request: pytest.FixtureRequest) -> Dataset:
    """Make a data set with three items, from scratch or read."""
    items = [Dataset(PatientID=name) for name in "abc"]
    made = Dataset(SOPClassUID=CLASS, SOPInstanceUID=INSTANCE, ReferencedStudySequence=items)
    return made if request.param == "from scratch" else dicomkit.dcmread(made.to_bytes())


def names(ds: Dataset) -> str:
    """Give the Patient IDs of the items, as they are and as they are when written and read."""
    now = "".join(item.PatientID for item in ds.ReferencedStudySequence)
    again = dicomkit.dcmread(ds.to_bytes()).ReferencedStudySequence
    assert now == "".join(item.PatientID for item in again)
    return now


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda s: s.append(Dataset(PatientID="d")), "abcd"),
        (lambda s: s.extend([Dataset(PatientID="d"), Dataset(PatientID="e")]), "abcde"),
        (lambda s: s.insert(0, Dataset(PatientID="d")), "dabc"),
        (lambda s: s.__setitem__(1, Dataset(PatientID="d")), "adc"),
        (lambda s: s.__setitem__(slice(0, 2), [Dataset(PatientID="d")]), "dc"),
        (lambda s: s.__delitem__(1), "ac"),
        (lambda s: s.__delitem__(slice(None, None, 2)), "b"),
        (lambda s: s.pop(), "ab"),
        (lambda s: s.pop(0), "bc"),
        (lambda s: s.remove(Dataset(PatientID="b")), "ac"),
        (lambda s: s.reverse(), "cba"),
        (lambda s: s.sort(key=lambda item: item.PatientID, reverse=True), "cba"),
        (lambda s: s.clear(), ""),
        (lambda s: s.__iadd__([Dataset(PatientID="d")]), "abcd"),
        (lambda s: setattr(s[1], "PatientID", "d"), "adc"),
        (lambda s: s.append(s[0]), "abca"),
        (lambda s: s.extend(s), "abcabc"),
        (lambda s: s.__setitem__(0, s[2]), "cbc"),
    ],
)
def test_edits_of_a_list(ds, edit, expected):
    """Each way to edit a list edits the sequence, and is written."""
    edit(ds.ReferencedStudySequence)
    assert expected == names(ds)


def test_what_a_list_answers(ds):
    """Indexing, slices, membership and order are those of a list."""
    sequence = ds.ReferencedStudySequence
    assert ["c", ["a", "b"], "cba"] == [
        sequence[-1].PatientID,
        [item.PatientID for item in sequence[:2]],
        "".join(item.PatientID for item in reversed(sequence)),
    ]
    assert [True, False, 1] == [
        Dataset(PatientID="b") in sequence,
        5 in sequence,
        sequence.index(Dataset(PatientID="b")),
    ]
    for wrong in (lambda: sequence[3], lambda: sequence[-4], lambda: sequence.pop(7)):
        with pytest.raises(IndexError):
            wrong()
    for wrong in (lambda: sequence.index(Dataset()), lambda: sequence.remove(Dataset())):
        with pytest.raises(ValueError, match="not in the sequence"):
            wrong()


def test_an_item_is_one_object(ds):
    """Asked for twice, an item is the same object."""
    assert ds.ReferencedStudySequence[0] is ds.ReferencedStudySequence[0] is next(iter(ds.ReferencedStudySequence))


def test_item_of_another_sequence_is_copied(ds):
    """An item belongs to one sequence: appended to another, it is a copy, and edits stay apart."""
    other = Dataset(SOPClassUID=CLASS, SOPInstanceUID=INSTANCE, ReferencedStudySequence=[])
    other.ReferencedStudySequence.append(ds.ReferencedStudySequence[0])
    other.ReferencedStudySequence[0].PatientID = "x"
    ds.ReferencedStudySequence[0].PatientID = "y"
    assert ["x", "ybc"] == [names(other), names(ds)]


def test_new_item_is_put_itself():
    """A data set of no sequence is put itself, not a copy: editing it then edits the sequence."""
    ds, item = Dataset(ReferencedStudySequence=[]), Dataset()
    ds.ReferencedStudySequence.append(item)
    item.PatientID = "1"
    assert item is ds.ReferencedStudySequence[0]
    assert "1" == ds.ReferencedStudySequence[0].PatientID


def test_item_taken_out_belongs_to_itself(ds):
    """An item that was taken out edits nothing any more, and can be put elsewhere."""
    before = names(ds)
    item = ds.ReferencedStudySequence.pop(0)
    item.PatientID = "z"
    assert before[1:] == names(ds)
    ds.ReferencedStudySequence.append(item)
    assert item is ds.ReferencedStudySequence[-1]
    assert "bcz" == names(ds)


def test_sequence_of_another_data_set_is_copied(ds):
    """Assigning the sequence of another data set puts copies of its items."""
    other = Dataset(ReferencedStudySequence=ds.ReferencedStudySequence)
    other.ReferencedStudySequence[0].PatientID = "x"
    other.ReferencedStudySequence.append(Dataset())
    assert ["abc", 4] == [names(ds), len(other.ReferencedStudySequence)]


def test_sequence_assigned_to_itself_stays(ds):
    """ds.X = ds.X keeps the items."""
    ds.ReferencedStudySequence = ds.ReferencedStudySequence
    assert "abc" == names(ds)


def test_sequence_that_was_replaced_edits_nothing(ds):
    """The items of a sequence that another took the place of are nobody's."""
    old = ds.ReferencedStudySequence
    ds.ReferencedStudySequence = [Dataset(PatientID="n")]
    old[0].PatientID = "x"
    old.append(Dataset(PatientID="y"))
    assert ["n", 4] == [names(ds), len(old)]


def test_data_set_is_never_an_item_of_itself(ds):
    """A data set put into its own sequence, at any depth and in any way, goes in as a copy: there is no circle."""
    ds.ReferencedStudySequence.append(ds)
    ds.ReferencedStudySequence[0].ReferencedStudySequence = [ds]
    apart = Sequence([ds])
    ds.ReferencedSeriesSequence = apart
    assert 60 > sum(1 for _ in ds.walk())
    assert ds.ReferencedStudySequence[0].PatientID == "a"


def test_edit_deep_inside_marks_all_that_enclose_it(ds):
    """An edit in an item of an item is written."""
    ds.ReferencedStudySequence[1].ReferencedSeriesSequence = [Dataset(Modality="CT")]
    read = dicomkit.dcmread(ds.to_bytes())
    read.ReferencedStudySequence[1].ReferencedSeriesSequence[0].Modality = "MR"
    again = dicomkit.dcmread(read.to_bytes())
    assert "MR" == again.ReferencedStudySequence[1].ReferencedSeriesSequence[0].Modality


@pytest.mark.parametrize("wrong", [5, "text", None, {}, [Dataset()]])
def test_only_data_sets_are_items(wrong):
    """Anything else is a ValueEncodeError, and the sequence stays as it was."""
    sequence = Sequence([Dataset()])
    for act in (sequence.append, lambda item: sequence.insert(0, item), lambda item: sequence.__setitem__(0, item)):
        with pytest.raises(ValueEncodeError):
            act(wrong)
    assert 1 == len(sequence)


def test_text_keeps_its_character_set_when_taken_out():
    """Text of ISO 8859-2 read after its item was taken out, or its sequence deleted, is not misread."""
    items = [Dataset(PatientName="ąć"), Dataset(PatientName="żź")]
    made = Dataset(SOPClassUID=CLASS, SOPInstanceUID=INSTANCE, SpecificCharacterSet="ISO_IR 101",
                   ReferencedStudySequence=items).to_bytes()  # fmt: skip
    ds = dicomkit.dcmread(made)
    item, rest = ds.ReferencedStudySequence.pop(0), ds.ReferencedStudySequence
    del ds.ReferencedStudySequence
    element = dicomkit.dcmread(made).pop("ReferencedStudySequence")
    assert ["ąć", "żź", "ąć"] == [item.PatientName, rest[0].PatientName, element.value[0].PatientName]


def test_equality_and_copies(ds):
    """A sequence equals one, or a list, of equal items; copies are independent."""
    sequence = ds.ReferencedStudySequence
    assert sequence == [Dataset(PatientID=name) for name in "abc"]
    assert sequence != [Dataset(PatientID=name) for name in "abd"]
    assert sequence != "abc"
    for copied in (copy.copy, copy.deepcopy):
        twin = copied(sequence)
        twin[0].PatientID = "x"
        twin.pop()
        assert "abc" == names(ds)


def test_repr_is_short(ds):
    """A sequence shows how many items it has."""
    assert "<Sequence of 3 items>" == repr(ds.ReferencedStudySequence)
