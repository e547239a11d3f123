"""Queries and retrievals between us and other makers' archives, in both directions (PS3.4 C)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dicomkit import dcmread
from dicomkit.dataset import Dataset
from dicomkit.net import sync
from dicomkit.net.options import ServerOptions
from dicomkit.net.services import PATIENT_ROOT, STUDY_ROOT, matches, response_of
from dicomkit.net.storage.targets import ToFolder
from tests.corpora import real_file
from tests.interop.peers import Orthanc, free_port, orthanc, qrscp, run

pytestmark = pytest.mark.interop

NAMES = ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm", "examples_rgb_color.dcm")
Find = Callable[[str], str]


def files() -> list[Path]:
    """Give the instances that archives are filled with."""
    return [real_file(name) for name in NAMES]


def instances() -> list[Dataset]:
    """Give them as data sets."""
    return [dcmread(path) for path in files()]


def study(ds: Dataset) -> Dataset:
    """Give the key of an instance's study."""
    return Dataset(QueryRetrieveLevel="STUDY", PatientID=ds.PatientID, StudyInstanceUID=ds.StudyInstanceUID)


def same_pixels(one: Dataset, other: Dataset) -> bool:
    """Say whether two instances show the same."""
    return bool((one.pixel_array == other.pixel_array).all())


# Our requestor, their archives ----------------------------------------------------------------------------------------


class Theirs:
    """An archive of another maker, filled with real instances, that can send to a server of ours."""

    def __init__(self, address: tuple[str, int], title: str, receiver: sync.Server, received: Path) -> None:
        self.address, self.title, self.receiver, self.received = address, title, receiver, received

    def request(self, *services: object, **options: object) -> sync.Association:
        """Associate with it."""
        return sync.Association.request(
            self.address,
            calling="OURS",
            called=self.title,
            services=services,
            **options,  # type: ignore[arg-type]
        )


@pytest.fixture(scope="module", params=["dcmqrscp", "Orthanc"])
def theirs(
    request: pytest.FixtureRequest, require_peer: Find, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theirs]:
    """Run each archive in turn."""
    folder = tmp_path_factory.mktemp("theirs")
    received = folder / "received"
    with sync.serve(("127.0.0.1", 0), ae_title="OURS", handlers={"store": ToFolder(received)}) as receiver:
        known = {"OURS": receiver.address}
        if request.param == "dcmqrscp":
            with qrscp(require_peer, folder / "peer", known) as address:
                yield filled(Theirs(address, "THEIRS", receiver, received))
        else:
            with orthanc(require_peer, folder / "peer", known, UnknownSopClassAccepted=True) as peer:
                yield filled(Theirs(peer.address, Orthanc.title, receiver, received))


def filled(archive: Theirs) -> Theirs:
    """Store the instances."""
    results = list(sync.send(archive.address, files(), calling="OURS", called=archive.title))
    assert all(result.is_stored for result in results), results
    return archive


@pytest.mark.parametrize("model", [STUDY_ROOT, PATIENT_ROOT], ids=lambda model: model.name)
def test_their_archive_finds_our_studies(theirs: Theirs, model: object) -> None:
    """Every study is found by its UID, with the values that it has."""
    with theirs.request(model) as association:
        for ds in instances():
            query = study(ds)
            query.StudyDate = query.PatientName = None
            (match,) = association.find(query, model)  # type: ignore[arg-type]  # one of the two
            assert (ds.StudyInstanceUID, ds.PatientName) == (match.StudyInstanceUID, match.PatientName)
            assert ds.StudyDate == match.StudyDate


