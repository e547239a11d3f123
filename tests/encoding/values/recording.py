"""What the tests of values share: a context that keeps its reports, and pydicom's value of the same bytes."""

from __future__ import annotations

import warnings

import pydicom
from pydicom.dataelem import RawDataElement, convert_raw_data_element
from pydicom.tag import BaseTag

from dicomkit.core.issue import IssueCode
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.values import ValueContext

# A private tag, about which no dictionary has an opinion.
TAG = BaseTag(0x00091001)


class Recorder(ValueContext):
    """A context whose reports can be looked at."""

    __slots__ = ("reports",)

    def __init__(self, *terms: str, is_little_endian: bool = True) -> None:
        self.reports: list[tuple[IssueCode, str, str]] = []
        super().__init__(CharacterSet.of(terms), is_little_endian, lambda *report: self.reports.append(report))

    @property
    def codes(self) -> list[IssueCode]:
        """The codes of the reports."""
        return [report[0] for report in self.reports]


def by_pydicom(vr: str, data: bytes, *terms: str, is_little_endian: bool = True) -> object:
    """Give pydicom's value of an element with these bytes, lists and names as plain ones."""
    raw = RawDataElement(TAG, vr, len(data), data, 0, False, is_little_endian, True)
    encodings = pydicom.charset.convert_encodings(list(terms) or [""])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = convert_raw_data_element(raw, encoding=encodings).value
    if isinstance(value, pydicom.multival.MultiValue):
        return [str(item) if isinstance(item, pydicom.valuerep.PersonName) else item for item in value]
    return str(value) if isinstance(value, pydicom.valuerep.PersonName) else value
