"""Data sets that are collected for a handler."""

from __future__ import annotations

import pytest

from dicomkit.errors import LimitExceededError
from dicomkit.file.bare import read_data_set
from dicomkit.file.spool import IN_MEMORY
from dicomkit.net.dispatch.collecting import Spool
from tests.net.instances import data_set


def test_a_short_one_stays_in_memory():
    """What is within the bound is given back as bytes."""
    spool = Spool()
    for piece in (b"ab", b"", b"c"):
        spool.write(memoryview(piece))
    assert b"abc" == spool.source()


def test_a_long_one_goes_to_a_temporary_file():
    """Beyond 16 MiB the data set is in a file, and reads as if it were not."""
    data = data_set("1.2.3", content=b"x" * (IN_MEMORY + 100))
    spool = Spool()
    for start in range(0, len(data), 1 << 20):
        spool.write(memoryview(data)[start : start + (1 << 20)])
    source = spool.source()
    assert not isinstance(source, bytes)
    ds = read_data_set(source, "1.2.840.10008.1.2.1")
    assert ("1.2.3", IN_MEMORY + 100) == (ds.SOPInstanceUID, len(ds[0x00291001].value))


def test_a_bound_is_kept():
    """More than data_set_bytes is a LimitExceededError, which becomes A700."""
    spool = Spool(10)
    spool.write(memoryview(bytes(10)))
    with pytest.raises(LimitExceededError, match="data_set_bytes=10"):
        spool.write(memoryview(b"x"))


def test_what_is_discarded_is_gone():
    """Nothing is left of a data set that is given up, in memory or in a file."""
    for size in (10, IN_MEMORY + 1):
        spool = Spool()
        spool.write(memoryview(bytes(size)))
        spool.discard()
        assert not spool._pieces
        assert spool._spool is None or spool._spool.closed
