"""Names that look like a word that is none: what an error proposes."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["nearest"]

# No keyword is longer than 64 characters (PS3.6 section 5), so more of a word cannot make it more alike; the bound also
# keeps the time below some 50 ms whatever the word is.
_LONGEST = 64
# Names that share most with the word get the exact comparison, which is the slow part.
_SHORTLIST = 16
_PROPOSED = 3


def nearest(word: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return up to three of `names` that `word` may have meant, the likeliest first; none if nothing is near.

    Case, underscores, hyphens and blanks do not count: ``patient_name`` is PatientName.
    """
    folded = "".join([character for character in word[:_LONGEST] if character.isalnum()]).lower()
    if not folded:
        return ()
    lowered = "\n".join(names).lower()
    lines = lowered.split("\n")
    if folded in lines:
        return (names[lines.index(folded)],)
    shares, gaps = _sharing(folded, lowered, lines), _with_a_gap(folded, lines)
    ranked = sorted(
        [(_distance(folded, lines[line]), -share, line) for line, share in shares.items()]
        + [(1 + missing // 8, -1.0, line) for line, missing in gaps.items()]
    )
    # Half of the word may differ where much of it is shared (Transfersyntaxes, TransferSyntaxUID), little otherwise.
    near = [
        (distance, line)
        for distance, share, line in ranked
        if distance <= max(1, len(folded) // 4) or -share >= 0.35 or (-share >= 0.25 and distance <= len(folded) // 2)
    ]
    if not near:
        return ()
    best, line = near[0]
    # Where one is a letter away, only short forms of others may have been meant, not what is two or three letters away.
    is_slip = best <= 1 and gaps.get(line, 1) == 1
    kept = [line for distance, line in near if distance <= best + (2 if not is_slip or line in gaps else 0)]
    return tuple(dict.fromkeys([names[line] for line in kept]))[:_PROPOSED]


def _with_a_gap(folded: str, lines: list[str]) -> dict[int, int]:
    """Return index and missing letters of the lines that are the word with letters left out in one place.

    So people shorten names: StudyUID, PatName, StudyDescr.
    """
    found = {}
    for line, name in enumerate(lines):
        if name[:2] == folded[:2] and len(folded) < len(name) <= 3 * len(folded):
            head = 2
            while head < len(folded) and name[head] == folded[head]:
                head += 1
            rest = len(folded) - head
            if len(folded) > 3 and (rest == 0 or (rest > 1 and name.endswith(folded[head:]))):
                found[line] = len(name) - len(folded)
    return found


def _sharing(folded: str, lowered: str, lines: list[str]) -> dict[int, float]:
    """Return index and share of three-letter pieces in common of the lines that share most with a word."""
    # A line's ends count as letters, so that a beginning in common weighs more.
    text = f"\n{lowered}\n"
    ends = list(accumulate([len(line) + 1 for line in lines]))
    framed = f"\n{folded}\n"
    pieces = {framed[at : at + 3] for at in range(len(framed) - 2)}
    counts: dict[int, int] = {}
    for piece in pieces:
        seen = -1
        at = text.find(piece)
        while at >= 0:
            line = bisect_right(ends, at)
            if line != seen:
                counts[line] = counts.get(line, 0) + 1
                seen = line
            at = text.find(piece, at + 1)
    shares = [(line, count / (len(pieces) + len(lines[line]) - count)) for line, count in counts.items()]
    return dict(sorted(shares, key=lambda share: (-share[1], share[0]))[:_SHORTLIST])


def _distance(left: str, right: str) -> int:
    """Return how many letters must be added, removed, replaced or swapped with a neighbour to make one the other."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, start=1):
        here = [row]
        for column, other in enumerate(right, start=1):
            cost = min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        before, above = above, here
    return above[-1]
