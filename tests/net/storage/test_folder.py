"""A folder that receives instances, and what happens to it when something fails."""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pytest

from dicomkit.net.storage import Disposition, Duplicates, InstanceFolder, Stored, placing
from dicomkit.net.storage import folder as module
from dicomkit.net.storage.placing import Nursery
from tests.hostile_bytes import DEFLATED_LE, EXPLICIT_LE, IMPLICIT, IMPLICIT_LE, deflated, element
from tests.net.instances import SECONDARY_CAPTURE, STUDY, data_set


def store(
    folder: InstanceFolder,
    uid: str,
    data: bytes | None = None,
    *,
    syntax: str = EXPLICIT_LE,
    sop_class: str = SECONDARY_CAPTURE,
    piece: int = 1000,
) -> Stored:
    """Hand over an instance in pieces, from memory that is overwritten after each."""
    incoming = folder.begin(sop_class, uid, syntax, sending="SENDER", receiving="ME")
    data = data_set(uid) if data is None else data
    for at in range(0, len(data), piece):
        memory = bytearray(data[at : at + piece])
        incoming.add(memoryview(memory)[: len(memory) // 2])
        incoming.add(memoryview(memory)[len(memory) // 2 :])
        incoming.flush()
        memory[:] = bytes(len(memory))
    return incoming.finish()


def files(path: Path) -> list[str]:
    """Give the names of all files below a folder, hidden ones too."""
    return sorted(str(file.relative_to(path)) for file in path.rglob("*") if not file.is_dir())


@pytest.fixture(params=[True, False], ids=["unnamed", "named"])
def nursery(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with temporary files that have no name, and with such that have one."""

    def made(root: str) -> Nursery:
        return Nursery(root, unnamed=request.param)

    monkeypatch.setattr(module, "Nursery", made)


@pytest.mark.parametrize("is_late", [True, False], ids=["command alone", "with the command"])
@pytest.mark.parametrize("size", [100, 3_000, 9_000, 17_000, 40_000])
def test_an_instance_is_stored_however_it_is_cut(tmp_path: Path, size: int, is_late: bool):
    """A command that comes before its data, and several pieces at once: DCMTK with TCP_NODELAY sends like that."""
    data = data_set("1.2.3", content=bytes(range(256)) * 400)
    incoming = InstanceFolder(tmp_path, durable=False).begin(SECONDARY_CAPTURE, "1.2.3", EXPLICIT_LE)
    if is_late:
        incoming.flush()
    for number, at in enumerate(range(0, len(data), size)):
        incoming.add(data[at : at + size])
        if number % 3 == 2:
            incoming.flush()
    stored = incoming.finish()
    assert (0, "") == (stored.status, stored.comment)
    assert Path(stored.path).read_bytes().endswith(data)


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.usefixtures("nursery")
def test_an_instance_arrives(tmp_path: Path, durable: bool):
    """The file is what pydicom reads: the data set to the byte, who sent it, in the transfer syntax of the context."""
    folder = InstanceFolder(tmp_path, durable=durable)
    data = data_set("1.2.3", content=b"x" * 100_000)
    stored = store(folder, "1.2.3", data)
    assert (0, Disposition.NEW, len(data), "1.2.3") == (
        stored.status,
        stored.disposition,
        stored.data_set_bytes,
        stored.sop_instance_uid,
    )
    content = Path(stored.path).read_bytes()
    assert content.endswith(data)
    ds = pydicom.dcmread(stored.path)
    assert ("SENDER", EXPLICIT_LE, "1.2.3") == (
        ds.file_meta.SendingApplicationEntityTitle,
        ds.file_meta.TransferSyntaxUID,
        ds.SOPInstanceUID,
    )
    assert [Path(stored.path).name] == files(tmp_path)
    folder.close()


@pytest.mark.parametrize(
    ("syntax", "data"),
    [
        (IMPLICIT_LE, data_set("1.2.3", form=IMPLICIT)),
        (DEFLATED_LE, deflated(data_set("1.2.3"))),
        ("1.2.840.99.1", data_set("1.2.3")),
    ],
    ids=["implicit", "deflated", "private"],
)
def test_the_transfer_syntax_of_the_context_counts(tmp_path: Path, syntax: str, data: bytes):
    """The UIDs are found whatever the encoding, inflated too, and the bytes stay as they came."""
    stored = store(InstanceFolder(tmp_path), "1.2.3", data, syntax=syntax)
    assert 0 == stored.status
    assert Path(stored.path).read_bytes().endswith(data)
    assert syntax == pydicom.dcmread(stored.path).file_meta.TransferSyntaxUID


@pytest.mark.parametrize(
    ("uid", "sop_class", "data", "status"),
    [
        ("1.2.3", SECONDARY_CAPTURE, data_set("1.2.4"), 0xA900),
        ("1.2.3", "1.2.840.10008.5.1.4.1.1.2", data_set("1.2.3"), 0xA900),
        ("1.2.3", SECONDARY_CAPTURE, data_set("1.2.3")[34:], 0xA900),
        ("1.2.3", SECONDARY_CAPTURE, b"", 0xA900),
        ("1.2.3", SECONDARY_CAPTURE, data_set("1.2.3")[:-1], 0xC000),
        ("1.2.3", SECONDARY_CAPTURE, data_set("1.2.3", content=b"x" * 50_000)[:-4000], 0xC000),
        ("1.2.3", SECONDARY_CAPTURE, b"\x08\0\x16\0UI", 0xC000),
        ("1.2.03", SECONDARY_CAPTURE, data_set("1.2.03"), 0x0117),
        ("../../EVIL", SECONDARY_CAPTURE, data_set("1.2.3"), 0x0117),
        ("/etc/passwd", SECONDARY_CAPTURE, data_set("1.2.3"), 0x0117),
        ("1.2.3\n4", SECONDARY_CAPTURE, data_set("1.2.3"), 0x0117),
        ("", SECONDARY_CAPTURE, data_set("1.2.3"), 0x0117),
        ("1." + "2" * 63, SECONDARY_CAPTURE, data_set("1.2.3"), 0x0117),
        ("1.2.3", "not a UID", data_set("1.2.3"), 0x0117),
    ],
    ids=["instance", "class", "no class", "nothing", "cut", "cut far", "cut header", "zero", "up", "absolute", "line",
         "empty", "long", "class UID"],
)  # fmt: skip
def test_what_is_not_stored(tmp_path: Path, uid: str, sop_class: str, data: bytes, status: int):
    """Another instance than the command's, half a one, and an illegal UID have their status, and leave nothing."""
    stored = store(InstanceFolder(tmp_path), uid, data, sop_class=sop_class)
    assert (status, "", Disposition.REFUSED, False) == (
        stored.status,
        stored.path,
        stored.disposition,
        stored.is_stored,
    )
    assert [] == files(tmp_path)
    assert 0 < len(stored.comment) <= 64


def test_every_cut_is_seen(tmp_path: Path):
    """Cut anywhere but between two elements, a data set is not stored; between two, it lacks none that is announced."""
    data = data_set("1.2.3", content=b"xy")
    ends = {34, 48, 60, 76, 90}  # where elements end
    folder = InstanceFolder(tmp_path, durable=False)
    statuses = {cut: store(folder, "1.2.3", data[:cut]).status for cut in range(len(data))}
    assert [] == [cut for cut, status in statuses.items() if status == 0 and cut not in ends]
    assert {0xA900, 0xC000} >= {status for cut, status in statuses.items() if cut not in ends}


def test_what_was_never_finished_leaves_nothing(tmp_path: Path):
    """An association that ends in the middle discards what it has begun; to discard again does nothing."""
    incoming = InstanceFolder(tmp_path).begin(SECONDARY_CAPTURE, "1.2.3", EXPLICIT_LE)
    incoming.add(data_set("1.2.3"))
    incoming.flush()
    incoming.discard()
    incoming.discard()
    assert 0xC000 == incoming.finish().status
    assert [] == files(tmp_path)


def test_a_data_set_that_is_too_long(tmp_path: Path):
    """Beyond the bound nothing more is written, the space is given back at once, and the answer is A700."""
    folder = InstanceFolder(tmp_path, maximum_bytes=10_000)
    assert 0 == store(folder, "1.2.3", data_set("1.2.3", content=b"x" * 9_000)).status
    stored = store(folder, "1.2.4", data_set("1.2.4", content=b"x" * 20_000))
    assert (0xA700, "more than 10,000 bytes") == (stored.status, stored.comment)
    assert 1 == len(files(tmp_path))


# -- layouts -----------------------------------------------------------------------------------------------------------


def test_a_layout(tmp_path: Path):
    """Folders are made as they are needed, for their owner alone."""
    folder = InstanceFolder(tmp_path, layout="{PatientID}/{StudyInstanceUID}/{SOPInstanceUID}.dcm")
    assert str(tmp_path / "P-1" / STUDY / "1.2.3.dcm") == store(folder, "1.2.3").path
    assert 0o700 == (tmp_path / "P-1" / STUDY).stat().st_mode & 0o777
    assert 0 == store(folder, "1.2.4", data_set("1.2.4", patient="../../../etc")).status
    assert 2 == len(files(tmp_path))
    assert [tmp_path] == [path for path in tmp_path.parent.iterdir() if path.name == tmp_path.name]


def test_a_layout_whose_folder_is_a_file(tmp_path: Path):
    """What stands in the way is left alone, and the answer is A700."""
    (tmp_path / "P-1").write_bytes(b"mine")
    stored = store(InstanceFolder(tmp_path, layout="{PatientID}/{SOPInstanceUID}.dcm"), "1.2.3")
    assert 0xA700 == stored.status
    assert ["P-1"] == files(tmp_path)


# -- duplicates --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nursery")
@pytest.mark.parametrize("policy", list(Duplicates))
def test_the_same_again(tmp_path: Path, policy: Duplicates):
    """Sent again, an instance is stored, whoever sends it and whatever the policy, and there is one file."""
    folder = InstanceFolder(tmp_path, duplicates=policy)
    first = store(folder, "1.2.3")
    again = folder.begin(SECONDARY_CAPTURE, "1.2.3", EXPLICIT_LE, sending="ANOTHER")
    again.add(data_set("1.2.3"))
    stored = again.finish()
    assert (0, Disposition.IDENTICAL, first.path) == (stored.status, stored.disposition, stored.path)
    folder.close()
    assert 1 == len(files(tmp_path))


@pytest.mark.usefixtures("nursery")
@pytest.mark.parametrize(
    ("policy", "status", "disposition", "kept", "count"),
    [
        (Duplicates.KEEP_BOTH, 0, Disposition.KEPT_BOTH, b"one!", 2),
        (Duplicates.KEEP_FIRST, 0xB000, Disposition.KEPT_FIRST, b"one!", 1),
        (Duplicates.REPLACE, 0, Disposition.REPLACED, b"two!", 1),
        (Duplicates.REFUSE, 0x0111, Disposition.REFUSED, b"one!", 1),
    ],
)
def test_something_else_of_the_same_uid(
    tmp_path: Path, policy: Duplicates, status: int, disposition: Disposition, kept: bytes, count: int
):
    """The policy decides; what was answered with success can be found afterwards, unless it was to be replaced."""
    folder = InstanceFolder(tmp_path, duplicates=policy)
    first = store(folder, "1.2.3", data_set("1.2.3", content=b"one!"))
    stored = store(folder, "1.2.3", data_set("1.2.3", content=b"two!"))
    again = store(folder, "1.2.3", data_set("1.2.3", content=b"two!"))
    assert (status, disposition) == (stored.status, stored.disposition)
    assert kept == Path(first.path).read_bytes()[-4:]
    folder.close()
    assert count == len(files(tmp_path))
    if stored.is_stored:
        assert b"two!" == Path(stored.path).read_bytes()[-4:]
        assert (0, stored.path) == (again.status, again.path)


def test_duplicates_of_a_layout_lie_apart(tmp_path: Path):
    """The other one is in a folder of its own, below the same folders, so that nobody takes it for the first."""
    folder = InstanceFolder(tmp_path, layout="{PatientID}/{SOPInstanceUID}.dcm")
    store(folder, "1.2.3", data_set("1.2.3", content=b"one!"))
    stored = store(folder, "1.2.3", data_set("1.2.3", content=b"two!"))
    assert Path(stored.path).is_relative_to(tmp_path / "duplicates" / "P-1")


@pytest.mark.usefixtures("nursery")
def test_sixteen_threads_and_one_uid(tmp_path: Path):
    """Whoever comes first: all succeed, there is one file of each content, and every answer leads to its content."""
    folder = InstanceFolder(tmp_path, durable=False)
    outcomes: list[tuple[bytes, Stored]] = []

    def run(number: int) -> None:
        for turn in range(20):
            content = b"%04d" % (number % 2)
            uid = f"1.2.{turn}"
            outcomes.append((content, store(folder, uid, data_set(uid, content=content))))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 320 == len(outcomes)
    assert {0} == {stored.status for _, stored in outcomes}
    assert [] == [stored for content, stored in outcomes if content != Path(stored.path).read_bytes()[-4:]]
    folder.close()
    assert 40 == len(files(tmp_path))


def test_several_share_one_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Eight files that are finished together have eight syncs of their own and one of the folder."""
    synced: list[str] = []
    monkeypatch.setattr(placing, "_sync_file", lambda fd: synced.append("file"))
    monkeypatch.setattr(placing.os, "fsync", lambda fd: synced.append("folder"))
    folder = InstanceFolder(tmp_path)
    incoming = [folder.begin(SECONDARY_CAPTURE, f"1.2.{number}", EXPLICIT_LE) for number in range(8)]
    for one in incoming:
        one.add(data_set(one.sop_instance_uid))
    incoming[3].add(b"\x7f")  # one of them is cut
    outcomes = folder.finish(incoming)
    assert [0, 0, 0, 0xC000, 0, 0, 0, 0] == [one.status for one in outcomes]
    assert ["file"] * 7 + ["folder"] == synced


# -- faults ------------------------------------------------------------------------------------------------------------

FAULTS = [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, int], None]]:
    """Let a call of the system fail from now on."""

    def inject(name: str, code: int) -> None:
        def broken(*_: object, **__: object) -> None:
            raise OSError(code, os.strerror(code))

        if name == "fdatasync":
            monkeypatch.setattr(placing, "_sync_file", broken)
        else:
            monkeypatch.setattr(os, name, broken)

    yield inject
    monkeypatch.undo()


@pytest.mark.parametrize("code", FAULTS, ids=errno.errorcode.__getitem__)
@pytest.mark.parametrize("call", ["open", "writev", "fdatasync", "link", "fsync", "pread"])
def test_a_fault_is_answered(
    tmp_path: Path, fail: Callable[[str, int], None], monkeypatch: pytest.MonkeyPatch, call: str, code: int
):
    """Each call that fails is A700 with the system's reason and no path; the next instance is stored when it can be."""
    folder = InstanceFolder(tmp_path)
    assert 0 == store(folder, "1.2.1").status
    folder._clean_up()
    before = files(tmp_path)
    fail(call, code)
    stored = store(folder, "1.2.2", data_set("1.2.2", content=b"x" * 50_000))
    monkeypatch.undo()
    assert (0xA700, "") == (stored.status, stored.path)
    assert str(tmp_path) not in stored.comment
    folder._clean_up()
    if call != "fsync":  # the name is there; only nobody knows for how long
        assert before == files(tmp_path)
    assert 0 == store(folder, "1.2.2", data_set("1.2.2", content=b"x" * 50_000)).status
    assert 0 == store(folder, "1.2.3").status


def test_a_replacement_that_fails_leaves_the_first(tmp_path: Path, fail: Callable[[str, int], None]):
    """What was acknowledged survives a failed replacement, whole."""
    folder = InstanceFolder(tmp_path, duplicates="replace")
    first = store(folder, "1.2.3", data_set("1.2.3", content=b"one!"))
    fail("replace", errno.ENOSPC)
    assert 0xA700 == store(folder, "1.2.3", data_set("1.2.3", content=b"two!")).status
    folder.close()
    assert b"one!" == Path(first.path).read_bytes()[-4:]
    assert 1 == len(files(tmp_path))


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A system that takes less than it is given gets the rest."""
    writev, write = os.writev, os.write
    monkeypatch.setattr(os, "writev", lambda fd, parts: writev(fd, [b"".join(parts)[:7]]))
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data)[:777]))
    data = data_set("1.2.3", content=b"x" * 5000)
    stored = store(InstanceFolder(tmp_path), "1.2.3", data)
    assert 0 == stored.status
    assert Path(stored.path).read_bytes().endswith(data)


def in_child(work: Callable[[], None]) -> int:
    """Run something in a child process; return its exit status, negative for a signal."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_full_disk(tmp_path: Path):
    """A file that may not grow (RLIMIT_FSIZE) is A700; a small one is stored afterwards."""
    resource = pytest.importorskip("resource")

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        folder = InstanceFolder(tmp_path)
        assert 0xA700 == store(folder, "1.2.3", data_set("1.2.3", content=b"x" * 300_000)).status
        assert 0 == store(folder, "1.2.4").status

    assert 0 == in_child(work)
    assert 1 == len(files(tmp_path))


CALLS = ("open", "writev", "link", "unlink", "replace", "fsync", "close", "mkdir", "pread", "fstat")


def killed_at(number: int) -> None:
    """Let the process die in the middle of its n-th call of the system."""
    calls = 0

    def counting(call: Callable[..., object], name: str) -> Callable[..., object]:
        def counted(*arguments: object, **rest: object) -> object:
            nonlocal calls
            calls += 1
            if calls == number:
                if name == "writev":
                    os.write(arguments[0], b"part")  # type: ignore[arg-type]  # a descriptor
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*arguments, **rest)
            calls += 1
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted

    for name in CALLS:
        setattr(os, name, counting(getattr(os, name), name))
    placing._sync_file = counting(placing._sync_file, "fdatasync")  # type: ignore[assignment]


@pytest.mark.parametrize("policy", [Duplicates.KEEP_BOTH, Duplicates.REPLACE])
@pytest.mark.parametrize("resent", [None, b"one!", b"two!"], ids=["new", "identical", "differing"])
@pytest.mark.usefixtures("nursery")
def test_killed_at_each_call(tmp_path: Path, policy: Duplicates, resent: bytes | None):
    """Killed before or after any call, what was acknowledged is there, whole; what is there is whole; the rest goes."""
    for number in range(1, 200):
        root = tmp_path / str(number)
        said = tmp_path / f"{number}.said"

        def work(root: Path = root, said: Path = said, number: int = number) -> None:
            folder = InstanceFolder(root, layout="{PatientID}/{SOPInstanceUID}.dcm", duplicates=policy)
            if resent is not None:
                store(folder, "1.2.3", data_set("1.2.3", content=b"one!"))
            log = os.open(said, os.O_CREAT | os.O_WRONLY)
            killed_at(number)
            stored = store(folder, "1.2.3", data_set("1.2.3", content=resent or b"one!"))
            if stored.status == 0:
                os.write(log, stored.path.encode())

        status = in_child(work)
        acknowledged = said.read_bytes().decode()
        if acknowledged:
            assert (resent or b"one!") == Path(acknowledged).read_bytes()[-4:]
        InstanceFolder(root).close()
        contents = {(root / name).read_bytes()[-4:] for name in files(root)}
        assert {"1.2.3"} >= {pydicom.dcmread(root / name).SOPInstanceUID for name in files(root)}
        if resent is not None:
            # The first was acknowledged: it is there, or what replaced it.
            assert b"one!" in contents or (policy is Duplicates.REPLACE and {resent} == contents)
        if status == 0:
            assert number > 12
            assert acknowledged
            return
        assert -signal.SIGKILL == status
    pytest.fail("it never came to its end")


def test_uids_behind_much_else(tmp_path: Path):
    """UIDs that stand so far behind that they are not among the first bytes are found all the same."""
    first = element(0x00080001, "UN", bytes(100_000))
    folder = InstanceFolder(tmp_path)
    assert 0 == store(folder, "1.2.3", first + data_set("1.2.3")).status
    assert 0xA900 == store(folder, "1.2.4", first + data_set("1.2.3")).status
