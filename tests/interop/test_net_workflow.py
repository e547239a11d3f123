"""Worklists, commitment, performed steps and work items between us and other makers' programs (PS3.4 F, J, K, CC)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dicomkit import dcmread
from dicomkit.dataset import Dataset
from dicomkit.errors import DimseStatusError
from dicomkit.net import sync
from dicomkit.net.exchanges import (
    CommitmentResults,
    availability_of,
    begin_step,
    claim_work_item,
    create_work_item,
    notify_availability,
    request_commitment,
    step_begun,
    work_item,
)
from dicomkit.net.providers import Availability, Commitments, PerformedSteps, WorkItems, Worklist
from dicomkit.net.services import WORKLIST
from tests.corpora import real_file
from tests.interop.peers import Orthanc, free_port, orthanc, run, running
from tests.net.exchanges.test_performed_step import instances

pytestmark = pytest.mark.interop

Find = Callable[[str], str]
ADDRESS = ("127.0.0.1", 0)
MPPS, COMMITMENT, COMMITMENT_INSTANCE = "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"
UPS_PUSH, UPS_WATCH, UPS_PULL, UPS_EVENT, UPS_QUERY = [f"1.2.840.10008.5.1.4.34.6.{number}" for number in range(1, 6)]
UPS_GLOBAL = "1.2.840.10008.5.1.4.34.5"
AVAILABILITY = "1.2.840.10008.5.1.4.33"


def entry(name: str, modality: str, day: str) -> Dataset:
    """Give a worklist item with all that DCMTK's provider wants of one."""
    step = Dataset(
        ScheduledStationAETitle="CT1", ScheduledProcedureStepStartDate=day, ScheduledProcedureStepStartTime="093000",
        Modality=modality, ScheduledPerformingPhysicianName="Who", ScheduledProcedureStepDescription="Head",
        ScheduledProcedureStepID="S1", ScheduledStationName="CT", ScheduledProcedureStepLocation="B2",
    )  # fmt: skip
    return Dataset(
        SpecificCharacterSet="ISO_IR 100", AccessionNumber="A1", PatientName=name, PatientID="1",
        PatientBirthDate="19700101", PatientSex="F", StudyInstanceUID="1.2.7", RequestingPhysician="Who",
        RequestedProcedureDescription="Head", ScheduledProcedureStepSequence=[step], RequestedProcedureID="R1",
        RequestedProcedurePriority="HIGH",
    )  # fmt: skip


ENTRIES = [
    entry("Müller^Jane", "CT", "20240105"),
    entry("Roe^Max", "MR", "20240105"),
    entry("Doe^Jim", "CT", "20240109"),
]


# Worklists ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wlmscpfs(require_peer: Find, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Run DCMTK's worklist provider over files that we wrote."""
    folder = tmp_path_factory.mktemp("worklists")
    (folder / "RIS").mkdir()
    (folder / "RIS" / "lockfile").touch()
    for number, ds in enumerate(ENTRIES):
        file = ds.copy()
        file.SOPClassUID, file.SOPInstanceUID = "1.2.840.10008.5.1.4.31", f"1.2.3.{number}"
        file.save_as(folder / "RIS" / f"{number}.wl")
    port = free_port()
    with running([require_peer("wlmscpfs"), "-dfp", str(folder), "-dfr", str(port)], port):
        yield "127.0.0.1", port


def asked(**keys: str) -> Dataset:
    """Give a query by keys of the step."""
    step = Dataset(Modality="", ScheduledProcedureStepStartDate="", ScheduledProcedureStepStartTime="")
    for keyword, value in keys.items():
        step[keyword] = value
    return Dataset(PatientName="", PatientID="", ScheduledProcedureStepSequence=[step])


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, ["Doe^Jim", "Müller^Jane", "Roe^Max"]),
        ({"Modality": "CT"}, ["Doe^Jim", "Müller^Jane"]),
        ({"ScheduledProcedureStepStartDate": "20240101-20240106"}, ["Müller^Jane", "Roe^Max"]),
        ({"Modality": "US"}, []),
    ],
)
def test_their_worklist_and_ours_answer_alike(
    wlmscpfs: tuple[str, int], keys: dict[str, str], expected: list[str]
) -> None:
    """wlmscpfs and our provider find the same steps for our requestor."""
    with sync.serve(ADDRESS, ae_title="RIS", handlers=Worklist(ENTRIES).handlers()) as server:
        for address in (wlmscpfs, server.address):
            with sync.Association.request(address, called="RIS", services=[WORKLIST]) as association:
                assert expected == sorted(str(one.PatientName) for one in association.find(asked(**keys), WORKLIST))


