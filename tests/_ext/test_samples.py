"""The kernels that work on samples are chosen as the others are, and are not loaded with the package."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

IS_BUILT = importlib.util.find_spec("dicomkit._ext.pack") is not None


def told(program: str, switch: str) -> str:
    """Give what a fresh interpreter prints."""
    environment = {**os.environ, "DICOMKIT_PURE": switch}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ("1", "dicomkit._ext.pure."),
        pytest.param("0", "dicomkit._ext.", marks=pytest.mark.skipif(not IS_BUILT, reason="no kernels here")),
    ],
)
def test_the_switch_chooses_all_of_them(switch: str, expected: str):
    """DICOMKIT_PURE means the twins of these kernels too."""
    program = (
        "from dicomkit._ext.samples import jpeg, jpegls, lut, pack, rle\n"
        "print(*(m.__name__ for m in (jpeg, jpegls, lut, pack, rle)))"
    )
    assert " ".join(expected + name for name in ("jpeg", "jpegls", "lut", "pack", "rle")) == told(program, switch)


def test_reading_files_loads_none_of_them():
    """`import dicomkit` loads no kernel that only pixels need."""
    program = "import sys, dicomkit; print([name for name in sys.modules if name.endswith(('.rle', '.pack', '.lut'))])"
    assert "[]" == told(program, "0")
