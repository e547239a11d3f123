"""What the fuzzer starts from: Corpus H, and the smallest real files of the installed samples."""

from __future__ import annotations

import json
import random
import struct
import zlib
from functools import cache

from dicomkit import dcmread
from dicomkit.errors import DicomError
from dicomkit.file import FrameIndex
from tests import hostile, hostile_dicomdir
from tests.corpora import real_files
from tests.hostile_bytes import (
    BIG,
    DEFLATED_LE,
    EXPLICIT,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT,
    IMPLICIT_LE,
    JPEG_BASELINE,
    Form,
    basic,
    element,
    file_meta,
    fragments,
    item,
    nested,
    part10,
    pixels,
    sequence,
    text,
)

#: A seed longer than this spends the time on copying.
LONGEST = 8192

META_END = len(part10(b""))


@cache
def files() -> tuple[bytes, ...]:
    """Give whole files: the rows of Corpus H, a sample of its families, and the real files below `LONGEST`."""
    families = [*hostile.lying_lengths(), *hostile.truncations()]
    rows = [*hostile.CASES, *random.Random(1).sample(families, 200)]
    built = [case.build() for case in rows]
    real = [path.read_bytes() for _, path in real_files() if path.stat().st_size <= LONGEST]
    distinct: dict[tuple[int, bytes], bytes] = {}
    for data in real:
        distinct.setdefault((len(data), data[128:200]), data)
    return tuple(data for data in (*built, *distinct.values()) if len(data) <= LONGEST)


@cache
def metas() -> tuple[bytes, ...]:
    """Give files that are little more than their meta group."""
    syntaxes = (EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE, DEFLATED_LE, "1.2.3", "")
    named = [part10(text(0x00100020, "LO", "H-1"), syntax) for syntax in syntaxes]
    cases = [case.build() for case in hostile.PREAMBLE_CASES]
    return (*named, *(data for data in cases if len(data) <= 600), part10(b"", meta=file_meta(with_length=False)))


def _transfer_syntax(data: bytes) -> bytes:
    at = data.find(b"\x02\0\x10\0UI", 132, 1000)
    if at < 0:
        return b""
    return data[at + 8 : at + 8 + int.from_bytes(data[at + 6 : at + 8], "little")].rstrip(b"\0 ")


def _meta_length(data: bytes) -> int:
    return 144 + int.from_bytes(data[140:144], "little")


@cache
def data_sets(form: Form, transfer_syntax: str) -> tuple[bytes, ...]:
    """Give encoded data sets without their meta group, of one transfer syntax."""
    inner = item(text(0x00400007, "LO", "INSIDE", form) + nested(3, form), form)
    built = (
        basic(form) + pixels(form),
        basic(form) + sequence(0x00400275, inner * 2, form) + pixels(form),
        basic(form) + sequence(0x00400275, inner * 2, form, defined=False) + pixels(form),
        basic(form) + nested(8, form) + nested(5, form, defined=True) + nested(4, form, un=True),
    )
    cut = [
        data[_meta_length(data) :]
        for data in files()
        if data[128:132] == b"DICM" and _transfer_syntax(data) == transfer_syntax.encode()
    ]
    return (*built, *(data for data in cut if data))


@cache
def explicit() -> tuple[bytes, ...]:
    """Give Explicit VR Little Endian data sets."""
    return data_sets(EXPLICIT, EXPLICIT_LE)


@cache
def implicit() -> tuple[bytes, ...]:
    """Give Implicit VR Little Endian data sets."""
    return data_sets(IMPLICIT, IMPLICIT_LE)


@cache
def big() -> tuple[bytes, ...]:
    """Give Explicit VR Big Endian data sets."""
    return data_sets(BIG, EXPLICIT_BE)


@cache
def deflated() -> tuple[bytes, ...]:
    """Give inputs of the deflated target: a byte that says whether the rest is deflated already, and the rest."""
    plain = explicit()[:40]
    streams = []
    for data in plain:
        compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
        streams.append(b"\1" + compressor.compress(data) + compressor.flush())
    return (*(b"\0" + data for data in plain), *streams)


@cache
def convertible() -> tuple[bytes, ...]:
    """Give inputs of the convert target: a byte that says into which form, and a file."""
    return tuple(bytes((number & 3,)) + data for number, data in enumerate(files()))


@cache
def encapsulated() -> tuple[bytes, ...]:
    """Give small files with Pixel Data, most of it encapsulated, with offset tables right and wrong (PS3.5 A.4)."""
    frames = [b"\xff\xd8AA\xff\xd9", b"\xff\xd8BBBB\xff\xd9", b"", b"\xff\xd8CC", b"CC\xff\xd9"]
    described = (
        element(0x00280008, "IS", b"3 ") + element(0x00280010, "US", b"\4\0") + element(0x00280011, "US", b"\4\0")
    )
    tables = (b"", struct.pack("<3I", 0, 14, 30), struct.pack("<3I", 0, 0xFFFFFFFF, 14), struct.pack("<I", 0), b"\0")
    extended = element(0x7FE00001, "OV", struct.pack("<3Q", 0, 14, 30))
    lengths = element(0x7FE00002, "OV", struct.pack("<3Q", 6, 8, 8))
    built = [part10(described + fragments([table, *frames]), JPEG_BASELINE) for table in tables]
    built += [
        part10(described + more + fragments([b"", *frames]), JPEG_BASELINE) for more in (extended, extended + lengths)
    ]
    built += [part10(described + fragments([b"", *frames], end=False), JPEG_BASELINE)]
    built += [part10(pixels()), part10(pixels(IMPLICIT), IMPLICIT_LE), part10(pixels(BIG), EXPLICIT_BE)]
    built += [part10(element(0x00280008, "IS", b"2 ") + pixels(value=bytes(64)))]
    return (*built, *(data for data in files() if b"\xe0\x7f\x10\0" in data))


