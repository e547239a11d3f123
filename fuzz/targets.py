"""The decoders under attack: each target is a function of bytes that returns a signature or raises a `DicomError`.

A signature says in what way the input was taken (which issues, how much was found); an input with a new signature
becomes a seed.  Any other exception is a defect, and so is a broken promise, which raises `BrokenPromiseError`.
"""

from __future__ import annotations

import io
import json
import os
import zlib
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import dicomkit
import dicomkit.file
from dicomkit.core.vr import VR
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.values import ValueContext, decode_value, encode_value, problems
from dicomkit.errors import DicomError
from fuzz import codestreams, documents, messages, network, own_codecs, query, seeds
from fuzz.mutate import Mutator
from fuzz.mutate_models import JsonMutator, XmlMutator
from tests._ext import driving
from tests.hostile_bytes import (
    DEFLATED_LE,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    LONG_FORM,
    SHORT_FORM,
    element,
    part10,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

MIB = 1 << 20


class BrokenPromiseError(AssertionError):
    """The decoder took the input, but what it made of it contradicts what it promises."""


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder: its seeds, what runs it, how long an input may be, and what of the package it needs."""

    name: str
    seeds: Callable[[], tuple[bytes, ...]]
    run: Callable[[bytes], Hashable]
    longest: int = 4096
    headroom: int = 96 * MIB
    needs: str = "dicomkit:dcmread"
    mutator: type[Mutator] = Mutator

    def is_available(self) -> bool:
        """Say whether the package has what the target runs."""
        module, _, name = self.needs.partition(":")
        try:
            return hasattr(import_module(module), name)
        except ImportError:
            return False


def _signature(ds: dicomkit.Dataset) -> Hashable:
    return frozenset(issue.code for issue in ds.issues), len(ds).bit_length()


def _read(data: bytes, *, checks: bool = True) -> Hashable:
    """Read a file and decode everything in it."""
    ds = dicomkit.dcmread(data)
    if checks:
        ds.check()
    count = 0
    for found in ds.walk():
        _ = found.value
        count += 1
    return _signature(ds), count.bit_length()


def _prefix(transfer_syntax: str) -> bytes:
    """Give the smallest start of a file."""
    named = text(0x00020010, "UI", transfer_syntax)
    return part10(b"", meta=element(0x00020000, "UL", len(named).to_bytes(4, "little")) + named)


_PREFIXES = {uid: _prefix(uid) for uid in (EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE, DEFLATED_LE)}


def _is_checked(data: bytes) -> bool:
    """Choose one input in four: what checks is the same for every form, and takes as long as everything else."""
    return len(data) & 3 == 0


def _explicit(data: bytes) -> Hashable:
    return _read(_PREFIXES[EXPLICIT_LE] + data, checks=_is_checked(data))


def _implicit(data: bytes) -> Hashable:
    return _read(_PREFIXES[IMPLICIT_LE] + data, checks=_is_checked(data))


def _big(data: bytes) -> Hashable:
    return _read(_PREFIXES[EXPLICIT_BE] + data, checks=_is_checked(data))


def _deflated(data: bytes) -> Hashable:
    """Read what is deflated already, or deflate it first so that mutations reach the data set."""
    stream = data[1:]
    if data[:1] < b"\1":
        compressor = zlib.compressobj(1, zlib.DEFLATED, -9, 1)  # little to set up
        stream = compressor.compress(stream) + compressor.flush()
    return _read(_PREFIXES[DEFLATED_LE] + stream, checks=_is_checked(data))


def _stream(data: bytes) -> Hashable:
    """Read from a file object that cannot seek and gives a few bytes at a time; it must find what `bytes` gives."""
    ds = dicomkit.dcmread(io.BufferedReader(_Drip(data), 64))
    if _is_checked(data):
        ds.check()
    written = io.BytesIO()
    dicomkit.dcmwrite(written, ds)
    if written.getvalue() != data:
        raise BrokenPromiseError("read from a stream and rewritten unmodified, it differs")
    return _signature(ds)


class _Drip(io.RawIOBase):
    """A file object without seek that gives at most 100 bytes a call."""

    def __init__(self, data: bytes) -> None:
        self._rest = memoryview(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = min(len(buffer), len(self._rest), 100)
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


_UNCERTAIN = {
    "INVALID_VR", "UNKNOWN_VR", "VR_FORM_MIXED", "TRANSFER_SYNTAX_MISMATCH", "TRANSFER_SYNTAX_MISSING", "NO_PREAMBLE",
}  # fmt: skip


def _round_trip(data: bytes) -> Hashable:
    """Rewrite unmodified: the same file.  Rewrite with an edit: it says what was set, and nothing is lost.

    The second is promised only where it is certain where the data set begins and in which form its headers are:
    another element beside an uncertain one may turn the balance when the file is read again.
    """
    ds = dicomkit.dcmread(data)
    written = io.BytesIO()
    dicomkit.dcmwrite(written, ds)
    if written.getvalue() != data:
        raise BrokenPromiseError("rewritten unmodified, it differs")
    if _UNCERTAIN & {issue.code.name for issue in ds.issues}:
        return _signature(ds)
    tags = set(ds.keys())
    ds.PatientComments = "EDITED BY THE FUZZER"
    edited = io.BytesIO()
    dicomkit.dcmwrite(edited, ds)
    again = dicomkit.dcmread(edited.getvalue())
    if again.PatientComments != "EDITED BY THE FUZZER":
        raise BrokenPromiseError(f"the edit reads back as {again.PatientComments!r}")
    # A stray element of the file meta, which a reader would take for the file's, is not written and is reported.
    lost = {tag for tag in tags - set(again.keys()) if tag.group != 0x0002}
    if lost:
        raise BrokenPromiseError(f"after an edit, lost: {sorted(lost)[:5]}")
    return _signature(ds), len(again.issues).bit_length()


_STRUCTURAL = {
    "TRUNCATED",
    "LENGTH_OVERRUN",
    "DELIMITER_MISSING",
    "DELIMITER_STRAY",
    "ODD_LENGTH",
    "ITEM_LENGTH_WRONG",
}


def _repair(data: bytes) -> Hashable:
    """Write with `repair`: what comes out has no structural defect left, and repairing it again changes nothing."""
    ds = dicomkit.dcmread(data)
    written = io.BytesIO()
    dicomkit.dcmwrite(written, ds, dicomkit.WriteOptions(repair=True))
    again = dicomkit.dcmread(written.getvalue())
    left = _STRUCTURAL & {issue.code.name for issue in again.issues}
    if left:
        raise BrokenPromiseError(f"after repair there is still {sorted(left)}")
    return _signature(ds)


_TO_FORMS = (EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE, DEFLATED_LE)


def _convert(data: bytes) -> Hashable:
    """Write in another form: of a file without defects every value is there again.

    In big endian a group 0200, which the standard does not have, looks like group 0002, with which a file meta goes on.
    """
    target = _TO_FORMS[data[0] & 3] if data else EXPLICIT_LE
    ds = dicomkit.dcmread(data[1:])
    if target == EXPLICIT_BE and any(tag >> 16 == 0x0200 for tag in tuple(ds.keys())):
        return None
    written = io.BytesIO()
    dicomkit.dcmwrite(written, ds, dicomkit.WriteOptions(transfer_syntax=target))
    again = dicomkit.dcmread(written.getvalue())
    if target != again.transfer_syntax.uid:
        raise BrokenPromiseError(f"it should be in {target} and is in {again.transfer_syntax.uid}")
    ds.check()
    if not ds.issues:
        # A VR that only the other form says, and group lengths, follow from the form.
        changed = [
            str(one)
            for one in again.diff(ds)
            if one.left is None or one.right is None or (one.left.vr == one.right.vr and one.left.tag & 0xFFFF)
        ]
        if changed:
            raise BrokenPromiseError(f"converted it differs: {changed[:3]}")
    return _signature(ds), target


def _render(data: bytes) -> Hashable:
    """Show, copy and compare what was read."""
    ds = dicomkit.dcmread(data)
    shown = repr(ds), str(ds)
    if max(map(len, shown)) > MIB:
        raise BrokenPromiseError("repr() or str() prints more than a megabyte")
    if not ds == ds.__deepcopy__({}):
        raise BrokenPromiseError("a deep copy is not equal")
    return _signature(ds)


_VRS = (*sorted(LONG_FORM - {"SQ"}), *SHORT_FORM)
_CHARSETS = (
    "", "ISO_IR 100", "ISO_IR 192", "GB18030", "GBK", "\\ISO 2022 IR 87", "ISO 2022 IR 13\\ISO 2022 IR 87",
    "\\ISO 2022 IR 149", "\\ISO 2022 IR 58", "ISO_IR 13", "ISO_IR 166", "ISO 2022 IR 6\\ISO 2022 IR 100", "ISO_IR 203",
    "KLINGON", "ISO IR 100", "\\ISO 2022 IR 159", "ISO_IR 192\\ISO 2022 IR 87",
)  # fmt: skip
_SETS = tuple(CharacterSet.of(tuple(terms.split("\\")) if terms else ()) for terms in _CHARSETS)


def _value(data: bytes) -> Hashable:
    """Decode one value of any VR under any character set; encoded again, it decodes to an equal value.

    One in eight goes through a file.
    """
    if len(data) < 2:
        return None
    vr, charset, raw = VR(_VRS[data[0] % len(_VRS)]), _SETS[data[1] % len(_SETS)], data[2:]
    found: set[object] = set()
    context = ValueContext(charset, not data[1] & 0x20, lambda code, message, action: found.add(code))
    value = decode_value(vr, raw, context)
    list(problems(vr, raw, None, context))
    shown = str(value), repr(value)
    encoded = encode_value(vr, value, context)
    if not found and not len(raw) & 1:
        again = decode_value(vr, encoded, context)
        if str(again) != shown[0]:
            raise BrokenPromiseError(f"{vr} {shown[0]!r} is written as {str(again)!r}")
    if data[1] >= 0xE0:
        _value_in_file(vr, charset, raw)
    return vr, data[1] % len(_SETS), frozenset(found), type(value).__name__


def _value_in_file(vr: VR, charset: CharacterSet, raw: bytes) -> None:
    """Decode a value where it stands in a file, plain ones by the kernel; write it and read it again."""
    head = text(0x00080005, "CS", "\\".join(charset.terms)) if charset.terms else b""
    ds = dicomkit.dcmread(_PREFIXES[EXPLICIT_LE] + head + element(0x00110010, vr, raw))
    value = ds[0x00110010].value
    general = decode_value(vr, raw, ValueContext(charset, True, lambda code, message, action: None))
    if vr is not VR.UN and (type(value), repr(value)) != (type(general), repr(general)):  # UN is looked up
        raise BrokenPromiseError(f"{vr} {raw!r} is {value!r} in a file, {general!r} by itself")
    ds.check()
    ds[0x00110010] = dicomkit.DataElement(0x00110010, vr, value)
    written = io.BytesIO()
    dicomkit.dcmwrite(written, ds)
    again = dicomkit.dcmread(written.getvalue())[0x00110010].value
    if str(again) != str(value) and not ds.issues:
        raise BrokenPromiseError(f"{vr} {str(value)!r} is written as {str(again)!r}")


def _json(data: bytes) -> Hashable:
    """Read a JSON model; what was read goes out and comes in again."""
    try:
        model = json.loads(data)
    except (ValueError, RecursionError):
        return None  # the parser's own matter
    formats = import_module("dicomkit.formats")
    ds = formats.from_json(model)
    out = formats.to_json(ds)
    again = formats.to_json(formats.from_json(out))
    if out != again:
        raise BrokenPromiseError("what comes back from the model makes another model")
    return _signature(ds), frozenset(element.vr for element in ds)


def _xml(data: bytes) -> Hashable:
    """Read an XML model; what was read goes out and comes in again."""
    formats = import_module("dicomkit.formats")
    ds = formats.from_xml(data)
    # What XML does not allow in text is shown by other characters, which then need a character set that has them.
    out = formats.to_xml(formats.from_xml(formats.to_xml(ds)))
    if out != formats.to_xml(formats.from_xml(out)):
        raise BrokenPromiseError("what comes back from the model makes another model")
    return _signature(ds), frozenset(element.vr for element in ds)


def _models(data: bytes) -> Hashable:
    """Turn what was read into JSON and XML."""
    formats = import_module("dicomkit.formats")
    ds = dicomkit.dcmread(data)
    json.dumps(formats.to_json(ds), allow_nan=False)
    formats.to_xml(ds)
    return _signature(ds)


@cache
def _folder() -> TemporaryDirectory[str]:
    """Make a folder that lasts as long as the process that asked first: making one costs more than reading from it."""
    return TemporaryDirectory(prefix="dicomkit-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)


def _dicomdirs() -> tuple[bytes, ...]:
    _folder()  # here, for the workers that are forked
    return seeds.dicomdirs()


def _dicomdir(data: bytes) -> Hashable:
    """Follow the records of a DICOMDIR."""
    path = f"{_folder().name}/{os.getpid()}"
    with open(path, "wb") as file:  # noqa: PTH123  millions of times
        file.write(data)
    file_set = import_module("dicomkit.file.fileset").FileSet.read(path)
    return _signature(file_set._directory), len(file_set).bit_length()


def _elements(data: bytes) -> Hashable:
    """Take the elements one by one as they arrive: of a file without defects they are those that the data set has.

    Where lengths contradict each other the data set knows more: where the file ends.
    """
    found = set()
    values = 0
    with dicomkit.file.iter_elements(data) as stream:
        for streamed in stream:
            if len(streamed.path) == 1:
                found.add(streamed.tag)
            if streamed.kind == "element":
                _ = streamed.value
                values += 1
        codes = frozenset(issue.code for issue in stream.issues)
    if not codes:
        ds = dicomkit.dcmread(data)
        if found != set(ds.keys()) and not ds.issues:
            raise BrokenPromiseError(f"the stream has other elements than the data set: {sorted(found)[-5:]}")
    return codes, len(found).bit_length(), values.bit_length()


def _copy(data: bytes) -> Hashable:
    """Copy element by element as they drip in: the lengths are right then, and of a file without defects all is there.

    Group lengths apart, which a stream does not write.
    """
    stream = dicomkit.file.iter_elements(io.BufferedReader(_Drip(data), 64))
    written = io.BytesIO()
    with dicomkit.file.StreamWriter(
        written, file_meta=stream.file_meta, transfer_syntax=stream.transfer_syntax.uid
    ) as writer:
        for streamed in stream:
            writer.write(streamed)
    again = dicomkit.dcmread(written.getvalue())
    codes = frozenset(issue.code for issue in stream.issues)
    wrong = {issue.code.name for issue in again.issues} & _STRUCTURAL
    if wrong and "TRUNCATED" not in {code.name for code in codes}:  # the part of a value may look like anything
        raise BrokenPromiseError(f"copied element by element it has {sorted(wrong)}")
    if not codes:
        ds = dicomkit.dcmread(data)
        lost = [element.tag for element in ds if element.tag & 0xFFFF and element.tag not in again]
        if lost and not ds.issues:
            raise BrokenPromiseError(f"copied element by element it lost {lost[:5]}")
    return codes, len(again).bit_length()


def _frames(data: bytes) -> Hashable:
    """Take the frames of what was read; with the index of its frames, they are the same."""
    ds = dicomkit.dcmread(data)
    taken: list[object] = []
    for number in range(min(dicomkit.file.frame_count(ds), 8)):
        try:
            taken.append(dicomkit.file.frame_bytes(ds, number))
        except DicomError as error:
            taken.append(type(error).__name__)
    index = dicomkit.file.FrameIndex.of(ds)
    again = dicomkit.file.FrameIndex.from_bytes(index.to_bytes())
    if again != index:
        raise BrokenPromiseError("the frame index does not come back from its bytes")
    again.attach(ds)
    return _signature(ds), len(taken), len(index).bit_length(), len(index.table.offsets).bit_length()


def _frame_index(data: bytes) -> Hashable:
    """Restore a frame index from damaged bytes whose check sum fits."""
    index = dicomkit.file.FrameIndex.from_bytes(data + zlib.crc32(data).to_bytes(4, "little"))
    if dicomkit.file.FrameIndex.from_bytes(index.to_bytes()) != index:
        raise BrokenPromiseError("the frame index does not come back from its bytes")
    return len(index).bit_length(), len(index.table.offsets).bit_length(), len(index.table.sizes).bit_length()


_FORMS = tuple(driving.FORMS)
_SCAN_OPTIONS: tuple[dict[str, int], ...] = (
    {}, {}, {}, {"keep": 1}, {"stop_tag": 0x7FE00008}, {"max_depth": 2}, {"max_elements": 5}, {"max_fragments": 1},
    {"max_deviations": 1}, {"walk": 1}, {"walk": 2}, {"sequence_tag": 0x00081140}, {"base": 132}, {"keep": 100},
)  # fmt: skip


def _twin(data: bytes) -> Hashable:
    """Scan with the kernel and with its twin: whole and in small pieces, they find the same."""
    if len(data) < 3:
        return None
    form, options, content = _FORMS[data[0] % 3], _SCAN_OPTIONS[data[1] % len(_SCAN_OPTIONS)], data[3:]
    kernel, twin = (driving.implementation("scan", which).Scanner for which in ("compiled", "pure"))
    if data[2] & 3 == 3:
        stepped = driving.steps(kernel, content, form, **options)
        if stepped != driving.steps(twin, content, form, driving.pieces(data[2]), **options):
            raise BrokenPromiseError("the twin steps otherwise")
        return stepped[0], len(stepped[1]).bit_length(), frozenset(found[0] for found in stepped[2])
    whole = driving.scan(kernel, content, form, driving.pieces(data[2]) if data[2] & 4 else None, **options)
    if whole != driving.scan(twin, content, form, driving.pieces(data[2]) if data[2] & 8 else None, **options):
        raise BrokenPromiseError("the twin differs")
    return form, whole.status, frozenset(found[0] for found in whole.deviations), len(whole.elements).bit_length()


TARGETS = {
    target.name: target
    for target in (
        Target("file", seeds.files, _read),
        Target("meta", seeds.metas, _read, longest=1024),
        Target("explicit", seeds.explicit, _explicit),
        Target("implicit", seeds.implicit, _implicit),
        Target("big", seeds.big, _big),
        Target("deflated", seeds.deflated, _deflated, headroom=192 * MIB),
        Target("stream", seeds.files, _stream, headroom=192 * MIB),
        Target("value", seeds.values, _value, longest=4096),
        Target("roundtrip", seeds.files, _round_trip),
        Target("repair", seeds.files, _repair, needs="dicomkit:WriteOptions"),
        Target("convert", seeds.convertible, _convert, needs="dicomkit:WriteOptions"),
        Target("render", seeds.files, _render),
        Target("json", seeds.json_models, _json, mutator=JsonMutator, needs="dicomkit.formats:from_json"),
        Target("xml", seeds.xml_models, _xml, mutator=XmlMutator, needs="dicomkit.formats:from_xml"),
        Target("models", seeds.files, _models, needs="dicomkit.formats:to_json"),
        Target("elements", seeds.files, _elements, needs="dicomkit.file:iter_elements"),
        Target("copy", seeds.files, _copy, needs="dicomkit.file:StreamWriter"),
        Target("frames", seeds.encapsulated, _frames, needs="dicomkit.file:FrameIndex"),
        Target("index", seeds.frame_indexes, _frame_index, longest=1024, needs="dicomkit.file:FrameIndex"),
        Target("twin", seeds.scans, _twin, longest=1024, needs="dicomkit._ext.scan:Scanner"),
        Target("dicomdir", _dicomdirs, _dicomdir, needs="dicomkit.file.fileset:FileSet"),
        Target("pdu", network.pdu_seeds, network.pdu, longest=2048, needs="dicomkit.net.ul:decode"),
        Target(
            "association",
            network.association_seeds,
            network.association,
            longest=512,
            needs="dicomkit.net.ul:UpperLayer",
        ),
        Target(
            "command",
            messages.command_sets,
            messages.command,
            longest=1024,
            needs="dicomkit.net.dimse.commands:decode",
        ),
        Target("session", messages.conversations, messages.session, needs="dicomkit.net.dimse.session:Session"),
        Target("query", query.seeds, query.run, longest=2048, needs="dicomkit.net.services:Matcher"),
        Target("document", documents.seeds, documents.run, longest=8192, needs="dicomkit.objects:structured_report"),
        Target("codestream", codestreams.headers, codestreams.header, longest=2048),
        *(
            Target(
                name, codestreams.seeds(name), codestreams.decoding(name), longest=8192, headroom=512 * MIB, needs=needs
            )
            for name, (_, _, needs) in codestreams.CODECS.items()
        ),
        Target("video", codestreams.videos, codestreams.video, longest=8192, headroom=512 * MIB, needs="av:open"),
        *(Target(name, partial(own_codecs.seeds, name), own_codecs.decoding(name)) for name in own_codecs.CODECS),
        Target("rle-twin", own_codecs.segments, own_codecs.kernel_and_twin, longest=2048),
        Target("jpeg-twin", own_codecs.scans, own_codecs.scans_and_twin, longest=1024),
    )
}
