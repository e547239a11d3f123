"""The one door upwards."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dicomkit import Dataset, _lazy


def test_functions_are_found_by_name():
    """load() imports a function of the table; a name that is not there is a KeyError."""
    assert "to_bytes" == _lazy.load("to_bytes").__name__
    with pytest.raises(KeyError):
        _lazy.load("no such name")


def test_lazy_methods_are_methods():
    """A lazy method is bound to its instance, and a plain function on the class."""
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3")
    assert ds.to_bytes() == Dataset.to_bytes(ds)
    assert isinstance(Dataset.__dict__["pixel_array"], _lazy.LazyProperty)
    assert Dataset.pixel_array is Dataset.__dict__["pixel_array"]


def test_nothing_heavy_is_imported_before_it_is_used():
    """`import dicomkit` loads no numpy, zlib, tempfile, json, pickle or xml."""
    heavy = ("numpy", "zlib", "tempfile", "json", "pickle", "xml")
    code = f"import sys, dicomkit; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False,
                         env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert "[]" == run.stdout.strip(), run.stderr
