"""Sources that cannot be read again."""

from __future__ import annotations

import io
from io import BytesIO

import pytest

from dicomkit.file.sources import MemorySource
from dicomkit.file.spool import SpooledSource, spooled


@pytest.mark.parametrize(("size", "kind"), [(0, MemorySource), (1000, MemorySource), ((16 << 20) + 1, SpooledSource)])
def test_small_ones_stay_in_memory_and_large_ones_do_not(size, kind):
    """Up to 16 MiB are kept in memory, more in a temporary file; both give the same bytes."""
    data = bytes(size)
    source = spooled(BytesIO(data), "name")
    assert [kind, size, "name", data[-7:]] == [
        type(source),
        source.size,
        source.name,
        source.read_at(max(0, size - 7), 7),
    ]


def test_text_is_refused():
    """A stream of text is a TypeError."""
    with pytest.raises(TypeError, match="text"):
        spooled(io.StringIO("text"), "name")


def test_error_of_the_stream_is_passed_on():
    """What a stream raises while it is taken comes out."""

    class Broken(BytesIO):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        spooled(Broken(), "name")
