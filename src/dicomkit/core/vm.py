"""Value Multiplicity: how many values an element may have (PS3.5 6.4)."""

from __future__ import annotations

from dicomkit.core.frozen import Frozen

__all__ = ["VM"]


class VM(Frozen):
    """A Value Multiplicity such as ``1``, ``2-2n`` or ``1-n``; immutable."""

    __slots__ = ("minimum", "maximum", "step")  # noqa: RUF023  the order of __init__

    minimum: int
    maximum: int | None
    step: int

    def __init__(self, minimum: int, maximum: int | None, step: int = 1) -> None:
        """Take the bounds (`maximum` None for none) and the step by which the count grows above the minimum."""
        if minimum < 0 or step < 1 or (maximum is not None and maximum < minimum):
            raise ValueError(f"not a Value Multiplicity: {minimum} to {maximum} by {step}")
        object.__setattr__(self, "minimum", minimum)
        object.__setattr__(self, "maximum", maximum)
        object.__setattr__(self, "step", step)

    @staticmethod
    def parse(text: str) -> VM:
        """Return the VM of a dictionary's text, remembered; raise ValueError for anything else."""
        vm = _PARSED.get(text)
        return _parsed(text) if vm is None else vm

    def allows(self, count: int) -> bool:
        """Return whether an element may have `count` values; none at all is a matter of its Type, not of its VM."""
        if count < self.minimum or (self.maximum is not None and count > self.maximum):
            return False
        return (count - self.minimum) % self.step == 0

    def __str__(self) -> str:
        if self.maximum is None:
            return f"{self.minimum}-{'' if self.step == 1 else self.step}n"
        return str(self.minimum) if self.maximum == self.minimum else f"{self.minimum}-{self.maximum}"

    def __repr__(self) -> str:
        return f"VM.parse({str(self)!r})"


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(f"not a count of values: {text[:20]!r}")
    return int(text)


def _parsed(text: str) -> VM:
    first, dash, last = text.partition("-")
    minimum = _count(first)
    if not dash:
        return VM(minimum, minimum)
    if last[-1:] == "n":
        return VM(minimum, None, _count(last[:-1]) if len(last) > 1 else 1)
    return VM(minimum, _count(last))


# The forms that PS3.6 uses, and those of most private elements; others are parsed each time.
_PARSED = {text: _parsed(text) for text in ("1", "1-n", "3", "2", "1-2", "4", "2-2n", "6", "2-n", "16", "9", "1-3")}
