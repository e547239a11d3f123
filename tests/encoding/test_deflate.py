"""The deflated data set (PS3.5 A.5)."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit import Dataset, ReadOptions, WriteOptions
from dicomkit.core.buffer import BytesSource
from dicomkit.core.issue import IssueCode, IssueCollector
from dicomkit.core.limits import Limits
from dicomkit.encoding.deflate import deflated, inflate
from dicomkit.errors import EncodingError, LimitExceededError

UID = "1.2.840.10008.1.2.1.99"


def inflated(data: bytes, **limits: int) -> tuple[bytes, list[IssueCode]]:
    """Inflate, and give all bytes and the issues."""
    collector = IssueCollector()
    source, head = inflate(BytesSource(data), 0, len(data), Limits(**limits), collector)
    content = source.read_at(0, source.size)
    source.close()
    assert content.startswith(head[:100])
    return content, [issue.code for issue in collector.issues]


def packed(data: bytes) -> bytes:
    """Deflate with zlib itself."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


@given(st.lists(st.binary(max_size=100)))
def test_deflated_is_a_raw_stream_of_even_length(chunks):
    """RFC 1951 without a header, padded with one zero byte; zlib and we inflate it."""
    data = b"".join(deflated(chunks))
    decompressor = zlib.decompressobj(-15)
    assert [b"".join(chunks), 0] == [decompressor.decompress(data), len(data) % 2]
    assert [b"".join(chunks), []] == list(inflated(data))


@pytest.mark.parametrize("memory", [10, 1 << 26])
def test_large_streams_go_to_a_temporary_file(memory):
    """Beyond inflate_memory the bytes are the same, in a file."""
    content = bytes(range(256)) * 5000
    assert (content, []) == inflated(packed(content), inflate_memory=memory)


def test_bomb_is_stopped():
    """Beyond inflated_bytes it is a LimitExceededError."""
    with pytest.raises(LimitExceededError) as caught:
        inflated(packed(bytes(10 << 20)), inflated_bytes=1 << 20)
    assert "inflated_bytes" == caught.value.limit


def test_damage_gives_what_came_before():
    """A stream cut, damaged, or followed by garbage gives its bytes and an Issue; nothing at all is an error."""
    content = random.Random(1).randbytes(200_000)
    data = packed(content)
    cut, codes = inflated(data[:100_000])
    assert [True, [IssueCode.TRUNCATED]] == [content.startswith(cut) and len(cut) > 50_000, codes]
    assert (content, [IssueCode.TRAILING_BYTES]) == inflated(data + b"garbage")
    assert (content, []) == inflated(data + b"\0")
    with pytest.raises(EncodingError):
        inflated(b"\xff" * 100)


def test_deflated_file_edited_and_written(tmp_path, require_package):
    """A deflated file is written byte for byte, after an edit deflated again; pydicom reads it."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PixelData=b"\1\2" * 100_000)
    data = made.to_bytes(WriteOptions(transfer_syntax=UID))
    ds = dicomkit.dcmread(data, ReadOptions(issues="raise"))
    assert [data, made] == [ds.to_bytes(), ds]
    ds.PatientID = "1"
    ds.save_as(tmp_path / "a.dcm")
    theirs = require_package("pydicom").dcmread(tmp_path / "a.dcm")
    assert ["1", b"\1\2" * 100_000] == [theirs.PatientID, theirs.PixelData]
