"""Parametric maps in real-world units, of what highdicom writes and of real files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dicomkit
from dicomkit import Dataset, ReadOptions
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.errors import DicomError, LimitExceededError, MissingElementError, PixelError, TruncatedError
from dicomkit.objects import Code, ParametricMap, Quantity
from dicomkit.pixels import FrameReader
from tests.corpora import real_file
from tests.objects.slices import series, written

UNITS = Code(value="mm2/s", scheme="UCUM", meaning="mm2/s")


def mapping(label: str = "ADC", slope: float = 1.0, first: float = -1e9, last: float = 1e9) -> Dataset:
    """Make a mapping of all values by a slope."""
    unit = Dataset(CodeValue="mm2/s", CodingSchemeDesignator="UCUM", CodeMeaning="mm2/s")
    return Dataset(
        LUTLabel=label,
        MeasurementUnitsCodeSequence=[unit],
        DoubleFloatRealWorldValueFirstValueMapped=first,
        DoubleFloatRealWorldValueLastValueMapped=last,
        RealWorldValueSlope=slope,
        RealWorldValueIntercept=0.0,
    )


def made(array: np.ndarray, *mappings: list[Dataset]) -> Dataset:
    """Make a map of frames 5 mm above each other, each with its mappings; the first list is that of all the rest."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.30", SOPInstanceUID="1.2.3")
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds.set_pixel_data(array, keep_uid=True)
    ds.SharedFunctionalGroupsSequence = [
        Dataset(PlaneOrientationSequence=[Dataset(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])])
    ]
    ds.PerFrameFunctionalGroupsSequence = [
        Dataset(
            PlanePositionSequence=[Dataset(ImagePositionPatient=[0, 0, 5 * number])],
            RealWorldValueMappingSequence=mappings[min(number, len(mappings) - 1)],
        )
        for number in range(len(array))
    ]
    return written(ds)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint16])