def test_their_modality_asks_our_worklist(require_peer: Find, tmp_path: Path) -> None:
    """findscu -W gets the matches as files, with keys in the step's item."""
    with sync.serve(ADDRESS, ae_title="RIS", handlers=Worklist(ENTRIES).handlers()) as server:
        result = run(
            require_peer("findscu"), "-W", "-aec", "RIS", "-X", "-od", str(tmp_path), "127.0.0.1",
            str(server.address[1]), "-k", "PatientName", "-k", "AccessionNumber",
            "-k", "ScheduledProcedureStepSequence[0].Modality=CT",
            "-k", "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=20240101-20240106",
        )  # fmt: skip
    assert 0 == result.returncode, result.stderr
    (found,) = [dcmread(path, force=True) for path in tmp_path.glob("rsp*")]
    assert ("Müller^Jane", "A1", "CT") == (
        found.PatientName, found.AccessionNumber, found.ScheduledProcedureStepSequence[0].Modality
    )  # fmt: skip


# Commitment -----------------------------------------------------------------------------------------------------------


def test_orthanc_asks_us(require_peer: Find, tmp_path: Path) -> None:
    """Orthanc's request is answered, and its report taken on an association of ours with roles reversed."""
    asked_for: list[tuple[str, str]] = []

    def check(sop_class: str, uid: str) -> bool:
        asked_for.append((sop_class, uid))
        return uid.endswith(".1")

    places: dict[str, tuple[str, int]] = {}
    with (
        sync.Reporter(places, calling="OURS") as reporter,
        sync.serve(ADDRESS, ae_title="OURS", handlers=Commitments(check, reporter).handlers()) as server,
        orthanc(require_peer, tmp_path, {"OURS": server.address}) as peer,
    ):
        places[Orthanc.title] = peer.address
        body = {"DicomInstances": [{"SOPClassUID": "1.2.3", "SOPInstanceUID": f"1.2.4.{number}"} for number in (1, 2)]}
        answer = peer.post("/modalities/ours/storage-commitment", body)
        until = time.monotonic() + 20
        while (found := peer.get(answer["Path"]))["Status"] == "Pending" and time.monotonic() < until:  # type: ignore[index]
            time.sleep(0.1)
    assert [("1.2.3", "1.2.4.1"), ("1.2.3", "1.2.4.2")] == asked_for
    assert "Failure" == found["Status"]
    assert ["1.2.4.1"] == [one["SOPInstanceUID"] for one in found["Success"]]
    assert [("1.2.4.2", 0x0112)] == [(one["SOPInstanceUID"], one["FailureReason"]) for one in found["Failures"]]


def test_we_ask_orthanc(require_peer: Find, tmp_path: Path) -> None:
    """Orthanc reports what it keeps and what it does not to our server."""
    results = CommitmentResults()
    ds = dcmread(real_file("CT_small.dcm"))
    with (
        sync.serve(ADDRESS, ae_title="OURS", handlers=results.handlers()) as server,
        orthanc(require_peer, tmp_path, {"OURS": server.address}) as peer,
    ):
        assert all(one.is_stored for one in sync.send(peer.address, [ds], calling="OURS", called=Orthanc.title))
        with sync.Association.request(
            peer.address, calling="OURS", called=Orthanc.title, services=["commitment"]
        ) as association:
            transaction = sync.run(association, request_commitment([ds, (str(ds.SOPClassUID), "1.2.3.4")]))
        result = results.wait(transaction, 20.0)
    assert result is not None
    assert ((str(ds.SOPClassUID), str(ds.SOPInstanceUID)),) == result.committed
    assert ["1.2.3.4"] == [uid for _, uid, _ in result.failed]


# pynetdicom as framework ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pynetdicom(require_package: Callable[[str], ModuleType]) -> ModuleType:
    """Give the package."""
    return require_package("pynetdicom")


