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


def test_the_character_set_has_the_texts(corpus: object):
    """That of the other instance stays while it has all characters; else it is UTF-8, and names are still the same."""
    like = dicomkit.Dataset(SpecificCharacterSet="ISO_IR 100", PatientName="Müller^Jörg")
    assert "ISO_IR 100" == new_instance(like, texts=["ähnlich", "like"]).SpecificCharacterSet
    ds = new_instance(like, texts=["Ω"])
    assert ("ISO_IR 192", "Müller^Jörg") == (ds.SpecificCharacterSet, ds.PatientName)
    assert ("ISO_IR 192", None) == (
        new_instance(dicomkit.Dataset(), texts=["é"]).SpecificCharacterSet,
        new_instance(dicomkit.Dataset(), texts=["e"]).get("SpecificCharacterSet"),
    )
