"""The models and keys of Query/Retrieve."""

from __future__ import annotations

import pytest

from dicomkit import dictionary
from dicomkit.net.services import (
    COMPOSITE_INSTANCE_ROOT,
    PATIENT_ROOT,
    PATIENT_STUDY_ONLY,
    REPOSITORY,
    STUDY_ROOT,
    WITHOUT_BULK_DATA,
)

MODELS = [PATIENT_ROOT, STUDY_ROOT, PATIENT_STUDY_ONLY, REPOSITORY, COMPOSITE_INSTANCE_ROOT, WITHOUT_BULK_DATA]
LEVELS = [pytest.param(level, id=f"{model.name} {level.name}") for model in MODELS for level in model.levels]


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_has_one_unique_key(level):
    """PS3.4 C.2.2.1.1: at each level one attribute is the unique key."""
    assert [level.unique_key] == [row.keyword for row in level.keys if row.cells == ("U",)]


@pytest.mark.parametrize("level", LEVELS)
def test_keys_are_attributes_of_the_dictionary(level):
    """Rows below a row are those of a sequence, and each keyword has a tag."""
    for _, row in level.keys.walk():
        assert dictionary.entry(row.tag).keyword == row.keyword
        assert not row.items or dictionary.vr(row.tag) == "SQ"


def test_a_repository_query_asks_study_root_for_more():
    """PS3.4 C.6.4.1: the keys of Study Root and those of the repository, at every level."""
    for level, plain in zip(REPOSITORY.levels, STUDY_ROOT.levels, strict=True):
        assert level.name == plain.name
        assert plain.keys.rows == level.keys.rows[: len(plain.keys.rows)]
        assert level.keys.row("RecordKey") is not None
