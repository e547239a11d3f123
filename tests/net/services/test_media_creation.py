"""Media creation."""

from __future__ import annotations

from dicomkit import Dataset
from dicomkit.net.services import check_request
from dicomkit.net.services.media_creation import MEDIA_CREATION

ROW = MEDIA_CREATION.sop_classes[0]


def test_a_request_names_instances():
    """PS3.4 table S.3.2.1.1-1: all that is mandatory is what to write."""
    ds = Dataset(ReferencedSOPSequence=[Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="1.3")])
    assert check_request(ROW, "n-create", ds).is_success
    assert 0x0121 == check_request(ROW, "n-create", Dataset(ReferencedSOPSequence=[])).status


def test_actions_start_and_cancel():
    """PS3.4 S.3.2.2: action types 1 and 2, whose information is optional."""
    assert check_request(ROW, "n-action", None, 1).is_success
    assert check_request(ROW, "n-action", None, 2).is_success
    assert 0x0123 == check_request(ROW, "n-action", None, 3).status
