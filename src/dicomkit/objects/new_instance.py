"""What a new instance begins with: whose it is, and the study it belongs to (PS3.3 C.7.1.1, C.7.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.encoding.charset import CharacterSet
from dicomkit.errors import ValueEncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["new_instance"]

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
# PS3.3 C.7.1.1 and C.7.2.1: what says whose image it is, and of which study.
_OF_PATIENT_AND_STUDY = (
    "SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex",
    "StudyInstanceUID", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber",
    "StudyDescription",
)  # fmt: skip
# Type 2 of the modules Patient, General Study, General Series: there, if need be empty.
_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName",
    "StudyID", "AccessionNumber", "SeriesNumber",
)  # fmt: skip


def new_instance(like: Dataset | None, empty: Iterable[str] = (), texts: Iterable[str] = ()) -> Dataset:
    """Return a data set of the patient and study of `like`, or of a study of its own, in a new series.

    The keywords in `empty` are there without a value, besides those that every instance has. The character set is that
    of `like`, unless it lacks a character of `texts`: then UTF-8.
    """
    ds = Dataset()
    ds.file_meta.TransferSyntaxUID = _EXPLICIT_LITTLE
    if like is None:
        ds.SpecificCharacterSet = "ISO_IR 192"
    else:
        for keyword in _OF_PATIENT_AND_STUDY:
            if keyword in like:
                ds[keyword] = like[keyword]
    if not ds.get("StudyInstanceUID"):
        ds.StudyInstanceUID = generate_uid()
    for keyword in (*_EMPTY, *empty):
        if keyword not in ds:
            setattr(ds, keyword, None)
    ds.SeriesInstanceUID = generate_uid()
    ds.SOPInstanceUID = generate_uid()
    beyond_ascii = "".join([text for text in texts if not text.isascii()])
    if beyond_ascii and not _has_characters(ds, beyond_ascii):
        ds.convert_charset("ISO_IR 192")
    return ds


def _has_characters(ds: Dataset, text: str) -> bool:
    value = ds.get("SpecificCharacterSet")
    terms = value if isinstance(value, list) else [value or ""]
    try:
        CharacterSet.of(tuple([str(term) for term in terms])).encode(text)
    except ValueEncodeError:
        return False
    return True
