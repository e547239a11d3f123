"""One pass over the element headers of an encoded data set (PS3.5 7): the compact index behind every Dataset."""

from typing import TypeAlias, TypeVar

from typing_extensions import disjoint_base

#: Tag, VR code, offset of the value, its length, flags, first item or fragment, number of them.
_Element: TypeAlias = tuple[int, int, int, int, int, int, int]
#: Offset of the content, its end, first element, number of elements, flags.
_Item: TypeAlias = tuple[int, int, int, int, int]
#: Name of ISSUE_NAMES, offset, a number that belongs to it, path of tags and item numbers in turn.
_Deviation: TypeAlias = tuple[str, int, int, tuple[int, ...]]

#: The names of the deviations, each the name of an IssueCode.
ISSUE_NAMES: tuple[str, ...]

# What Scanner.run returns, and Scanner.step beside.
DONE: int
NEED: int
TABLE: int
DEPTH: int
ELEMENTS: int
FRAGMENTS: int
MEMORY: int
EVENT: int

@disjoint_base
class Index:
    """The tables of one scanned data set, with the windows of bytes that are in memory.

    Element and item numbers are positions in the tables; item ``root`` is the data set itself. A number beyond a table
    is a ValueError.
    """

    #: Where the scan ended in the source.
    @property
    def end(self) -> int: ...
    @property
    def big_endian(self) -> bool: ...
    #: The number of the item that stands for the data set itself; ValueError before the scan is done.
    @property
    def root(self) -> int: ...
    #: (elements, items, fragments) in the tables.
    @property
    def counts(self) -> tuple[int, int, int]: ...
    def add_segment(self, data: bytes, base: int) -> None: ...
    def read(self, offset: int, length: int) -> bytes | None: ...
    def view(self, offset: int, length: int) -> memoryview | None: ...
    def chunk(self, offset: int, length: int) -> bytes | None: ...
    def value(self, position: int) -> bytes | None: ...
    def find(self, item: int, tag: int) -> int: ...
    def place(self, item: int, tag: int) -> int: ...
    def splice(self, item: int, edits: list[tuple[int, bytes | None]]) -> list[tuple[int, int] | bytes] | None: ...
    def element(self, position: int) -> _Element: ...
    def item(self, number: int) -> _Item: ...
    def tags(self, item: int) -> list[int]: ...
    def fragment(self, number: int) -> tuple[int, int]: ...
    def fragment_list(self, first: int, count: int) -> list[tuple[int, int]]: ...

@disjoint_base
class Scanner:
    """The resumable scan of one data set: ``feed`` windows, ``run`` until DONE, then take ``index``."""

    def __init__(
        self,
        start: int,
        end: int | None,
        implicit: bool,
        big_endian: bool,
        keep: int = 65536,
        stop_tag: int = 0xFFFFFFFF,
        max_depth: int = 64,
        max_elements: int = 20_000_000,
        max_fragments: int = 10_000_000,
        max_deviations: int = 1000,
        walk: int = 0xFFFFFFFF,
        sequence_tag: int = 0,
    ) -> None: ...
    #: Where the scan stands in the source.
    @property
    def pos(self) -> int: ...
    #: What run() returned NEED for.
    @property
    def need_offset(self) -> int: ...
    @property
    def need_length(self) -> int: ...
    #: Whether what is needed is the header of a fragment: the bytes behind it are pixels.
    @property
    def in_fragments(self) -> bool: ...
    #: How many deviations there were beyond the bound.
    @property
    def dropped(self) -> int: ...
    @property
    def index(self) -> Index: ...
    @property
    def is_implicit(self) -> bool: ...
    @property
    def has_deviations(self) -> bool: ...
    def feed(self, data: bytes, base: int) -> None: ...
    def set_end(self, end: int) -> None: ...
    def set_table(self, tags: bytes, codes: bytes) -> None: ...
    def run(self) -> int: ...
    def step(self) -> int: ...
    #: What step() has come to: kind, tag, VR code, offset, length, flags.
    @property
    def event(self) -> tuple[int, int, int, int, int, int]: ...
    def deviations_found(self, first: int = 0) -> list[_Deviation]: ...

_S = TypeVar("_S")

def scan_file(
    head: bytes,
    size: int,
    keep: int,
    stop_tag: int,
    max_depth: int,
    max_elements: int,
    max_fragments: int,
    max_deviations: int,
    walk: int,
    syntaxes: dict[bytes, tuple[_S, bool, bool]],
    fd: int = -1,
) -> tuple[Index, _S, Scanner, int, int] | None: ...
