"""Queries of what belongs to no patient."""

from __future__ import annotations

import pytest

from dicomkit.net.services import (
    COLOR_PALETTE,
    DEFINED_PROTOCOL,
    HANGING_PROTOCOL,
    IMPLANT_ASSEMBLY,
    IMPLANT_GROUP,
    IMPLANT_TEMPLATE,
    INVENTORY,
    PROTOCOL_APPROVAL,
)
from dicomkit.net.services.non_patient_query import SERVICES

MODELS = [
    COLOR_PALETTE,
    DEFINED_PROTOCOL,
    HANGING_PROTOCOL,
    IMPLANT_ASSEMBLY,
    IMPLANT_GROUP,
    IMPLANT_TEMPLATE,
    INVENTORY,
    PROTOCOL_APPROVAL,
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_models_have_one_level_and_all_operations(model):
    """No Query/Retrieve Level, the SOP Instance UID as unique key, and FIND, MOVE and GET."""
    (level,) = model.levels
    assert ("", "SOPInstanceUID") == (level.name, level.unique_key)
    assert ("U", "1") == level.keys.row("SOPInstanceUID").cells
    assert None not in (model.find, model.move, model.get)


def test_each_model_belongs_to_a_service():
    """Eight models in six services, three SOP Classes each."""
    rows = [row for service in SERVICES for row in service.sop_classes]
    assert 24 == len(rows)
    assert {model.name for model in MODELS} == {row.model.name for row in rows}
