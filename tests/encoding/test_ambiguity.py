"""Ambiguous VRs: the rules of PS3.5 Annex A and PS3.3, against pydicom's."""

from __future__ import annotations

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filewriter import correct_ambiguous_vr_element

from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.core.vr import AMBIGUOUS_VRS, VR
from dicomkit.encoding.ambiguity import CONTEXT_TAGS, UNDEFINED_LENGTH, resolve
from dicomkit.errors import ValueDecodeError

IMPLICIT = TransferSyntax.of("1.2.840.10008.1.2")
EXPLICIT = TransferSyntax.of("1.2.840.10008.1.2.1")
JPEG = TransferSyntax.of("1.2.840.10008.1.2.4.50")

# PS3.6: every element with an ambiguous VR, and its VRs.
AMBIGUOUS_ELEMENTS = {
    0x00143050: "OB or OW",  # Dark Current Counts
    0x00143070: "OB or OW",  # Air Counts
    0x00189810: "US or SS",  # Zero Velocity Pixel Value
    0x00221452: "US or SS",  # Mapped Pixel Value
    0x00280071: "US or SS",  # Perimeter Value
    0x00280104: "US or SS",  # Smallest Valid Pixel Value
    0x00280105: "US or SS",  # Largest Valid Pixel Value
    0x00280106: "US or SS",  # Smallest Image Pixel Value
    0x00280107: "US or SS",  # Largest Image Pixel Value
    0x00280108: "US or SS",  # Smallest Pixel Value in Series
    0x00280109: "US or SS",  # Largest Pixel Value in Series
    0x00280110: "US or SS",  # Smallest Image Pixel Value in Plane
    0x00280111: "US or SS",  # Largest Image Pixel Value in Plane
    0x00280120: "US or SS",  # Pixel Padding Value
    0x00280121: "US or SS",  # Pixel Padding Range Limit
    0x00281100: "US or SS",  # Gray Lookup Table Descriptor
    0x00281101: "US or SS",  # Red Palette Color Lookup Table Descriptor
    0x00281102: "US or SS",  # Green Palette Color Lookup Table Descriptor
    0x00281103: "US or SS",  # Blue Palette Color Lookup Table Descriptor
    0x00281111: "US or SS",  # Large Red Palette Color Lookup Table Descriptor
    0x00281112: "US or SS",  # Large Green Palette Color Lookup Table Descriptor
    0x00281113: "US or SS",  # Large Blue Palette Color Lookup Table Descriptor
    0x00281200: "US or SS or OW",  # Gray Lookup Table Data
    0x00283002: "US or SS",  # LUT Descriptor
    0x00283006: "US or OW",  # LUT Data
    0x00409211: "US or SS",  # Real World Value Last Value Mapped
    0x00409216: "US or SS",  # Real World Value First Value Mapped
    0x00603004: "US or SS",  # Histogram First Bin Value
    0x00603006: "US or SS",  # Histogram Last Bin Value
    0x5000200C: "OB or OW",  # Audio Sample Data
    0x50003000: "OB or OW",  # Curve Data
    0x54000110: "OB or OW",  # Channel Minimum Value
    0x54000112: "OB or OW",  # Channel Maximum Value
    0x5400100A: "OB or OW",  # Waveform Padding Value
    0x54001010: "OB or OW",  # Waveform Data
    0x60003000: "OB or OW",  # Overlay Data
    0x601E3000: "OB or OW",
    0x7F000010: "OB or OW",  # Variable Pixel Data
    0x7FE00010: "OB or OW",  # Pixel Data
}

# What decides, in the combinations that occur: Bits Allocated, Pixel Representation, LUT Descriptor, Waveform Bits.
CONTEXTS = [
    {0x00280100: 8, 0x00280103: 0, 0x00283002: [256, 0, 8], 0x54001004: 8},
    {0x00280100: 16, 0x00280103: 1, 0x00283002: [1, 0, 16], 0x54001004: 16},
    {0x00280100: 1, 0x00280103: 0, 0x00283002: [0, 0, 16], 0x54001004: 32},
]


