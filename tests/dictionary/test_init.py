"""The package as a whole: its edition, and that it costs nothing until used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dicomkit import dictionary

TABLES = {"dicomkit.dictionary._elements", "dicomkit.dictionary._private", "dicomkit.dictionary._uids"}


def loaded_after(program: str) -> set[str]:
    """Give the tables that a fresh interpreter has loaded after a program."""
    program = f"import sys\n{program}\nprint(*sys.modules)"
    answer = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    return TABLES & set(answer.stdout.split())


def test_edition():
    """The tables agree with the edition 2026d."""
    assert "2026d" == dictionary.EDITION


def test_unknown_name():
    """The package has no attributes that it does not have."""
    with pytest.raises(AttributeError, match="EDITIONS"):
        dictionary.EDITIONS  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import dicomkit.dictionary", set()),
        ("import dicomkit.dictionary as d; d.Dictionary(); d.STANDARD.extended()", set()),
        ("import dicomkit.dictionary as d; d.tag('PatientName')", {"dicomkit.dictionary._elements"}),
        ("import dicomkit.dictionary as d; d.packed_vrs()", {"dicomkit.dictionary._elements"}),
        (
            "import dicomkit.dictionary as d; d.private_entry('GEMS_PARM_01', 0x431039)",
            {"dicomkit.dictionary._private"},
        ),
        ("import dicomkit.dictionary as d; d.uid('CTImageStorage')", {"dicomkit.dictionary._uids"}),
    ],
)
def test_a_table_is_loaded_when_it_is_asked_for(program: str, expected: set[str]):
    """Importing loads no table; a question loads the one that answers it."""
    assert expected == loaded_after(program)
