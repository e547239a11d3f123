"""Substance administration queries."""

from __future__ import annotations

from dicomkit.net.services.substances import SUBSTANCES


def test_queries_name_the_product():
    """Both ask by Product Package Identifier; approval asks for a patient, too (PS3.4 V.6)."""
    product, approval = [row.model.levels[0].keys for row in SUBSTANCES.sop_classes]
    assert ["ProductPackageIdentifier"] == [row.keyword for row in product if row.cells[0] == "R"]
    assert {"PatientID", "ProductPackageIdentifier"} <= {row.keyword for row in approval if row.cells[0] == "R"}
