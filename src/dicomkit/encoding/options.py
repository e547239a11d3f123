"""How to read and how to write: frozen values passed in, never globals (design D3)."""

from __future__ import annotations

from dicomkit.core.frozen import Options
from dicomkit.core.issue import check_policy
from dicomkit.core.limits import DEFAULT_LIMITS, Limits
from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax
from dicomkit.dictionary import STANDARD, Dictionary, uid
from dicomkit.errors import UnknownKeywordError, ValueEncodeError, escaped

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomkit.core.issue import IssuePolicy

__all__ = ["DEFAULT_READ", "DEFAULT_WRITE", "ReadOptions", "WriteOptions", "named_syntax"]


class ReadOptions(Options):
    """How a file is read."""

    issues: IssuePolicy = "collect"
    """What happens to a deviation from the standard: "collect" (on ``ds.issues``), "warn", "raise", "ignore", or a
    function that is called with each Issue."""

    limits: Limits = DEFAULT_LIMITS
    """The bounds on what a source may make the reader do."""

    dictionary: Dictionary = STANDARD
    """Where VRs and keywords come from that a file does not say."""

    force: bool = False
    """Read what does not look like DICOM too."""

    stop_before_pixels: bool = False
    """Leave Pixel Data, and whatever follows it, out."""

    specific_tags: tuple[int | str, ...] | None = None
    """Take only these elements of the top level, and Specific Character Set."""

    def _check(self) -> None:
        check_policy(self.issues)


class WriteOptions(Options):
    """How a file is written."""

    transfer_syntax: str | None = None
    """Another transfer syntax than the data set has, by its UID or by its keyword of PS3.6: headers and byte order are
    converted (PS3.5 10). A UID that is none of PS3.6 is taken only if it is the data set's own."""

    durable: bool = False
    """Return only when the file and its name are on the disk: fsync of the file and of its folder."""

    repair: bool = False
    """Write every element anew, so that a defective source becomes a conformant file (PS3.5 7, PS3.10 7)."""

    progress: Callable[[int], object] | None = None
    """Called with the number of bytes written so far, after each part of a large file. What it raises ends the writing:
    the old file stays."""


def named_syntax(name: str, own: TransferSyntax | None = None) -> TransferSyntax:
    """Return the transfer syntax of a UID or of a keyword of PS3.6, or the data set's `own` of whatever UID.

    Raises ValueEncodeError for what is none: the file would declare it, and nobody could tell how to read it.
    """
    if own is not None and name == own.uid:
        return own
    found = TRANSFER_SYNTAXES.get(name)
    try:
        found = found or TRANSFER_SYNTAXES.get(uid(name))
    except UnknownKeywordError:
        found = None
    if found is None:
        message = (
            f"'{escaped(name)}' is no transfer syntax: a UID of PS3.6, or a keyword such as ImplicitVRLittleEndian"
        )
        raise ValueEncodeError(message, vr="UI", value=name)
    return found


DEFAULT_READ = ReadOptions()
DEFAULT_WRITE = WriteOptions()
