"""Deviations from the standard: what was found, where, and what was done about it."""

from __future__ import annotations

import warnings
from _thread import allocate_lock
from enum import StrEnum

from dicomkit.core.frozen import Frozen
from dicomkit.errors import IssueError, escaped, format_path

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal, TypeAlias

    IssuePolicy: TypeAlias = Literal["collect", "warn", "raise", "ignore"] | Callable[["Issue"], object]
else:
    IssuePolicy = object  # importable; annotations are never evaluated

__all__ = ["DicomWarning", "Issue", "IssueCode", "IssueCollector", "IssuePolicy", "check_policy"]

_POLICIES = ("collect", "warn", "raise", "ignore")


class DicomWarning(UserWarning):
    """The category of the warnings that the policy "warn" gives."""


class IssueCode(StrEnum):
    """What kind of deviation; the text is stable, for programs to compare with."""

    # The file (PS3.10 7)
    NO_PREAMBLE = "no-preamble"  # 7.1: 128 bytes and "DICM"
    NO_FILE_META = "no-file-meta"  # 7.1: the group 0002
    META_LENGTH_WRONG = "meta-length-wrong"  # 7.1: (0002,0000)
    META_LENGTH_MISSING = "meta-length-missing"  # 7.1: (0002,0000) is Type 1
    META_NOT_EXPLICIT_VR = "meta-not-explicit-vr"  # 7.1: always Explicit VR Little Endian
    TRANSFER_SYNTAX_MISSING = "transfer-syntax-missing"  # 7.1: (0002,0010) is Type 1
    TRANSFER_SYNTAX_UNKNOWN = "transfer-syntax-unknown"  # PS3.5 10
    TRANSFER_SYNTAX_MISMATCH = "transfer-syntax-mismatch"  # the data set is not encoded as (0002,0010) says
    ACR_NEMA = "acr-nema"  # the predecessor of DICOM, ACR-NEMA 300
    BIG_ENDIAN_PIXELS = "big-endian-pixels"  # GE's private 1.2.840.113619.5.2
    TRAILING_ZEROS = "trailing-zeros"  # padding not by (FFFC,FFFC), PS3.10 7.2
    TRAILING_BYTES = "trailing-bytes"  # after the last element
    TRUNCATED = "truncated"  # the file ends inside an element

    # The structure (PS3.5 7)
    ODD_LENGTH = "odd-length"  # 7.1.1: lengths are even
    LENGTH_OVERRUN = "length-overrun"  # 7.1.1, 7.5: beyond the end of what encloses it
    ITEM_LENGTH_WRONG = "item-length-wrong"  # 7.5.1
    ITEM_EXPECTED = "item-expected"  # 7.5: only items inside a sequence
    DELIMITER_MISSING = "delimiter-missing"  # 7.5.1, 7.5.2
    DELIMITER_STRAY = "delimiter-stray"  # a delimiter with nothing to end
    DELIMITER_LENGTH = "delimiter-length"  # 7.5: delimiters have length 0
    UNKNOWN_VR = "unknown-vr"  # 6.2.2: two capital letters that are no VR
    INVALID_VR = "invalid-vr"  # 7.1.2: bytes that are no letters
    VR_FORM_MIXED = "vr-form-mixed"  # 7.1.2, 7.1.3: Explicit and Implicit VR do not mix
    UN_UNDEFINED_LENGTH = "un-undefined-length"  # 6.2.2: Implicit VR Little Endian inside
    UN_SEQUENCE = "un-sequence"  # 6.2.2: a sequence under UN
    UNDEFINED_LENGTH_VR = "undefined-length-vr"  # 7.1.2: only SQ, UN and encapsulated OB or OW may have one
    DUPLICATE_ELEMENT = "duplicate-element"  # 7.1: at most once in a data set
    OUT_OF_ORDER = "out-of-order"  # 7.1: ascending tags
    GROUP_LENGTH_WRONG = "group-length-wrong"  # 7.2
    PRIVATE_WITHOUT_CREATOR = "private-without-creator"  # 7.8.1
    DEPTH_LIMIT = "depth-limit"  # nested deeper than Limits.depth
    DEFLATE_DAMAGED = "deflate-damaged"  # A.5, RFC 1951

    # Pixel Data (PS3.5 A.4)
    FRAGMENTS_NOT_WALKED = "fragments-not-walked"  # left to the first frame or to check()
    FRAGMENT_TABLE_WRONG = "fragment-table-wrong"  # Basic or Extended Offset Table
    FRAME_COUNT_WRONG = "frame-count-wrong"  # PS3.3 C.7.6.6: Number of Frames
    PIXEL_DESCRIPTION_WRONG = "pixel-description-wrong"  # PS3.3 C.7.6.3: attributes that contradict each other
    PIXEL_LENGTH_WRONG = "pixel-length-wrong"  # 8.1.1, 8.2: native Pixel Data of another length than its frames
    CODESTREAM_MISMATCH = "codestream-mismatch"  # 8.2: the codestream is of another image than the data set says
    FRAME_DAMAGED = "frame-damaged"  # 8.2: an encoded frame that was decoded, in part or with samples that may be wrong
    COLOR_MISMATCH = "color-mismatch"  # 8.2, PS3.3 C.7.6.3.1.2: other colours than Photometric Interpretation says

    # Values (PS3.5 6)
    VALUE_INVALID = "value-invalid"  # 6.2
    VALUE_LENGTH = "value-length"  # 6.2: no multiple of the size of its VR
    VALUE_TOO_LONG = "value-too-long"  # 6.2, Table 6.2-1
    CHARSET_UNKNOWN = "charset-unknown"  # 6.1.2.5, PS3.3 C.12.1.1.2
    CHARSET_UNDECLARED = "charset-undeclared"  # bytes outside the declared sets
    CHARSET_DAMAGED = "charset-damaged"  # bytes that are no character of the declared set
    VM_MISMATCH = "vm-mismatch"  # 6.4
    VR_MISMATCH = "vr-mismatch"  # another VR than the data dictionary's
    PRECISION_LOST = "precision-lost"  # 6.2: DS has 16 characters

    # File-sets (PS3.10 8, PS3.3 F)
    DIRECTORY_OFFSET_WRONG = "directory-offset-wrong"  # PS3.3 F.3.2: leads to no record, or to one seen before
    DIRECTORY_RECORD_ORPHAN = "directory-record-orphan"  # PS3.3 F.3.2.2: in use, and nothing leads to it
    DIRECTORY_RECORD_INVALID = "directory-record-invalid"  # PS3.3 F.4, F.5: type, place, in-use flag
    FILE_ID_INVALID = "file-id-invalid"  # PS3.10 8.2
    FILE_MISSING = "file-missing"  # PS3.10 8.1: a File ID that names no file

    # Models (PS3.18 F, PS3.19 A.1)
    BULK_DATA_MISSING = "bulk-data-missing"  # PS3.18 F.2.6: a reference that nobody was asked to follow
    NOT_IN_MODEL = "not-in-model"  # a character that XML 1.0 does not have


