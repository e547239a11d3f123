"""What an image says of its loss (PS3.3 C.7.6.1.1)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.codecs.codestream import CodestreamInfo
from dicomkit.pixels.derivation import always_lossy, is_lossy, lossy_method, mark_derived, mark_lossy

ROOT = "1.2.840.10008.1.2.4."


@pytest.mark.parametrize(
    ("number", "method"),
    [
        # PS3.3 C.7.6.1.1.5.1, and the transfer syntaxes that PS3.5 8.2 gives each standard.
        ("50", "ISO_10918_1"),
        ("51", "ISO_10918_1"),
        ("81", "ISO_14495_1"),
        ("91", "ISO_15444_1"),
        ("203", "ISO_15444_15"),
        ("112", "ISO_18181_1"),
        ("100", "ISO_13818_2"),
        ("102", "ISO_14496_10"),
        ("106.1", "ISO_14496_10"),
        ("107", "ISO_23008_2"),
        ("70", ""),
        ("80", ""),
        ("90", ""),
    ],
)
def test_methods(number: str, method: str):
    """The Defined Terms of Lossy Image Compression Method."""
    assert method == lossy_method(ROOT + number)


def test_which_frames_have_lost_something():
    """Some transfer syntaxes say so, some leave it to the codestream."""
    assert always_lossy(ROOT + "50")
    assert not always_lossy(ROOT + "81")
    assert not is_lossy("1.2.840.10008.1.2.5", None)
    assert is_lossy(ROOT + "81", CodestreamInfo(near=2, is_lossless=False))
    assert not is_lossy(ROOT + "81", CodestreamInfo(near=0, is_lossless=True))
    assert is_lossy(ROOT + "91", CodestreamInfo(is_lossless=False))
    assert not is_lossy(ROOT + "91", CodestreamInfo(is_lossless=None))
    assert is_lossy(ROOT + "50", CodestreamInfo(is_lossless=None))


def test_each_loss_is_said():
    """A ratio and a method more each time (C.7.6.1.1.5)."""
    ds = Dataset()
    mark_lossy(ds, ROOT + "50", 10.12345)
    assert ("01", 10.123, "ISO_10918_1") == (
        ds.LossyImageCompression,
        ds.LossyImageCompressionRatio,
        ds.LossyImageCompressionMethod,
    )
    mark_lossy(ds, ROOT + "91", 1e9 / 3)
    assert [10.123, 333333333.333] == list(ds.LossyImageCompressionRatio)
    assert ["ISO_10918_1", "ISO_15444_1"] == list(ds.LossyImageCompressionMethod)
    assert () == ds.check()


def test_a_derived_image_names_its_source():
    """Image Type, what was done, from which instance, and a UID of its own (C.7.6.1.1.2, C.7.6.1.1.4)."""
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.3", ImageType=["ORIGINAL", "PRIMARY", "AXIAL"])
    mark_derived(ds, "first")
    assert ["DERIVED", "PRIMARY", "AXIAL"] == list(ds.ImageType)
    assert ("first", "113040") == (ds.DerivationDescription, ds.DerivationCodeSequence[0].CodeValue)
    source = ds.SourceImageSequence[0]
    assert ("1.2", "1.3") == (source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID)
    assert "121320" == source.PurposeOfReferenceCodeSequence[0].CodeValue
    second = ds.SOPInstanceUID
    assert second != "1.3"
    ds.LossyImageCompression = "01"
    mark_derived(ds, "second")
    assert "first; second" == ds.DerivationDescription
    assert ["1.3", second] == [item.ReferencedSOPInstanceUID for item in ds.SourceImageSequence]
    assert "121322" == ds.SourceImageSequence[1].PurposeOfReferenceCodeSequence[0].CodeValue
    assert () == ds.check()


def test_what_was_never_an_image_of_a_kind():
    """Without Image Type and UIDs there is no source to name."""
    ds = Dataset()
    mark_derived(ds, "x" * 2000)
    assert ["DERIVED", "SECONDARY"] == list(ds.ImageType)
    assert "SourceImageSequence" not in ds
    assert "SOPInstanceUID" in ds