@cache
def frame_indexes() -> tuple[bytes, ...]:
    """Give frame indexes without their check sum."""
    found = []
    for data in encapsulated()[:12]:
        try:
            found.append(FrameIndex.of(dcmread(data)).to_bytes()[:-4])
        except DicomError:
            continue
    return tuple(found)


@cache
def scans() -> tuple[bytes, ...]:
    """Give inputs of the twin target: form, options, windows, and an encoded data set."""
    sets = (explicit(), implicit(), big())
    return tuple(
        bytes((form, (number + 5 * form) % 14, number * 7 % 256)) + data
        for form, group in enumerate(sets)
        for number, data in enumerate(group)
        if len(data) <= 1000
    )


@cache
def values() -> tuple[bytes, ...]:
    """Give inputs of the value target: VR, character set, value."""
    samples = (
        b"", b" ", b"A", b"A\\B", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=",
        b"\xc3\xa9t\xc3\xa9", b"\xe9t\xe9 ",
        b"1.5\\-2e5\\ 3", b"12\\ 7 \\-1", b"20240229", b"2024", b"202402-", b"101112.123456", b"10:11", b"030Y",
        b"20240131101112.5+0100", b"1.2.840.10008.1.2\0", b"\x10\0\x20\0\x08\0\x05\0", bytes(16), b"\xff" * 16,
        b"\x1b$)C\xb1\xe8\xc8\xf1\xc1\xdf", b"\xcd\xf5^\xd0\xa1\xb6\xab", b"http://a/b?c ", b"\x81\x30\x81\x30\\x",
    )  # fmt: skip
    return tuple(
        bytes((number % 35, number % 17)) + sample
        for sample in samples
        for number in range(0, 34 * 17, 37 + len(sample))
    )


@cache
def dicomdirs() -> tuple[bytes, ...]:
    """Give DICOMDIRs, hostile ones and real ones."""
    real = [data for data in files() if b"1.2.840.10008.1.3.10\0" in data[:400]]
    loops = [data for data in hostile_dicomdir.LOOPS.values() if len(data) <= LONGEST]
    return (*loops, *(hostile_dicomdir.escape(file_id) for file_id in hostile_dicomdir.ESCAPES), *real)


@cache
def json_models() -> tuple[bytes, ...]:
    """Give DICOM JSON models, right and wrong (PS3.18 annex F)."""
    models: tuple[object, ...] = (
        {"00100010": {"vr": "PN", "Value": [{"Alphabetic": "A^B", "Ideographic": "C", "Phonetic": "D"}]}},
        {"00100020": {"vr": "LO", "Value": ["ID"]}, "00280010": {"vr": "US", "Value": [512]}},
        {"0040A730": {"vr": "SQ", "Value": [{"0040A730": {"vr": "SQ", "Value": [{}]}}, {}]}},
        {"7FE00010": {"vr": "OW", "InlineBinary": "AAECAw=="}},
        {"7FE00010": {"vr": "OB", "BulkDataURI": "http://example.invalid/bulk/1"}},
        {"00180050": {"vr": "DS", "Value": [1.5, "2.5", None, "x"]}, "00200013": {"vr": "IS", "Value": [1, "2"]}},
        {"00080005": {"vr": "CS", "Value": ["ISO_IR 192"]}, "00100010": {"vr": "PN", "Value": [None, {}]}},
        {"00091001": {"vr": "UN", "InlineBinary": "====", "Value": [1]}},
        {
            "0020000D": {"vr": "AT", "Value": ["00100010", "xyz"]},
            "00189074": {"vr": "FD", "Value": ["NaN", "inf", 1e400]},
        },
        {"PatientName": {"vr": "PN"}, "zz": {}, "00100010": [], "00100030": {"Value": [1]}},
        [],
        {},
    )
    return tuple(json.dumps(model).encode() for model in models)


@cache
def xml_models() -> tuple[bytes, ...]:
    """Give Native DICOM Models, right and wrong (PS3.19 annex A)."""
    start = '<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">'
    attribute = '<DicomAttribute tag="{}" vr="{}" keyword="">{}</DicomAttribute>'
    bodies = (
        attribute.format("00100020", "LO", '<Value number="1">ID</Value>'),
        attribute.format(
            "00100010",
            "PN",
            '<PersonName number="1"><Alphabetic><FamilyName>A</FamilyName></Alphabetic></PersonName>',
        ),
        attribute.format("0040A730", "SQ", '<Item number="1"/><Item number="2"><DicomAttribute/></Item>'),
        attribute.format("7FE00010", "OW", "<InlineBinary>AAEC</InlineBinary>"),
        attribute.format("7FE00010", "OB", '<BulkData uri="file:///etc/passwd"/>'),
        attribute.format("xyz", "QQ", "<Value>&lt;</Value>"),
    )
    entity = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    external = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    documents = [start + body + "</NativeDicomModel>" for body in (*bodies, "", "".join(bodies))]
    documents += [
        entity + "<NativeDicomModel>&b;</NativeDicomModel>",
        external + "<NativeDicomModel>&a;</NativeDicomModel>",
    ]
    documents.append("<NativeDicomModel>" + '<DicomAttribute tag="0040A730" vr="SQ"><Item>' * 300)
    return tuple(document.encode() for document in documents)
