"""Waveforms as arrays, compared with pydicom, and with the tables of G.711 as Python's audioop has them."""

from __future__ import annotations

import struct
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit.core.issue import IssueCode
from dicomkit.errors import DicomError, EncodingError, MissingElementError
from dicomkit.objects import Channel, waveform_groups
from tests.corpora import real_file, real_files


def waveform(data: bytes, bits: int = 16, kind: str = "SS", channels: int = 2, **more: object) -> dicomkit.Dataset:
    """Make a waveform of one group whose channels are in millivolts, 0.5 per sample, and 10 above zero."""
    item = dicomkit.Dataset()
    item.NumberOfWaveformChannels = channels
    item.NumberOfWaveformSamples = len(data) * 8 // bits // channels
    item.SamplingFrequency = 100
    item.WaveformBitsAllocated = bits
    item.WaveformSampleInterpretation = kind
    item.ChannelDefinitionSequence = [channel() for _ in range(channels)]
    item.add(dicomkit.DataElement(0x54001010, "OB" if bits == 8 else "OW", data))
    for keyword, value in more.items():
        setattr(item, keyword, value)
    ds = dicomkit.Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.9.1.2", "1.2.3"
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds.WaveformSequence = [item]
    return ds


def channel() -> dicomkit.Dataset:
    """Make the definition of a channel."""
    units, ds = dicomkit.Dataset(), dicomkit.Dataset()
    units.CodeValue, units.CodingSchemeDesignator, units.CodeMeaning = "mV", "UCUM", "millivolt"
    ds.ChannelLabel, ds.ChannelSensitivity, ds.ChannelBaseline = "I", 0.25, 10
    ds.ChannelSensitivityCorrectionFactor, ds.ChannelSampleSkew, ds.WaveformBitsStored = 2, 5, 16
    ds.ChannelSensitivityUnitsSequence = [units]
    return ds


def waveform_files() -> list[Path]:
    """Give the real files that hold a waveform."""
    return [path for name, path in real_files() if "waveform" in name]


@pytest.mark.parametrize("path", waveform_files(), ids=lambda path: path.name)
def test_samples_and_values_are_those_of_pydicom(path: Path):
    """Of every group, raw and in physical units."""
    theirs, ours = pydicom.dcmread(path), waveform_groups(dicomkit.dcmread(path))
    assert len(theirs.WaveformSequence) == len(ours) > 0
    for index, group in enumerate(ours):
        raw = pydicom.waveforms.multiplex_array(theirs, index, as_raw=True)
        assert (True, raw.dtype) == (np.array_equal(raw, group.samples), group.samples.dtype)
        assert np.allclose(theirs.waveform_array(index), group.physical_values(), rtol=1e-15, atol=1e-12)


def test_what_a_group_says_of_itself(corpus: object):
    """Label, frequency, originality, channels and their units, of an electrocardiogram."""
    rhythm, beat = waveform_groups(dicomkit.dcmread(real_file("waveform_ecg.dcm")))
    assert ("RHYTHM", 1000.0, 0.0, "ORIGINAL") == (
        rhythm.label, rhythm.sampling_frequency, rhythm.time_offset, rhythm.originality
    )  # fmt: skip
    expected = Channel(source="Lead I (Einthoven)", units="uV", sensitivity=1.25, bits_stored=16)
    assert expected == rhythm.channels[0]
    assert ("MEDIAN BEAT", (1200, 12)) == (beat.label, beat.samples.shape)
    assert (0.0, 9.999) == (rhythm.times()[0], rhythm.times()[-1])
    assert "<MultiplexGroup 'RHYTHM': 12 channels of 10000 samples>" == repr(rhythm)
    rhythm.samples[0, 0] = 7
    assert 7 * 1.25 == rhythm.physical_values()[0, 0]


