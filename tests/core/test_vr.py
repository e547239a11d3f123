"""VRs as a type; the facts of each are in tests/conformance/test_ps3_5_vr_table.py."""

from __future__ import annotations

import copy
import pickle
import struct

import pydicom.valuerep
import pytest

from dicomkit.core.vr import AMBIGUOUS_VRS, LONG_FORM_VRS, VR, Kind


def test_the_set_is_pydicoms():
    """Both know the same VRs, and the same ambiguous ones."""
    assert {str(vr) for vr in pydicom.valuerep.STANDARD_VR} == {str(vr) for vr in VR}
    assert {str(vr) for vr in pydicom.valuerep.AMBIGUOUS_VR} == set(AMBIGUOUS_VRS)


@pytest.mark.parametrize("vr", VR)
def test_a_vr_is_its_two_letters(vr: VR):
    """It equals, hashes, prints and pickles as text."""
    assert vr == vr.name == str(vr) == f"{vr}"
    assert {vr.name: 1}[vr] == 1
    assert VR(vr.name) is vr is pickle.loads(pickle.dumps(vr)) is copy.deepcopy(vr)


@pytest.mark.parametrize("vr", VR)
def test_code_is_the_two_bytes(vr: VR):
    """The code of a VR is its two letters as a big endian number, and leads back to it."""
    assert struct.unpack(">H", vr.encode("ascii")) == (vr.code,)
    assert vr is VR.from_code(vr.code)


def test_other_codes_are_no_vr():
    """Of all 65,536 codes just those of the table are VRs."""
    assert {vr.code for vr in VR} == {code for code in range(0x10000) if VR.from_code(code) is not None}


@pytest.mark.parametrize("vr", [vr for vr in VR if vr.struct_code])
def test_struct_code_has_the_items_size(vr: VR):
    """The `struct` code of a VR describes as many bytes as one item has."""
    assert struct.calcsize(f"<{vr.struct_code}") == vr.itemsize


@pytest.mark.parametrize("vr", VR)
def test_kinds_agree_with_pydicoms_sets(vr: VR):
    """What is decoded as bytes, number or text here is that in pydicom."""
    kinds_of_text = {Kind.TEXT, Kind.UID, Kind.NAME, Kind.NUMBER_TEXT, Kind.TEMPORAL}
    assert (vr in pydicom.valuerep.BYTES_VR) == (vr.kind is Kind.BINARY)
    assert (vr in pydicom.valuerep.STR_VR) == (vr.kind in kinds_of_text)
    assert (vr == "SQ") == (vr.kind is Kind.SEQUENCE)
    assert (vr == "AT") == (vr.kind is Kind.TAG)


def test_long_form_is_pydicoms():
    """The VRs with a 32-bit length are those of pydicom."""
    assert {str(vr) for vr in pydicom.valuerep.EXPLICIT_VR_LENGTH_32} == {str(vr) for vr in LONG_FORM_VRS}
