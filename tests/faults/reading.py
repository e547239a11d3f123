"""How the fault tests read: leniently and strictly; and what they count as a report."""

from __future__ import annotations

import io
import os

import dicomkit

#: A cut inside an element must show as one of these (or as an error).
CUT_CODES = frozenset(
    {
        "TRUNCATED",
        "LENGTH_OVERRUN",
        "ITEM_LENGTH_WRONG",
        "DELIMITER_MISSING",
        "META_LENGTH_WRONG",
        "TRAILING_BYTES",
        "TRAILING_ZEROS",
        "DEFLATE_DAMAGED",
        "NO_FILE_META",
        "NO_PREAMBLE",
    }
)


def strict() -> dicomkit.ReadOptions:
    """Give options under which the first deviation raises."""
    return dicomkit.ReadOptions(issues="raise")


def is_soak() -> bool:
    """Say whether this is `make soak`, which takes its time."""
    return os.environ.get("HYPOTHESIS_PROFILE") == "soak"


def codes(ds: dicomkit.Dataset) -> set[str]:
    """Give the names of the codes of everything reported so far."""
    return {issue.code.name for issue in ds.issues}


def rewritten(ds: dicomkit.Dataset) -> bytes:
    """Write a data set to memory."""
    target = io.BytesIO()
    dicomkit.dcmwrite(target, ds)
    return target.getvalue()
