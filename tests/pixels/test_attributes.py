"""Values from data sets are numbers, texts and words, or a PixelError."""

from __future__ import annotations

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels.attributes import first_item, items, number, numbers, text, words
from tests.corpora import real_file
from tests.pixels.images import lut_item


def test_numbers_of_one_of_many_and_of_none():
    """One value and several are lists, an absent and an empty element have none."""
    ds = Dataset(WindowCenter=[40, 80.5], RescaleSlope=2, WindowWidth=None)
    assert [40, 80.5] == numbers(ds, "WindowCenter")
    assert [2] == numbers(ds, "RescaleSlope")
    assert ([], []) == (numbers(ds, "WindowWidth"), numbers(ds, "RescaleIntercept"))
    assert (40, 7) == (number(ds, "WindowCenter", 7), number(ds, "RescaleIntercept", 7))


@pytest.mark.parametrize("raw", [b"forty ", b"1\\x ", b"inf ", b"nan "])
def test_what_is_no_number_is_a_pixel_error(raw: bytes):
    """Text that is no finite number is not taken for one."""
    data = b"\x28\x00\x50\x10DS" + len(raw).to_bytes(2, "little") + raw
    ds = dicomkit.dcmread(data, force=True)
    with pytest.raises(PixelError, match="WindowCenter"):
        numbers(ds, "WindowCenter")


def test_text_is_the_first_of_several():
    """Of several texts the first counts; without any the default does."""
    ds = Dataset(ImageType=["ORIGINAL", "PRIMARY"], VOILUTFunction="")
    assert ("ORIGINAL", "LINEAR", "x") == (
        text(ds, "ImageType"),
        text(ds, "VOILUTFunction", "LINEAR"),
        text(ds, "PresentationLUTShape", "x"),
    )


def test_items_of_a_sequence():
    """An absent sequence has no items."""
    ds = Dataset(ModalityLUTSequence=[lut_item([1, 2])])
    assert 1 == len(items(ds, "ModalityLUTSequence"))
    assert first_item(ds, "ModalityLUTSequence") is not None
    assert ([], None) == (items(ds, "VOILUTSequence"), first_item(ds, "VOILUTSequence"))


@pytest.mark.parametrize(
    "value", [b"\x01\x00\xff\xff\x00\x80", [1, 0xFFFF, 0x8000], [1, -1, -32768]], ids=["OW", "US", "SS"]
)
def test_words_of_bytes_and_of_numbers(value: object):
    """Words come as bytes (OW) or as numbers (US, SS)."""
    vr = "OW" if isinstance(value, bytes) else "SS" if -1 in value else "US"
    ds = Dataset([dicomkit.DataElement("LUTData", vr, value)])
    assert [1, 0xFFFF, 0x8000] == words(ds, "LUTData").tolist()


def test_words_of_a_big_endian_file(corpus: object):
    """OW is in the byte order of the file."""
    little, big = (dicomkit.dcmread(real_file(name)) for name in ("OBXXXX1A.dcm", "OBXXXX1A_expb.dcm"))
    keyword = "GreenPaletteColorLookupTableData"
    assert len(words(little, keyword)) > 0
    np.testing.assert_array_equal(words(little, keyword), words(big, keyword))


def test_words_of_something_else():
    """An element of text has no words."""
    with pytest.raises(PixelError, match="words"):
        words(Dataset(PatientID="x"), "PatientID")
