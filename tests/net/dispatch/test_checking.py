"""Each mandatory attribute that a request lacks has its status before a handler is called."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.operations import calls
from dicomkit.net.services import PATIENT_ROOT, STUDY_ROOT
from dicomkit.testing.pair import Pair
from tests.net.services.test_performed_step import step

MPPS = "1.2.840.10008.3.1.2.3.3"
COMMITMENT, COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"
UPS_PULL, UPS = "1.2.840.10008.5.1.4.34.6.3", "1.2.840.10008.5.1.4.34.6.1"

# PS3.4 Table F.7.2-1, the attributes of types 1 and 2 of N-CREATE, and their tags.
STEP = {
    "ScheduledStepAttributesSequence": 0x00400270, "PatientName": 0x00100010, "PatientID": 0x00100020,
    "PatientBirthDate": 0x00100030, "PatientSex": 0x00100040, "ReferencedPatientSequence": 0x00081120,
    "PerformedProcedureStepID": 0x00400253, "PerformedStationAETitle": 0x00400241, "PerformedStationName": 0x00400242,
    "PerformedLocation": 0x00400243, "PerformedProcedureStepStartDate": 0x00400244,
    "PerformedProcedureStepStartTime": 0x00400245, "PerformedProcedureStepStatus": 0x00400252,
    "PerformedProcedureStepDescription": 0x00400254, "PerformedProcedureTypeDescription": 0x00400255,
    "ProcedureCodeSequence": 0x00081032, "PerformedProcedureStepEndDate": 0x00400250,
    "PerformedProcedureStepEndTime": 0x00400251, "Modality": 0x00080060, "StudyID": 0x00200010,
    "PerformedProtocolCodeSequence": 0x00400260, "PerformedSeriesSequence": 0x00400340,
}  # fmt: skip


def called(*_: object) -> None:
    """Fail: what is refused does not come to a handler."""
    raise AssertionError("the handler was called")


def without(ds: Dataset, keyword: str) -> Dataset:
    """Return a copy without an element."""
    ds = ds.copy()
    del ds[keyword]
    return ds


@pytest.mark.parametrize("keyword", STEP)
def test_a_step_without_an_attribute_is_refused(keyword: str) -> None:
    """0120 Missing Attribute with the attribute in (0000,1005), and its name in the Error Comment (PS3.7 C.5.7)."""
    pair = Pair([MPPS], {"n-create": called}, check_requests=True)
    (reply,) = pair.run(calls.n_create(MPPS, without(step(), keyword), "1.2.3"))
    assert (0x0120, (STEP[keyword],)) == (reply.status, reply.command.attribute_list)
    assert keyword[:40] in (reply.command.error_comment or "")


def test_a_step_that_has_all_is_created() -> None:
    """What the table allows comes to the handler."""
    pair = Pair([MPPS], {"n-create": lambda request: None}, check_requests=True)
    (reply,) = pair.run(calls.n_create(MPPS, step(), "1.2.3"))
    assert 0 == reply.status


@pytest.mark.parametrize(("keyword", "tag"), [("TransactionUID", 0x00081195), ("ReferencedSOPSequence", 0x00081199)])
def test_a_commitment_without_an_attribute_is_refused(keyword: str, tag: int) -> None:
    """PS3.4 Table J.3.2.1.1-1."""
    item = Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="1.3")
    good = Dataset(TransactionUID="1.2.3", ReferencedSOPSequence=[item])
    pair = Pair([COMMITMENT], {"n-action": called}, check_requests=True)
    (reply,) = pair.run(calls.n_action(COMMITMENT, COMMITMENT_INSTANCE, 1, without(good, keyword)))
    assert (0x0120, (tag,)) == (reply.status, reply.command.attribute_list)
    (reply,) = pair.run(calls.n_action(COMMITMENT, COMMITMENT_INSTANCE, 2, good))
    assert 0x0123 == reply.status


@pytest.mark.parametrize(
    ("query", "tag"),
    [
        (Dataset(PatientID="1"), 0x00080052),
        (Dataset(QueryRetrieveLevel="WARD"), 0x00080052),
        (Dataset(QueryRetrieveLevel="SERIES", SeriesInstanceUID=""), 0x0020000D),
        (Dataset(QueryRetrieveLevel="SERIES", StudyInstanceUID=["1.2", "1.3"]), 0x0020000D),
    ],
)
def test_an_identifier_that_its_model_does_not_allow_is_refused(query: Dataset, tag: int) -> None:
    """A900 with the key in (0000,0901) (PS3.4 C.4.1.1.4)."""
    pair = Pair([STUDY_ROOT], {"find": called}, check_requests=True)
    operation = calls.find(query, STUDY_ROOT)
    with pytest.raises(Exception, match="A900"):
        pair.run(operation)
    assert operation.status == 0xA900


def test_a_retrieval_needs_its_unique_keys() -> None:
    """A900 for C-MOVE without the key of its level (PS3.4 C.4.2.1.4.1)."""
    pair = Pair([PATIENT_ROOT], {"move": called}, check_requests=True)
    query = Dataset(QueryRetrieveLevel="STUDY", PatientID="1")
    (last,) = pair.run(calls.move(query, "DEST", PATIENT_ROOT))
    assert (0xA900, "missing: StudyInstanceUID") == (last.status, last.comment)


def test_a_state_is_changed_with_statuses_of_its_own() -> None:
    """What is wrong with the Transaction UID of Change UPS State is for the handler to say (PS3.4 CC.2.1)."""
    pair = Pair([UPS_PULL], {"n-action": lambda request: 0xC301}, check_requests=True)
    request = Dataset(ProcedureStepState="IN PROGRESS")
    (reply,) = pair.run(calls.n_action(UPS, "1.2.3", 1, request, abstract_syntax=UPS_PULL))
    assert 0xC301 == reply.status


def test_nothing_is_checked_where_it_is_switched_off() -> None:
    """The handler gets whatever the peer sends."""
    pair = Pair([MPPS], {"n-create": lambda request: None}, check_requests=False)
    (reply,) = pair.run(calls.n_create(MPPS, Dataset(), "1.2.3"))
    assert 0 == reply.status
