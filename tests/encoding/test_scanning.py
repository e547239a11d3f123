"""The scan over a source: windows in, index and Issues out (PS3.5 7)."""

from __future__ import annotations

import struct

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.buffer import BytesSource
from dicomkit.core.issue import IssueCode, IssueCollector
from dicomkit.core.limits import Limits
from dicomkit.encoding.scanning import kernel_limits, scan_bytes, scan_sequence
from dicomkit.errors import LimitExceededError
from tests import hostile_bytes as hb


def element(tag: int, value: bytes) -> bytes:
    """Encode an element in Implicit VR Little Endian."""
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def test_data_set_in_memory():
    """scan_bytes indexes bytes; offsets count from where they lie in their source."""
    data = element(0x00100010, b"A^") + element(0x00100020, b"12")
    index = scan_bytes(data, 1000, implicit=True, big_endian=False, limits=Limits(), collector=IssueCollector())
    assert [[0x00100010, 0x00100020], 1008, b"12"] == [index.tags(index.root), index.element(0)[2], index.value(1)]


def test_issues_have_offset_and_path():
    """A deviation in an item is reported with the way to it."""
    inner = element(0x00100020, b"1")
    data = element(0x00081110, struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner)
    collector = IssueCollector()
    scan_bytes(data, 0, implicit=True, big_endian=False, limits=Limits(), collector=collector)
    issue = next(issue for issue in collector.issues if len(issue.path) == 3)
    assert [IssueCode.ODD_LENGTH, (0x00081110, 0, 0x00100020)] == [issue.code, issue.path]


@pytest.mark.parametrize("defined", [True, False], ids=["defined", "undefined"])
@pytest.mark.parametrize("left", [3, 10, 11])
def test_a_cut_is_told_once(left, defined):
    """Where the source ends is told of the innermost element or item, not of each that it lies in (PS3.5 7.5)."""
    inner = hb.item(hb.text(0x00100010, "PN", "Doe^John"), defined=defined)
    outer = hb.item(hb.text(0x00080050, "SH", "A1") + hb.sequence(0x00081140, inner, defined=defined), defined=defined)
    whole = hb.text(0x00080016, "UI", "1.2") + hb.sequence(0x00081115, outer, defined=defined)
    ds = dicomkit.dcmread(hb.part10(whole[: whole.index(b"Doe") + left - 8]))
    path = (0x00081115, 0, 0x00081140, 0, 0x00100010) if left >= 8 else (0x00081115, 0, 0x00081140)
    (issue,) = ds.issues
    assert (IssueCode.TRUNCATED, path) == (issue.code, issue.path[: len(path)])
    assert (issue,) == ds.check()


def test_sequence_in_a_value():
    """scan_sequence indexes the items that stood in UN; paths of issues begin where the element stands."""
    inner = element(0x00100020, b"1")
    items = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
    collector = IssueCollector()
    index, first, count = scan_sequence(items * 2, 500, 0x00081110, Limits(), collector, (0x00081115, 3, 0x00081110))
    assert [2, [0x00100020]] == [count, index.tags(first)]
    assert (0x00081115, 3, 0x00081110, 1, 0x00100020) == collector.issues[1].path


@pytest.mark.parametrize("limits", [Limits(elements=5), Limits(depth=0)])
def test_limits_are_exceeded_with_their_name(limits):
    """The error says which bound, and where."""
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0)
    data = element(0x00081110, item) + b"".join(element(0x00100020 + i, b"12") for i in range(10))
    with pytest.raises(LimitExceededError) as caught:
        scan_bytes(data, 0, implicit=True, big_endian=False, limits=limits, collector=IssueCollector())
    assert caught.value.limit in ("elements", "depth")


def test_no_limit_is_a_very_large_one():
    """None stands for no bound."""
    assert [1 << 62] * 3 < list(kernel_limits(Limits(depth=None, elements=None, fragments=None)))


def test_windows_hop_over_large_values(tmp_path, monkeypatch):
    """A file of large values is indexed by reading little more than its headers."""
    path = tmp_path / "a.dcm"
    made = Dataset(
        SOPClassUID="1.2", SOPInstanceUID="1.2.3", EncapsulatedDocument=bytes(3_000_000), PixelData=bytes(5_000_000)
    )
    made.save_as(path)
    read: list[int] = []
    original = dicomkit.file.sources.PathSource._pread

    def counted(self, fd: int, length: int, offset: int) -> bytes:
        data = original(self, fd, length, offset)
        read.append(len(data))
        return data

    monkeypatch.setattr(dicomkit.file.sources.PathSource, "_pread", counted)
    ds = dicomkit.dcmread(path)
    assert ["PixelData" in ds, True] == [True, sum(read) < 100_000]
    assert BytesSource(b"abc").read_at(1, 5) == b"bc"
