"""What decoding and encoding a value needs to know of the data set around it (PS3.5 6.1, 7.3)."""

from __future__ import annotations

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from dicomkit.core.issue import IssueCode
    from dicomkit.core.multi_value import MultiValue
    from dicomkit.core.number import DSfloat
    from dicomkit.core.person_name import PersonName
    from dicomkit.core.tag import Tag
    from dicomkit.core.temporal import Age, Date, DateTime, Time
    from dicomkit.core.uid import UID
    from dicomkit.core.vr import VR
    from dicomkit.encoding.charset import CharacterSet, CharsetProblem

    Report: TypeAlias = Callable[[IssueCode, str, str], object]
    Temporal: TypeAlias = Age | Date | DateTime | Time
    # One value: Tag and ISint are ints, DSfloat is a float; UID, PersonName and the four temporal types are strs.
    Single: TypeAlias = str | int | float | bytes | None
    Several: TypeAlias = (
        MultiValue[str]
        | MultiValue[UID]
        | MultiValue[PersonName]
        | MultiValue[Temporal | None]
        | MultiValue[Tag]
        | MultiValue[int]
        | MultiValue[float]
        | MultiValue[DSfloat]
        | MultiValue[Single]
    )
    Value: TypeAlias = Single | Several

__all__ = ["Report", "Several", "Single", "Value", "ValueContext"]


class ValueContext:
    """What a data set says about its values; nobody changes it.

    `report` is called with the code, what was found and what was done about it.
    """

    __slots__ = ("character_set", "is_little_endian", "report")

    def __init__(self, character_set: CharacterSet, is_little_endian: bool, report: Report) -> None:
        # Plain slots, not Frozen: one is made for each value that is decoded, and this takes a third of the time.
        self.character_set = character_set
        self.is_little_endian = is_little_endian
        self.report = report

    def report_text(self, vr: VR, problem: CharsetProblem) -> None:
        """Report what was wrong with the characters of a value."""
        self.report(problem.code, f"{vr}: {problem}", "decoded as far as possible")
