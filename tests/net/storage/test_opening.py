"""What opens the instances of one association."""

from __future__ import annotations

from pathlib import Path

from dicomkit.net.options import AssociationOptions
from dicomkit.net.storage.opening import opener
from tests.net.instances import data_set, file


def test_it_opens_files_and_bytes(tmp_path: Path):
    """A path and bytes of a file give the same data set."""
    path = tmp_path / "1.dcm"
    path.write_bytes(file("1.2.1"))
    opened = opener(AssociationOptions(send_buffer=1 << 16))
    for item in (path, file("1.2.1")):
        instance = opened(item)
        source = instance.open(instance.transfer_syntax)
        data = b""
        while piece := bytes(source.read(50)):
            data += piece
        instance.close()
        assert data_set("1.2.1") == data
