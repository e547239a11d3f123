"""Every element, item and fragment of every real file lies where dcmdump finds it, with its VR, length and bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

import dicomkit
from tests.interop import dcmdump
from tests.interop.rules import Difference, Rule, sort_out

pytestmark = pytest.mark.interop


def both(difference: Difference) -> bool:
    """Say whether both have a line there, with the same tag at the same depth."""
    ours, theirs = difference.ours, difference.theirs
    return ours is not None and theirs is not None and (ours.depth, ours.tag) == (theirs.depth, theirs.tag)


def is_private_un(difference: Difference) -> bool:
    """Say whether DCMTK leaves the bytes of a private element for which our dictionary has a VR."""
    if not both(difference) or difference.ours.length != difference.theirs.length:
        return False
    return difference.theirs.vr == "UN" and int(difference.ours.tag[3], 16) & 1 == 1


def is_cut_item(difference: Difference) -> bool:
    """Say whether an item has the length of what there is, and to DCMTK the longer one that was promised."""
    if not both(difference) or difference.ours.tag != dcmdump.ITEM:
        return False
    ours, theirs = difference.ours.length, difference.theirs.length
    return ours.isdigit() and theirs.isdigit() and int(ours) < int(theirs)


def is_order_of_samples(difference: Difference) -> bool:
    """Say whether the words of samples stand in the other order in Pixel Data."""
    ours, theirs = difference.ours, difference.theirs
    if not both(difference) or (ours.tag, ours.vr) != ("7fe00010", "OW") or not isinstance(theirs.value, tuple):
        return False

    def turned(of_sample: int) -> tuple[str, ...]:
        samples = [theirs.value[start : start + of_sample] for start in range(0, len(theirs.value), of_sample)]
        return tuple(word for sample in samples for word in reversed(sample))

    return any(ours == theirs._replace(value=turned(of_sample)) for of_sample in (2, 4))


RULES = (
    Rule(
        "private elements of unknown VR have that of the private dictionary, which here is the longer one",
        "PS3.5 6.2.2",
        is_private_un,
    ),
    Rule(
        "the VR of compressed Pixel Data is shown as the file says it, also where it should be OB",
        "PS3.5 A.4",
        lambda d: both(d) and d.ours.tag == "7fe00010" and d.ours.value is d.theirs.value is dcmdump.FRAGMENTS,
    ),
    Rule(
        "without a Pixel Representation, numbers are unsigned",
        "PS3.3 C.7.6.3.1",
        lambda d: both(d) and d.theirs.vr == "xs" and d.ours == d.theirs._replace(vr="US"),
    ),
    Rule(
        "samples of 32 bits and more are turned round whole in big endian, not by words of 16 bits",
        "PS3.5 8.1.1, 7.3",
        is_order_of_samples,
    ),
    Rule("the last item of a file that ends too early has the length of what is there", "PS3.5 7.5", is_cut_item),
)


def differences(name: str, path: Path, theirs: list[dcmdump.Line]) -> Iterator[Difference]:
    """Iterate over the lines that differ."""
    ds = dicomkit.dcmread(path, force=True)
    for number, (mine, line) in enumerate(zip_longest(dcmdump.lines(ds), theirs)):
        if mine != line:
            yield Difference(f"{name} line {number}", mine, line)


@pytest.mark.slow
def test_real_files(corpus: tuple[tuple[str, Path], ...], require_peer: Callable[[str], str]):
    """Depths, tags, VRs, lengths and values are as dcmdump prints them, for every file that it answers."""
    program = require_peer("dcmdump")
    found: list[Difference] = []
    answered = lines = 0
    for name, path in corpus:
        theirs = dcmdump.run(program, path)
        if theirs is None:
            continue
        answered += 1
        lines += len(theirs)
        found += differences(name, path, theirs)
    applied, unexplained = sort_out(found, RULES)
    assert [] == unexplained
    assert {rule.name for rule in RULES} == applied
    assert answered > len(corpus) * 0.97
    assert lines > 15_000
