"""Relevant patient information queries."""

from __future__ import annotations

from dicomkit.net.services.relevant_patient import RELEVANT_PATIENT, TEMPLATES


def test_each_query_has_its_template():
    """PS3.4 Q.5: general 9007, breast imaging 9000, cardiac 3802."""
    assert ["9007", "9000", "3802"] == [TEMPLATES[row.uid] for row in RELEVANT_PATIENT.sop_classes]


def test_a_query_names_a_patient_and_a_template():
    """Its only required keys are these."""
    keys = RELEVANT_PATIENT.sop_classes[0].model.levels[0].keys
    required = [row.keyword for _, row in keys.walk() if row.cells[0] in ("R", "U")]
    expected = ["PatientID", "IssuerOfPatientID", "ContentTemplateSequence", "MappingResource", "TemplateIdentifier"]
    assert expected == required
