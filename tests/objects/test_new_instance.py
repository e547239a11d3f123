"""What new instances begin with."""

from __future__ import annotations

import dicomkit
from dicomkit.objects.new_instance import new_instance
from tests.corpora import real_file


def test_patient_and_study_come_from_another_instance(corpus: object):
    """Whose it is and of which study is taken over; the series and the instance are new."""
    like = dicomkit.dcmread(real_file("CT_small.dcm"))
    ds = new_instance(like)
    assert ("1CT1", like.StudyInstanceUID, like.PatientName) == (ds.PatientID, ds.StudyInstanceUID, ds.PatientName)
    assert not {like.SeriesInstanceUID, like.SOPInstanceUID} & {ds.SeriesInstanceUID, ds.SOPInstanceUID}


def test_a_study_of_its_own():
    """Without another instance each has a study of its own, text in UTF-8, and Type 2 elements that are empty."""
    first, second = new_instance(None, ["DocumentTitle"]), new_instance(None)
    assert first.StudyInstanceUID != second.StudyInstanceUID
    assert first.StudyInstanceUID.is_valid
    assert ("ISO_IR 192", True, True) == (first.SpecificCharacterSet, "StudyID" in first, "DocumentTitle" in first)
