"""Identifiers of queries and retrievals (PS3.4 C.4)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.services import (
    COMPOSITE_INSTANCE_ROOT,
    HANGING_PROTOCOL,
    PATIENT_ROOT,
    STUDY_ROOT,
    WITHOUT_BULK_DATA,
    WORKLIST,
    check_query,
    check_retrieval,
)

LEVEL, PATIENT, STUDY, SERIES, IMAGE = 0x00080052, 0x00100020, 0x0020000D, 0x0020000E, 0x00080018


def keys(level: str, **more: object) -> Dataset:
    """Give an identifier at a level."""
    return Dataset(QueryRetrieveLevel=level, **more)


@pytest.mark.parametrize(
    ("model", "ds", "expected"),
    [
        (STUDY_ROOT, keys("STUDY"), ()),
        (STUDY_ROOT, Dataset(), (LEVEL,)),
        (STUDY_ROOT, keys(""), (LEVEL,)),
        (STUDY_ROOT, keys("PATIENT"), (LEVEL,)),
        (STUDY_ROOT, keys("SERIES"), (STUDY,)),
        (STUDY_ROOT, keys("SERIES", StudyInstanceUID=""), (STUDY,)),
        (STUDY_ROOT, keys("SERIES", StudyInstanceUID="1.2"), ()),
        (STUDY_ROOT, keys("SERIES", StudyInstanceUID=["1.2", "1.3"]), (STUDY,)),
        (STUDY_ROOT, keys("IMAGE"), (STUDY, SERIES)),
        (PATIENT_ROOT, keys("STUDY"), (PATIENT,)),
        (PATIENT_ROOT, keys("STUDY", PatientID="A*"), (PATIENT,)),
        (PATIENT_ROOT, keys("STUDY", PatientID="A"), ()),
        (WORKLIST, Dataset(), ()),
        (HANGING_PROTOCOL, Dataset(HangingProtocolName="*"), ()),
    ],
)
def test_a_query_names_its_level_and_those_above(model, ds: Dataset, expected: tuple[int, ...]):
    """PS3.4 C.4.1.2.1: A900 with the level, or the unique keys that are missing or no single value."""
    verdict = check_query(model, ds)
    assert (0xA900 if expected else 0) == verdict.status
    assert set(expected) == set(verdict.attributes)


def test_relational_queries_need_no_keys_above():
    """PS3.4 C.4.1.2.2.1; the level is still needed."""
    assert check_query(STUDY_ROOT, keys("IMAGE"), relational=True).is_success
    assert 0xA900 == check_query(STUDY_ROOT, Dataset(), relational=True).status


@pytest.mark.parametrize(
    ("model", "ds", "status", "expected"),
    [
        (STUDY_ROOT, keys("STUDY"), 0xA900, (STUDY,)),
        (STUDY_ROOT, keys("STUDY", StudyInstanceUID=["1.2", "1.3"]), 0, ()),
        (STUDY_ROOT, keys("SERIES", SeriesInstanceUID="1.2"), 0xA900, (STUDY,)),
        (STUDY_ROOT, keys("SERIES", StudyInstanceUID="1.1", SeriesInstanceUID=["1.2", "1.3"]), 0, ()),
        (PATIENT_ROOT, keys("PATIENT", PatientID="A"), 0, ()),
        (PATIENT_ROOT, keys("PATIENT", PatientID=["A", "B"]), 0xA900, (PATIENT,)),
        (PATIENT_ROOT, keys("PATIENT", PatientID="*"), 0xA900, (PATIENT,)),
        (COMPOSITE_INSTANCE_ROOT, keys("IMAGE", SOPInstanceUID=["1.2", "1.3"]), 0, ()),
        (COMPOSITE_INSTANCE_ROOT, keys("IMAGE"), 0xA900, (IMAGE,)),
        (COMPOSITE_INSTANCE_ROOT, keys("STUDY"), 0xA900, (LEVEL,)),
        (COMPOSITE_INSTANCE_ROOT, keys("FRAME", SOPInstanceUID="1.2", SimpleFrameList=[1, 2]), 0, ()),
        (COMPOSITE_INSTANCE_ROOT, keys("FRAME", SOPInstanceUID="1.2", CalculatedFrameList=[1, 9, 2]), 0, ()),
        (
            COMPOSITE_INSTANCE_ROOT,
            keys("FRAME", SOPInstanceUID="1.2", SimpleFrameList=[1], TimeRange=[0.0, 1.0]),
            0xAA04,
            (0x00081161, 0x00081163),
        ),
        (COMPOSITE_INSTANCE_ROOT, keys("FRAME", SOPInstanceUID="1.2"), 0xAA04, (0x00081161, 0x00081162, 0x00081163)),
        (COMPOSITE_INSTANCE_ROOT, keys("FRAME", SOPInstanceUID=["1.2", "1.3"]), 0xA900, (IMAGE,)),
        (WITHOUT_BULK_DATA, keys("IMAGE", SOPInstanceUID="1.2"), 0, ()),
        (HANGING_PROTOCOL, Dataset(SOPInstanceUID="1.2"), 0, ()),
        (HANGING_PROTOCOL, Dataset(), 0xA900, (IMAGE,)),
    ],
)
def test_a_retrieval_names_what_it_wants(model, ds: Dataset, status: int, expected: tuple[int, ...]):
    """PS3.4 C.4.2.1.4.1, Y.3.2: unique keys, one list of frames."""
    verdict = check_retrieval(model, ds)
    assert (status, set(expected)) == (verdict.status, set(verdict.attributes))


def test_relational_retrievals_need_no_keys_above():
    """PS3.4 C.4.2.2.2.1."""
    assert check_retrieval(STUDY_ROOT, keys("SERIES", SeriesInstanceUID="1.2"), relational=True).is_success
