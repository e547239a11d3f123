"""Information models and their levels."""

from __future__ import annotations

import pytest

from dicomkit.net.services import COMPOSITE_INSTANCE_ROOT, PATIENT_ROOT, STUDY_ROOT


def test_levels_are_found_by_name():
    """The value of (0008,0052) names the level; other values name none."""
    level = STUDY_ROOT.level("SERIES")
    assert level is not None
    assert "SeriesInstanceUID" == level.unique_key
    assert STUDY_ROOT.level("PATIENT") is None
    assert STUDY_ROOT.level("") is None


@pytest.mark.parametrize(
    ("model", "level", "expected"),
    [
        (PATIENT_ROOT, "IMAGE", ["PATIENT", "STUDY", "SERIES"]),
        (STUDY_ROOT, "SERIES", ["STUDY"]),
        (STUDY_ROOT, "STUDY", []),
        (COMPOSITE_INSTANCE_ROOT, "FRAME", ["IMAGE"]),
        (STUDY_ROOT, "nowhere", []),
    ],
)
def test_levels_above(model, level, expected):
    """PS3.4 C.4.1.1.3.1: the unique keys of these levels stand in an identifier."""
    assert expected == [above.name for above in model.above(level)]


def test_models_with_levels_are_hierarchical():
    """Those of Query/Retrieve ask for a level."""
    assert PATIENT_ROOT.is_hierarchical
