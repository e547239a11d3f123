"""Instances by their SOP Class and SOP Instance UID, in whatever form a program has them (PS3.3 Table 10-11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.dataset import Dataset
from dicomkit.errors import MissingElementError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    InstanceLike: TypeAlias = "Dataset | tuple[str, str]"

__all__ = ["pairs", "reference"]


def pairs(instances: Iterable[InstanceLike]) -> list[tuple[str, str]]:
    """Return SOP Class and SOP Instance UID of each instance once; MissingElementError for a data set without them."""
    found: dict[tuple[str, str], None] = {}
    for instance in instances:
        found[_pair(instance) if isinstance(instance, Dataset) else instance] = None
    return list(found)


def _pair(instance: Dataset) -> tuple[str, str]:
    for keyword, tag in (("SOPClassUID", 0x00080016), ("SOPInstanceUID", 0x00080018)):
        if not instance.get(keyword):
            raise MissingElementError(f"an instance without {keyword}", tag=tag)
    return str(instance.SOPClassUID), str(instance.SOPInstanceUID)


def reference(sop_class: str, instance: str) -> Dataset:
    """Return the item that refers to an instance."""
    return Dataset(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)
