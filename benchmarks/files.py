"""The files that the benchmarks read: made once, kept in a cache folder, the same on every machine."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

#: Part of every cached name; raise it when a recipe changes.
RECIPE = 1
FRAMES = 12_000
HUGE = 2 << 30

_LONG = {"OB", "OW", "SQ", "UN"}
_UNDEFINED = 0xFFFFFFFF
SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
_CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
_ROOT = "1.2.826.0.1.3680043.8.498."


def _element(tag: int, vr: str, value: bytes | str, length: int | None = None) -> bytes:
    """Encode an element in Explicit VR Little Endian (PS3.5 7.1.2)."""
    data = value.encode() if isinstance(value, str) else value
    if len(data) % 2:
        data += b"\0" if vr == "UI" else b" "
    size = len(data) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return head + (struct.pack("<HI", 0, size) if vr in _LONG else struct.pack("<H", size)) + data


def _sequence(tag: int, content: bytes, *, defined: bool) -> bytes:
    """Encode a sequence of one item."""
    if defined:
        return _element(tag, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content)
    return b"".join(
        (
            _element(tag, "SQ", b"", _UNDEFINED),
            struct.pack("<HHI", 0xFFFE, 0xE000, _UNDEFINED),
            content,
            struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0),
        )
    )


def _meta(sop_class: str, instance: str) -> bytes:
    """Encode preamble and meta group."""
    body = b"".join(
        (
            _element(0x00020001, "OB", b"\0\1"),
            _element(0x00020002, "UI", sop_class),
            _element(0x00020003, "UI", instance),
            _element(0x00020010, "UI", ExplicitVRLittleEndian),
            _element(0x00020012, "UI", _ROOT + "9"),
        )
    )
    return bytes(128) + b"DICM" + _element(0x00020000, "UL", struct.pack("<I", len(body))) + body


def _identification(sop_class: str, instance: str, modality: str) -> bytes:
    """Encode what says whose object it is and which, in tag order."""
    return b"".join(
        (
            _element(0x00080005, "CS", "ISO_IR 100"),
            _element(0x00080016, "UI", sop_class),
            _element(0x00080018, "UI", instance),
            _element(0x00080020, "DA", "20240131"),
            _element(0x00080030, "TM", "101112.5"),
            _element(0x00080060, "CS", modality),
            _element(0x00100010, "PN", "Bench^Mark"),
            _element(0x00100020, "LO", "BENCH-1"),
            _element(0x0020000D, "UI", _ROOT + "1"),
            _element(0x0020000E, "UI", _ROOT + "2"),
        )
    )


def _code(tag: int, value: str, meaning: str, *, defined: bool) -> bytes:
    content = (
        _element(0x00080100, "SH", value) + _element(0x00080102, "SH", "DCM") + _element(0x00080104, "LO", meaning)
    )
    return _sequence(tag, content, defined=defined)


def _frame_group(number: int, *, defined: bool) -> bytes:
    """Encode the functional groups of one frame: 18 elements, four sequences at the first level (PS3.3 C.7.6.16)."""
    segment, slice_number = divmod(number, 400)
    source = b"".join(
        (
            _element(0x00081150, "UI", _CT_STORAGE),
            _element(0x00081155, "UI", f"{_ROOT}3.{slice_number}"),
            _code(0x0040A170, "121322", "Source image for image processing operation", defined=defined),
        )
    )
    derivation = _sequence(0x00082112, source, defined=defined) + _code(
        0x00089215, "113076", "Segmentation", defined=defined
    )
    content = b"".join(
        (
            _sequence(0x00089124, derivation, defined=defined),
            _sequence(
                0x00209111,
                _element(0x00209157, "UL", struct.pack("<II", segment + 1, slice_number + 1)),
                defined=defined,
            ),
            _sequence(
                0x00209113,
                _element(0x00200032, "DS", f"-125.5\\-130.25\\{slice_number * 0.625 - 300}"),
                defined=defined,
            ),
            _sequence(0x0062000A, _element(0x0062000B, "US", struct.pack("<H", segment + 1)), defined=defined),
        )
    )
    if defined:
        return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content
    return struct.pack("<HHI", 0xFFFE, 0xE000, _UNDEFINED) + content + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)


def _segmentation(*, defined: bool) -> bytes:
    """Encode a binary segmentation of 16 x 16 pixels a frame: nearly all of it is functional groups."""
    instance = _ROOT + ("4.1" if defined else "4.2")
    groups = b"".join(_frame_group(number, defined=defined) for number in range(FRAMES))
    per_frame = _element(0x52009230, "SQ", groups, len(groups) if defined else _UNDEFINED)
    shared = _sequence(
        0x00289110, _element(0x00180050, "DS", "0.625") + _element(0x00280030, "DS", "0.7\\0.7"), defined=defined
    )
    short = struct.Struct("<H").pack
    return b"".join(
        (
            _meta(SEGMENTATION_STORAGE, instance),
            _identification(SEGMENTATION_STORAGE, instance, "SEG"),
            _element(0x00280002, "US", short(1)),
            _element(0x00280004, "CS", "MONOCHROME2"),
            _element(0x00280008, "IS", str(FRAMES)),
            _element(0x00280010, "US", short(16)),
            _element(0x00280011, "US", short(16)),
            _element(0x00280100, "US", short(1)),
            _element(0x00280101, "US", short(1)),
            _element(0x00280102, "US", short(0)),
            _element(0x00280103, "US", short(0)),
            _sequence(0x52009229, shared, defined=defined),
            per_frame,
            b"" if defined else struct.pack("<HHI", 0xFFFE, 0xE0DD, 0),
            _element(0x7FE00010, "OB", random.Random(4).randbytes(FRAMES * 16 * 16 // 8)),
        )
    )


def _sample() -> Path:
    path = get_testdata_file("CT_small.dcm", download=False)
    if not isinstance(path, str):
        raise FileNotFoundError("CT_small.dcm of the pydicom wheel")
    return Path(path)


def _image(rows: int, seed: int) -> FileDataset:
    """Give CT_small with another matrix, a body of noise and no trailing padding."""
    ds = pydicom.dcmread(_sample())
    ds.Rows = ds.Columns = rows
    ds.PixelData = random.Random(seed).randbytes(2 * rows * rows)
    return ds


def _large_ct(path: Path) -> None:
    _image(512, 1).save_as(path, enforce_file_format=True)


def _siemens_like(path: Path) -> None:
    """Write a 256 x 256 MR with 120 small private elements and three large private headers, 383 kB in all."""
    ds = _image(256, 2)
    ds.Modality, ds.Manufacturer = "MR", "SIEMENS"
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.4")
    rng = random.Random(3)
    for group, creator in ((0x0019, "SIEMENS MR HEADER"), (0x0021, "SIEMENS MR SDI 02"), (0x0051, "SIEMENS MR HEADER")):
        block = ds.private_block(group, creator, create=True)
        for number in range(40):
            vr = ("LO", "DS", "IS", "SH")[number % 4]
            block.add_new(number, vr, str(rng.randrange(100_000)))
    headers = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    headers.add_new(0x08, "CS", "IMAGE NUM 4")
    headers.add_new(0x10, "OB", b"SV10\4\3\2\1" + rng.randbytes(12_472))
    headers.add_new(0x18, "CS", "MR")
    headers.add_new(0x20, "OB", b"SV10\4\3\2\1" + rng.randbytes(152_000))
    report = ds.private_block(0x0029, "SIEMENS MEDCOM HEADER", create=True)
    report.add_new(0x10, "OB", rng.randbytes(79_200))
    ds.save_as(path, enforce_file_format=True)


def _small_ct(path: Path) -> None:
    path.write_bytes(_sample().read_bytes())


def _sparse(path: Path, rows: int, columns: int) -> None:
    """Write an image of zeros of 2 bytes a pixel that takes a few kilobytes of disk."""
    instance = _ROOT + "5"
    short = struct.Struct("<H").pack
    with path.open("wb") as file:
        file.write(_meta(_CT_STORAGE, instance) + _identification(_CT_STORAGE, instance, "CT"))
        file.write(_element(0x00280010, "US", short(rows)) + _element(0x00280011, "US", short(columns)))
        file.write(_element(0x7FE00010, "OW", b"", 2 * rows * columns))
        file.truncate(file.tell() + 2 * rows * columns)


@dataclass(frozen=True, slots=True)
class Files:
    """Gives the path of each file, making it at first."""

    cache: Path

    def _made(self, name: str, make: Callable[[Path], object]) -> Path:
        path = self.cache / f"{RECIPE}-{name}.dcm"
        if not path.exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            make(part)
            part.replace(path)
        return path

    def small_ct(self) -> Path:
        """CT_small of the pydicom wheel: 39 kB, 128 x 128, one sequence, trailing padding."""
        return self._made("ct-small", _small_ct)

    def large_ct(self) -> Path:
        """The same header with 512 x 512 pixels: 531 kB."""
        return self._made("ct-512", _large_ct)

    def siemens_like(self) -> Path:
        """An MR with large private headers before its pixels: 383 kB."""
        return self._made("mr-private", _siemens_like)

    def segmentation(self, *, defined: bool) -> Path:
        """A segmentation of 12,000 frames, 216,000 elements in its functional groups."""
        name = "segmentation-" + ("defined" if defined else "undefined")
        return self._made(name, lambda path: path.write_bytes(_segmentation(defined=defined)))

    def huge(self) -> Path:
        """A sparse file of 2 GiB."""
        return self._made("huge", lambda path: _sparse(path, 32768, HUGE // 65536))

    def bulky(self) -> Path:
        """A sparse file of 200 MiB."""
        return self._made("bulky", lambda path: _sparse(path, 10240, 10240))
