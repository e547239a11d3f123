"""The codecs that are ours under attack: native, RLE Lossless and Deflated Image Frame, and the kernel of RLE.

An input is a description of a frame in `HEAD` bytes, then the frame as it is encoded.
"""

from __future__ import annotations

import zlib
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from dicomkit._ext.pure import jpeg as jpeg_twin
from dicomkit._ext.pure import rle as twin
from dicomkit._ext.samples import jpeg as jpeg_kernel
from dicomkit._ext.samples import rle as kernel
from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.deflated_frame import DEFLATED_FRAME
from dicomkit.codecs.native import NATIVE
from dicomkit.codecs.rle import RLE, problems
from dicomkit.errors import CodecError
from dicomkit.testing.codecs import samples_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dicomkit.codecs import Codec

HEAD = 8
LITTLE, BIG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
RLE_UID, DEFLATED_UID = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1"
_ALLOCATED = (1, 8, 8, 16, 16, 32, 64, 8)
_COLORS = ("MONOCHROME2", "RGB", "YBR_FULL_422", "PALETTE COLOR")
CODECS: dict[str, tuple[Codec, tuple[str, ...]]] = {
    "native-frame": (NATIVE, (LITTLE, BIG)),
    "rle-frame": (RLE, (RLE_UID,)),
    "deflated-frame": (DEFLATED_FRAME, (DEFLATED_UID,)),
}


class BrokenPromiseError(AssertionError):
    """The codec took the input, but what it made of it contradicts what it promises."""


