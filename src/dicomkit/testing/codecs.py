"""The suite that every codec passes, ours and anybody's (PS3.5 8.2): what `dicomkit.codecs.Codec` promises, tried out.

Use it with pytest, or call each check::

    import pytest
    from dicomkit.testing.codecs import checks

    @pytest.mark.parametrize("check", checks(MY_CODEC), ids=str)
    def test_my_codec(check):
        check()

The frames are made here, encoded by the codec itself, or by another one that is installed. That what it writes is
right must be shown by an implementation that somebody else wrote: two mistakes can agree.
"""

from __future__ import annotations

import pickle
import random
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dicomkit.codecs import DEFAULT_REGISTRY, EncodeOptions, FrameFormat
from dicomkit.errors import CodecError, PixelError, UnsupportedTransferSyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomkit.codecs import Codec, Registry

__all__ = ["FRAMES", "Check", "ConformanceError", "checks", "samples_of", "unchecked"]

_LOSSY = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 53, 55, 81, 91, 93, 112, 203))
_MIB = 1 << 20
_PLANE = FrameFormat(rows=37, columns=53)
_RGB = _PLANE.replace(samples_per_pixel=3, photometric_interpretation="RGB")

FRAMES: tuple[FrameFormat, ...] = (
    _PLANE,
    _PLANE.replace(rows=1, columns=1),
    _PLANE.replace(rows=64, columns=256),
    _PLANE.replace(bits_allocated=1, bits_stored=1),
    _PLANE.replace(bits_stored=6),
    _PLANE.replace(pixel_representation=1),
    *[
        _PLANE.replace(bits_allocated=16, bits_stored=bits, pixel_representation=signed)
        for bits in (9, 10, 12, 16)
        for signed in (0, 1)
    ],
    _PLANE.replace(bits_allocated=32, bits_stored=24),
    _PLANE.replace(bits_allocated=32, bits_stored=32, pixel_representation=1),
    _PLANE.replace(bits_allocated=32, bits_stored=32, is_float=True),
    _RGB,
    _RGB.replace(planar_configuration=1),
    _RGB.replace(bits_allocated=16, bits_stored=12),
    _RGB.replace(photometric_interpretation="YBR_FULL"),
)
"""Frames of each kind that some transfer syntax has; of odd sizes, which widths of vectors and blocks do not fit."""


class ConformanceError(AssertionError):
    """A codec does not do what `dicomkit.codecs.Codec` says."""


class Check:
    """One check of one codec: call it; it raises ConformanceError, or what the codec should not have raised."""

    __slots__ = ("_run", "name")

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self.name = name
        self._run = run

    def __call__(self) -> None:
        """Run the check."""
        self._run()

    def __str__(self) -> str:
        return self.name


def checks(
    codec: Codec,
    encoded: Iterable[tuple[str, FrameFormat, bytes]] = (),
    *,
    others: Registry = DEFAULT_REGISTRY,
) -> list[Check]:
    """Return the checks of a codec.

    `encoded`: frames that it must decode besides, as (transfer syntax, format, bytes). Where neither the codec nor
    `others` can encode, there are no checks without them: `unchecked` tells.
    """
    found = [Check("members", partial(_members, codec))]
    if not codec.is_available:
        return [*found, Check("absence", partial(_absence, codec))]
    given = list(encoded)
    for uid in sorted(codec.decodes - unchecked(codec, given, others=others)):
        frames = [(frame, data) for known, frame, data in given if known == uid]
        for name, decoding in _DECODING.items():
            found.append(Check(f"{uid} {name}", partial(_each, codec, uid, frames, others, decoding)))
    for uid in sorted(codec.encodes):
        for name, encoding in _ENCODING.items():
            found.append(Check(f"{uid} {name}", partial(encoding, codec, uid, others)))
    return found