class Issue(Frozen):
    """One deviation from the standard; immutable.

    `action` says what was done about it, `offset` counts bytes from the start of the source, `path` alternates tags
    and item indexes (from 0).
    """

    __slots__ = ("code", "message", "action", "offset", "path")  # noqa: RUF023  the order of __init__

    code: IssueCode
    message: str
    action: str
    offset: int | None
    path: tuple[int, ...]

    def __init__(
        self,
        code: IssueCode,
        message: str,
        action: str = "",
        offset: int | None = None,
        path: tuple[int, ...] = (),
    ) -> None:
        put = object.__setattr__
        put(self, "code", code)
        put(self, "message", message)
        put(self, "action", action)
        put(self, "offset", offset)
        put(self, "path", path)

    def __str__(self) -> str:
        where = format_path(self.path)
        if self.offset is not None:
            where = f"{where} @{self.offset}" if where else f"@{self.offset}"
        text = f"{where}: {self.code}: {self.message}" if where else f"{self.code}: {self.message}"
        return escaped(f"{text}; {self.action}" if self.action else text, 200)

    def __repr__(self) -> str:
        return f"<Issue {self}>"

    def to_json(self) -> dict[str, str | int | None]:
        """Return the fields as JSON values, the path as text, none of the texts longer than 200 characters."""
        return {
            "code": str(self.code),
            "message": escaped(self.message, 200),
            "action": escaped(self.action, 200),
            "offset": self.offset,
            "path": format_path(self.path),
        }


def check_policy(policy: IssuePolicy) -> None:
    """Raise ValueError for what is no issue policy; see `IssueCollector`."""
    if not callable(policy) and policy not in _POLICIES:
        raise ValueError(f"not an issue policy: {policy!r}; one of {', '.join(_POLICIES)}, or a callable")


class IssueCollector:
    """Applies an issue policy, and keeps at most `bound` issues whatever a hostile file deserves.

    The policies: "collect" keeps; "warn" keeps and warns with DicomWarning; "raise" raises IssueError; "ignore" drops;
    a callable is called with each Issue and nothing is kept. Issues beyond the bound are counted in `dropped`.
    Several threads may report at once.
    """

    __slots__ = ("_dropped", "_issues", "bound", "policy")

    _lock = allocate_lock()  # one for all: who reports does little under it

    def __init__(self, policy: IssuePolicy = "collect", bound: int = 1000) -> None:
        check_policy(policy)
        self.policy: IssuePolicy = policy
        self.bound = bound
        self._issues: list[Issue] = []
        self._dropped = 0

    def report(self, issue: Issue) -> None:
        """Do with an issue what the policy says."""
        policy = self.policy
        if policy == "raise":
            raise IssueError(issue)
        if policy == "ignore":
            return
        if callable(policy):
            policy(issue)
            return
        with self._lock:
            if len(self._issues) >= self.bound:
                self._dropped += 1
                return
            self._issues.append(issue)
        if policy == "warn":
            warnings.warn(str(issue), DicomWarning, stacklevel=2)

    def withdraw(self, issues: list[Issue]) -> None:
        """Take back issues that were kept, these very objects, because what they told of is told anew."""
        if issues:
            gone = {id(issue) for issue in issues}
            with self._lock:
                self._issues = [issue for issue in self._issues if id(issue) not in gone]

    def drop(self, count: int) -> None:
        """Count issues that whoever found them did not keep, because there were more than the bound."""
        if count and self.policy != "ignore":
            with self._lock:
                self._dropped += count

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was kept, in the order found."""
        return tuple(self._issues)

    @property
    def only_counts(self) -> bool:
        """Whether the next issue is counted at most: nothing needs to be found out for its sake."""
        policy = self.policy
        return policy == "ignore" or (policy in ("collect", "warn") and len(self._issues) >= self.bound)

    @property
    def dropped(self) -> int:
        """How many issues came after the bound."""
        return self._dropped

    def __len__(self) -> int:
        return len(self._issues)
