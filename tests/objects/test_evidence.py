"""Which instances documents refer to, by study and series."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import ValueEncodeError
from dicomkit.objects import ReferencedInstance, evidence_of, reference_to
from dicomkit.objects.evidence import by_study, known_instances, referenced_instance, value_type_of
from tests.corpora import real_file


def instance(number: int, series: str = "1.2.1", study: str = "1.2", **values: object) -> Dataset:
    """Make a data set that can be referred to."""
    return Dataset(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.2",
        SOPInstanceUID=f"{series}.{number}",
        SeriesInstanceUID=series,
        StudyInstanceUID=study,
        **values,
    )


def test_references():
    """Frames that are there, from 1; an image of one frame is referred to as a whole (PS3.3 10.3)."""
    cine = instance(1, NumberOfFrames=3)
    assert ((3, 1), ()) == (reference_to(cine, frames=[3, 1]).frames, reference_to(instance(1), frames=[1]).frames)
    state = instance(2)
    assert ("1.2.1.1", (2,), ((1, 2),), "1.2.1.2") == (
        reference_to(cine).sop_instance_uid,
        reference_to(cine, segments=[2]).segments,
        reference_to(cine, channels=[(1, 2)]).channels,
        reference_to(cine, presentation_state=state).presentation_state,
    )
    for frame in (0, 4):
        with pytest.raises(ValueEncodeError, match="from 1 to 3"):
            reference_to(cine, frames=[frame])
    with pytest.raises(ValueEncodeError, match="without StudyInstanceUID and SOPInstanceUID"):
        reference_to(Dataset(SOPClassUID="1.2", SeriesInstanceUID="1.2"))


def test_evidence_there_and_back():
    """Studies, series and instances once each, in the order they are named in."""
    named = [instance(1), instance(2), instance(1, "1.3.1", "1.3"), instance(1, "1.2.2"), instance(1)]
    instances = [referenced_instance(each) for each in named]
    items = by_study(instances)
    assert [("1.2", 2), ("1.3", 1)] == [(each.StudyInstanceUID, len(each.ReferencedSeriesSequence)) for each in items]
    ds = Dataset(CurrentRequestedProcedureEvidenceSequence=items)
    assert [instances[0], instances[1], instances[3], instances[2]] == list(evidence_of(ds))
    document = instance(9, CurrentRequestedProcedureEvidenceSequence=items[1:])
    assert {"1.2.1.9", "1.3.1.1"} == known_instances([document]).keys()


def test_evidence_of_real_documents(corpus: object):
    """Of a report that has evidence, study, series, class and instance; damaged sequences give what there is."""
    found = evidence_of(dicomkit.dcmread(real_file("test-SR.dcm")))
    assert all(each.sop_instance_uid and each.series_instance_uid and each.study_instance_uid for each in found)
    damaged = Dataset(CurrentRequestedProcedureEvidenceSequence=[Dataset(ReferencedSeriesSequence=[Dataset()])])
    assert () == evidence_of(damaged)
    damaged.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence = [Dataset()]
    assert (ReferencedInstance(),) == evidence_of(damaged)


@pytest.mark.parametrize(
    ("sop_class", "value_type"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", "IMAGE"),
        ("1.2.840.10008.5.1.4.1.1.66.4", "IMAGE"),
        ("1.2.840.10008.5.1.4.1.1.481.2", "IMAGE"),
        ("1.2.840.10008.5.1.4.1.1.77.1.6", "IMAGE"),
        ("1.2.840.10008.5.1.4.1.1.9.1.1", "WAVEFORM"),
        ("1.2.840.10008.5.1.4.1.1.9.100.1", "COMPOSITE"),
        ("1.2.840.10008.5.1.4.1.1.88.33", "COMPOSITE"),
        ("1.2.840.10008.5.1.4.1.1.88.74", "COMPOSITE"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "COMPOSITE"),
        ("1.2.840.10008.5.1.4.1.1.11.1", "COMPOSITE"),
        ("1.2.3", "COMPOSITE"),
    ],
)
def test_how_classes_are_referred_to(sop_class: str, value_type: str):
    """What has Pixel Data by IMAGE, waveforms by WAVEFORM, everything else by COMPOSITE (PS3.3 C.18.3 to C.18.5)."""
    assert value_type == value_type_of(sop_class)
