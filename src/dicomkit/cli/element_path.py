"""Elements named on the command line: ``PatientID``, ``(0010,0020)``, ``RequestAttributesSequence[0].PatientID``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from dicomkit.cli.terminal import CommandError
from dicomkit.core.tag import Tag
from dicomkit.dataset import Dataset, Sequence
from dicomkit.dictionary import STANDARD
from dicomkit.errors import DicomError, escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ALL", "ElementPath", "Step", "parse_path", "parse_tag"]

ALL: Final = -1
"""The index that stands for every item, written ``[*]``."""


class Step(NamedTuple):
    """An element, and which of its items: an index from 0, ALL, or None where no item is named."""

    tag: Tag
    item: int | None


class ElementPath(NamedTuple):
    """An element of a data set or of its items, or an item itself if the last step has an index."""

    steps: tuple[Step, ...]

    @property
    def tag(self) -> Tag:
        """The tag of the last step."""
        return self.steps[-1].tag

    @property
    def item(self) -> int | None:
        """The item of the last step, None where the element itself is meant."""
        return self.steps[-1].item

    @property
    def is_meta(self) -> bool:
        """Whether it lies in the File Meta Information."""
        return self.steps[0].tag.group == 0x0002

    def holders(self, ds: Dataset, *, create: bool = False) -> Iterator[Dataset]:
        """Iterate over the data sets that hold the last step's element: one, several for ``[*]``, none where missing.

        `create` makes the missing sequences and the item after the last one. CommandError for an index beyond that.
        """
        holders = [ds.file_meta if self.is_meta else ds]
        for step in self.steps[:-1]:
            holders = [item for holder in holders for item in _items(holder, step, create)]
        yield from holders

    def __str__(self) -> str:
        return ".".join(_step_text(step) for step in self.steps)


def _step_text(step: Step) -> str:
    name = STANDARD.keyword(step.tag) or str(step.tag)
    return name if step.item is None else f"{name}[{'*' if step.item == ALL else step.item}]"


def _items(ds: Dataset, step: Step, create: bool) -> Iterator[Dataset]:
    if step.tag not in ds:
        if not create or step.item == ALL:
            return
        ds[step.tag] = Sequence()
    sequence = ds[step.tag].value
    if not isinstance(sequence, Sequence):
        raise CommandError(f"{_step_text(Step(step.tag, None))} is no sequence and has no items")
    assert step.item is not None  # parse_path makes sure
    if step.item == ALL:
        yield from sequence
    elif step.item < len(sequence):
        yield sequence[step.item]
    elif create and step.item == len(sequence):
        sequence.append(Dataset())
        yield sequence[-1]
    elif create:
        raise CommandError(
            f"{_step_text(step)}: the sequence has {len(sequence)} items, the next one is [{len(sequence)}]"
        )


def parse_tag(text: str) -> Tag:
    """Read a keyword or a tag; CommandError names the nearest keyword."""
    try:
        if text[:1] == "(" or (len(text) in (8, 9) and not set(text) - set("0123456789abcdefABCDEF,")):
            return Tag(text)
        return Tag(STANDARD.tag(text))
    except DicomError as error:
        raise CommandError(str(error)) from None


def parse_path(text: str) -> ElementPath:
    """Read a path; CommandError says what is wrong with it."""
    parts = text.split(".")
    steps = [_parse_step(part, text) for part in parts]
    for step in steps[:-1]:
        if step.item is None:
            raise CommandError(f"{escaped(text)}: say which item of {_step_text(step)}, as [0], or [*] for all of them")
    return ElementPath(tuple(steps))


def _parse_step(part: str, text: str) -> Step:
    name, bracket, rest = part.partition("[")
    tag = parse_tag(name)
    if tag.group in (0x0000, 0xFFFE):
        raise CommandError(f"{tag} is no element of a data set")
    if not bracket:
        return Step(tag, None)
    number = rest[:-1]
    if rest[-1:] == "]" and number == "*":
        return Step(tag, ALL)
    if rest[-1:] != "]" or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise CommandError(f"{escaped(text)}: an item is [0], [1] … or [*] for all")
    return Step(tag, int(number))
