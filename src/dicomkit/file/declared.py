"""Whether a data set is what its file says: Pixel Data and the transfer syntax (PS3.5 A.4); ACR-NEMA."""

from __future__ import annotations

from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.transfer_syntax import TransferSyntax
    from dicomkit.dataset.dataset import Dataset

__all__ = ["check_declared"]

_PIXEL_DATA, _RECOGNITION_CODE = 0x7FE00010, 0x00080010
_FRAGMENTS = 32  # flag of the index, see _ext/scan.pyx


def check_declared(ds: Dataset, syntax: TransferSyntax, *, has_meta: bool) -> None:
    """Report Pixel Data in another form than the transfer syntax says, and an ACR-NEMA data set."""
    index, report = ds._index, ds._context.report
    assert index is not None  # just read
    position = index.find(ds._item, _PIXEL_DATA)
    if position >= 0:
        _, _, offset, length, flags, _, _ = index.element(position)
        is_encapsulated = bool(flags & _FRAGMENTS)
        if is_encapsulated != syntax.is_encapsulated and length:
            form = "encapsulated" if is_encapsulated else "native"
            report(
                IssueCode.TRANSFER_SYNTAX_MISMATCH,
                f"{form} Pixel Data under {syntax.name}",
                f"read as {form}",
                offset,
                (Tag(_PIXEL_DATA),),
            )
        if syntax.big_endian_pixels and syntax.is_little_endian:
            report(
                IssueCode.BIG_ENDIAN_PIXELS,
                "big endian Pixel Data in a little endian data set (GE's private transfer syntax)",
                "kept as it is",
                offset,
                (Tag(_PIXEL_DATA),),
            )
    if not has_meta:
        position = index.find(ds._item, _RECOGNITION_CODE)
        value = index.value(position) if position >= 0 else None
        if value is not None and value.lstrip().startswith(b"ACR-NEMA"):
            offset = index.element(position)[2]
            report(IssueCode.ACR_NEMA, "an ACR-NEMA data set", "read as DICOM", offset, (Tag(_RECOGNITION_CODE),))
