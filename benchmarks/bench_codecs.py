"""Decode and encode frames: our codecs against others, preferred ones against the next; one thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np

from benchmarks.files import Files
from benchmarks.harness import Comparison, Subject
from dicomkit.codecs import DEFAULT_REGISTRY, Codec, EncodeOptions, FrameFormat
from dicomkit.codecs.native import NATIVE
from dicomkit.codecs.rle import RLE
from dicomkit.errors import UnsupportedTransferSyntaxError

NATIVE_UID, RLE_UID = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"
BITS = FrameFormat(rows=4096, columns=4096, bits_allocated=1, bits_stored=1)
OPTIONS = EncodeOptions()


def _frame(size: int, bits_stored: int = 12) -> FrameFormat:
    return FrameFormat(rows=size, columns=size, bits_allocated=16, bits_stored=bits_stored)


@cache
def _slice(size: int) -> np.ndarray:
    """Give samples as an MR has them: a smooth object with noise, and a dark background of few values."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:size, :size]
    object_ = 2000 * np.exp(-((x - size / 2) ** 2 + (y - size / 2) ** 2) / (size / 3) ** 2)
    noisy = object_ + random.normal(0, 30, (size, size))
    noisy[object_ < 200] = random.integers(0, 8, int((object_ < 200).sum()))
    return np.clip(noisy, 0, 4095).astype(np.uint16)


@cache
def _encoded(size: int) -> bytes:
    return RLE.encode(_slice(size), RLE_UID, _frame(size), OPTIONS)


def _timed(job: Callable[[], object], out: np.ndarray) -> Callable[[], str]:
    """Give a job that the harness can compare: it is run, and once its output is looked at.

    The comparison is by text, so only the first answer is the digest; looking at it each time would be measured.
    """
    answers: list[str] = []

    def run() -> str:
        job()
        if not answers:
            answers.append(hashlib.sha256(out.tobytes()).hexdigest())
        return answers[0]

    return run


def _rle(size: int) -> Iterator[Subject]:
    """Give decoding into an array that is there, against imagecodecs (likewise), pylibjpeg-rle and encoding."""
    import imagecodecs
    from rle import rle

    frame, data = _frame(size), _encoded(size)
    ours, theirs = np.zeros(frame.shape, np.uint16), np.zeros(frame.shape, np.uint16)
    decode = _timed(partial(RLE.decode, data, RLE_UID, frame, ours), ours)
    yield Comparison(
        f"rle-decode-{size}-vs-imagecodecs",
        "imagecodecs",
        decode,
        _timed(partial(imagecodecs.dicomrle_decode, data, dtype="<u2", out=theirs.reshape(-1).view(np.uint8)), theirs),
    )
    yield Comparison(
        f"rle-decode-{size}-vs-pylibjpeg-rle",
        "pylibjpeg-rle",
        lambda: len(RLE.decode(data, RLE_UID, frame).reshape(-1).view(np.uint8)),
        lambda: len(rle.decode_frame(data, size * size, 16, "<")),
    )
    yield Comparison(
        f"rle-encode-{size}-vs-pylibjpeg-rle",
        "pylibjpeg-rle",
        lambda: bool(RLE.encode(_slice(size), RLE_UID, frame, OPTIONS)),
        lambda: bool(rle.encode_frame(_slice(size).tobytes(), size, size, 1, 16, "<")),
    )


def _copies() -> Iterator[Subject]:
    """Give what is hardly more than a copy of the output, into an array that is there."""
    packed = np.random.default_rng(1).integers(0, 256, BITS.native_length, np.uint8).tobytes()
    bits = np.zeros(BITS.shape, np.uint8)
    unpack = _timed(partial(NATIVE.decode, packed, NATIVE_UID, BITS, bits), bits)

    def numpy_unpack() -> np.ndarray:
        return np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")

    expected = numpy_unpack()
    yield Comparison("unpack-bits-vs-numpy", "numpy.unpackbits", unpack, _timed(numpy_unpack, expected))
    copy = np.zeros_like(bits)
    yield Comparison(
        "unpack-bits-vs-memcpy", "memcpy", unpack, _timed(partial(np.copyto, copy, bits), expected), is_cost=True
    )
    for stored in (16, 12):
        frame = _frame(1024, stored)
        data = _slice(1024).tobytes()
        ours, theirs = np.zeros(frame.shape, np.uint16), np.zeros(frame.shape, np.uint16)
        source = np.frombuffer(data, np.uint16).reshape(frame.shape)
        yield Comparison(
            f"native-{stored}-bits-vs-memcpy",
            "memcpy",
            _timed(partial(NATIVE.decode, data, NATIVE_UID, frame, ours), ours),
            _timed(partial(np.copyto, theirs, source), theirs),
        )


def _preferences() -> Iterator[Subject]:
    """Give, for each transfer syntax that several installed codecs decode, the preferred one against the others.

    These have no budget: the order in ``dicomkit.codecs.preferences`` follows them, and licences.
    """
    frame = _frame(512)
    uids = sorted({uid for codec in DEFAULT_REGISTRY.codecs for uid in codec.decodes})
    for uid in uids:
        decoders = [codec for codec in DEFAULT_REGISTRY.decoders(uid) if codec.is_available]
        if len(decoders) < 2:
            continue
        try:
            data = DEFAULT_REGISTRY.encoder(uid).encode(_slice(512), uid, frame, OPTIONS)
        except (UnsupportedTransferSyntaxError, ValueError):
            continue  # nobody encodes it, or not 12 bits
        jobs = [partial(_shape, codec, data, uid, frame) for codec in decoders]
        for other, job in zip(decoders[1:], jobs[1:], strict=True):
            yield Comparison(
                f"decode-{uid.rpartition('.')[2]}-{decoders[0].name}-vs-{other.name}", other.name, jobs[0], job
            )


def _shape(codec: Codec, data: bytes, uid: str, frame: FrameFormat) -> tuple[int, ...]:
    return codec.decode(data, uid, frame).shape


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons."""
    for size in (512, 1024):
        yield from _rle(size)
    yield from _copies()
    yield from _preferences()
