"""The tree of a DICOMDIR, sound and damaged, against pydicom's tree of the same file."""

from __future__ import annotations

import gc
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit import Dataset, dcmread
from dicomkit.core.issue import IssueCode
from dicomkit.file.directory_records import DIRECTORY_CLASS
from dicomkit.file.directory_tree import DirectoryNode, put_records, read_tree
from tests.corpora import real_file
from tests.hostile_dicomdir import LOOPS, Record, dicomdir

SAMPLES = [
    "dicomdirtests/DICOMDIR",
    "dicomdirtests/DICOMDIR-bigEnd",
    "dicomdirtests/DICOMDIR-implicit",
    "dicomdirtests/DICOMDIR-reordered",
    "TINY_ALPHA/DICOMDIR",
]


def shape(root: DirectoryNode) -> list[tuple[str, ...]]:
    """Give the types of the records that lead to each record."""
    return [tuple(node.record_type for node in inner.lineage()) for inner in root.walk()]


def file_ids(root: DirectoryNode) -> list[list[str]]:
    """Give the File IDs in the order of the tree."""
    return [list(node.record.ReferencedFileID) for node in root.walk() if "ReferencedFileID" in node.record]


def pydicoms_tree(path: Path) -> tuple[list[tuple[str, ...]], list[list[str]]]:
    """Give the types that lead to each record, and the File IDs, as pydicom reads them."""
    fileset = pytest.importorskip("pydicom.fileset")
    with warnings.catch_warnings():
        # Its file-set warns of a syntax that it will write anew, and leaves a temporary folder to the collector.
        warnings.simplefilter("ignore")
        theirs = fileset.FileSet(str(path))
        root = theirs._tree.root
        lines = [
            tuple(node.record_type for node in [*reversed([up for up in node.ancestors if up is not root]), node])
            for node in theirs._tree
            if node is not root
        ]
        references = [[str(name) for name in instance.ReferencedFileID] for instance in theirs]
        del theirs, root
        gc.collect()
    return lines, references


@pytest.mark.interop
@pytest.mark.parametrize("name", SAMPLES)
def test_tree_is_pydicoms(name: str):
    """The records lie below each other as pydicom's reader finds them."""
    lines, references = pydicoms_tree(real_file(name))
    ds = dcmread(real_file(name))
    tree = read_tree(ds)
    assert sorted(lines) == sorted(shape(tree))
    assert sorted(references) == sorted(file_ids(tree))
    assert () == ds.issues


def test_reordered_records_are_the_same_tree():
    """The order of the items does not matter, only the offsets do."""
    trees = [read_tree(dcmread(real_file(name))) for name in SAMPLES[:4]]
    assert [shape(trees[0])] * 3 == [shape(tree) for tree in trees[1:]]
    assert [file_ids(trees[0])] * 3 == [file_ids(tree) for tree in trees[1:]]


def test_missing_offsets_are_reported():
    """Where elements with an offset of 0 are missing, or the file is cut, the files are found all the same."""
    ds = dcmread(real_file("DICOMDIR-nooffset"))
    tree = read_tree(ds)
    assert IssueCode.DIRECTORY_OFFSET_WRONG in {issue.code for issue in ds.issues}
    expected = file_ids(read_tree(dcmread(real_file("dicomdirtests/DICOMDIR"))))
    assert len(expected) - 1 <= len(file_ids(tree))


def test_unknown_record_types_are_kept():
    """A record of a type that the standard does not have is an Issue, and what lies below it is read."""
    ds = dcmread(real_file("DICOMDIR-nopatient"))
    expected = file_ids(read_tree(dcmread(real_file("DICOMDIR-reordered"))))
    assert expected == file_ids(read_tree(ds))
    # The first offset leads to an image, so the record of its patient has nothing that leads to it.
    assert {
        IssueCode.DIRECTORY_RECORD_INVALID,
        IssueCode.DIRECTORY_RECORD_ORPHAN,
        IssueCode.DIRECTORY_OFFSET_WRONG,
    } == {issue.code for issue in ds.issues}


@pytest.mark.parametrize("name", LOOPS)
def test_hostile_offsets(name: str):
    """Each record comes up once, and what is wrong with the offsets is an Issue."""
    ds = dcmread(LOOPS[name])
    nodes = list(read_tree(ds).walk())
    assert len(ds.DirectoryRecordSequence) == len(nodes)
    assert len({id(node.record) for node in nodes}) == len(nodes)
    if name not in {"no_records"}:
        assert IssueCode.DIRECTORY_OFFSET_WRONG in {issue.code for issue in ds.issues} or "of_5" in name


