"""Waveforms: the samples of multiplex groups, and what they measure in physical units (PS3.3 C.10.9)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.core.issue import IssueCode
from dicomkit.dataset import Dataset, Sequence, decoding
from dicomkit.errors import EncodingError, MissingElementError, escaped
from dicomkit.pixels.describe import report

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Channel", "MultiplexGroup", "waveform_groups"]

_WAVEFORM_SEQUENCE, _WAVEFORM_DATA = 0x54000100, 0x54001010
# PS3.3 C.10.9.1.5: Waveform Bits Allocated and Waveform Sample Interpretation.
_TYPES = {
    (8, "SB"): "i1",
    (8, "UB"): "u1",
    (8, "MB"): "u1",
    (8, "AB"): "u1",
    (16, "SS"): "i2",
    (16, "US"): "u2",
    (32, "SL"): "i4",
    (32, "UL"): "u4",
}


class Channel(Options):
    """A channel of a multiplex group (PS3.3 C.10.9.1.4).

    A value in `units`, a UCUM code as a rule, is the sample times `sensitivity` times `correction_factor` plus
    `baseline`. `sensitivity` is None where the samples have no physical unit. `source` is the meaning of the code that
    says what is measured, "Lead I". `skew` is when its first sample was taken, in seconds after the group began.
    """

    label: str = ""
    source: str = ""
    units: str = ""
    sensitivity: float | None = None
    correction_factor: float = 1.0
    baseline: float = 0.0
    skew: float = 0.0
    bits_stored: int | None = None


class MultiplexGroup:
    """Channels that were sampled together (PS3.3 C.10.9.1).

    `samples` are the numbers that are stored, of shape (samples, channels), owned and writable; `interpretation` says
    what they are: SB, UB, SS, US, SL, UL, or MB and AB, codes of the mu-law and the A-law of ITU-T G.711.
    `sampling_frequency` is in hertz, 0 where it is not said, `time_offset` in seconds after the acquisition began.
    `padding_value` stands, among the samples, for none.
    """

    __slots__ = (
        "channels", "interpretation", "label", "originality", "padding_value", "samples", "sampling_frequency",
        "time_offset",
    )  # fmt: skip

    def __init__(
        self,
        samples: NDArray[np.integer],
        channels: tuple[Channel, ...],
        *,
        interpretation: str,
        sampling_frequency: float = 0.0,
        time_offset: float = 0.0,
        label: str = "",
        originality: str = "",
        padding_value: int | None = None,
    ) -> None:
        self.samples = samples
        self.channels = channels
        self.interpretation = interpretation
        self.sampling_frequency = sampling_frequency
        self.time_offset = time_offset
        self.label = label
        self.originality = originality
        self.padding_value = padding_value

    def __repr__(self) -> str:
        count, channels = self.samples.shape
        return f"<MultiplexGroup '{escaped(self.label)}': {channels} channels of {count} samples>"

    def linear_samples(self) -> NDArray[np.integer]:
        """Return the samples as numbers in proportion to what was measured: mu-law and A-law expanded.

        The unit is that of the tables of G.711: up to 8031 for the mu-law, up to 4032 for the A-law.
        """
        return self._linear(self.samples)

    def _linear(self, samples: NDArray[np.integer]) -> NDArray[np.integer]:
        table = _EXPANSIONS.get(self.interpretation)
        return samples if table is None else np.take(table, samples)

    def physical_values(self, start: int = 0, stop: int | None = None) -> NDArray[np.float64]:
        """Return what was measured, in the units of each channel, NaN where there is padding: (samples, channels).

        `start` and `stop` are numbers of samples, of which only those between are returned, as by a slice.
        """
        samples = self.samples[start:stop]
        values = self._linear(samples).astype(np.float64)
        with np.errstate(all="ignore"):  # the numbers are the file's
            for index, channel in enumerate(self.channels):
                sensitivity = 1.0 if channel.sensitivity is None else channel.sensitivity
                values[:, index] *= sensitivity * channel.correction_factor
                values[:, index] += channel.baseline
        if self.padding_value is not None:
            values[samples == self.padding_value] = np.nan
        return values

    def times(self, channel: int | None = None) -> NDArray[np.float64]:
        """Return when each sample was taken, in seconds after the acquisition began; of a channel, with its skew.

        Raises MissingElementError where there is no sampling frequency.
        """
        if not self.sampling_frequency > 0:
            raise MissingElementError("no Sampling Frequency (003A,001A)", tag=0x003A001A)
        start = self.time_offset + (0.0 if channel is None else self.channels[channel].skew)
        return start + np.arange(len(self.samples)) / self.sampling_frequency


def waveform_groups(ds: Dataset) -> tuple[MultiplexGroup, ...]:
    """Return the multiplex groups of a waveform, in the order of its Waveform Sequence.

    Where there are fewer samples than are said, those that are whole are returned, with an issue.

    Raises MissingElementError for what is no waveform or a group without its samples or their description, and
    EncodingError for a description that contradicts the standard.
    """
    items = ds.get("WaveformSequence")
    if not isinstance(items, Sequence):
        raise MissingElementError("no waveform: no Waveform Sequence (5400,0100)", tag=_WAVEFORM_SEQUENCE)
    return tuple([_group(item) for item in items])


def _group(item: Dataset) -> MultiplexGroup:
    bits, interpretation = _positive(item, "WaveformBitsAllocated"), _text(item, "WaveformSampleInterpretation")
    code = _TYPES.get((bits, interpretation))
    if code is None:
        message = f"Waveform Sample Interpretation '{escaped(interpretation)}' of {bits} bits (PS3.3 C.10.9.1.5)"
        raise EncodingError(message, path=decoding.path_of(item))
    dtype = np.dtype("<" + code)  # a data set gives bytes and words as they are in little endian
    samples = _samples(item, dtype)
    frequency = _number(item, "SamplingFrequency", 0.0)
    return MultiplexGroup(
        samples,
        _channels(item, samples.shape[1], frequency),
        interpretation=interpretation,
        sampling_frequency=frequency,
        time_offset=_number(item, "MultiplexGroupTimeOffset", 0.0) / 1000,
        label=_text(item, "MultiplexGroupLabel"),
        originality=_text(item, "WaveformOriginality"),
        padding_value=_padding(item, dtype),
    )


def _samples(item: Dataset, dtype: np.dtype[np.integer]) -> NDArray[np.integer]:
    channels, count = _positive(item, "NumberOfWaveformChannels"), _positive(item, "NumberOfWaveformSamples")
    value = item.get("WaveformData")
    if not isinstance(value, bytes) or not value:
        raise MissingElementError("a multiplex group without Waveform Data (5400,1010)", tag=_WAVEFORM_DATA)
    size = channels * dtype.itemsize
    expected = count * size
    if expected + expected % 2 != len(value) and expected != len(value):
        found = min(count, len(value) // size)
        message = f"Waveform Data of {len(value)} bytes: {channels} channels of {count} samples are {expected}"
        report(item, IssueCode.VALUE_LENGTH, message, f"took {found} samples", _WAVEFORM_DATA)
        count = found
    stored = np.frombuffer(value, dtype, count * channels).reshape(count, channels)
    return stored.astype(dtype.newbyteorder("="))


def _channels(item: Dataset, count: int, frequency: float) -> tuple[Channel, ...]:
    """The channels that are defined; the rest, if any, without a name."""
    defined = item.get("ChannelDefinitionSequence")
    channels = [_channel(each, frequency) for each in defined[:count]] if isinstance(defined, Sequence) else []
    return tuple(channels + [Channel()] * (count - len(channels)))


def _channel(item: Dataset, frequency: float) -> Channel:
    skew = _number(item, "ChannelTimeSkew", 0.0)
    if not skew and frequency > 0:
        skew = _number(item, "ChannelSampleSkew", 0.0) / frequency
    sensitivity, bits = _number(item, "ChannelSensitivity", math.nan), item.get("WaveformBitsStored")
    return Channel(
        label=_text(item, "ChannelLabel"),
        source=_code(item, "ChannelSourceSequence", "CodeMeaning"),
        units=_code(item, "ChannelSensitivityUnitsSequence", "CodeValue"),
        sensitivity=None if math.isnan(sensitivity) else sensitivity,
        correction_factor=_number(item, "ChannelSensitivityCorrectionFactor", 1.0),
        baseline=_number(item, "ChannelBaseline", 0.0),
        skew=skew,
        bits_stored=bits if isinstance(bits, int) else None,
    )


def _padding(item: Dataset, dtype: np.dtype[np.integer]) -> int | None:
    """Waveform Padding Value: a sample, in as many bytes as one has (C.10.9.1.7), or a byte and its padding."""
    value = item.get("WaveformPaddingValue")
    if isinstance(value, int):
        return value
    if not isinstance(value, bytes) or len(value) < dtype.itemsize:
        return None
    return int(np.frombuffer(value, dtype, 1)[0])


def _text(item: Dataset, keyword: str) -> str:
    value = item.get(keyword)
    return value.strip() if isinstance(value, str) else ""


def _code(item: Dataset, keyword: str, part: str) -> str:
    items = item.get(keyword)
    return _text(items[0], part) if isinstance(items, Sequence) and items else ""


def _positive(item: Dataset, keyword: str) -> int:
    value = item.get(keyword)
    if value is None:
        raise MissingElementError(f"a multiplex group without {keyword}")
    if not isinstance(value, int) or value < 1:
        raise EncodingError(f"a multiplex group whose {keyword} is {escaped(str(value))}", path=decoding.path_of(item))
    return value


def _number(item: Dataset, keyword: str, default: float) -> float:
    value = item.get(keyword)
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else default


def _mu_law_table() -> NDArray[np.int16]:
    """What G.711, table 2, gives for each of the 256 codes, which are sent inverted."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4 & 7).astype(np.int16), (code & 15).astype(np.int16)
    magnitude = ((2 * mantissa + 33) << exponent) - 33
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law_table() -> NDArray[np.int16]:
    """What G.711, table 1, gives for each of the 256 codes, whose even bits are sent inverted."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (code >> 4 & 7).astype(np.int16), (code & 15).astype(np.int16)
    base = 2 * mantissa + 1
    magnitude = np.where(exponent == 0, base, (base + 32) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_EXPANSIONS: dict[str, NDArray[np.integer]] = {"MB": _mu_law_table(), "AB": _a_law_table()}