def test_what_another_implementation_writes(dtype: type, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Values, units, quantity, positions and sources of a map that highdicom made."""
    hd = require_package("highdicom")
    from pydicom.sr.codedict import codes

    source = []
    for number, ds in enumerate(series()):
        ds.PatientSex = "O"
        ds.save_as(tmp_path / f"{number}.dcm")
        source.append(pydicom.dcmread(tmp_path / f"{number}.dcm"))
    array = (np.random.default_rng(0).random((3, 128, 128)) * 1000).astype(dtype)
    ends = (0, 1000) if dtype is np.uint16 else (0.0, 1000.0)
    scaled = hd.pm.RealWorldValueMapping(
        "ADC", "map", codes.UCUM.SquareMillimeterPerSecond, ends, 0.5, -3.0, quantity_definition=codes.SCT.Volume
    )
    window = hd.VOILUTTransformation(500, 1000)
    theirs = hd.pm.ParametricMap(
        source, array, hd.UID(), 1, hd.UID(), 1, "M", "MM", "1", "SN", False, [scaled], voi_lut_transformations=[window]
    )
    theirs.save_as(tmp_path / "map.dcm")
    pm = ParametricMap(dicomkit.dcmread(tmp_path / "map.dcm"))
    np.testing.assert_allclose(array.astype(np.float64) * 0.5 - 3, pm.values(), rtol=1e-12)
    assert (np.dtype(dtype), np.float64, 3) == (pm.dtype, pm.values().dtype, len(pm.planes))
    volume = Code(value="118565006", scheme="SCT", meaning="Volume")
    assert (Quantity(label="ADC", explanation="map", units=UNITS, measured=volume),) == pm.quantities
    for plane, image in enumerate(source):
        np.testing.assert_allclose([float(x) for x in image.ImagePositionPatient], pm.planes[plane].position)
        assert [image.SOPInstanceUID] == [one.sop_instance_uid for one in pm.sources(plane=plane)]


def test_a_real_image_with_a_mapping(corpus: object):
    """A perfusion map in an enhanced CT image: blood flow, the stored value less 1024; from below upwards."""
    ds = dicomkit.dcmread(real_file("eCT_Supplemental.dcm"))
    pm = ParametricMap(ds)
    (flow,) = pm.quantities
    assert ("RCBF", "ml/100ml/s") == (flow.label, flow.units and flow.units.value)
    stored = ds.pixel_array[::-1].astype(float)
    expected = np.where(stored <= 4095, stored - 1024, np.nan)
    np.testing.assert_array_equal(expected, pm.values("RCBF"))
    np.testing.assert_array_equal(expected[1], pm.values(plane=1))
    assert "<ParametricMap 512x512 in 2 planes: RCBF>" == repr(pm)


def test_several_quantities():
    """Frames of two quantities, each in its planes; a frame of two units."""
    array = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    pm = ParametricMap(made(array, [mapping("A")], [mapping("B", 2.0), mapping("C", 3.0)]))
    assert ["A", "B", "C"] == [quantity.label for quantity in pm.quantities]
    np.testing.assert_array_equal(array[0], pm.values("A", 0))
    np.testing.assert_array_equal(array[1:] * 2, pm.values("B")[1:])
    np.testing.assert_array_equal(array[1:] * 3, pm.values(2)[1:])
    assert np.isnan(pm.values("B")[0]).all()
    assert 3.0 == pm.mapping("C", 1).slope
    for quantity, plane in (("A", 1), ("Z", 0), (3, 0), (0, 3)):
        with pytest.raises(IndexError):
            pm.values(quantity, plane)


@pytest.mark.parametrize(
    ("dtype", "keyword"),
    [
        (np.float32, "FloatPixelPaddingValue"),
        (np.float64, "DoubleFloatPixelPaddingValue"),
        (np.int16, "PixelPaddingValue"),
    ],
)
def test_padding_and_unmapped_values_are_nan(dtype: type, keyword: str):
    """What is no measurement has no number."""
    array = np.array([[[1, 2], [3, -99]]], dtype)
    ds = made(array, [mapping(first=0, last=2)])
    np.testing.assert_array_equal([[1, 2], [np.nan, np.nan]], ParametricMap(ds).values(0, 0))
    ds = made(array, [mapping()])
    ds[keyword] = -99
    np.testing.assert_array_equal([[1, 2], [3, np.nan]], ParametricMap(ds).values(0, 0))


def test_a_plane_reads_its_frame_only(monkeypatch: pytest.MonkeyPatch):
    """Making the map decodes nothing."""
    numbers: list[int] = []
    read = FrameReader.read
    monkeypatch.setattr(FrameReader, "read", lambda self, number: numbers.append(number) or read(self, number))
    pm = ParametricMap(made(np.zeros((5, 2, 2), np.float32), [mapping()]))
    assert [] == numbers
    pm.values(0, 3)
    assert [3] == numbers


def test_what_is_no_map(corpus: object):
    """An image without mappings; frames that nothing describes; a mapping without a range."""
    with pytest.raises(MissingElementError, match="Real World Value Mapping"):
        ParametricMap(dicomkit.dcmread(real_file("CT_small.dcm")))
    ds = made(np.zeros((2, 2, 2), np.float32), [mapping()])
    del ds.PerFrameFunctionalGroupsSequence
    with pytest.raises(MissingElementError, match="Per-Frame"):
        ParametricMap(ds)
    broken = mapping()
    del broken.DoubleFloatRealWorldValueLastValueMapped
    with pytest.raises(PixelError, match="without RealWorldValueLastValueMapped"):
        ParametricMap(made(np.zeros((2, 2, 2), np.float32), [broken]))


def test_frames_that_are_not_there():
    """A million that are claimed take no memory; of two of one place the first counts, which is an issue."""
    ds = made(np.zeros((2, 2, 2), np.float32), [mapping()])
    ds.NumberOfFrames = 10**6
    pm = ParametricMap(written(ds))
    assert (2, [IssueCode.PIXEL_LENGTH_WRONG, IssueCode.FRAME_COUNT_WRONG]) == (
        len(pm), [issue.code for issue in pm.dataset.issues]
    )  # fmt: skip
    ds = made(np.arange(8, dtype=np.float32).reshape(2, 2, 2), [mapping()])
    ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]
    pm = ParametricMap(ds)
    np.testing.assert_array_equal([[[0, 1], [2, 3]]], pm.values())
    assert [IssueCode.PIXEL_DESCRIPTION_WRONG] == [issue.code for issue in ds.issues]
    ds = made(np.zeros((2, 2, 2), np.float32), [mapping()])
    ds.FloatPixelData = ds.FloatPixelData[:16]
    with pytest.raises(TruncatedError):
        ParametricMap(ds).values()


def test_limits():
    """A plane of real-world values is eight bytes a pixel; planes beyond memory are refused."""
    data = made(np.zeros((2, 8, 8), np.uint16), [mapping()]).to_bytes()
    pm = ParametricMap(dicomkit.dcmread(data, ReadOptions(limits=Limits(frame_bytes=300))))
    with pytest.raises(LimitExceededError):
        pm.values(0, 0)
    pm = ParametricMap(dicomkit.dcmread(data))
    pm.planes = range(10**12)  # type: ignore[assignment]
    with pytest.raises(PixelError, match="one by one"):
        pm.values()


SMALL = made(np.ones((2, 2, 2), np.float32), [mapping()]).to_bytes()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_raise_nothing_else(data: st.DataObject):
    """Whatever bytes become, there are values or a DicomError."""
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(132, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DicomError):
        ParametricMap(dicomkit.dcmread(bytes(content))).values()