def described(head: bytes) -> FrameFormat:
    """Read the description of a frame; any bytes describe one that can be."""
    rows, columns, layout, stored, high, color, flags, scale = head
    allocated = _ALLOCATED[layout % 8]
    bits = 1 + stored % allocated
    name = _COLORS[color % 4]
    return FrameFormat(
        rows=(rows + 1) << (scale % 16 if scale >= 240 else 0),
        columns=columns + 1,
        samples_per_pixel=3 if name in ("RGB", "YBR_FULL_422") else 1,
        bits_allocated=allocated,
        bits_stored=bits,
        high_bit=bits - 1 + high % (allocated - bits + 1),
        pixel_representation=flags & 1,
        photometric_interpretation=name,
        planar_configuration=flags >> 1 & 1,
        in_words=bool(flags & 4),
    )


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Give frames of many layouts, encoded as they should be."""
    codec, uids = CODECS[name]
    found = []
    for layout in range(8):
        for color in range(3):
            for stored, high, flags in ((255, 0, 0), (11, 0, 1), (5, 2, 6)):
                head = bytes((6, 9, layout, stored, high, color, flags, 0))
                frame = described(head)
                for uid in uids:
                    try:
                        found.append(head + codec.encode(samples_of(frame), uid, frame, EncodeOptions()))
                    except CodecError:
                        continue
    return tuple(found)


def _run(name: str, data: bytes) -> Hashable:
    """Decode; what was decoded must be encoded to what decodes to the same."""
    codec, uids = CODECS[name]
    frame = described(data[:HEAD].ljust(HEAD, b"\0"))
    uid = uids[len(data) % len(uids)]
    content = data[HEAD:]
    if name == "deflated-frame" and data[7:8] < b"\x80":  # so that mutations reach the native frame
        content = zlib.compress(content, 1, -15)
    samples = codec.decode(content, uid, frame)
    if samples.shape != frame.shape or samples.dtype != frame.dtype:
        raise BrokenPromiseError(f"{samples.shape} {samples.dtype} for {frame}")
    again = codec.decode(codec.encode(samples, uid, frame, EncodeOptions()), uid, frame)
    if again.tobytes() != samples.tobytes():
        raise BrokenPromiseError(f"{frame}: encoded, the samples decode to others")
    odd = problems(content, frame) if codec is RLE else ()
    return data[2] % 8, len(odd), len(content).bit_length(), bool(samples.any())


def decoding(name: str) -> Callable[[bytes], Hashable]:
    """Give the function that runs a codec."""
    return partial(_run, name)


@cache
def segments() -> tuple[bytes, ...]:
    """Give runs of each kind, each behind four bytes that say how they are to be taken."""
    runs = b"".join(kernel.encode(bytes([i % (n + 1) for i in range(400)]), 4, 100, (0,))[64:] for n in range(9))
    return tuple(bytes((number, 3, at, 200)) + runs[at : at + 600] for number in range(4) for at in (0, 50, 250))


def kernel_and_twin(data: bytes) -> Hashable:
    """Decode by the kernel and by its twin: the same samples and counts, nothing written beyond."""
    number, scale, at, end = data[:4].ljust(4, b"\0")
    content = data[4:]
    number = 1 + number % 4
    pixels = end << (scale % 4)
    starts = tuple(min((at + 7 * n) % 97, len(content)) for n in range(number))
    ends = tuple(max(start, len(content) - n) if len(content) - n >= start else start for n, start in enumerate(starts))
    answers = []
    for module in (kernel, twin):
        out = np.full(pixels * number + 16, 0xEE, np.uint8)
        answers.append((module.decode(content, starts, ends, out[8:-8], pixels), out.tobytes()))
    if answers[0] != answers[1]:
        raise BrokenPromiseError("kernel and twin differ")
    return number, tuple(min(made, 1) for made, _ in answers[0][0]), pixels.bit_length()


# Tables of Huffman codes: for differences, for coefficients (ISO/IEC 10918-1 Tables K.3, K.5, cut), one of all sizes.
_DIFFERENCES = bytes.fromhex("00010501010101010100000000000000000102030405060708090a0b")
_COEFFICIENTS = bytes.fromhex("00020103030203000000000000000000010203000411051221314106135161")
_EACH_SIZE = bytes([0] * 4 + [15, 2] + [0] * 10) + bytes(range(17))


@cache
def scans() -> tuple[bytes, ...]:
    """Give data of scans, each behind a table and the bytes that say how it is to be taken."""
    random = np.random.default_rng(1)
    noise = [random.integers(0, 255, 90, np.uint8).tobytes() for _ in range(4)]
    found = []
    for table in (_DIFFERENCES, _COEFFICIENTS, _EACH_SIZE):
        for how in range(6):
            data = b"\xff\xd0".join(noise[: 1 + how % 4]) + b"\xff\xd9"
            found.append(bytes((how, 9 * how, 5 + how, 3, 12, how % 3, len(table))) + table + data)
    return tuple(found)


def scans_and_twin(data: bytes) -> Hashable:
    """Take a scan by the kernel and by its twin, as lossless samples and as blocks: both say the same of it."""
    kind, many, rows, predictor, precision, interval, length = data[:7].ljust(7, b"\1")
    tables = (data[7 : 7 + length % 48], _EACH_SIZE, _DIFFERENCES, _COEFFICIENTS)
    content = data[7 + length % 48 :]
    count, samples = 1 + kind % 3, 1 + kind // 3 % 4
    answers: list[object] = []
    for module in (jpeg_kernel, jpeg_twin):
        out = np.full((1 + rows % 16, 1 + many % 16, samples), 0xEE, np.uint16 if kind & 64 else np.uint8)
        places = tuple(n % samples for n in range(count))
        how = samples, 1 + predictor % 7, 1 + precision % 16, interval % 8
        try:
            decoded = module.decode(content, 0, tables[:count], places, out, out.shape[0], out.shape[1], *how)
            blocks = tuple(1 + n for n in range(count))
            passed = module.walk(content, 0, tables[:count], tables[3 - count :][:count], blocks, many, interval % 8)
            answers.append((decoded, passed, out.tobytes()))
        except ValueError:
            answers.append(None)
    if answers[0] != answers[1]:
        raise BrokenPromiseError("kernel and twin differ")
    if answers[0] is None:
        return None
    return count, samples, decoded[2], passed[2], decoded[1].bit_length(), passed[1].bit_length()