NUMBERS = {"SB": (8, "b"), "UB": (8, "B"), "SS": (16, "h"), "US": (16, "H"), "SL": (32, "i"), "UL": (32, "I")}


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"])
def test_each_kind_of_number(kind: str, syntax: str):
    """The least and the largest number of each kind, in each byte order: sample * 0.25 * 2 + 10."""
    bits, code = NUMBERS[kind]
    least = -(1 << bits - 1) if kind[0] == "S" else 0
    numbers = [least, least + (1 << bits) - 1, 1, 2]
    ds = waveform(struct.pack(f"<4{code}", *numbers), bits, kind)
    converted = dicomkit.dcmread(ds.to_bytes(dicomkit.WriteOptions(transfer_syntax=syntax)))
    for each in (ds, converted):
        (group,) = waveform_groups(each)
        assert numbers == group.samples.ravel().tolist()
        assert [number * 0.5 + 10 for number in numbers] == group.physical_values().ravel().tolist()


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="audioop left Python")
@pytest.mark.parametrize(("kind", "function", "scale"), [("MB", "ulaw2lin", 4), ("AB", "alaw2lin", 8)])
def test_mu_law_and_a_law(kind: str, function: str, scale: int):
    """All 256 codes are what audioop makes of them, in 16 bits instead of 14 and 13."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import audioop
    codes = bytes(range(256))
    expected = np.frombuffer(getattr(audioop, function)(codes, 2), "=i2") / scale
    (group,) = waveform_groups(waveform(codes, 8, kind, 1))
    assert expected.tolist() == group.linear_samples().ravel().tolist()
    assert (expected * 0.5 + 10).tolist() == group.physical_values().ravel().tolist()
    assert list(codes) == group.samples.ravel().tolist()


def test_padding_is_no_measurement():
    """A sample that is the Waveform Padding Value is NaN, and only that one."""
    ds = waveform(struct.pack("<4h", 1, -32768, 3, 4))
    ds.WaveformSequence[0].add(dicomkit.DataElement(0x5400100A, "OW", struct.pack("<h", -32768)))
    (group,) = waveform_groups(dicomkit.dcmread(ds.to_bytes()))
    assert [[False, True], [False, False]] == np.isnan(group.physical_values()).tolist()
    assert -32768 == group.padding_value


def test_times():
    """Milliseconds of the group and samples of the channel are seconds; without a frequency there are none."""
    (group,) = waveform_groups(waveform(bytes(16), MultiplexGroupTimeOffset=500))
    assert [0.5, 0.51, 0.52, 0.53] == group.times().round(9).tolist()
    assert [0.55, 0.56, 0.57, 0.58] == group.times(1).round(9).tolist()
    (group,) = waveform_groups(waveform(bytes(16), SamplingFrequency=None))
    with pytest.raises(MissingElementError, match="Sampling Frequency"):
        group.times()


def test_no_channel_definitions():
    """Channels that nothing defines are numbers without a unit."""
    (group,) = waveform_groups(waveform(struct.pack("<2h", 1, 2), ChannelDefinitionSequence=None))
    assert ((Channel(), Channel()), [[1.0, 2.0]]) == (group.channels, group.physical_values().tolist())


def test_fewer_samples_than_are_said():
    """Those that are whole are given, and the difference is an issue."""
    made = waveform(struct.pack("<5h", 1, 2, 3, 4, 5), NumberOfWaveformSamples=0xFFFFFFFF)
    ds = dicomkit.dcmread(made.to_bytes())
    (group,) = waveform_groups(ds)
    assert [[1, 2], [3, 4]] == group.samples.tolist()
    assert [IssueCode.VALUE_LENGTH] == [issue.code for issue in ds.issues]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"WaveformBitsAllocated": 64}, EncodingError),
        ({"WaveformSampleInterpretation": "SB"}, EncodingError),
        ({"NumberOfWaveformChannels": 0}, EncodingError),
        ({"NumberOfWaveformChannels": [1, 2]}, EncodingError),
        ({"NumberOfWaveformSamples": None}, MissingElementError),
        ({"WaveformData": None}, MissingElementError),
    ],
)
def test_descriptions_that_are_wrong(changes: dict[str, object], error: type[DicomError]):
    """An error of ours."""
    with pytest.raises(error):
        waveform_groups(waveform(bytes(8), **changes))


def test_what_is_no_waveform():
    """A data set without Waveform Sequence."""
    with pytest.raises(MissingElementError, match="no waveform"):
        waveform_groups(dicomkit.Dataset())


@given(at=st.integers(0, 10**9), byte=st.integers(0, 255))
def test_damaged_files_give_arrays_or_errors_of_ours(at: int, byte: int):
    """Whatever byte of the file is another one."""
    ds = waveform(bytes(range(16)))
    data = bytearray(ds.to_bytes())
    data[at % len(data)] = byte
    try:
        for group in waveform_groups(dicomkit.dcmread(bytes(data))):
            assert group.samples.shape == group.physical_values().shape
    except DicomError:
        pass


def test_physical_values_of_a_part():
    """Of the samples between two numbers, as a slice has them, padding too."""
    ds = waveform(struct.pack("<8h", 1, -32768, 3, 4, 5, 6, -32768, 8))
    ds.WaveformSequence[0].add(dicomkit.DataElement(0x5400100A, "OW", struct.pack("<h", -32768)))
    (group,) = waveform_groups(ds)
    np.testing.assert_array_equal(group.physical_values()[1:3], group.physical_values(1, 3))
    np.testing.assert_array_equal(group.physical_values()[2:], group.physical_values(2))
