"""Data sets, elements and sequences (PS3.5 7)."""

from __future__ import annotations

from dicomkit.dataset.comparison import Difference
from dicomkit.dataset.dataset import Dataset
from dicomkit.dataset.element import DataElement
from dicomkit.dataset.private import PrivateBlock
from dicomkit.dataset.sequence import Sequence

__all__ = ["DataElement", "Dataset", "Difference", "PrivateBlock", "Sequence"]
