"""What an image says of its compression and of the image it was made from (PS3.3 C.7.6.1.1, C.12.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomkit.core.number import DSfloat
from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset, Sequence

if TYPE_CHECKING:
    from dicomkit.codecs.codestream import CodestreamInfo

__all__ = ["always_lossy", "is_lossy", "lossy_method", "mark_derived", "mark_lossy"]

_ROOT = "1.2.840.10008.1.2.4."
# PS3.3 C.7.6.1.1.5.1, the Defined Terms of Lossy Image Compression Method, by the transfer syntaxes they apply to.
_METHODS = {
    **{f"{_ROOT}{number}": "ISO_10918_1" for number in (*range(50, 57), *range(59, 65))},
    f"{_ROOT}81": "ISO_14495_1",
    f"{_ROOT}91": "ISO_15444_1",
    f"{_ROOT}93": "ISO_15444_2",
    f"{_ROOT}203": "ISO_15444_15",
    f"{_ROOT}111": "ISO_18181_1",
    f"{_ROOT}112": "ISO_18181_1",
    **{f"{_ROOT}{number}": "ISO_13818_2" for number in ("100", "100.1", "101", "101.1")},
    **{f"{_ROOT}{number}{end}": "ISO_14496_10" for number in range(102, 107) for end in ("", ".1")},
    **{f"{_ROOT}{number}": "ISO_23008_2" for number in (107, 108)},
}
# In these frames may be lossless as well; the codestream or the options tell.
_EITHER = {f"{_ROOT}{number}" for number in (81, 91, 93, 203, 112)}
# JPEG Recompression loses nothing: what was lost was lost by the JPEG inside.
_RECOMPRESSION = f"{_ROOT}111"


def always_lossy(uid: str) -> bool:
    """Whether every frame of a transfer syntax has been compressed with loss (PS3.5 8.2)."""
    return uid in _METHODS and uid not in _EITHER


def is_lossy(uid: str, info: CodestreamInfo | None) -> bool:
    """Whether a codestream of a transfer syntax was made with loss, as far as it tells."""
    if uid not in _EITHER or info is None:
        return always_lossy(uid)
    return bool(info.near) or (info.near is None and info.is_lossless is False)


def lossy_method(uid: str) -> str:
    """Return the Defined Term of Lossy Image Compression Method for a transfer syntax, "" if it loses nothing."""
    return "ISO_10918_1" if uid == _RECOMPRESSION else _METHODS.get(uid, "")


def mark_lossy(ds: Dataset, uid: str, ratio: float) -> None:
    """Say that the image was compressed with loss, once more: a ratio and a method for each time (C.7.6.1.1.5)."""
    ratios, methods = _values(ds, "LossyImageCompressionRatio"), _values(ds, "LossyImageCompressionMethod")
    ds.LossyImageCompression = "01"
    ds.LossyImageCompressionRatio = [*ratios, DSfloat(f"{ratio:.3f}"[:16])]
    ds.LossyImageCompressionMethod = [*methods, lossy_method(uid)]


def mark_derived(ds: Dataset, description: str) -> None:
    """Make the data set another instance, derived from the one that it was by lossy compression (C.7.6.1.1.2)."""
    source_class, source = ds.get("SOPClassUID"), ds.get("SOPInstanceUID")
    kind = _values(ds, "ImageType")
    ds.ImageType = ["DERIVED", *(kind[1:] or ["SECONDARY"])]
    before = str(ds.get("DerivationDescription") or "")
    ds.DerivationDescription = f"{before}; {description}"[:1024] if before else description
    _append(ds, "DerivationCodeSequence", _code("113040", "Lossy Compression"))
    if source_class and source:
        reference = Dataset(ReferencedSOPClassUID=source_class, ReferencedSOPInstanceUID=source)
        was_lossy = ds.get("LossyImageCompression") == "01"
        purpose = _code("121322", "Source image for image processing operation")
        reference.PurposeOfReferenceCodeSequence = [
            purpose if was_lossy else _code("121320", "Uncompressed predecessor")
        ]
        _append(ds, "SourceImageSequence", reference)
    ds.SOPInstanceUID = generate_uid()


def _code(value: str, meaning: str) -> Dataset:
    """A code of PS3.16 Annex D."""
    return Dataset(CodeValue=value, CodingSchemeDesignator="DCM", CodeMeaning=meaning)


def _append(ds: Dataset, keyword: str, item: Dataset) -> None:
    items = ds.get(keyword)
    setattr(ds, keyword, [*(items if isinstance(items, Sequence) else ()), item])


def _values(ds: Dataset, keyword: str) -> list[Any]:
    value = ds.get(keyword)
    if value in (None, ""):
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
