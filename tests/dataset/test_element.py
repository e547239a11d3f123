"""Elements: windows on a data set, and elements of their own (PS3.5 7.1)."""

from __future__ import annotations

import pickle

import pytest

import dicomkit
from dicomkit import DataElement, Dataset, Sequence
from dicomkit.core.tag import Tag
from dicomkit.errors import DicomError, UnknownTagError, ValueEncodeError


@pytest.fixture
def ds() -> Dataset:
    """Make a small data set that was read."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PatientName="A^B", ImageType=["A", "B"], PatientID="",
                   ReferencedStudySequence=[Dataset(PatientID="1")])  # fmt: skip
    return dicomkit.dcmread(made.to_bytes())


def test_what_an_element_says(ds):
    """Tag, VR, value, keyword, name and multiplicity, as PS3.6 has them."""
    element = ds["ImageType"]
    assert [Tag(0x00080008), "CS", ["A", "B"], "ImageType", "Image Type", 2] == [
        element.tag, element.vr, element.value, element.keyword, element.name, element.vm
    ]  # fmt: skip
    assert [0, 1, True, False] == [ds["PatientID"].vm, ds["PatientName"].vm, ds["PatientID"].is_empty, element.is_empty]
    assert [element.vr, element.vm, "2-n"] == [element.VR, element.VM, str(element.declared_vm)]


def test_setting_the_value_edits_the_data_set(ds):
    """An element of a data set is a window on it."""
    element = ds["PatientName"]
    element.value = "C"
    assert ["C", "C"] == [ds.PatientName, dicomkit.dcmread(ds.to_bytes()).PatientName]
    ds.PatientName = "D"
    assert "D" == element.value
    with pytest.raises(ValueEncodeError):
        element.value = 5


def test_element_of_its_own():
    """DataElement(tag, vr, value) belongs to no data set; the VR may be left to the dictionary."""
    made = [DataElement(key, None, "A") for key in ("PatientName", 0x00100010, (0x0010, 0x0010), "00100010")]
    assert all(made[0] == element for element in made)
    made[0].value = "B"
    assert ["B", "A", "PN"] == [made[0].value, made[1].value, made[0].vr]


def test_element_put_into_two_data_sets_is_two():
    """Putting an element copies its value, so that two data sets never share one."""
    element = DataElement("ImageType", "CS", ["A", "B"])
    one, two = Dataset([element]), Dataset([element])
    one.ImageType.append("C")
    element.value.append("D")
    assert [["A", "B", "C"], ["A", "B"]] == [one.ImageType, two.ImageType]


def test_detached_element_edits_nothing(ds):
    """detached() gives an element with the value, which belongs to no data set."""
    for keyword in ("ImageType", "ReferencedStudySequence"):
        ds[keyword].detached().value.clear()
    assert [["A", "B"], 1] == [ds.ImageType, len(ds.ReferencedStudySequence)]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("NoSuchKeyword", "LO", ""), DicomError),
        ((0x00080007,), UnknownTagError),
        (("Rows", "XX", 5), DicomError),
        (("Rows", "US", "x"), ValueEncodeError),
        ((-1, "US", 5), UnknownTagError),
    ],
)
def test_what_is_no_element(arguments, error):
    """Unknown keywords, tags and VRs, and values that do not fit, are errors of ours."""
    with pytest.raises(error):
        DataElement(*arguments)


def test_equality(ds):
    """Elements are equal with tag, VR and value."""
    assert ds["PatientName"] == DataElement("PatientName", "PN", "A^B")
    assert ds["PatientName"] != DataElement("PatientName", "PN", "A^C")
    assert ds["PatientName"] != DataElement("PatientName", "LO", "A^B")
    assert ds["PatientName"] != "A^B"


@pytest.mark.parametrize("keyword", ["PatientName", "ImageType", "ReferencedStudySequence"])
def test_pickle(ds, keyword):
    """An element goes through pickle as one of its own."""
    assert ds[keyword] == pickle.loads(pickle.dumps(ds[keyword]))


def test_text_that_the_vr_does_not_allow_is_copied_as_it_was_read(ds):
    """A damaged value is kept as text, put into another data set, pickled and written as it is."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", SliceThickness="1.5")
    damaged = dicomkit.dcmread(made.to_bytes().replace(b"DS\4\x001.5 ", b"DS\4\x00x.y "))
    element = damaged["SliceThickness"]
    ds.add(element)
    assert ["x.y"] * 3 == [ds.SliceThickness, dicomkit.dcmread(ds.to_bytes()).SliceThickness,
                           pickle.loads(pickle.dumps(element)).value]  # fmt: skip


def test_repr_is_one_line(ds):
    """An element shows as tag, VR, name and value."""
    assert "(0010,0010) PN Patient's Name                       A^B" == repr(ds["PatientName"])
    assert "<1 item>" in repr(ds["ReferencedStudySequence"])


def test_private_element_has_the_name_of_its_dictionary():
    """A private element is named by the private dictionary of its creator."""
    ds = Dataset()
    block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add(0x0C, "1000")
    element = block[0x0C]
    assert ["IS", True, ""] == [element.vr, element.is_private, element.keyword]
    assert "value" in element.name.lower()
    assert isinstance(Dataset(ReferencedStudySequence=[])["ReferencedStudySequence"].value, Sequence)
