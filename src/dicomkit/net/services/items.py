"""Elements of requests as peers send them: what has no value, and the items of what may be no sequence at all."""

from __future__ import annotations

from dicomkit.dataset import Sequence

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset import Dataset

__all__ = ["is_empty", "items_of"]


def is_empty(ds: Dataset, tag: int) -> bool:
    """Say whether an element is absent or has no value."""
    if tag not in ds:
        return True
    value = ds[tag].value
    return value is None or (hasattr(value, "__len__") and len(value) == 0)


def items_of(ds: Dataset, tag: int) -> tuple[Dataset, ...]:
    """Return the items of a sequence; none if it is absent, or what came under its tag is no sequence."""
    if tag not in ds:
        return ()
    value = ds[tag].value
    return tuple(value) if isinstance(value, Sequence) else ()