def by_pydicom(tag: int, vr_text: str, context: dict[int, object], transfer_syntax: TransferSyntax) -> str:
    """Give the VR that pydicom chooses."""
    data_set = Dataset()
    for context_tag, value in context.items():
        data_set.add_new(context_tag, "US", value)
    data_set.set_original_encoding(transfer_syntax.is_implicit, True)
    element = DataElement(tag, vr_text, [1, 2] if vr_text.startswith("US") else b"\0\0")
    data_set.add(element)
    correct_ambiguous_vr_element(element, data_set, True)
    return str(element.VR)


@pytest.mark.parametrize("transfer_syntax", [IMPLICIT, EXPLICIT], ids=["implicit", "explicit"])
@pytest.mark.parametrize("context", CONTEXTS, ids=["8 bits", "16 bits", "1 bit"])
@pytest.mark.parametrize(
    ("tag", "vr_text"), AMBIGUOUS_ELEMENTS.items(), ids=lambda v: f"{v:08X}" if v.__class__ is int else v
)
def test_pydicom_agrees(tag, vr_text, context, transfer_syntax):
    """pydicom chooses the same VR for every element about which it has an opinion."""
    expected = by_pydicom(tag, vr_text, context, transfer_syntax)
    actual = resolve(tag, vr_text, transfer_syntax, context.get, 2)
    assert actual in vr_text.split(" or ")
    if expected not in AMBIGUOUS_VRS:  # pydicom leaves the retired ones, and those of DICONDE, as they are
        assert expected == actual


@pytest.mark.parametrize("found", [None, b"", "", [], "x", 1.5, [None]])
def test_a_damaged_context_decides_nothing(found):
    """Whatever the deciding elements hold, the answer is one of the choices."""
    for tag, vr_text in AMBIGUOUS_ELEMENTS.items():
        assert resolve(tag, vr_text, EXPLICIT, lambda _: found) in vr_text.split(" or ")


def test_encapsulated_pixel_data_is_ob():
    """Fragments are OB (PS3.5 A.4), in items too; native Pixel Data of an icon goes by its own bits."""
    bits = {0x00280100: 16}
    assert VR.OB is resolve(0x7FE00010, "OB or OW", JPEG, bits.get)
    assert VR.OB is resolve(0x7FE00010, "OB or OW", JPEG, bits.get, UNDEFINED_LENGTH)
    assert VR.OB is resolve(0x7FE00010, "OB or OW", EXPLICIT, bits.get, UNDEFINED_LENGTH)
    assert VR.OW is resolve(0x7FE00010, "OB or OW", JPEG, bits.get, 512)
    assert VR.OB is resolve(0x7FE00010, "OB or OW", JPEG, {0x00280100: 8}.get, 512)


def test_curve_data_is_ob_and_audio_is_ow():
    """The retired curves keep the VRs of PS3.5-2004 A.1 in every repeating group."""
    assert VR.OB is resolve(0x50FE3000, "OB or OW", IMPLICIT, {}.get)
    assert VR.OW is resolve(0x50FE200C, "OB or OW", IMPLICIT, {}.get)


def test_lookup_looks_at_the_deciding_elements_only():
    """What is asked for is among CONTEXT_TAGS, so that an edit of nothing else matters."""
    asked: set[int] = set()

    def lookup(tag: int) -> object:
        asked.add(tag)
        return None

    for tag, vr_text in AMBIGUOUS_ELEMENTS.items():
        resolve(tag, vr_text, EXPLICIT, lookup)
    assert CONTEXT_TAGS == asked


def test_other_texts():
    """A plain VR is itself; anything else is an error of the dictionary, not a guess."""
    assert VR.UL is resolve(0x00020000, "UL", EXPLICIT, {}.get)
    with pytest.raises(ValueDecodeError):
        resolve(0x00020000, "See Note", EXPLICIT, {}.get)
