"""Waveforms drawn as on paper: millimetres of time and of voltage, a row for each channel (PS3.3 C.10.9, PS3.17 C)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.errors import MissingElementError, PixelError, escaped
from dicomkit.pixels.graphics import Label, Stroke
from dicomkit.pixels.picture import Picture, imaging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dicomkit.objects.waveform import Channel, MultiplexGroup

__all__ = ["waveform_picture"]

# How many millivolts a unit is.
_MILLIVOLTS = {"uV": 1e-3, "mV": 1.0, "V": 1e3, "nV": 1e-6}
_PAPER, _THIN, _THICK, _INK, _GREY = (255, 255, 255), (255, 226, 226), (247, 178, 178), (0, 0, 0), (120, 120, 120)
# Lines are drawn that many times as large as they are shown, so that they are smooth.
_FINER = 2
# In millimetres: the margins, the room that a trace has at least and at most to either side, and between two of them.
_LEFT, _RIGHT, _TOP, _BOTTOM = 25, 10, 10, 10
_LEAST, _MOST, _BETWEEN = 6.0, 30.0, 2.0
_OTHER_HEIGHT = 20.0  # of what is no voltage, from its least to its greatest value
_LONGEST = 30.0  # seconds that are drawn unless it is said
_LARGEST = 1 << 26  # pixels
_MOST_NAME = 24


class _Row(Options):
    """A channel as it is drawn: millimetres above its line, and how far it goes up and down from it."""

    name: str = ""
    heights: NDArray[np.float64] = np.empty(0)
    up: float = 0.0
    down: float = 0.0
    pulse: float = 0.0
    """The height of a millivolt; 0 for what is no voltage."""


def waveform_picture(
    group: MultiplexGroup,
    *,
    channels: Sequence[int] | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    speed: float = 25.0,
    gain: float = 10.0,
    pixels_per_mm: int = 5,
) -> Picture:
    """Return channels of a group as a picture, one below the other, on a grid of 1 and 5 mm.

    `speed` is in mm/s, `gain` in mm/mV; each voltage begins with a pulse of 1 mV and 0.2 s. What is no voltage is drawn
    20 mm high, with its range in its name. `channels` are counted from 0; `start` and `seconds` choose a time within
    the group, by default its first 30 s. Padding is a gap. Nothing of the patient is written on it.

    Raises IndexError for a channel that there is not, MissingElementError without a sampling frequency, PixelError for
    a picture larger than 67 million pixels, and where Pillow is missing.
    """
    if not (speed > 0 and gain > 0 and pixels_per_mm > 0 and start >= 0 and (seconds is None or seconds > 0)):
        raise ValueError("speed, gain, pixels_per_mm and seconds are positive, start is not negative")
    if not group.sampling_frequency > 0:
        raise MissingElementError("no Sampling Frequency (003A,001A)", tag=0x003A001A)
    count = len(group.channels)
    chosen = range(count) if channels is None else channels
    for channel in chosen:
        if not 0 <= channel < count:
            raise IndexError(f"channel {channel} of {count} (the first is 0)")
    whole = len(group.samples) / group.sampling_frequency
    length = min(max(whole - start, 0.0), _LONGEST if seconds is None else seconds)
    width_mm = _LEFT + math.ceil(max(length, 0.2) * speed / 5) * 5 + _RIGHT
    _check_size(width_mm, (2 * _LEAST + _BETWEEN) * len(chosen), pixels_per_mm)
    first = min(round(start * group.sampling_frequency), len(group.samples))
    last = min(first + math.ceil(length * group.sampling_frequency), len(group.samples))
    values = group.physical_values(first, last)
    rows = [_row(group.channels[channel], channel, values[:, channel], gain) for channel in chosen]
    height_mm = _TOP + math.ceil(sum(row.up + row.down + _BETWEEN for row in rows) / 5) * 5 + _BOTTOM
    _check_size(width_mm, height_mm, pixels_per_mm)
    scale = pixels_per_mm * _FINER
    lines = _lines(rows)
    strokes = _strokes(rows, lines, speed / group.sampling_frequency, speed, scale)
    fine = imaging("draw_on_picture")(_paper(width_mm, height_mm, scale), strokes, [], _INK)
    shown = imaging("resized_picture")(fine, width_mm * pixels_per_mm, height_mm * pixels_per_mm)
    ending = f", {start:g} to {start + length:g} of {whole:g} s" if length < whole else ""
    title = (
        f"{escaped(group.label, _MOST_NAME)}  {speed:g} mm/s  {gain:g} mm/mV  {group.sampling_frequency:g} Hz{ending}"
    )
    labels = _labels(rows, lines, title.strip(), (start, length, speed), height_mm, pixels_per_mm)
    return Picture(imaging("draw_on_picture")(shown, [], labels, _INK))


def _check_size(width_mm: float, height_mm: float, pixels_per_mm: int) -> None:
    width, height = width_mm * pixels_per_mm, height_mm * pixels_per_mm
    if width * height > _LARGEST:
        raise PixelError(f"a plot of {width:.0f} by {height:.0f} pixels: take fewer channels or seconds")


def _row(channel: Channel, number: int, values: NDArray[np.float64], gain: float) -> _Row:
    """A channel in millimetres: by the gain, or what is no voltage as high as there is room."""
    name = escaped(channel.label or _short(channel.source) or f"channel {number + 1}", _MOST_NAME)
    with np.errstate(all="ignore"):  # the numbers are the file's
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        millivolts = _MILLIVOLTS.get(channel.units)
        if millivolts is not None:
            heights = values * (millivolts * gain)
            middle = float(np.median(known)) * millivolts * gain if known.size else 0.0
            if abs(middle) > _MOST:  # an offset of the electrode, which is no signal
                heights = heights - middle
        else:
            units = f" {escaped(channel.units, 12)}" if channel.units else ""
            name = f"{name}\n{low:.4g} to {high:.4g}{units}"
            size = high - low
            heights = (values - low) / size * _OTHER_HEIGHT - _OTHER_HEIGHT / 2 if size > 0 else values * 0.0
        heights = np.where(np.isfinite(heights), heights, np.nan)
    drawn = heights[~np.isnan(heights)]
    up, down = (float(drawn.max()), -float(drawn.min())) if drawn.size else (0.0, 0.0)
    pulse = gain if millivolts is not None else 0.0
    return _Row(
        name=name,
        heights=heights,
        up=min(max(up, pulse, _LEAST), _MOST),
        down=min(max(down, _LEAST), _MOST),
        pulse=pulse,
    )


def _short(source: str) -> str:
    """What stands on paper of a source: I of "Lead I (Einthoven)"."""
    return source.partition("(")[0].strip().removeprefix("Lead ")


def _lines(rows: Sequence[_Row]) -> list[float]:
    """The zero of each row, in millimetres from the top."""
    found, at = [], float(_TOP)
    for row in rows:
        found.append(at + row.up)
        at += row.up + row.down + _BETWEEN
    return found


def _paper(width_mm: int, height_mm: int, scale: int) -> NDArray[np.uint8]:
    """Paper with a line each millimetre, thicker ones each five, so that five millimetres begin with the trace."""
    paper = np.empty((height_mm * scale, width_mm * scale, 3), np.uint8)
    paper[:] = _PAPER
    for step, color in ((1, _THIN), (5, _THICK)):
        for offset in range(_FINER):
            paper[offset :: step * scale] = color
            paper[:, offset :: step * scale] = color
    return paper


def _strokes(rows: Sequence[_Row], lines: Sequence[float], step: float, speed: float, scale: int) -> list[Stroke]:
    """The traces, and before each voltage its pulse; `step` is the millimetres between two samples."""
    strokes = []
    for row, line in zip(rows, lines, strict=True):
        if row.pulse:
            right = _LEFT - 3.0
            wide = min(0.2 * speed, right - 14)
            x = np.array([right - wide - 2, right - wide, right - wide, right, right, right + 2])
            y = line - np.array([0, 0, row.pulse, row.pulse, 0, 0])
            strokes.append(Stroke(np.stack([x, y], axis=1) * scale, width=_FINER))
        x, y = _thinned(np.arange(len(row.heights)) * step + _LEFT, row.heights, step * scale)
        points = np.stack([x, line - np.clip(y, -1e4, 1e4)], axis=1) * scale
        for piece in _pieces(points):
            strokes.append(Stroke(piece, width=_FINER))
    return strokes


def _thinned(
    x: NDArray[np.floating], y: NDArray[np.float64], step: float
) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
    """Where many samples fall into a pixel, the lowest and the highest of each: peaks stay, and drawing is fast."""
    together = int(1 / step)
    if together < 4:
        return x, y
    count = len(y) // together
    rest = y[count * together :]
    parts = y[: count * together].reshape(count, together)
    with np.errstate(all="ignore"):
        # A pixel with a gap in it is a gap.
        low, high = parts.min(axis=1), parts.max(axis=1)
    is_falling = parts[:, -1] < parts[:, 0]
    pairs = np.where(is_falling[:, None], np.stack([high, low], axis=1), np.stack([low, high], axis=1))
    at = x[: count * together : together]
    return np.concatenate([np.repeat(at, 2), x[count * together :]]), np.concatenate([pairs.reshape(-1), rest])


def _pieces(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The pieces between gaps."""
    gaps = np.flatnonzero(np.isnan(points[:, 1]))
    return [piece[~np.isnan(piece[:, 1])] for piece in np.split(points, gaps) if (~np.isnan(piece[:, 1])).any()]


def _labels(
    rows: Sequence[_Row],
    lines: Sequence[float],
    title: str,
    time: tuple[float, float, float],
    height_mm: int,
    scale: int,
) -> list[Label]:
    """The title, the names of channels, and the seconds below."""
    labels = [Label(title, scale, scale, 1e4, 6 * scale)]
    for row, line in zip(rows, lines, strict=True):
        labels.append(Label(row.name, 1 * scale, (line - 6) * scale, 14 * scale, line * scale))
    start, length, speed = time
    every = max(1, math.ceil(15 / speed))  # seconds, so that numbers do not touch
    for second in range(math.ceil(start), math.floor(start + length) + 1):
        if second % every == 0:
            x = (_LEFT + (second - start) * speed) * scale
            top = (height_mm - 6) * scale
            labels.append(Label(f"{second} s", x, top, x + 10 * scale, top + 5 * scale, color=_GREY))
    return labels
