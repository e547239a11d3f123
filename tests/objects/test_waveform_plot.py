"""Waveforms drawn as on paper: where the ink is, is what was measured."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

import dicomkit
from dicomkit.errors import MissingElementError, PixelError
from dicomkit.objects import Channel, MultiplexGroup, waveform_groups, waveform_picture
from tests.corpora import real_file

pytest.importorskip("PIL.Image")
LEFT = 25  # millimetres before the first sample
PER_MM = 5


def group(*values: np.ndarray, units: str = "mV", frequency: float = 100.0, **more: object) -> MultiplexGroup:
    """Make a group of channels whose samples are thousandths of the unit."""
    samples = np.stack(values, axis=1).astype(np.int32)
    channels = tuple(Channel(label=f"c{number}", units=units, sensitivity=0.001) for number in range(len(values)))
    return MultiplexGroup(samples, channels, interpretation="SL", sampling_frequency=frequency, **more)  # type: ignore[arg-type]


def ink(array: np.ndarray, column_mm: float) -> np.ndarray:
    """Give the rows, in pixels, that are drawn on in a column, given in millimetres; neither paper nor grid is dark."""
    column = array[:, round(column_mm * PER_MM)]
    return np.flatnonzero(column.max(axis=1) < 140)


def test_a_step_is_as_high_and_as_far_as_it_is_long():
    """Of 1 mV at 1 s: 10 mm up, 25 mm along, within a pixel; the pulse before it is as high."""
    step = np.where(np.arange(200) < 100, 0, 1000)
    array = waveform_picture(group(step)).array
    before, after = ink(array, LEFT + 24), ink(array, LEFT + 26)
    assert abs(before.mean() - after.mean() - 10 * PER_MM) <= 1
    pulse = ink(array, LEFT - 5.5)
    assert abs(pulse.mean() - after.mean()) <= 1
    rise = np.flatnonzero(array[round(after.mean() + 25), LEFT * PER_MM :].max(axis=1) < 140)
    assert rise.size
    assert abs(rise.mean() - 25 * PER_MM) <= 2


def test_twice_the_gain_is_twice_as_high():
    """The step of 1 mV is 20 mm then."""
    array = waveform_picture(group(np.where(np.arange(200) < 100, 0, 1000)), gain=20).array
    assert abs(ink(array, LEFT + 24).mean() - ink(array, LEFT + 26).mean() - 20 * PER_MM) <= 1


@pytest.mark.parametrize(("units", "factor"), [("uV", 1000), ("V", 0.001), ("nV", 1_000_000)])
def test_units_of_voltage(units: str, factor: float):
    """The same voltage in another unit is the same picture."""
    samples = np.round(1000 * np.sin(np.arange(300) / 20))
    expected = waveform_picture(group(samples)).array
    other = group(samples)
    other.channels = tuple(channel.replace(units=units, sensitivity=0.001 * factor) for channel in other.channels)
    difference = np.abs(expected.astype(int) - waveform_picture(other).array)
    assert 0.001 > (difference > 40).mean()


def test_speed_gain_and_time():
    """Twice the speed is twice as wide; what is chosen of the time is as wide as it is long."""
    wave = group(np.zeros(1000))
    usual = waveform_picture(wave)
    assert (25 + 250 + 10) * PER_MM == usual.columns
    assert (25 + 500 + 10) * PER_MM == waveform_picture(wave, speed=50).columns
    assert (25 + 50 + 10) * PER_MM == waveform_picture(wave, start=3, seconds=2).columns
    assert (25 + 750 + 10) * PER_MM == waveform_picture(group(np.zeros(100_000))).columns
    assert usual.rows < waveform_picture(wave, gain=20).rows


def test_channels_that_are_chosen():
    """Their order is the caller's; one that there is not is an IndexError."""
    wave = group(np.zeros(100), np.full(100, 500), np.full(100, -500))
    one, two = waveform_picture(wave, channels=[1]), waveform_picture(wave, channels=[2, 0])
    assert one.rows < two.rows < waveform_picture(wave).rows
    with pytest.raises(IndexError, match="channel 3 of 3"):
        waveform_picture(wave, channels=[3])


