"""File-sets: a DICOMDIR and the files that it names (PS3.10 8, PS3.3 Annex F)."""

from __future__ import annotations

import errno
import os

from dicomkit.core.issue import Issue, IssueCode, IssueCollector
from dicomkit.core.tag import Tag
from dicomkit.core.uid import UID
from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset.dataset import Dataset
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.options import DEFAULT_READ, ReadOptions, WriteOptions
from dicomkit.errors import DicomError, FileFormatError, MissingElementError, escaped
from dicomkit.file.descriptor import read_descriptor, write_descriptor
from dicomkit.file.directory_records import DIRECTORY_CLASS, LEVELS, SINGLE_LEVEL, make_record, record_type_of
from dicomkit.file.directory_tree import DirectoryNode, put_records, read_tree
from dicomkit.file.file_ids import (
    checked_file_id,
    component_name,
    is_conformant,
    leads_through_link,
    resolve_file_id,
)
from dicomkit.file.read import dcmread
from dicomkit.file.write import dcmwrite

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["DirectoryNode", "FileInstance", "FileSet"]

_NAME = "DICOMDIR"  # PS3.10 8.6
_OFFSETS_AND_RECORDS = (0x00041200, 0x00041202, 0x00041212, 0x00041220)
_DESCRIPTOR, _DESCRIPTOR_SET = 0x00041141, 0x00041142
_KEY_OF_LEVEL = {"PATIENT": "PatientID", "STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID"}
# The first letters of a File ID's components; other types have the first two of their own.
_PREFIXES = {
    "PATIENT": "PT",
    "IMPLANT ASSY": "IA",
    "IMPLANT GROUP": "IG",
    "PLAN": "PN",
    "SURFACE SCAN": "SS",
    "INVENTORY": "IV",
}
_IN_RECORD = {"SOPInstanceUID": "ReferencedSOPInstanceUIDInFile", "SOPClassUID": "ReferencedSOPClassUIDInFile"}


class FileInstance(DirectoryNode):
    """An instance of a file-set: the record that names its file, and the file.

    Its parents are the records of its series, study and patient.
    """

    __slots__ = ("_dataset", "_folder", "_source", "file_id")

    def __init__(
        self, record: Dataset, folder: str = "", *, source: str | None = None, dataset: Dataset | None = None
    ) -> None:
        super().__init__(record)
        self._folder = folder
        self._source = source  # of a file that was added, and not yet written to the file-set
        self._dataset = dataset  # that was added, and not yet written
        value = record.get("ReferencedFileID") or ()
        self.file_id: tuple[str, ...] = (value,) if isinstance(value, str) else tuple(map(str, _listed(value)))

    @property
    def path(self) -> str | None:
        """The path of the file, which need not exist; None for a data set that was added and not yet written.

        Raises FileFormatError for a File ID that leads out of the file-set.
        """
        if self._dataset is not None:
            return None
        return self._source or resolve_file_id(self._folder, self.file_id)

    @property
    def sop_instance_uid(self) -> UID:
        """The Referenced SOP Instance UID in File; empty where the record has none."""
        return UID(str(self.record.get("ReferencedSOPInstanceUIDInFile") or ""))

    @property
    def sop_class_uid(self) -> UID:
        """The Referenced SOP Class UID in File; empty where the record has none."""
        return UID(str(self.record.get("ReferencedSOPClassUIDInFile") or ""))

    def load(self, options: ReadOptions | None = None) -> Dataset:
        """Read the file. Raises FileFormatError if its File ID leads to no regular file of the file-set, OSError."""
        path = self.path
        if path is None:
            assert self._dataset is not None  # it is what has no path
            return self._dataset.copy()
        if not os.path.isfile(path):
            raise FileFormatError(f"the file of the instance {escaped(self.sop_instance_uid)} is missing", source=path)
        return dcmread(path, options)

    def value(self, keyword: str) -> object:
        """Return a value from the record, or from those above it (series, study, patient); None if none has it."""
        for node in reversed(self.lineage()):
            found = node.record.get(_IN_RECORD.get(keyword, keyword))
            if found is not None:
                return found
        return None

    def __repr__(self) -> str:
        return f"<FileInstance {escaped(self.record_type)} {escaped('/'.join(self.file_id)) or '(not yet written)'}>"