def test_orphans_go_where_their_type_belongs():
    """Records that nothing leads to are put below the nearest record before them that they can lie in."""
    kinds = ["PATIENT", "STUDY", "SERIES", "IMAGE", "IMAGE", "SERIES", "IMAGE", "PATIENT", "STUDY", "PALETTE"]
    ds = dcmread(dicomdir(tuple(Record(kind) for kind in kinds), first=None))
    assert [
        ("PATIENT",),
        ("PATIENT", "STUDY"),
        ("PATIENT", "STUDY", "SERIES"),
        ("PATIENT", "STUDY", "SERIES", "IMAGE"),
        ("PATIENT", "STUDY", "SERIES", "IMAGE"),
        ("PATIENT", "STUDY", "SERIES"),
        ("PATIENT", "STUDY", "SERIES", "IMAGE"),
        ("PATIENT",),
        ("PATIENT", "STUDY"),
        ("PALETTE",),
    ] == shape(read_tree(ds))
    assert len(kinds) == [issue.code for issue in ds.issues].count(IssueCode.DIRECTORY_RECORD_ORPHAN)


def test_orphaned_chain_stays_together():
    """A chain whose head nothing leads to keeps what its own offsets say."""
    records = (Record("PATIENT"), Record("IMAGE"), Record("SERIES", lower=1), Record("STUDY", lower=2))
    ds = dcmread(dicomdir(records))
    assert [
        ("PATIENT",),
        ("PATIENT", "STUDY"),
        ("PATIENT", "STUDY", "SERIES"),
        ("PATIENT", "STUDY", "SERIES", "IMAGE"),
    ] == shape(read_tree(ds))


def flagged(flag: int) -> Dataset:
    """Give a DICOMDIR of two patients, the first with a study and this in-use flag."""
    records = (Record("PATIENT", next=2, lower=1), Record("STUDY"), Record("PATIENT"))
    data = dicomdir(records, last=2)
    sound = b"\x04\x00\x10\x14US\x02\x00\xff\xff"
    return dcmread(data.replace(sound, sound[:-2] + flag.to_bytes(2, "little"), 1))


def test_inactive_records_are_left_out():
    """A record with the flag 0, and what lies below it, is not there; the chain goes on (PS3.3 F.3.2.2)."""
    ds = flagged(0)
    assert [("PATIENT",)] == shape(read_tree(ds))
    assert () == ds.issues


def test_wrong_in_use_flag():
    """A flag that is neither 0 nor FFFF is an Issue, and counts as in use."""
    ds = flagged(1)
    assert [("PATIENT",), ("PATIENT", "STUDY"), ("PATIENT",)] == shape(read_tree(ds))
    assert [IssueCode.DIRECTORY_RECORD_INVALID] == [issue.code for issue in ds.issues]


@pytest.mark.interop
@pytest.mark.parametrize("name", [*SAMPLES, "DICOMDIR-nopatient", "DICOMDIR-empty.dcm"])
def test_written_offsets_are_read_by_dcmdump(name: str, tmp_path: Path, require_peer: Callable[[str], str]):
    """What is written gives the same tree without an Issue, and dcmdump finds every record at its offset."""
    tree = read_tree(dcmread(real_file(name)))
    directory = Dataset(FileSetID="TEST")
    directory.file_meta.MediaStorageSOPClassUID = DIRECTORY_CLASS
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    put_records(directory, tree, lambda node, record: None)
    directory.save_as(tmp_path / "DICOMDIR")
    again = dcmread(tmp_path / "DICOMDIR")
    read = read_tree(again)
    assert shape(tree) == shape(read)
    assert [] == [issue for issue in again.check() if issue.code is not IssueCode.DIRECTORY_RECORD_INVALID]
    dump = subprocess.run(
        [require_peer("dcmdump"), tmp_path / "DICOMDIR"], capture_output=True, check=True, text=True
    ).stdout
    offsets = {line.split("offset=$")[1].split()[0] for line in dump.splitlines() if "offset=$" in line}
    used = {line.split("up ")[1].split()[0] for line in dump.splitlines() if " up " in line} - {"0"}
    assert used == offsets