def test_peaks_stay_where_many_samples_fall_into_a_pixel():
    """One sample of ten thousand a second is seen."""
    samples = np.zeros(20_000)
    samples[10_001] = 1500
    array = waveform_picture(group(samples, frequency=10_000)).array
    column = np.concatenate([ink(array, LEFT + 25 + shift / PER_MM) for shift in (-1, 0, 1)])
    assert 14 * PER_MM < column.max() - column.min()


def test_padding_is_a_gap():
    """Nothing is drawn where nothing was measured."""
    samples = np.zeros(300)
    samples[100:200] = -9999
    array = waveform_picture(group(samples, padding_value=-9999)).array
    assert (1, 0, 1) == tuple(min(ink(array, LEFT + at).size, 1) for at in (20, 37, 60))
    nothing = waveform_picture(group(np.full(10, -9999), padding_value=-9999))
    assert nothing.rows > 0


def test_what_is_no_voltage():
    """A pressure is 20 mm high whatever its range, without a pulse; one that does not change is a line."""
    pressure = group(np.where(np.arange(100) < 50, 60_000, 120_000), units="mmHg")
    array = waveform_picture(pressure).array
    assert abs(ink(array, LEFT + 5).mean() - ink(array, LEFT + 20).mean() - 20 * PER_MM) <= 1
    assert 0 == ink(array, LEFT - 5.5).size
    assert 1 <= ink(waveform_picture(group(np.full(100, 7), units="mmHg")).array, LEFT + 5).size


def test_a_real_electrocardiogram(corpus: object):
    """Twelve leads of ten seconds; the beat of lead II stands as high as pydicom says, in one picture of it alone."""
    path = real_file("waveform_ecg.dcm")
    rhythm, _ = waveform_groups(dicomkit.dcmread(path))
    picture = waveform_picture(rhythm)
    assert (1425, True) == (picture.columns, picture.is_color)
    peak = int(np.argmax(rhythm.physical_values()[:, 1]))
    start = peak / 1000 - 0.5
    array = waveform_picture(rhythm, channels=[1], start=start, seconds=1).array
    column = np.concatenate([ink(array, LEFT + 12.5 + shift / PER_MM) for shift in (-1, 0, 1)])
    column = column[column > 8 * PER_MM]  # below the title
    height = pydicom.dcmread(path).waveform_array(0)[:, 1].max() / 1000 * 10
    zero = 10 + max(height, 10)
    assert abs(column.min() / PER_MM - (zero - height)) <= 0.6


def test_what_cannot_be_drawn():
    """Too much, no frequency, a measure that is none."""
    with pytest.raises(PixelError, match="take fewer channels or seconds"):
        waveform_picture(group(np.zeros(10_000_000)), seconds=1e5)
    many = group(np.zeros(10))
    many.channels = many.channels * 60_000
    with pytest.raises(PixelError, match="take fewer channels"):
        waveform_picture(many)
    with pytest.raises(MissingElementError):
        waveform_picture(group(np.zeros(10), frequency=0))
    for wrong in ({"speed": 0}, {"gain": -1}, {"seconds": 0}, {"start": -1}, {"pixels_per_mm": 0}):
        with pytest.raises(ValueError, match="are positive"):
            waveform_picture(group(np.zeros(10)), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("sensitivity", [1e300, -1e300, float("inf"), 0.0])
def test_numbers_of_any_size(sensitivity: float):
    """Traces leave the paper; there is a picture all the same."""
    wave = group(np.arange(100) - 50)
    wave.channels = tuple(channel.replace(sensitivity=sensitivity) for channel in wave.channels)
    assert waveform_picture(wave).rows < 1000
    assert waveform_picture(group(np.zeros(0))).columns > 0
