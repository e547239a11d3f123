"""Operations and requests made from what callers give."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.operations import calls
from dicomkit.net.options import DEFAULT_ASSOCIATION
from dicomkit.net.services import PATIENT_ROOT, STUDY_ROOT, WITHOUT_BULK_DATA

CT = "1.2.840.10008.5.1.4.1.1.2"
GET = "1.2.840.10008.5.1.4.1.2.2.3"


def test_a_request_for_get_takes_storage_as_scp():
    """With Study Root the rest of the 128 contexts is storage, in the role of SCP."""
    request = calls.request_for("ME", "PACS", [STUDY_ROOT], DEFAULT_ASSOCIATION)
    roles = {role.sop_class_uid: (role.scu, role.scp) for role in request.user_information.roles}
    assert 128 == len(request.contexts)
    assert (False, True) == roles[CT]
    assert GET not in roles


def test_what_a_get_may_bring_can_be_named():
    """With `receive` there are contexts for just these classes, in the transfer syntaxes that are named."""
    request = calls.request_for("ME", "PACS", [GET], DEFAULT_ASSOCIATION, receive=[(CT, "1.2.840.10008.1.2.4.70")])
    offered = [(context.abstract_syntax, context.transfer_syntaxes) for context in request.contexts]
    native = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
    assert [(GET, native), (CT, ("1.2.840.10008.1.2.4.70",)), (CT, native)] == offered


def test_a_class_that_is_sent_and_received_has_both_roles():
    """A storage class among the services keeps the role of SCU."""
    request = calls.request_for("ME", "PACS", [GET, CT], DEFAULT_ASSOCIATION, receive=[CT])
    assert [(CT, True, True)] == [tuple(role) for role in request.user_information.roles]


def test_a_model_without_the_operation_is_a_value_error():
    """A model for retrieval alone has no C-FIND."""
    with pytest.raises(ValueError, match="C-FIND"):
        calls.find(Dataset(), WITHOUT_BULK_DATA)


def test_models_and_keywords_name_sop_classes():
    """An information model, its UID and its keyword are the same."""
    for model in (PATIENT_ROOT, "1.2.840.10008.5.1.4.1.2.1.1", "PatientRootQueryRetrieveInformationModelFind"):
        assert "1.2.840.10008.5.1.4.1.2.1.1" == calls.find(Dataset(), model)._request.affected_sop_class_uid


def test_attributes_are_named_by_tag_or_keyword():
    """N-GET takes keywords and tags."""
    operation = calls.n_get("1.2", "1.3", ["PatientID", 0x00100010])
    assert (0x00100020, 0x00100010) == operation._command.attribute_list