def test_their_archive_finds_series_and_instances(theirs: Theirs) -> None:
    """Below a study, its series; below these, its instance (PS3.4 C.4.1.2.2.1)."""
    (ds, *_) = instances()
    with theirs.request(STUDY_ROOT) as association:
        series = Dataset(QueryRetrieveLevel="SERIES", StudyInstanceUID=ds.StudyInstanceUID, SeriesInstanceUID="")
        (found,) = association.find(series)
        assert ds.SeriesInstanceUID == found.SeriesInstanceUID
        image = Dataset(QueryRetrieveLevel="IMAGE", StudyInstanceUID=ds.StudyInstanceUID, SOPInstanceUID="")
        image.SeriesInstanceUID = ds.SeriesInstanceUID
        (found,) = association.find(image)
        assert ds.SOPInstanceUID == found.SOPInstanceUID


def test_their_archive_matches_wildcards_and_ranges(theirs: Theirs) -> None:
    """A name with an asterisk, a range of dates, nothing (PS3.4 C.2.2.2)."""
    with theirs.request(STUDY_ROOT) as association:
        query = Dataset(QueryRetrieveLevel="STUDY", PatientName="CompressedSamples^*", StudyInstanceUID="")
        expected = {ds.StudyInstanceUID for ds in instances() if ds.PatientName.startswith("CompressedSamples^")}
        assert expected == {match.StudyInstanceUID for match in association.find(query)}
        query = Dataset(QueryRetrieveLevel="STUDY", StudyDate="20040101-20040131", StudyInstanceUID="")
        expected = {ds.StudyInstanceUID for ds in instances() if "20040101" <= ds.StudyDate <= "20040131"}
        assert expected == {match.StudyInstanceUID for match in association.find(query)}
        assert [] == list(association.find(Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3.4.5")))


def test_a_query_of_theirs_that_is_left_early_leaves_a_working_association(theirs: Theirs) -> None:
    """After C-CANCEL the next request is answered."""
    with theirs.request(STUDY_ROOT, "verification") as association:
        for _ in association.find(Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="")):
            break
        assert association.echo().is_success


def test_their_archive_gives_what_it_was_sent(theirs: Theirs, tmp_path: Path) -> None:
    """C-GET brings each study over the same association, and its pixels are those that were sent."""
    classes = {str(ds.SOPClassUID) for ds in instances()}
    with theirs.request(STUDY_ROOT, receive=classes) as association:
        for ds in instances():
            (path,) = association.get(study(ds), into=tmp_path)
            received = dcmread(path)
            assert ds.SOPInstanceUID == received.SOPInstanceUID
            assert same_pixels(ds, received)


def test_their_archive_sends_to_our_server(theirs: Theirs) -> None:
    """C-MOVE to our title: the counts are right, and the instances arrive."""
    with theirs.request(STUDY_ROOT) as association:
        for ds in instances()[:2]:
            steps = list(association.move(study(ds), "OURS"))
            assert (True, 1) == (steps[-1].status.is_success, steps[-1].completed or 1)
    received = {dcmread(path).SOPInstanceUID for path in theirs.received.glob("*.dcm")}
    assert {ds.SOPInstanceUID for ds in instances()[:2]} <= received


def test_a_destination_that_they_do_not_know(theirs: Theirs) -> None:
    """A failure of the A8xx or Cxxx kind, no error of ours (PS3.4 Table C.4-2)."""
    with theirs.request(STUDY_ROOT) as association:
        steps = list(association.move(study(instances()[0]), "NOBODY"))
    assert steps[-1].status.is_failure


# Their requestors, our archive ----------------------------------------------------------------------------------------


def find(request: object) -> Iterator[Dataset]:
    """Answer from the files."""
    query = request.dataset  # type: ignore[attr-defined]  # a Request
    for ds in instances():
        if matches(query, ds):
            yield response_of(query, ds)


def retrieve(request: object) -> list[Path]:
    """Give the files that a retrieval names."""
    query = request.dataset  # type: ignore[attr-defined]  # a Request
    return [path for path, ds in zip(files(), instances(), strict=True) if matches(query, ds)]


@pytest.fixture
def ours() -> Iterator[tuple[sync.Server, dict[str, tuple[str, int]]]]:
    """Run an archive of ours, and give where it may send to."""
    places: dict[str, tuple[str, int]] = {}
    handlers = {"find": find, "move": retrieve, "get": retrieve}
    with sync.serve(
        ("127.0.0.1", 0), ae_title="OURS", handlers=handlers, destinations=places, options=ServerOptions()
    ) as server:
        yield server, places


def to(server: sync.Server) -> list[str]:
    """Give what DCMTK's programs call our server by."""
    return ["-aec", "OURS", "127.0.0.1", str(server.address[1])]


def keys(**values: str) -> list[str]:
    """Give keys as DCMTK's programs take them."""
    return [part for name, value in values.items() for part in ("-k", f"{name}={value}" if value else name)]


@pytest.mark.parametrize("option", ["-S", "-P"])
def test_findscu_finds_here(ours: tuple, require_peer: Find, option: str, tmp_path: Path) -> None:
    """DCMTK's findscu writes each match to a file, study root and patient root."""
    server, _ = ours
    (ds, *_) = instances()
    level = {"QueryRetrieveLevel": "STUDY", "PatientID": ds.PatientID, "StudyInstanceUID": "", "PatientName": ""}
    done = run(require_peer("findscu"), option, "-X", "-od", str(tmp_path), *to(server), *keys(**level))
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("rsp*")
    match = dcmread(path, force=True)
    assert (ds.StudyInstanceUID, ds.PatientName) == (match.StudyInstanceUID, match.PatientName)


def test_getscu_gets_from_here(ours: tuple, require_peer: Find, tmp_path: Path) -> None:
    """DCMTK's getscu takes uncompressed instances over its association: ours are decompressed for it."""
    server, _ = ours
    for ds in instances()[:3]:
        level = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ds.StudyInstanceUID}
        done = run(require_peer("getscu"), "-S", "-od", str(tmp_path), *to(server), *keys(**level))
        assert done.returncode == 0, done.stderr
    received = {dcmread(path).SOPInstanceUID: dcmread(path) for path in tmp_path.iterdir()}
    for ds in instances()[:3]:
        assert same_pixels(ds, received[ds.SOPInstanceUID])