@pytest.fixture
def theirs(pynetdicom: ModuleType) -> Iterator[Callable[..., tuple[str, int]]]:
    """Give a function that runs a server of theirs with handlers of ours."""
    servers = []

    def start(sop_classes: list[str], handlers: list[tuple[object, object]]) -> tuple[str, int]:
        ae = pynetdicom.AE("THEIRS")
        for uid in sop_classes:
            ae.add_supported_context(uid)
        server = ae.start_server(ADDRESS, block=False, evt_handlers=handlers)
        servers.append(server)
        return server.server_address

    yield start
    for server in servers:
        server.shutdown()


def associated(pynetdicom: ModuleType, server: sync.Server, *uids: str, **options: object) -> object:
    """Associate a requestor of theirs with a server of ours."""
    ae = pynetdicom.AE("THEIRS")
    for uid in uids:
        ae.add_requested_context(uid)
    association = ae.associate(*server.address, ae_title="OURS", **options)
    assert association.is_established
    return association


def foreign(ds: Dataset) -> object:
    """Turn a data set of ours into one of theirs."""
    ds.convert_charset("ISO_IR 192")
    return ds.to_pydicom()


def test_their_requestor_performs_a_step_with_us(pynetdicom: ModuleType) -> None:
    """Created, ended, and no longer changed; a missing attribute is named."""
    steps = PerformedSteps()
    with sync.serve(ADDRESS, ae_title="OURS", handlers=steps.handlers()) as server:
        association = associated(pynetdicom, server, MPPS)
        step = step_begun(ENTRIES[0], station_ae_title="CT1")
        status, _ = association.send_n_create(foreign(step), MPPS, "1.2.3")  # type: ignore[attr-defined]
        assert 0 == status.Status
        incomplete = step.copy()
        del incomplete["Modality"]
        status, _ = association.send_n_create(foreign(incomplete), MPPS, "1.2.4")  # type: ignore[attr-defined]
        assert (0x0120, "missing: Modality") == (status.Status, status.ErrorComment)
        changes = Dataset(PerformedProcedureStepStatus="IN PROGRESS")
        status, _ = association.send_n_set(foreign(changes), MPPS, "1.2.3")  # type: ignore[attr-defined]
        assert 0 == status.Status
        status, _ = association.send_n_set(foreign(changes), MPPS, "1.2.99")  # type: ignore[attr-defined]
        assert 0x0112 == status.Status
        association.release()  # type: ignore[attr-defined]
    assert "Müller^Jane" == steps.store.get("1.2.3").PatientName


def test_our_exchange_performs_a_step_with_them(pynetdicom: ModuleType, theirs: Callable[..., tuple[str, int]]) -> None:
    """What our exchanges say arrives at their handlers; their refusal is an error here."""
    seen: list[tuple[str, str]] = []

    def created(event: object) -> tuple[int, object]:
        ds = event.attribute_list  # type: ignore[attr-defined]
        seen.append(("create", ds.PerformedProcedureStepStatus))
        return 0x0000, ds

    def changed(event: object) -> tuple[int, object]:
        ds = event.modification_list  # type: ignore[attr-defined]
        seen.append(("set", ds.PerformedProcedureStepStatus))
        return (0x0000, ds) if len(seen) == 2 else (0x0110, None)

    evt = pynetdicom.evt
    address = theirs([MPPS], [(evt.EVT_N_CREATE, created), (evt.EVT_N_SET, changed)])
    with sync.Association.request(address, called="THEIRS", services=[MPPS]) as association:
        step = sync.run(association, begin_step(step_begun(ENTRIES[0], station_ae_title="CT1")))
        sync.run(association, step.complete(instances()))
        with pytest.raises(DimseStatusError) as refused:
            sync.run(association, step.complete(instances()))
    assert 0x0110 == refused.value.status
    assert [("create", "IN PROGRESS"), ("set", "COMPLETED"), ("set", "COMPLETED")] == seen


