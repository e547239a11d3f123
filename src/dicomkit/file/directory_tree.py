"""The tree of a DICOMDIR: from records that point at each other by offsets, and back (PS3.3 F.2, F.3)."""

from __future__ import annotations

from itertools import pairwise

from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.dataset.dataset import Dataset
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import escaped
from dicomkit.file.directory_records import level_of
from dicomkit.file.read import dcmread

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DirectoryNode", "put_records", "read_tree"]

_ROOT_FIRST, _ROOT_LAST, _RECORDS = 0x00041200, 0x00041202, 0x00041220
_NEXT, _IN_USE, _LOWER, _MRDR = 0x00041400, 0x00041410, 0x00041420, 0x00041504
_ITEM_HEADER = 8


class DirectoryNode:
    """One directory record, and the records of its lower-level directory entity (PS3.3 F.2.2.2).

    The root, which no record stands for, has an empty record and no parent.
    """

    __slots__ = ("children", "parent", "record")

    def __init__(self, record: Dataset) -> None:
        self.record = record
        self.parent: DirectoryNode | None = None
        self.children: list[DirectoryNode] = []

    @property
    def record_type(self) -> str:
        """The Directory Record Type: "PATIENT", "STUDY", "SERIES", "IMAGE", …; empty for the root."""
        return str(self.record.get("DirectoryRecordType") or "")

    def attach(self, child: DirectoryNode) -> None:
        """Put a node at the end of the children."""
        child.parent = self
        self.children.append(child)

    def walk(self) -> Iterator[DirectoryNode]:
        """Iterate over all nodes below this one, depth first in the order of the directory."""
        stack = list(reversed(self.children))
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def lineage(self) -> list[DirectoryNode]:
        """Return this node and those above it, the root left out, from the root down."""
        nodes: list[DirectoryNode] = []
        node: DirectoryNode | None = self
        while node is not None and node.parent is not None:
            nodes.append(node)
            node = node.parent
        return nodes[::-1]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {escaped(self.record_type) or 'root'}, {len(self.children)} below>"


# -- reading -----------------------------------------------------------------------------------------------------------


def read_tree(directory: Dataset, make: Callable[[Dataset], DirectoryNode] = DirectoryNode) -> DirectoryNode:
    """Return the root of the tree that the records of a DICOMDIR form; `make` makes each node.

    Each record comes up once, whatever the offsets say; what they say wrong goes to the issues of the data set. A
    record that nothing leads to is put where its type belongs, below the nearest one before it in the sequence.
    Inactive records (PS3.3 F.3.2.2) and what lies below them are left out.
    """
    return _Reader(directory, make).read()


