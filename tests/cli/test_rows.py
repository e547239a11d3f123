"""Going through a data set row by row."""

from __future__ import annotations

import dicomkit
from dicomkit.cli.rows import rows
from dicomkit.errors import format_path
from tests import hostile_bytes as hb


def shown(ds: dicomkit.Dataset, max_depth: int | None = None) -> list[str]:
    """Give the rows as text."""
    found = []
    for row in rows(ds, max_depth):
        what = "item" if row.element is None else str(row.element.tag)
        found.append(f"{format_path(row.path)} {what}{f' -{row.hidden}' if row.hidden else ''}")
    return found


def nested() -> dicomkit.Dataset:
    """Give a data set of two levels."""
    code = dicomkit.Dataset(CodeValue="A")
    items = [dicomkit.Dataset(ConceptNameCodeSequence=[code]), dicomkit.Dataset()]
    return dicomkit.Dataset(PatientID="1", ContentSequence=items, GraphicData=[1.0], ReferencedImageSequence=[])


def test_order_and_paths():
    """Depth first in tag order: a sequence, then the beginning of each item, then what is in it."""
    assert [
        " (0008,1140)",
        " (0010,0020)",
        " (0040,A730)",
        "(0040,A730)[0] item",
        "(0040,A730)[0] (0040,A043)",
        "(0040,A730)[0].(0040,A043)[0] item",
        "(0040,A730)[0].(0040,A043)[0] (0008,0100)",
        "(0040,A730)[1] item",
        " (0070,0022)",
    ] == shown(nested())


def test_depth_can_be_bounded():
    """Sequences below the bound are rows that say how many items they hide."""
    assert [" (0008,1140)", " (0010,0020)", " (0040,A730) -2", " (0070,0022)"] == shown(nested(), 0)
    assert "(0040,A730)[0] (0040,A043) -1" in shown(nested(), 1)
    assert shown(nested()) == shown(nested(), 2)


def test_depth_costs_no_recursion():
    """Two thousand levels are gone through."""
    options = dicomkit.ReadOptions(limits=dicomkit.ReadOptions().limits.replace(depth=None))
    ds = dicomkit.dcmread(hb.part10(hb.nested(2000)), options)
    assert 2000 == max(row.depth for row in rows(ds))
