"""Transfer Syntaxes: how a data set of each is encoded (PS3.5 10 and Annex A; PS3.6 Table A-1)."""

from __future__ import annotations

from dicomkit.core.frozen import Frozen
from dicomkit.core.uid import UID

__all__ = ["TRANSFER_SYNTAXES", "TransferSyntax"]


class TransferSyntax(Frozen):
    """What a Transfer Syntax UID says about the data set and its Pixel Data; immutable.

    `is_deflated`: the data set (not a frame) is deflated. `is_encapsulated`: Pixel Data of the top level is a sequence
    of fragments (PS3.5 A.4). `big_endian_pixels`: native Pixel Data is big endian whatever the data set is.
    `is_known` is False where `of` had to guess.
    """

    __slots__ = (
        "big_endian_pixels",
        "is_deflated",
        "is_encapsulated",
        "is_implicit",
        "is_known",
        "is_little_endian",
        "is_retired",
        "name",
        "uid",
    )

    uid: UID
    name: str
    is_implicit: bool
    is_little_endian: bool
    is_deflated: bool
    is_encapsulated: bool
    is_retired: bool
    big_endian_pixels: bool
    is_known: bool

    def __init__(
        self,
        uid: str,
        name: str,
        form: str,
        *,
        is_retired: bool = False,
        big_endian_pixels: bool = False,
        is_known: bool = True,
    ) -> None:
        """Take the UID, the name, and one of the forms of the table below."""
        put = object.__setattr__
        put(self, "uid", UID(uid))
        put(self, "name", name)
        put(self, "is_implicit", form == _IMPLICIT)
        put(self, "is_little_endian", form != _BIG)
        put(self, "is_deflated", form == _DEFLATED)
        put(self, "is_encapsulated", form == _ENCAPSULATED)
        put(self, "is_retired", is_retired)
        put(self, "big_endian_pixels", big_endian_pixels or form == _BIG)
        put(self, "is_known", is_known)

    @staticmethod
    def of(uid: str) -> TransferSyntax:
        """Return the Transfer Syntax of a UID; an unknown one is Explicit VR Little Endian (PS3.5 10: all new are)."""
        known = TRANSFER_SYNTAXES.get(uid)
        return TransferSyntax(uid, "", _EXPLICIT, is_known=False) if known is None else known

    def __eq__(self, other: object) -> bool:
        return self.uid == other.uid if isinstance(other, TransferSyntax) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.uid)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return TransferSyntax.of, (str(self.uid),)

    def __str__(self) -> str:
        return f"{self.name or 'unknown'} ({str.__str__(self.uid)})"

    def __repr__(self) -> str:
        return f"TransferSyntax.of({str.__repr__(self.uid)})"


_IMPLICIT = "implicit"  # PS3.5 A.1
_EXPLICIT = "explicit"  # PS3.5 A.2
_BIG = "big"  # PS3.5 A.3 (2016b, retired)
_DEFLATED = "deflated"  # PS3.5 A.5: the data set of A.2, deflated
_ENCAPSULATED = "encapsulated"  # PS3.5 A.4: the data set of A.2, Pixel Data in fragments