def _key_of(record: Dataset) -> tuple[str, str]:
    """The type of a record and what tells it from others of the type."""
    kind = str(record.get("DirectoryRecordType") or "")
    key = _KEY_OF_LEVEL.get(kind)
    return kind, "" if key is None else str(record.get(key) or "")


class _Children:
    """The children of a node by what tells them apart, so that adding to many does not look at each of them."""

    __slots__ = ("by_key", "count", "parent")

    def __init__(self, parent: DirectoryNode) -> None:
        self.parent = parent
        self.count = len(parent.children)
        self.by_key = {_key_of(child.record): child for child in parent.children}


class FileSet:
    """The instances of a DICOMDIR, in patients, studies and series.

    ``FileSet.read(path)`` reads one, ``FileSet()`` is a new one. Iterating gives the instances in the order of the
    directory. Changes are made in memory; `write` makes the files and the DICOMDIR.
    """

    def __init__(self) -> None:
        self.root = DirectoryNode(Dataset())
        self.folder: str | None = None
        self.uid = generate_uid()
        self._directory: Dataset | None = None
        self._removed: list[FileInstance] = []
        self._by_uid: dict[str, FileInstance] = {}
        self._collector = IssueCollector()
        self._elements = Dataset()
        self._known: dict[int, _Children] = {}
        self._descriptor: bytes | None = None  # that was set, and not yet written
        self._may_replace: tuple[str, ...] = ()  # the File ID of a descriptor, if the file there may be replaced

    @classmethod
    def read(cls, path: str | os.PathLike[str], options: ReadOptions | None = None) -> FileSet:
        """Read a DICOMDIR, or the one of a folder; the files that it names are not opened.

        What is wrong with it goes by the issue policy of the options, and what can be read is read: loops, offsets
        that lead nowhere, records that nothing leads to, File IDs that are none. Raises FileFormatError for a file
        that is no DICOMDIR, OSError, and what `dcmread` raises.
        """
        name = os.path.realpath(os.fspath(path))
        if os.path.isdir(name):
            name = _directory_in(name)
        directory = dcmread(name, options or DEFAULT_READ)
        if directory.file_meta.get("MediaStorageSOPClassUID") != DIRECTORY_CLASS and 0x00041220 not in directory:
            raise FileFormatError("not a DICOMDIR: no Media Storage Directory (PS3.3 F)", source=name)
        files = cls()
        folder = files.folder = os.path.dirname(name)
        files._directory = directory
        files._collector = directory._context.collector
        files.uid = UID(str(directory.file_meta.get("MediaStorageSOPInstanceUID") or files.uid))
        for element in directory:
            is_damaged = element.vr == "SQ" and not isinstance(element.value, Sequence)
            if element.tag not in _OFFSETS_AND_RECORDS and element.tag.group != 0x0002 and not is_damaged:
                files._elements.add(element)

        def make(record: Dataset) -> DirectoryNode:
            is_file = "ReferencedFileID" in record or "MRDRDirectoryRecordOffset" in record
            return FileInstance(record, folder) if is_file else DirectoryNode(record)

        files.root = read_tree(directory, make)
        for instance in files:
            files._check_file_id(instance)
            files._by_uid.setdefault(instance.sop_instance_uid, instance)
        return files

    # -- what is in it -------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[FileInstance]:
        return (node for node in self.root.walk() if isinstance(node, FileInstance))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<FileSet {escaped(self.file_set_id)} of {len(self)} instances>"

    @property
    def patients(self) -> list[DirectoryNode]:
        """The records of the root: patients, whose children are studies, and instances that belong to no patient."""
        return list(self.root.children)

    @property
    def file_set_id(self) -> str:
        """The File-set ID, at most 16 characters; empty if there is none (PS3.3 F.3.2.1)."""
        return str(self._elements.get("FileSetID") or "")

    @file_set_id.setter
    def file_set_id(self, name: str) -> None:
        self._elements.FileSetID = name

    @property
    def descriptor(self) -> tuple[str, ...]:
        """The File ID of the descriptor, a file for people that says what the file-set is; empty if there is none.

        PS3.3 F.3.2.1. It is no instance: iterating does not give it.
        """
        value = self._elements.get("FileSetDescriptorFileID")
        return (value,) if isinstance(value, str) and value else tuple(str(part) for part in _listed(value) if part)

    def describe(
        self, text: str, file_id: tuple[str, ...] = ("README",), *, character_set: str = "", replace: bool = False
    ) -> None:
        """Give the file-set a descriptor, which `write` puts at its File ID; empty text takes it out.

        `character_set` is the one defined term of its encoding, by default ISO_IR 192 where the text needs one. A file
        that lies there and says something else is replaced only with `replace`, or if this object has written it: that
        a DICOMDIR names it does not make it a descriptor. Raises FileFormatError for a File ID that does not conform,
        ValueEncodeError for text that is not in the set.
        """
        for tag in (_DESCRIPTOR, _DESCRIPTOR_SET):
            if tag in self._elements:
                del self._elements[tag]
        self._descriptor = None
        if not text:
            return
        if not is_conformant(checked_file_id(file_id)):
            raise FileFormatError(f"'{escaped('/'.join(file_id))}' is no File ID of PS3.10 8.2")
        if not character_set and not text.isascii():
            character_set = "ISO_IR 192"
        self._descriptor = CharacterSet.of((character_set,) if character_set else ()).encode(text)
        self._elements.FileSetDescriptorFileID = list(file_id)
        if replace:
            self._may_replace = tuple(file_id)
        if character_set:
            self._elements.SpecificCharacterSetOfFileSetDescriptorFile = character_set

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was found wrong with the DICOMDIR, and by `check` with the files."""
        return self._collector.issues

    def check(self) -> tuple[Issue, ...]:
        """Look for the file of each instance, report those that are missing, and return all issues."""
        for instance in self:
            try:
                path = instance.path
            except FileFormatError as error:
                self._report(IssueCode.FILE_ID_INVALID, str(error), instance)
                continue
            if path is not None and not os.path.isfile(path):
                self._report(IssueCode.FILE_MISSING, f"no file {escaped('/'.join(instance.file_id))}", instance)
        return self.issues

    def find(self, **keywords: object) -> list[FileInstance]:
        """Return the instances whose records, those above included, have all these values.

        ``find(PatientID="1", Modality="CT")``; the files are not opened. Raises UnknownKeywordError.
        """
        for keyword in keywords:
            Dataset()._context.dictionary.tag(keyword)
        return [
            instance
            for instance in self
            if all(instance.value(keyword) == wanted for keyword, wanted in keywords.items())
        ]

    def _check_file_id(self, instance: FileInstance) -> None:
        try:
            checked_file_id(instance.file_id)
        except FileFormatError as error:
            self._report(IssueCode.FILE_ID_INVALID, str(error), instance, "not followed")
            return
        if not is_conformant(instance.file_id):
            name = escaped("\\".join(instance.file_id))
            self._report(IssueCode.FILE_ID_INVALID, f"{name} is no File ID of PS3.10 8.2", instance, "taken as it is")

    def _report(self, code: IssueCode, message: str, instance: FileInstance, action: str = "kept") -> None:
        parent = instance.record._parent
        path = () if parent is None else (Tag(0x00041220), parent._index_of(instance.record))
        self._collector.report(Issue(code, message, action, None, path))

    # -- changing ------------------------------------------------------------------------------------------------------

    def add(
        self,
        source: Dataset | str | os.PathLike[str],
        *,
        defaults: Mapping[str, object] | None = None,
        extra_keys: Mapping[str, Iterable[str]] | None = None,
    ) -> FileInstance:
        """Add a data set, or the file of a path, which `write` will copy; one that is in it already is returned.

        `defaults` gives values for keys that a directory needs and that the instance leaves empty, by keyword; without
        them that is a MissingElementError. `extra_keys` gives keywords of optional keys by record type:
        ``{"PATIENT": ["PatientBirthDate"], "IMAGE": ["IconImageSequence"]}``; a record that is there already stays as
        it is. Raises FileFormatError for a DICOMDIR and for a SOP class that PS3.3 Table F.4-1 has no record for, and
        what `dcmread` raises.
        """
        path = None if isinstance(source, Dataset) else os.path.realpath(os.fspath(source))
        ds = source.copy() if isinstance(source, Dataset) else dcmread(path or "", stop_before_pixels=True)
        uid, sop_class = str(ds.get("SOPInstanceUID") or ""), str(ds.get("SOPClassUID") or "")
        if DIRECTORY_CLASS in (sop_class, ds.file_meta.get("MediaStorageSOPClassUID")):
            raise FileFormatError("a DICOMDIR is no instance of a file-set", source=path)
        if not uid or not sop_class:
            raise MissingElementError("an instance needs a SOP Class UID and a SOP Instance UID (PS3.3 C.12.1)")
        if uid in self._by_uid:
            return self._by_uid[uid]
        kind = record_type_of(ds)
        if not kind:
            raise FileFormatError(f"PS3.3 Table F.4-1 has no record for the SOP class {sop_class}", source=path)
        extra = extra_keys or {}
        record = make_record(ds, kind, defaults, extra.get(kind, ()))
        record.ReferencedSOPClassUIDInFile = sop_class
        record.ReferencedSOPInstanceUIDInFile = uid
        record.ReferencedTransferSyntaxUIDInFile = ds.transfer_syntax.uid
        above = (
            [] if kind in SINGLE_LEVEL else [make_record(ds, level, defaults, extra.get(level, ())) for level in LEVELS]
        )
        node = self.root
        for upper in above:
            node = self._child_like(node, upper)
        instance = FileInstance(record, source=path, dataset=ds if path is None else None)
        node.attach(instance)
        self._by_uid[uid] = instance
        return instance

    def _child_like(self, parent: DirectoryNode, record: Dataset) -> DirectoryNode:
        """The child for the same patient, study or series; a new one if there is none."""
        key = _key_of(record)
        known = self._known.get(id(parent))
        child = None if known is None else known.by_key.get(key)
        if (
            known is None
            or known.parent is not parent
            or known.count != len(parent.children)
            or (child is not None and (child.parent is not parent or _key_of(child.record) != key))
        ):
            known = self._known[id(parent)] = _Children(parent)
            child = known.by_key.get(key)
        if child is None:
            child = known.by_key[key] = DirectoryNode(record)
            parent.attach(child)
            known.count += 1
        return child

    def remove(self, instance: FileInstance) -> None:
        """Take an instance out, and what lies above it if nothing else is left there; its file stays for now.

        Raises ValueError for an instance of another file-set.
        """
        lineage = instance.lineage()
        if not lineage or lineage[0].parent is not self.root:
            raise ValueError("the instance is not in this file-set")
        for node in reversed(lineage):
            parent = node.parent
            if parent is None or (node is not instance and (node.children or isinstance(node, FileInstance))):
                break
            parent.children = [child for child in parent.children if child is not node]
            node.parent = None
        if self._by_uid.get(instance.sop_instance_uid) is instance:
            del self._by_uid[instance.sop_instance_uid]
        self._removed.append(instance)

    # -- writing -------------------------------------------------------------------------------------------------------

    def write(
        self, folder: str | os.PathLike[str] | None = None, *, durable: bool = False, delete_removed: bool = False
    ) -> str:
        """Write the file-set into a folder, the one it is in by default, and return the path of the DICOMDIR.

        Files that lie in the folder under a conforming name stay where they are, others are copied and get the File
        ID they have or a new one; no file that is there is replaced but the DICOMDIR that was read. The DICOMDIR comes
        last, so that an interrupted write leaves the old one valid. `delete_removed` then deletes the files of removed
        instances: those in the folder that are the instance which the record names, and not through links; an Issue
        tells of one that stays. Raises FileExistsError for another DICOMDIR in the folder, and for a descriptor whose
        place is taken, FileFormatError for a file that is missing, OSError.
        """
        if folder is None and self.folder is None:
            raise ValueError("a new file-set needs a folder to write to")
        target = os.path.realpath(os.fspath(folder if folder is not None else self.folder or ""))
        os.makedirs(target, exist_ok=True)
        is_same = target == self.folder
        name = os.path.join(target, _NAME)
        if os.path.islink(name) or (os.path.lexists(name) and not is_same):
            raise FileExistsError(errno.EEXIST, "the folder has another DICOMDIR", name)
        if self._directory is not None:
            self._directory.load()  # the file that its values are in is about to be replaced
        options = WriteOptions(durable=durable)
        descriptor = self._put_descriptor(target, options)
        file_ids = self._assigned(target)
        for instance in self:
            _put_file(instance, target, file_ids[id(instance)], options)
        directory = self._composed(file_ids)
        if not descriptor and _DESCRIPTOR in directory:
            del directory[_DESCRIPTOR]
            if _DESCRIPTOR_SET in directory:
                del directory[_DESCRIPTOR_SET]
        dcmwrite(name, directory, options)
        for instance in self:
            instance.file_id, instance._folder = file_ids[id(instance)], target
            instance._source = instance._dataset = None
        if delete_removed and is_same:
            self._delete_removed(target)
        self._removed.clear()
        self.folder, self._descriptor = target, None
        return name

    def _assigned(self, target: str) -> dict[int, tuple[str, ...]]:
        """The File ID of each instance: the one it has, the place where it lies, or a new one."""
        assigned: dict[int, tuple[str, ...]] = {}
        used: set[tuple[str, ...]] = set()
        for instance in self:
            file_id = _present_file_id(instance, target)
            if file_id is None:
                continue
            checked_file_id(file_id)
            if _lies_at(instance, target, file_id) or (
                is_conformant(file_id) and file_id not in used and _is_free(target, file_id)
            ):
                assigned[id(instance)] = file_id
                used.add(file_id)
        folders: dict[int, tuple[str, ...]] = {id(self.root): ()}
        for parent in (self.root, *self.root.walk()):
            inside = folders[id(parent)]
            number = 0
            for position, node in enumerate(parent.children):
                prefix = _prefix(node.record_type)
                is_level = node.record_type in LEVELS and len(inside) < len(LEVELS)
                folders[id(node)] = (*inside, component_name(prefix, position)) if is_level else inside
                if not isinstance(node, FileInstance) or id(node) in assigned:
                    continue
                while True:
                    file_id = (*inside, component_name(prefix, number))
                    number += 1
                    if file_id not in used and _is_free(target, file_id):
                        break
                assigned[id(node)] = file_id
                used.add(file_id)
        return assigned

    def _put_descriptor(self, target: str, options: WriteOptions) -> tuple[str, ...]:
        """Make sure that the descriptor is where its File ID says; return that, () if there is none to be had."""
        descriptor = self.descriptor
        data = self._descriptor
        if not descriptor or (data is None and target == self.folder):
            return descriptor  # whether the file is there or not: what was read is kept
        try:
            if data is None:
                data = read_descriptor(resolve_file_id(self.folder or "", descriptor))
            path = resolve_file_id(target, descriptor)
        except FileFormatError:
            return ()  # it leads out of the file-set
        if data is None:
            return ()
        may_replace = descriptor == self._may_replace and not leads_through_link(target, descriptor)
        write_descriptor(path, data, replace=may_replace, durable=options.durable)
        self._may_replace = descriptor
        return descriptor

    def _composed(self, file_ids: dict[int, tuple[str, ...]]) -> Dataset:
        """The DICOMDIR to write, always Explicit VR Little Endian (PS3.10 8.6)."""
        directory = Dataset()
        directory.FileSetID = None
        for element in self._elements:
            directory.add(element)
        directory.file_meta.MediaStorageSOPClassUID = DIRECTORY_CLASS
        directory.file_meta.MediaStorageSOPInstanceUID = self.uid

        def change(node: DirectoryNode, record: Dataset) -> None:
            if isinstance(node, FileInstance):
                record.ReferencedFileID = list(file_ids[id(node)])

        put_records(directory, self.root, change)
        return directory

    def _delete_removed(self, target: str) -> None:
        kept = {_path_or_none(instance) for instance in self}
        for instance in self._removed:
            if instance._folder != target:
                continue  # it was added and removed again: its file is not of this file-set
            path = _path_or_none(instance)
            if path is None or path in kept or not os.path.isfile(path):
                continue
            if leads_through_link(target, instance.file_id) or not _is_file_of(instance, path):
                message = f"{escaped('/'.join(instance.file_id))} is a link, or not the instance of the record"
                self._report(IssueCode.FILE_ID_INVALID, message, instance, "not deleted")
                continue
            os.unlink(path)


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _directory_in(folder: str) -> str:
    for name in (_NAME, _NAME.lower()):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    raise FileNotFoundError(errno.ENOENT, "the folder has no DICOMDIR", folder)


def _prefix(record_type: str) -> str:
    letters = "".join(character for character in record_type.upper() if "A" <= character <= "Z")
    return _PREFIXES.get(record_type, letters[:2] or "XX")


def _present_file_id(instance: FileInstance, target: str) -> tuple[str, ...] | None:
    """The File ID that an instance has, or that the place of its file in the folder gives it."""
    if instance.file_id:
        return instance.file_id
    if instance._source is not None and instance._source.startswith(os.path.join(target, "")):
        file_id = tuple(os.path.relpath(instance._source, target).split(os.sep))
        return file_id if is_conformant(file_id) and file_id != (_NAME,) else None
    return None


def _lies_at(instance: FileInstance, target: str, file_id: tuple[str, ...]) -> bool:
    """Whether the file of an instance is the one that a File ID names in the folder."""
    if instance._dataset is not None:
        return False
    if instance._source is None and instance._folder == target:
        return True  # whether the file is there or not: a record that was read is kept
    return instance.path == resolve_file_id(target, file_id)


def _path_or_none(instance: FileInstance) -> str | None:
    try:
        return instance.path
    except FileFormatError:
        return None


def _is_file_of(instance: FileInstance, path: str) -> bool:
    """Whether a file is the instance that its record names: a DICOMDIR can name anything that lies beside it."""
    try:
        ds = dcmread(path, stop_before_pixels=True)
    except (DicomError, OSError):
        return False
    uid = instance.sop_instance_uid
    meta = ds.file_meta
    is_directory = meta.get("MediaStorageSOPClassUID") == DIRECTORY_CLASS
    return bool(uid) and not is_directory and uid in (ds.get("SOPInstanceUID"), meta.get("MediaStorageSOPInstanceUID"))


def _is_free(target: str, file_id: tuple[str, ...]) -> bool:
    return not os.path.lexists(os.path.join(target, *checked_file_id(file_id)))


def _put_file(instance: FileInstance, target: str, file_id: tuple[str, ...], options: WriteOptions) -> None:
    """Make sure that the file of an instance is where its File ID says."""
    if _lies_at(instance, target, file_id):
        return
    path = resolve_file_id(target, file_id)
    ds = instance.load()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if ds._index is not None and not ds.file_meta:
        options = options.replace(repair=True)  # a file of a file-set has a file meta (PS3.10 8.1)
    dcmwrite(path, ds, options)