def test_their_requestor_gets_its_commitment_from_us(pynetdicom: ModuleType) -> None:
    """The report comes over the same association, while they wait."""
    done, reported = threading.Event(), []

    def report(event: object) -> int:
        reported.append((event.event_type, event.event_information))  # type: ignore[attr-defined]
        done.set()
        return 0x0000

    commitments = Commitments(lambda sop_class, uid: uid == "1.3", seconds=0.2)
    with sync.serve(ADDRESS, ae_title="OURS", handlers=commitments.handlers()) as server:
        handlers = [(pynetdicom.evt.EVT_N_EVENT_REPORT, report)]
        association = associated(pynetdicom, server, COMMITMENT, evt_handlers=handlers)
        (request,) = [Dataset(TransactionUID="1.9", ReferencedSOPSequence=[
            Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID=uid) for uid in ("1.3", "1.4")])]  # fmt: skip
        status, _ = association.send_n_action(foreign(request), 1, COMMITMENT, COMMITMENT_INSTANCE)  # type: ignore[attr-defined]
        assert 0 == status.Status
        assert done.wait(10.0)
        time.sleep(0.1)
        association.release()  # type: ignore[attr-defined]
    ((event, information),) = reported
    assert (2, "1.9", "1.3", "1.4") == (
        event, information.TransactionUID, information.ReferencedSOPSequence[0].ReferencedSOPInstanceUID,
        information.FailedSOPSequence[0].ReferencedSOPInstanceUID,
    )  # fmt: skip


def test_their_provider_commits_for_us(pynetdicom: ModuleType, theirs: Callable[..., tuple[str, int]]) -> None:
    """A report that their handler sends on an association of its own comes to our server."""
    results = CommitmentResults()
    with sync.serve(ADDRESS, ae_title="OURS", handlers=results.handlers()) as server:

        def send(request: object) -> None:
            ae = pynetdicom.AE("THEIRS")
            ae.add_requested_context(COMMITMENT)
            role = pynetdicom.build_role(COMMITMENT, scp_role=True)
            association = ae.associate(*server.address, ae_title="OURS", ext_neg=[role])
            association.send_n_event_report(request, 1, COMMITMENT, COMMITMENT_INSTANCE)
            association.release()

        def act(event: object) -> tuple[int, None]:
            threading.Timer(0.1, send, [event.action_information]).start()  # type: ignore[attr-defined]
            return 0x0000, None

        address = theirs([COMMITMENT], [(pynetdicom.evt.EVT_N_ACTION, act)])
        with sync.Association.request(address, called="THEIRS", services=[COMMITMENT]) as association:
            transaction = sync.run(association, request_commitment([("1.2", "1.3")]))
        result = results.wait(transaction, 10.0)
        time.sleep(0.2)
    assert result is not None
    assert (("1.2", "1.3"),) == result.committed


def test_their_requestor_works_with_our_work_items(pynetdicom: ModuleType) -> None:
    """Pushed, claimed, refused, found; the Push SOP Class is named in contexts of the others (PS3.4 CC.3.1)."""
    items = WorkItems()
    with sync.serve(ADDRESS, ae_title="OURS", handlers=items.handlers()) as server:
        association = associated(pynetdicom, server, UPS_PUSH, UPS_PULL)
        item = work_item("Read", PatientID="1")
        status, _ = association.send_n_create(foreign(item), UPS_PUSH, "1.2.3")  # type: ignore[attr-defined]
        assert 0 == status.Status
        for transaction, expected in (("1.9.1", 0), ("1.9.2", 0xC301), ("1.9.1", 0xC302)):
            change = Dataset(ProcedureStepState="IN PROGRESS", TransactionUID=transaction)
            status, _ = association.send_n_action(foreign(change), 1, UPS_PUSH, "1.2.3", meta_uid=UPS_PULL)  # type: ignore[attr-defined]
            assert expected == status.Status
        query = foreign(Dataset(ProcedureStepState="IN PROGRESS", PatientID="", SOPInstanceUID=""))
        answers = list(association.send_c_find(query, UPS_PULL))  # type: ignore[attr-defined]
        assert [0xFF00, 0x0000] == [status.Status for status, _ in answers]
        assert ("1.2.3", "1") == (answers[0][1].SOPInstanceUID, answers[0][1].PatientID)
        association.release()  # type: ignore[attr-defined]


def test_our_exchange_works_with_their_work_items(
    pynetdicom: ModuleType, theirs: Callable[..., tuple[str, int]]
) -> None:
    """What our exchanges push and claim arrives at their handlers."""
    seen: list[object] = []

    def created(event: object) -> tuple[int, object]:
        seen.append(event.attribute_list.ProcedureStepLabel)  # type: ignore[attr-defined]
        return 0x0000, event.attribute_list  # type: ignore[attr-defined]

    def act(event: object) -> tuple[int, None]:
        seen.append((event.action_type, event.action_information.ProcedureStepState))  # type: ignore[attr-defined]
        return 0x0000, None

    evt = pynetdicom.evt
    address = theirs([UPS_PUSH, UPS_PULL], [(evt.EVT_N_CREATE, created), (evt.EVT_N_ACTION, act)])
    with sync.Association.request(address, called="THEIRS", services=[UPS_PUSH, UPS_PULL]) as association:
        uid = sync.run(association, create_work_item(work_item("Read", PatientID="1")))
        sync.run(association, claim_work_item(uid))
    assert ["Read", (1, "IN PROGRESS")] == seen


