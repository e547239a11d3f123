"""What `dicomkit.file` offers, and that naming it is what loads it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import dicomkit
import dicomkit.file


@pytest.mark.parametrize("name", dicomkit.file.__all__)
def test_each_public_name_leads_to_its_object(name: str):
    """A name of `__all__` is there under that name, and said by `dir`."""
    assert name == getattr(dicomkit.file, name).__name__
    assert name in dir(dicomkit.file)


def test_what_import_does_not_need_is_not_loaded():
    """`import dicomkit.file` loads neither streams nor frames nor URLs; naming one loads its module alone."""
    program = """
import sys
import dicomkit.file
lazy = {f"dicomkit.file.{name}" for name in ("stream_reader", "stream_writer", "frames", "frame_index", "remote")}
assert not lazy & set(sys.modules), lazy & set(sys.modules)
dicomkit.file.iter_elements
assert {"dicomkit.file.stream_reader"} == lazy & set(sys.modules), lazy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unknown_name_is_an_error():
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dicomkit.file.nothing  # noqa: B018
