"""Pixels of a data set against the bare call of the codec, two threads against a loop, native ones against memcpy."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

import dicomkit
from benchmarks.files import Files
from benchmarks.harness import Comparison, Subject
from dicomkit import Dataset
from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.jpeg_ls import JPEG_LS
from dicomkit.codecs.rle import RLE
from dicomkit.pixels import pixel_array, transcode

SIZE, FRAMES = 1024, 24
ROOT = "1.2.840.10008.1.2"
RLE_UID = f"{ROOT}.5"
FRAME = FrameFormat(rows=SIZE, columns=SIZE, bits_allocated=16, bits_stored=12)
OPTIONS = EncodeOptions()


@cache
def _slice() -> np.ndarray:
    """Give samples as an MR has them: a smooth object with noise, and a dark background of few values."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:SIZE, :SIZE]
    object_ = 2000 * np.exp(-((x - SIZE / 2) ** 2 + (y - SIZE / 2) ** 2) / (SIZE / 3) ** 2)
    noisy = object_ + random.normal(0, 30, (SIZE, SIZE))
    noisy[object_ < 200] = random.integers(0, 8, int((object_ < 200).sum()))
    return np.clip(noisy, 0, 4095).astype(np.uint16)


@cache
def _file(uid: str, frames: int) -> bytes:
    """Give a file of some frames in a transfer syntax."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.3", SOPInstanceUID="1.2.3")
    array = _slice() if frames == 1 else np.stack([np.roll(_slice(), number, 0) for number in range(frames)])
    ds.set_pixel_data(array, bits_stored=12)
    return (ds if uid == f"{ROOT}.1" else transcode(ds, uid)).to_bytes()


def _checked(job: Callable[[], np.ndarray]) -> Callable[[], str]:
    """Give a job whose result is looked at once: the harness compares the first answers, as text."""
    answers: list[str] = []

    def run() -> str:
        result = job()
        if not answers:
            answers.append(hashlib.sha256(np.ascontiguousarray(result)).hexdigest())
        return answers[0]

    return run


def _bare() -> dict[str, tuple[str, Callable[..., np.ndarray]]]:
    """Give the function of a codec for each transfer syntax: bytes, and an array to decode into."""
    import imagecodecs

    def rle(data: bytes, out: np.ndarray | None = None) -> np.ndarray:
        return RLE.decode(data, RLE_UID, FRAME, out)

    def jpeg_ls(data: bytes, out: np.ndarray | None = None) -> np.ndarray:
        return JPEG_LS.decode(data, f"{ROOT}.4.80", FRAME, out)

    return {
        "jpeg-lossless": (f"{ROOT}.4.70", imagecodecs.jpeg8_decode),
        "jpeg-ls": (f"{ROOT}.4.80", jpeg_ls),
        "jpeg-2000": (f"{ROOT}.4.90", imagecodecs.jpeg2k_decode),
        "htj2k": (f"{ROOT}.4.201", imagecodecs.jpeg2k_decode),
        "rle": (RLE_UID, rle),
    }


def _one_frame(name: str, uid: str, decode: Callable[..., np.ndarray]) -> Iterator[Subject]:
    import pydicom

    data = _file(uid, 1)
    ds, theirs = dicomkit.dcmread(data), pydicom.dcmread(io.BytesIO(data))
    encoded = dicomkit.file.frame_bytes(ds, 0)
    ours = _checked(lambda: ds.pixel_array)
    yield Comparison(f"pixels-{name}-vs-bare-call", "the codec", ours, _checked(lambda: decode(encoded)))

    def pydicom_array() -> np.ndarray:
        theirs._pixel_array = theirs._pixel_id = None  # it keeps the last one
        return theirs.pixel_array

    yield Comparison(f"pixels-{name}-vs-pydicom", "pydicom", ours, _checked(pydicom_array))


def _two_threads(name: str, uid: str, decode: Callable[..., np.ndarray]) -> Comparison:
    """Give many frames by two threads against two threads with a half each, into one array."""
    ds = dicomkit.dcmread(_file(uid, FRAMES))
    encoded = list(dicomkit.file.iter_frame_bytes(ds))

    def bare() -> np.ndarray:
        out = np.empty((FRAMES, SIZE, SIZE), np.uint16)

        def half(first: int) -> None:
            for number in range(first, first + FRAMES // 2):
                decode(encoded[number], out=out[number])

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(half, (0, FRAMES // 2)))
        return out

    ours = _checked(lambda: pixel_array(ds, threads=2))
    return Comparison(f"pixels-{name}-2-threads-vs-bare-loop", "two threads", ours, _checked(bare))


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons."""
    for name, (uid, decode) in _bare().items():
        yield from _one_frame(name, uid, decode)
        yield _two_threads(name, uid, decode)
    ds = dicomkit.dcmread(_file(f"{ROOT}.1", FRAMES))
    source = ds.pixel_array
    yield Comparison("pixels-native-vs-memcpy", "memcpy", _checked(lambda: ds.pixel_array), _checked(source.copy))