def test_their_watcher_hears_of_our_work_items(pynetdicom: ModuleType) -> None:
    """Events go to their server over associations of ours with roles reversed; they subscribe and query as SCU."""
    heard: list[tuple[str, int, str]] = []
    done = threading.Event()

    def report(event: object) -> tuple[int, None]:
        ds = event.event_information  # type: ignore[attr-defined]
        heard.append((event.request.AffectedSOPInstanceUID, event.event_type, ds.ProcedureStepState))  # type: ignore[attr-defined]
        if len(heard) == 2:
            done.set()
        return 0x0000, None

    watcher = pynetdicom.AE("WATCHER")
    watcher.add_supported_context(UPS_EVENT, scu_role=True, scp_role=True)
    listening = watcher.start_server(ADDRESS, block=False, evt_handlers=[(pynetdicom.evt.EVT_N_EVENT_REPORT, report)])
    try:
        with (
            sync.Reporter({"WATCHER": listening.server_address}, calling="OURS") as reporter,
            sync.serve(ADDRESS, ae_title="OURS", handlers=WorkItems(deliver=reporter).handlers()) as server,
        ):
            association = associated(pynetdicom, server, UPS_PUSH, UPS_PULL, UPS_WATCH, UPS_QUERY)
            wish = Dataset(ReceivingAE="WATCHER", DeletionLock="FALSE")
            for title, expected in (("NOBODY", 0xC308), ("WATCHER", 0x0000)):
                wish.ReceivingAE = title
                status, _ = association.send_n_action(foreign(wish), 3, UPS_PUSH, UPS_GLOBAL, meta_uid=UPS_WATCH)  # type: ignore[attr-defined]
                assert expected == status.Status
            status, _ = association.send_n_create(foreign(work_item("Read", PatientID="1")), UPS_PUSH, "1.2.3")  # type: ignore[attr-defined]
            assert 0 == status.Status
            change = Dataset(ProcedureStepState="IN PROGRESS", TransactionUID="1.9")
            association.send_n_action(foreign(change), 1, UPS_PUSH, "1.2.3", meta_uid=UPS_PULL)  # type: ignore[attr-defined]
            answers = list(association.send_c_find(foreign(Dataset(ProcedureStepLabel="Read")), UPS_QUERY))  # type: ignore[attr-defined]
            assert [0xFF00, 0x0000] == [status.Status for status, _ in answers]
            assert done.wait(10.0)
            association.release()  # type: ignore[attr-defined]
    finally:
        listening.shutdown()
    assert [("1.2.3", 1, "SCHEDULED"), ("1.2.3", 1, "IN PROGRESS")] == heard


def test_availability_both_ways(pynetdicom: ModuleType, theirs: Callable[..., tuple[str, int]]) -> None:
    """Their N-CREATE comes to our provider, ours to their handler."""
    told: list[str] = []
    ds = availability_of([dcmread(real_file("CT_small.dcm"))], "PACS")
    provider = Availability(lambda uid, _: told.append(uid))
    with sync.serve(ADDRESS, ae_title="OURS", handlers=provider.handlers()) as server:
        association = associated(pynetdicom, server, AVAILABILITY)
        status, _ = association.send_n_create(foreign(ds), AVAILABILITY, "1.2.3")  # type: ignore[attr-defined]
        assert (0, ["1.2.3"]) == (status.Status, told)
        association.release()  # type: ignore[attr-defined]

    def created(event: object) -> tuple[int, object]:
        told.append(event.attribute_list.StudyInstanceUID)  # type: ignore[attr-defined]
        return 0x0000, event.attribute_list  # type: ignore[attr-defined]

    address = theirs([AVAILABILITY], [(pynetdicom.evt.EVT_N_CREATE, created)])
    with sync.Association.request(address, called="THEIRS", services=[AVAILABILITY]) as ours:
        sync.run(ours, notify_availability(ds))
    assert str(ds.StudyInstanceUID) == told[-1]
