"""The one door upwards."""

from __future__ import annotations

import pydoc
import re
import subprocess
import sys

import pytest

import dicomkit
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


def test_lazy_members_describe_themselves():
    """help() of a data set says what the members are that upper layers add, and shows no object of ours."""
    text = pydoc.plain(pydoc.render_doc(Dataset))
    for name in ("save_as", "to_bytes", "to_json", "to_xml", "to_pydicom", "compress", "decompress", "set_pixel_data"):
        # Python 3.13 gives each parameter a line.
        assert re.search(rf"^ \|  {name}\([^)]*\).*\n \|      [A-Z]", text, re.MULTILINE), name
    assert re.search(r"^ \|  pixel_array\n \|      All frames", text, re.MULTILINE)
    assert "Lazy" not in text


def test_nothing_heavy_is_imported_before_it_is_used():
    """`import dicomkit` loads no numpy, zlib, tempfile, json, pickle or xml."""
    heavy = ("numpy", "zlib", "tempfile", "json", "pickle", "xml")
    code = f"import sys, dicomkit; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False,
                         env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert "[]" == run.stdout.strip(), run.stderr


@pytest.mark.parametrize("name", _lazy.PACKAGES)
def test_a_package_is_there_when_it_is_named(name: str):
    """``import dicomkit`` does not load it, ``dicomkit.<name>`` does."""
    code = f"import dicomkit, sys; assert 'dicomkit.{name}' not in sys.modules; print(dicomkit.{name}.__name__)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert f"dicomkit.{name}\n" == process.stdout


def test_no_other_name_is_a_package():
    """A name that is none is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'pixel'"):
        dicomkit.pixel  # noqa: B018
