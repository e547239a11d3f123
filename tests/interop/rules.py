"""Differences from a peer, allowed by rule: each names the section of the standard that decides, none names a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """One element that the peer says otherwise: where, what ours is and what theirs is, None where there is none."""

    path: str
    ours: Any
    theirs: Any

    @property
    def tag(self) -> int:
        """The tag of the element."""
        return int(self.path.rpartition("/")[2], 16)

    def __str__(self) -> str:
        return f"{self.path}: {str(self.ours)[:120]} is {str(self.theirs)[:120]} to the peer"


@dataclass(frozen=True)
class Rule:
    """A kind of difference in which we follow the standard: its name, the section, and how it is recognised."""

    name: str
    section: str
    applies: Callable[[Difference], bool]


@dataclass(frozen=True)
class Limit:
    """What a peer does not do: how its message says so, and for how many of the real files, never more."""

    name: str
    message: str
    files: int


class NoAnswerError(Exception):
    """The peer has no answer, for a reason that is one of its limits."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.name)
        self.limit = limit


def no_answer(said: str, limits: Iterable[Limit]) -> NoAnswerError:
    """Give the exception for a peer that has no answer; AssertionError if it is for no reason known of it."""
    limit = next((limit for limit in limits if limit.message in said), None)
    assert limit is not None, said
    return NoAnswerError(limit)


def sort_out(differences: Iterable[Difference], rules: Iterable[Rule]) -> tuple[set[str], list[str]]:
    """Give the names of the rules that were needed, and the differences that no rule allows."""
    needed: set[str] = set()
    left: list[str] = []
    for difference in differences:
        name = next((rule.name for rule in rules if rule.applies(difference)), None)
        if name is None:
            left.append(str(difference))
        else:
            needed.add(name)
    return needed, left


def compared(ours: dict[str, Any], theirs: dict[str, Any]) -> list[Difference]:
    """Give the differences between two flat models."""
    paths = sorted(ours.keys() | theirs.keys())
    return [Difference(path, ours.get(path), theirs.get(path)) for path in paths if ours.get(path) != theirs.get(path)]