class _Reader:
    __slots__ = ("_directory", "_make", "_nodes", "_offsets", "_positions", "_records", "_root", "_seen")

    def __init__(self, directory: Dataset, make: Callable[[Dataset], DirectoryNode]) -> None:
        value = directory.get("DirectoryRecordSequence")
        self._directory = directory
        self._make = make
        self._records = list(value) if isinstance(value, Sequence) else []
        self._offsets = [record._read_index.item(record._item)[0] - _ITEM_HEADER for record in self._records]
        self._positions = {offset: position for position, offset in enumerate(self._offsets)}
        self._nodes: dict[int, DirectoryNode] = {}  # by position
        self._seen: set[int] = set()
        self._root = DirectoryNode(Dataset())

    def read(self) -> DirectoryNode:
        first, last = self._offset(self._directory, _ROOT_FIRST), self._offset(self._directory, _ROOT_LAST)
        if first:
            self._follow(self._root, first, None, is_active=True)
        elif self._records:
            self._wrong_offset("no offset of the first record, and there are records", None)
        self._adopt_orphans()
        final = self._root.children[-1] if self._root.children else None
        at_last = self._nodes.get(self._positions.get(last, -1))
        if self._records and at_last is not final:
            self._wrong_offset(f"the offset of the last record, {last}, does not lead to it", None)
        return self._root

    def _follow(self, parent: DirectoryNode, offset: int, source: int | None, *, is_active: bool) -> None:
        """Take the records that are reached from an offset, each directory entity to its end."""
        stack = [(parent, offset, source, is_active)]
        while stack:
            parent, offset, source, is_active = stack.pop()
            while offset:
                position = self._positions.get(offset)
                if position is None:
                    self._wrong_offset(f"at the offset {offset} begins no record", source)
                    break
                if position in self._seen:
                    self._wrong_offset(f"the offset {offset} leads to a record seen before", source)
                    break
                self._seen.add(position)
                record = self._records[position]
                is_in_use = is_active and self._is_in_use(record, position)
                node = self._attach(parent, record, position) if is_in_use else parent
                lower = self._offset(record, _LOWER, position)
                if lower:
                    stack.append((node, lower, position, is_in_use))
                offset, source = self._offset(record, _NEXT, position), position

    def _attach(self, parent: DirectoryNode, record: Dataset, position: int) -> DirectoryNode:
        node = self._make(record)
        kind = node.record_type
        if kind == "MRDR":
            return parent  # retired: it lies in no entity, and what it stands for is asked of it by offset
        level, above = level_of(kind), level_of(parent.record_type)
        if level is None and kind != "PRIVATE":
            self._report(IssueCode.DIRECTORY_RECORD_INVALID, f"unknown record type '{escaped(kind)}'", position)
        elif level is not None and (level != 0 if parent is self._root else above is not None and level != above + 1):
            place = f"a {parent.record_type} record" if parent.record_type else "the root"
            self._report(IssueCode.DIRECTORY_RECORD_INVALID, f"a {kind} record below {place}", position)
        self._use_mrdr(record, position)
        parent.attach(node)
        self._nodes[position] = node
        return node

    def _use_mrdr(self, record: Dataset, position: int) -> None:
        """A File ID that stands in a Multi-Referenced File Directory Record (retired) counts as the record's own."""
        if "ReferencedFileID" in record or _MRDR not in record:
            return
        target = self._positions.get(self._offset(record, _MRDR, position))
        if target is None:
            self._wrong_offset("the offset of the MRDR leads to no record", position)
            return
        self._seen.add(target)
        for keyword in _REFERENCE:
            if keyword in self._records[target] and keyword not in record:
                record[keyword] = self._records[target][keyword]

    def _adopt_orphans(self) -> None:
        """Put the records that nothing leads to where their types belong."""
        rest = [position for position in range(len(self._records)) if position not in self._seen]
        if not rest:
            return
        parents = self._parents_by_order()
        reached = {
            offset
            for position in rest
            for offset in (self._raw_offset(self._records[position], tag) for tag in (_NEXT, _LOWER))
            if offset and offset != self._offsets[position]
        }
        # The head of a chain first, so that the chain stays together; then what lies in loops.
        heads = [position for position in rest if self._offsets[position] not in reached]
        for position in (*heads, *rest):
            if position in self._seen:
                continue
            record = self._records[position]
            if record.get("DirectoryRecordType") == "MRDR" or record.get("RecordInUseFlag") == 0:
                self._seen.add(position)
                continue
            self._report(IssueCode.DIRECTORY_RECORD_ORPHAN, "nothing leads to this record", position)
            parent = self._nodes.get(parents[position], self._root)
            self._follow(parent, self._offsets[position], None, is_active=True)

    def _parents_by_order(self) -> list[int]:
        """For each record the position of the nearest one before it that a record of its type lies in; -1 if none."""
        nearest = [-1, -1, -1]
        parents: list[int] = []
        for position, record in enumerate(self._records):
            level = level_of(str(record.get("DirectoryRecordType") or ""))
            parents.append(nearest[level - 1] if level else -1)
            if level is not None and level < len(nearest):
                nearest[level] = position
        return parents

    def _is_in_use(self, record: Dataset, position: int) -> bool:
        flag: object = record.get("RecordInUseFlag")
        if flag not in (0, 0xFFFF):
            message = f"the in-use flag is {escaped(flag)}, neither 0 nor FFFF"
            self._report(IssueCode.DIRECTORY_RECORD_INVALID, message, position, "taken as in use")
        return flag != 0

    @staticmethod
    def _raw_offset(ds: Dataset, tag: int) -> int:
        value = ds._value_of(tag) if ds._has(tag) else 0
        return value if isinstance(value, int) else 0

    def _offset(self, ds: Dataset, tag: int, position: int | None = None) -> int:
        """An offset; 0, which leads nowhere, for one that is missing or damaged."""
        if not ds._has(tag):
            self._wrong_offset(f"{Tag(tag)} is missing", position)
        elif not isinstance(ds._value_of(tag), int):
            self._wrong_offset(f"{Tag(tag)} is not one number", position)
        return self._raw_offset(ds, tag)

    def _wrong_offset(self, message: str, position: int | None) -> None:
        self._report(IssueCode.DIRECTORY_OFFSET_WRONG, message, position, "not followed")

    def _report(self, code: IssueCode, message: str, position: int | None, action: str = "kept") -> None:
        offset = None if position is None else self._offsets[position]
        path = () if position is None else (Tag(_RECORDS), position)
        self._directory._context.report(code, message, action, offset, path)


_REFERENCE = (
    "ReferencedFileID",
    "ReferencedSOPClassUIDInFile",
    "ReferencedSOPInstanceUIDInFile",
    "ReferencedTransferSyntaxUIDInFile",
)


# -- writing -----------------------------------------------------------------------------------------------------------


def put_records(directory: Dataset, root: DirectoryNode, change: Callable[[DirectoryNode, Dataset], object]) -> None:
    """Put the records of a tree into a DICOMDIR that is to be written, with the offsets that the file will have.

    `change` is called with each node and the copy of its record that is put. The nodes stay as they are.
    """
    nodes = list(root.walk())
    records: list[Dataset] = []
    for node in nodes:
        record = node.record.copy()
        if _MRDR in record:
            del record[_MRDR]
        record.OffsetOfTheNextDirectoryRecord = 0
        record.RecordInUseFlag = 0xFFFF
        record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
        change(node, record)
        records.append(record)
    directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.FileSetConsistencyFlag = 0
    directory.DirectoryRecordSequence = Sequence(records)
    if not records:
        return
    # Where records lie does not depend on what the offsets, which have a fixed length, say.
    written = dcmread(directory.to_bytes())
    offsets = {
        id(node): item._read_index.item(item._item)[0] - _ITEM_HEADER
        for node, item in zip(nodes, written.DirectoryRecordSequence, strict=True)
    }
    put = {id(node): record for node, record in zip(nodes, directory.DirectoryRecordSequence, strict=True)}
    for parent in (root, *nodes):
        children = parent.children
        for node, following in pairwise(children):
            put[id(node)].OffsetOfTheNextDirectoryRecord = offsets[id(following)]
        if children and parent is not root:
            put[id(parent)].OffsetOfReferencedLowerLevelDirectoryEntity = offsets[id(children[0])]
    directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = offsets[id(root.children[0])]
    directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = offsets[id(root.children[-1])]
