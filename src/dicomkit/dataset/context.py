"""What all data sets of one source share: where values come from, and by which options they are decoded."""

from __future__ import annotations

from dicomkit.core.issue import Issue, IssueCollector
from dicomkit.core.limits import DEFAULT_LIMITS
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.dictionary import STANDARD

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit._ext import Index
    from dicomkit.core.buffer import ByteSource
    from dicomkit.core.issue import IssueCode
    from dicomkit.core.limits import Limits
    from dicomkit.dictionary import Dictionary
    from dicomkit.encoding.charset import CharacterSet
    from dicomkit.encoding.encapsulation import Table

__all__ = ["EXPLICIT_LITTLE", "Context"]

EXPLICIT_LITTLE = TransferSyntax.of("1.2.840.10008.1.2.1")


class Context:
    """Shared by a data set, its items and their items; after reading only what is kept of findings changes."""

    __slots__ = (
        "character_sets", "collector", "dictionary", "frames", "limits", "reported", "source", "transfer_syntax",
        "written",
    )  # fmt: skip

    source: ByteSource | None
    transfer_syntax: TransferSyntax
    dictionary: Dictionary
    limits: Limits
    collector: IssueCollector
    frames: dict[int, tuple[int, Table]] | None  # of each encapsulated Pixel Data, by where its value begins
    character_sets: dict[tuple[Index, int], CharacterSet] | None  # of some items that lie deep within
    written: list[Issue]  # what was said when the data set was encoded the last time
    reported: set[object]  # what would be said again for each value, and is said once

    def __init__(
        self,
        source: ByteSource | None = None,
        transfer_syntax: TransferSyntax = EXPLICIT_LITTLE,
        dictionary: Dictionary = STANDARD,
        limits: Limits = DEFAULT_LIMITS,
        collector: IssueCollector | None = None,
    ) -> None:
        self.source = source
        self.transfer_syntax = transfer_syntax
        self.dictionary = dictionary
        self.limits = limits
        self.collector = IssueCollector(bound=limits.issues) if collector is None else collector
        self.frames = None
        self.character_sets = None
        self.reported = set()
        self.written = []

    @property
    def knows_caller(self) -> bool:
        """Whether something of the caller's is held, which may lead back here: a function, a file object."""
        return not isinstance(self.collector.policy, str) or getattr(self.source, "knows_caller", bool(self.source))

    def report_written(self, issue: Issue) -> None:
        """Hand on what was found in encoding; once, though a value be encoded several times."""
        collector = self.collector
        if not collector.only_counts:
            if issue in self.written:
                return
            self.written.append(issue)
        collector.report(issue)

    def forget_written(self) -> None:
        """Take back what was found when the data set was encoded the last time: it is encoded anew."""
        written, self.written = self.written, []
        self.collector.withdraw(written)

    def report(self, code: IssueCode, message: str, action: str, offset: int | None, path: tuple[int, ...]) -> None:
        """Hand a deviation to the policy that the data set was read with."""
        self.collector.report(Issue(code, message, action, offset, path))