# PS3.6 Table A-1 without the root; a dagger before the form: retired. The JPIP syntaxes (A.6, A.7) have no Pixel Data
# but its provider's URL, so their form is that of the data set alone, as is that of the video over IP ones (PS3.22),
# whose payload never is Pixel Data. (PS3.5 A.4.13, Deflated Image Frame, deflates frames, not the data set.)
_ROOT = "1.2.840.10008.1."
_ROWS = """
2|Implicit VR Little Endian|implicit
2.1|Explicit VR Little Endian|explicit
2.1.98|Encapsulated Uncompressed Explicit VR Little Endian|encapsulated
2.1.99|Deflated Explicit VR Little Endian|deflated
2.2|Explicit VR Big Endian|†big
2.4.50|JPEG Baseline (Process 1)|encapsulated
2.4.51|JPEG Extended (Process 2 and 4)|encapsulated
2.4.52|JPEG Extended (Process 3 and 5)|†encapsulated
2.4.53|JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)|†encapsulated
2.4.54|JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)|†encapsulated
2.4.55|JPEG Full Progression, Non-Hierarchical (Process 10 and 12)|†encapsulated
2.4.56|JPEG Full Progression, Non-Hierarchical (Process 11 and 13)|†encapsulated
2.4.57|JPEG Lossless, Non-Hierarchical (Process 14)|encapsulated
2.4.58|JPEG Lossless, Non-Hierarchical (Process 15)|†encapsulated
2.4.59|JPEG Extended, Hierarchical (Process 16 and 18)|†encapsulated
2.4.60|JPEG Extended, Hierarchical (Process 17 and 19)|†encapsulated
2.4.61|JPEG Spectral Selection, Hierarchical (Process 20 and 22)|†encapsulated
2.4.62|JPEG Spectral Selection, Hierarchical (Process 21 and 23)|†encapsulated
2.4.63|JPEG Full Progression, Hierarchical (Process 24 and 26)|†encapsulated
2.4.64|JPEG Full Progression, Hierarchical (Process 25 and 27)|†encapsulated
2.4.65|JPEG Lossless, Hierarchical (Process 28)|†encapsulated
2.4.66|JPEG Lossless, Hierarchical (Process 29)|†encapsulated
2.4.70|JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])|encapsulated
2.4.80|JPEG-LS Lossless Image Compression|encapsulated
2.4.81|JPEG-LS Lossy (Near-Lossless) Image Compression|encapsulated
2.4.90|JPEG 2000 Image Compression (Lossless Only)|encapsulated
2.4.91|JPEG 2000 Image Compression|encapsulated
2.4.92|JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)|encapsulated
2.4.93|JPEG 2000 Part 2 Multi-component Image Compression|encapsulated
2.4.94|JPIP Referenced|explicit
2.4.95|JPIP Referenced Deflate|deflated
2.4.100|MPEG2 Main Profile / Main Level|encapsulated
2.4.100.1|Fragmentable MPEG2 Main Profile / Main Level|encapsulated
2.4.101|MPEG2 Main Profile / High Level|encapsulated
2.4.101.1|Fragmentable MPEG2 Main Profile / High Level|encapsulated
2.4.102|MPEG-4 AVC/H.264 High Profile / Level 4.1|encapsulated
2.4.102.1|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1|encapsulated
2.4.103|MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1|encapsulated
2.4.103.1|Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1|encapsulated
2.4.104|MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video|encapsulated
2.4.104.1|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video|encapsulated
2.4.105|MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video|encapsulated
2.4.105.1|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video|encapsulated
2.4.106|MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2|encapsulated
2.4.106.1|Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2|encapsulated
2.4.107|HEVC/H.265 Main Profile / Level 5.1|encapsulated
2.4.108|HEVC/H.265 Main 10 Profile / Level 5.1|encapsulated
2.4.110|JPEG XL Lossless|encapsulated
2.4.111|JPEG XL JPEG Recompression|encapsulated
2.4.112|JPEG XL|encapsulated
2.4.201|High-Throughput JPEG 2000 Image Compression (Lossless Only)|encapsulated
2.4.202|High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)|encapsulated
2.4.203|High-Throughput JPEG 2000 Image Compression|encapsulated
2.4.204|JPIP HTJ2K Referenced|explicit
2.4.205|JPIP HTJ2K Referenced Deflate|deflated
2.5|RLE Lossless|encapsulated
2.6.1|RFC 2557 MIME encapsulation|†explicit
2.6.2|XML Encoding|†explicit
2.7.1|SMPTE ST 2110-20 Uncompressed Progressive Active Video|explicit
2.7.2|SMPTE ST 2110-20 Uncompressed Interlaced Active Video|explicit
2.7.3|SMPTE ST 2110-30 PCM Digital Audio|explicit
2.8.1|Deflated Image Frame Compression|encapsulated
20|Papyrus 3 Implicit VR Little Endian|†implicit
"""


def _table() -> dict[str, TransferSyntax]:
    rows = [row.split("|") for row in _ROWS.strip().split("\n")]
    syntaxes = [TransferSyntax(_ROOT + end, name, form.lstrip("†"), is_retired="†" in form) for end, name, form in rows]
    # GE's private syntax, of its PACS of the 1990s: the data set of the default syntax, Pixel Data in big endian.
    ge_name = "GE Private Implicit VR Big Endian Pixels"
    ge = TransferSyntax("1.2.840.113619.5.2", ge_name, _IMPLICIT, big_endian_pixels=True)
    return {str(syntax.uid): syntax for syntax in [*syntaxes, ge]}


TRANSFER_SYNTAXES: dict[str, TransferSyntax] = _table()
"""The Transfer Syntaxes of PS3.6 and GE's private one, by UID."""