def test_movescu_has_it_moved(ours: tuple, require_peer: Find, tmp_path: Path) -> None:
    """DCMTK's movescu opens a port of its own, and our archive sends there."""
    server, places = ours
    port = free_port()
    places["MOVESCU"] = ("127.0.0.1", port)
    (ds, *_) = instances()
    level = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ds.StudyInstanceUID}
    done = run(
        *(require_peer("movescu"), "-S", "-aet", "MOVESCU", "-aem", "MOVESCU", "--port", str(port)),
        *("-od", str(tmp_path), *to(server), *keys(**level)),
    )
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.iterdir()
    assert same_pixels(ds, dcmread(path))


def test_orthanc_queries_and_retrieves_from_here(ours: tuple, require_peer: Find, tmp_path: Path) -> None:
    """Orthanc's own C-FIND and C-MOVE, asked for by REST: what it found is then in it."""
    server, places = ours
    with orthanc(require_peer, tmp_path, {"OURS": server.address}) as peer:
        places[Orthanc.title] = peer.address
        (ds, *_) = instances()
        query = peer.post("/modalities/ours/query", {"Level": "Study", "Query": {"PatientID": ds.PatientID}})
        answers = peer.get(f"/queries/{query['ID']}/answers?expand&simplify")  # type: ignore[index]
        assert [ds.StudyInstanceUID] == [answer["StudyInstanceUID"] for answer in answers]  # type: ignore[attr-defined]
        peer.post(f"/queries/{query['ID']}/retrieve", {"TargetAet": Orthanc.title})  # type: ignore[index]
        (found,) = peer.post("/tools/find", {"Level": "Instance", "Query": {}, "Expand": True})  # type: ignore[misc]
        assert ds.SOPInstanceUID == found["MainDicomTags"]["SOPInstanceUID"]