def unchecked(
    codec: Codec, encoded: Iterable[tuple[str, FrameFormat, bytes]] = (), *, others: Registry = DEFAULT_REGISTRY
) -> frozenset[str]:
    """Return the transfer syntaxes that a codec decodes and `checks` has nothing to decode of."""
    given = {uid for uid, _, _ in encoded}
    return frozenset(
        uid
        for uid in codec.decodes - codec.encodes - given
        if not any(other.is_available for other in others.encoders(uid))
    )


def samples_of(frame: FrameFormat) -> np.ndarray:
    """Return samples like those of an image: smooth, with an edge, noise, and the extremes that `frame` allows."""
    noise = np.random.default_rng(frame.rows * frame.columns)
    y, x = np.mgrid[: frame.rows, : frame.columns]
    picture = np.sin(x / 9.0) * np.cos(y / 7.0) * 0.3 + 0.5 + (x > frame.columns // 2) * 0.1
    picture = picture[..., None] + np.linspace(0, 0.05, frame.samples_per_pixel)
    picture = picture.reshape(frame.shape) + noise.normal(0, 0.005, frame.shape)
    if frame.is_float:
        floats: np.ndarray = picture.astype(frame.dtype)
        return floats
    low, high = frame.value_range
    samples: np.ndarray = np.clip(np.rint(low + picture * (high - low)), low, high).astype(frame.dtype)
    samples[0, 0], samples[-1, -1] = low, high
    return samples


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise ConformanceError(message)


# --- what it says of itself -------------------------------------------------------------------------------------------


def _members(codec: Codec) -> None:
    _expect(codec.name != "" and codec.name.isprintable(), "a codec has a name of one line")
    _expect(isinstance(codec.requires, str), "requires is a requirement, or an empty text")
    for uids in (codec.decodes, codec.encodes):
        _expect(isinstance(uids, frozenset), "decodes and encodes are frozensets")
    _expect(bool(codec.decodes | codec.encodes), "it does nothing")
    _expect(hash(codec) == hash(codec), "a codec can be hashed")
    _expect(pickle.loads(pickle.dumps(codec)) == codec, "a codec can be sent to another process")  # noqa: S301
    for uid in codec.decodes | codec.encodes:
        for frame in (_PLANE, _RGB):
            found = codec.photometric_interpretation(uid, frame)
            _expect(found != "", f"{uid}: no photometric interpretation")


def _absence(codec: Codec) -> None:
    _expect(codec.requires != "", "what is not available says how to install it")
    for uid in codec.decodes:
        try:
            codec.decode(b"", uid, _PLANE)
        except (CodecError, UnsupportedTransferSyntaxError):
            continue
        raise ConformanceError(f"{uid}: decoding without what it needs is no error")


# --- decoding ---------------------------------------------------------------------------------------------------------


def _each(
    codec: Codec,
    uid: str,
    given: list[tuple[FrameFormat, bytes]],
    others: Registry,
    check: Callable[[Codec, str, FrameFormat, bytes], None],
) -> None:
    frames = given or [(frame, data) for frame, _, data in _encoded(codec, uid, others)]
    _expect(bool(frames), f"{uid}: nothing could be encoded")
    decoded = 0
    for frame, data in frames:
        try:
            codec.decode(data, uid, frame)
        except CodecError:
            _expect(not given, f"{uid}: a frame that was handed over is not decoded")
            continue  # what another codec encoded need not be what this one is for
        decoded += 1
        check(codec, uid, frame, data)
    _expect(decoded > 0, f"{uid}: it decodes none of {len(frames)} frames")


def _encoded(codec: Codec, uid: str, others: Registry) -> Iterator[tuple[FrameFormat, np.ndarray, bytes]]:
    """Give frames encoded by the codec, or by the first other one that is installed."""
    encoder = codec if uid in codec.encodes else None
    if encoder is None:
        encoder = next((other for other in others.encoders(uid) if other.is_available), None)
    if encoder is None:
        return
    for frame in FRAMES:
        samples = samples_of(frame)
        try:
            yield frame, samples, encoder.encode(samples, uid, frame, EncodeOptions())
        except (CodecError, ValueError):
            continue  # no frame for this transfer syntax


def _results(codec: Codec, uid: str, frame: FrameFormat, data: bytes) -> None:
    """The array is the documented one, of its own, whatever holds the data; several threads find the same."""
    samples = codec.decode(data, uid, frame)
    _expect(samples.shape == frame.shape, f"{frame}: shape {samples.shape}, not {frame.shape}")
    _expect(samples.dtype == frame.dtype, f"{frame}: type {samples.dtype}, not {frame.dtype}")
    _expect(samples.dtype.isnative, f"{frame}: samples in another byte order than the machine's")
    _expect(samples.flags.c_contiguous, f"{frame}: the array is not C-contiguous")
    _expect(samples.flags.writeable, f"{frame}: the array cannot be written to")
    kept = samples.copy()
    samples.fill(0)
    for same in (memoryview(data), memoryview(bytearray(data)), data + b"\0" * (len(data) & 1)):
        again = codec.decode(same, uid, frame)
        _expect(bool((again == kept).all()), f"{frame}: the same data decodes to something else")
    with ThreadPoolExecutor(4) as pool:
        for again in pool.map(lambda _: codec.decode(data, uid, frame), range(8)):
            _expect(bool((again == kept).all()), f"{frame}: threads decode to something else")
    if not frame.is_float:
        low, high = frame.value_range
        inside = low <= int(kept.min()) and int(kept.max()) <= high
        _expect(inside, f"{frame}: samples from {kept.min()} to {kept.max()} are not of {frame.bits_stored} bits")


def _destination(codec: Codec, uid: str, frame: FrameFormat, data: bytes) -> None:
    """Decoding into an array writes there; an array that does not fit is a ValueError and no CodecError."""
    expected = codec.decode(data, uid, frame)
    out = np.zeros(frame.shape, frame.dtype)
    _expect(codec.decode(data, uid, frame, out) is out, f"{frame}: what was to be decoded into is not returned")
    _expect(bool((out == expected).all()), f"{frame}: decoded into an array, it is something else")
    flat = np.zeros(frame.samples, frame.dtype)
    wide = np.zeros((*frame.shape[:-1], frame.shape[-1] * 2), frame.dtype)[..., ::2]
    other = np.zeros(frame.shape, np.complex64)
    for wrong in (flat, wide, other):
        if wrong.shape == frame.shape and wrong.dtype == frame.dtype and wrong.flags.c_contiguous:
            continue
        try:
            codec.decode(data, uid, frame, wrong)
        except ValueError as error:
            _expect(not isinstance(error, CodecError), "an array that does not fit is not the codestream's fault")
            continue
        raise ConformanceError(f"{frame}: decodes into an array of {wrong.shape} {wrong.dtype}")


def _damage(codec: Codec, uid: str, frame: FrameFormat, data: bytes) -> None:
    """Cut and mutated frames give a frame or a CodecError, and nothing else."""
    chance = random.Random(len(data))  # noqa: S311  nothing is secret
    cuts = sorted({0, 1, 2, 3, 10, 63, 64, 65, *[chance.randrange(len(data) + 1) for _ in range(20)]})
    damaged = [data[:cut] for cut in cuts if cut < len(data)]
    for _ in range(60):
        copy = bytearray(data)
        for _ in range(chance.choice((1, 1, 3, 10))):
            copy[chance.randrange(len(copy))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        damaged.append(bytes(copy))
    for bad in [*damaged, bytes(len(data)), b"\xff" * len(data)]:
        try:
            samples = codec.decode(bad, uid, frame)
        except CodecError:
            continue
        _expect(samples.shape == frame.shape and samples.dtype == frame.dtype, f"{frame}: damage changes the array")


def _geometry(codec: Codec, uid: str, frame: FrameFormat, data: bytes) -> None:
    """A frame that is larger than what was encoded is a CodecError, before the memory for it is taken."""
    for rows, columns in ((frame.rows * 100 + 1, frame.columns), (65535, 65535), (2**32 - 1, 2**32 - 1)):
        larger = frame.replace(rows=rows, columns=columns)
        tracemalloc.start()
        try:
            codec.decode(data, uid, larger)
        except CodecError:
            peak = tracemalloc.get_traced_memory()[1]
            _expect(peak < 16 * _MIB, f"{peak} bytes are taken for a frame that is not there")
            continue
        finally:
            tracemalloc.stop()
        raise ConformanceError(f"{columns} columns and {rows} rows are decoded from {frame}")


_DECODING: dict[str, Callable[[Codec, str, FrameFormat, bytes], None]] = {
    "decodes to the documented array": _results,
    "decodes into an array": _destination,
    "survives damage": _damage,
    "takes no memory for what is not there": _geometry,
}


# --- encoding ---------------------------------------------------------------------------------------------------------


def _round_trip(codec: Codec, uid: str, others: Registry) -> None:
    """What was encoded decodes to itself, or near it where the transfer syntax is lossy."""
    decoder = codec if uid in codec.decodes else others.decoder(uid)
    count = 0
    for frame, samples, data in _encoded(codec, uid, others):
        count += 1
        _expect(type(data) is bytes, f"{frame}: encoded to {type(data)}, not bytes")
        found = decoder.decode(data, uid, frame)
        if uid not in _LOSSY:
            _expect(bool((found == samples).all()), f"{frame}: what was encoded decodes to something else")
            continue
        if frame.bits_stored < 8:
            continue  # so few values leave nothing to be near to
        low, high = frame.value_range
        mean = float(np.abs(found.astype(float) - samples).mean())
        _expect(mean <= (high - low) * 0.05, f"{frame}: decoded samples differ by {mean:.1f} on average")
    _expect(count > 0, f"{uid}: it encodes none of {len(FRAMES)} frames")


def _refusals(codec: Codec, uid: str, others: Registry) -> None:
    """Samples of another shape, type or more bits than are stored, and options without meaning, are refused."""
    for frame, samples, _ in _encoded(codec, uid, others):
        wrong: list[tuple[np.ndarray, type[ValueError]]] = [
            (samples[None], ValueError),
            (samples.astype(np.complex64), ValueError),
            (samples[:0], ValueError),
        ]
        if not frame.is_float and frame.bits_stored < 8 * samples.itemsize:
            large = samples.copy()
            large.flat[0] = frame.value_range[1] + 1
            wrong.append((large, CodecError))
        for bad, expected in wrong:
            try:
                codec.encode(bad, uid, frame, EncodeOptions())
            except (ValueError, PixelError) as error:
                _expect(isinstance(error, expected), f"{frame}: {error!r} where a {expected.__name__} tells the caller")
                continue
            raise ConformanceError(f"{frame}: encodes {bad.dtype} {bad.shape} up to {np.abs(bad).max()}")
    for options in (EncodeOptions(quality=50), EncodeOptions(ratio=10), EncodeOptions(near=3)):
        if uid in _LOSSY:
            continue
        try:
            codec.encode(samples_of(_PLANE), uid, _PLANE, options)
        except ValueError as error:
            _expect(not isinstance(error, CodecError), f"{options}: the caller's mistake is a ValueError")
            continue
        raise ConformanceError(f"{uid} is lossless and takes {options}")


def _steadiness(codec: Codec, uid: str, others: Registry) -> None:
    """The same samples are encoded to the same bytes, in any thread and however they lie in memory; they stay as is."""
    for frame, samples, data in _encoded(codec, uid, others):
        kept = samples.copy()
        lying = np.asfortranarray(samples)
        with ThreadPoolExecutor(4) as pool:
            jobs = [samples, lying, samples, lying]
            found = list(pool.map(lambda each, f=frame: codec.encode(each, uid, f, EncodeOptions()), jobs))
        _expect(all(each == data for each in found), f"{frame}: the same samples are encoded to something else")
        _expect(bool((samples == kept).all()), f"{frame}: encoding changes the caller's samples")


_ENCODING: dict[str, Callable[[Codec, str, Registry], None]] = {
    "encodes what decodes to the same": _round_trip,
    "refuses what it cannot encode": _refusals,
    "encodes the same to the same": _steadiness,
}
