"""The bounds that keep hostile or broken input from taking the machine's time and memory."""

from __future__ import annotations

from dicomkit.core.frozen import Options

__all__ = ["DEFAULT_LIMITS", "Limits"]

_KIB = 1 << 10
_MIB = 1 << 20
_GIB = 1 << 30
_YEAR = 366 * 86400


class Limits(Options):
    """How much a source may make dicomkit do; None switches a limit off.

    Each can be raised by who knows the source: ``Limits(depth=1000)``, ``limits.replace(depth=1000)``.
    """

    depth: int | None = 64
    """Sequences inside sequences. Structured reports, the deepest objects in use, nest about 20. DCMTK allows 64 (since
    2026), fo-dicom 256; before, a file of 100,000 levels killed both."""

    elements: int | None = 20_000_000
    """Data elements, items and fragments of one data set, nested ones included. The largest segmentations have a few
    million; each costs 32 bytes of index, and up to 70 while it is made, so this bounds the index at 640 MB, and
    reading at 1.4 GB."""

    value_bytes: int | None = None
    """One value that is asked for. None: a value can never be longer than its source, of which memory is taken as bytes
    arrive, not by what a header declares; PS3.5 7.1.1 allows 4 GiB. As Python objects, many short values of one element
    take more than their text: a tag up to 100 bytes, a name up to 150, an integer string up to 300."""

    deferred_bytes: int = 16 * _KIB
    """Values longer than this stay in the source until asked for. Pixel Data and large tables wait, texts and numbers
    do not. With 64 KiB, what a short length can hold (PS3.5 7.1.2), a small CT took twice the time to open."""

    read_ahead: int = _MIB
    """How much is taken in one piece because a header declares it, before the bytes have been seen to arrive."""

    inflated_bytes: int | None = 2 * _GIB
    """A deflated data set (PS3.5 A.5) after inflation. Not a ratio: a sparse segmentation deflates 900:1 legitimately.
    DCMTK, GDCM, pydicom and Orthanc have no bound and turn 1 MB into 1 to 3 GB of memory."""

    inflate_memory: int = 64 * _MIB
    """Inflated bytes kept in memory; more are spooled to a temporary file."""

    fragments: int | None = 20_000_000
    """Fragments of one encapsulated Pixel Data (PS3.5 A.4); each costs 16 bytes of index, and up to 27 while it is
    made."""

    fragments_at_open: int = 100_000
    """Fragments whose headers are walked when a local file is opened; beyond, the first frame or check() walks them.
    A hop costs one small read, so this bounds opening to about a tenth of a second."""

    frame_bytes: int | None = _GIB
    """One decoded frame. A 16 bit frame of 23,000 by 23,000 pixels; the largest digital mammograms are 60 MB."""

    codec_seconds: float | None = None
    """How long a codec of another library may work on one frame. None: as long as it takes, in this process. With a
    number it works in a process of its own, which is ended when the time is up; that, and a codec that crashes, is a
    CodecError then. Set this for what others send: frames are checked before, yet nobody can promise that no library
    ever hangs or crashes; 10 is ample. It costs a tenth of decoding a small frame, and 0.2 s once."""

    issues: int = 1000
    """Issues kept for one data set; more are counted. Nobody reads more, and a file of 1,000,000 broken elements must
    not keep 1,000,000 of them."""

    character_set_terms: int = 16
    """Values of Specific Character Set that are looked at. PS3.3 C.12.1.1.2 defines 13 terms with code extensions."""

    def _check(self) -> None:
        for name, value in self._as_dict().items():
            if value is None:
                continue
            if name == "codec_seconds":
                if not (isinstance(value, int | float) and 0 < value < _YEAR):
                    raise ValueError(f"the limit {name} must be a number of seconds above 0 or None, not {value!r}")
            elif not isinstance(value, int) or value < 0:
                raise ValueError(f"the limit {name} must be a positive number or None, not {value!r}")


DEFAULT_LIMITS = Limits()
"""What applies unless options say otherwise."""
