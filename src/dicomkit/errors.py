"""The exceptions of dicomkit; every decoder gives a value or one of these, whatever bytes it is given.

::

    DicomError
    ├── EncodingError (ValueError)
    │   ├── TruncatedError (EOFError)
    │   ├── HeaderError
    │   ├── ValueDecodeError
    │   └── IssueError
    ├── ValueEncodeError (ValueError)
    ├── FileFormatError
    │   ├── NotDicomError
    │   └── SourceChangedError
    ├── MissingElementError (AttributeError, KeyError)
    ├── UnknownTagError (KeyError, ValueError)
    ├── UnknownKeywordError (AttributeError)
    ├── LimitExceededError
    ├── PixelError
    │   ├── UnsupportedTransferSyntaxError
    │   └── CodecError (ValueError)
    ├── NetworkError (ConnectionError)
    │   ├── ProtocolError
    │   │   ├── LocalProtocolError
    │   │   └── RemoteProtocolError
    │   ├── AssociationRejectedError
    │   ├── AssociationAbortedError
    │   ├── NoPresentationContextError
    │   ├── DimseStatusError
    │   └── NetworkTimeoutError (TimeoutError)
    ├── WebError
    └── ArchiveError
        ├── DuplicateInstanceError
        └── AccessDeniedError

Names in parentheses are the builtins that a class also is. Every error can be pickled, so it crosses process pools.
"""

from __future__ import annotations

# Type checkers take this name for true; importing `typing` would cost every program that imports dicomkit 4 ms.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class IssueLike(Protocol):
        """What IssueError needs to know of a ``dicomkit.core.issue.Issue``."""

        @property
        def message(self) -> str: ...
        @property
        def offset(self) -> int | None: ...
        @property
        def path(self) -> tuple[int, ...]: ...


__all__ = [
    "AccessDeniedError",
    "ArchiveError",
    "AssociationAbortedError",
    "AssociationRejectedError",
    "CodecError",
    "DicomError",
    "DimseStatusError",
    "DuplicateInstanceError",
    "EncodingError",
    "FileFormatError",
    "HeaderError",
    "IssueError",
    "LimitExceededError",
    "LocalProtocolError",
    "MissingElementError",
    "NetworkError",
    "NetworkTimeoutError",
    "NoPresentationContextError",
    "NotDicomError",
    "PixelError",
    "ProtocolError",
    "RemoteProtocolError",
    "SourceChangedError",
    "TruncatedError",
    "UnknownKeywordError",
    "UnknownTagError",
    "UnsupportedTransferSyntaxError",
    "ValueDecodeError",
    "ValueEncodeError",
    "WebError",
    "counted",
    "escaped",
    "format_path",
]

# Long enough for a UID (64) or a person name in one script, short enough that a log line stays a line.
_SHOWN = 80


def escaped(value: object, limit: int = _SHOWN) -> str:
    """Return text for one line of a terminal or a log: control characters escaped, at most `limit` characters.

    Text and bytes from files go through this before they reach a message, so that a value cannot forge log lines,
    move a terminal's cursor, or fill the screen.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        # A byte is at least one character of text, so the cut happens before a megabyte is decoded.
        text = str(bytes(value[: limit + 1]), "latin-1")
    elif isinstance(value, str):
        text = str.__str__(value)[: limit + 1]
    else:
        try:
            text = repr(value)[: limit + 1]
        except Exception:  # an int of 5,000 digits, a caller's class: the error to report is not this one
            text = f"<{type(value).__name__}>"
    if not text.isprintable():
        text = "".join([c if c.isprintable() else ascii(c)[1:-1] for c in text[: limit + 1]])
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 byte``, ``2,000 bytes``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def format_path(path: tuple[int, ...]) -> str:
    """Return a path of alternating tags and item indexes as ``(0040,A730)[2].(0040,A043)``.

    A path below the depth that people read is shortened in the middle.
    """
    if len(path) > 16:
        return f"{format_path(path[:8])}.….{format_path(path[-(8 - len(path) % 2) :])}"
    parts = []
    for position, step in enumerate(path):
        if position % 2:
            parts.append(f"[{step:d}]")
        else:
            parts.append(f"{'.' if position else ''}({step >> 16 & 0xFFFF:04X},{step & 0xFFFF:04X})")
    return "".join(parts)


def _located(message: str, offset: int | None, path: tuple[int, ...]) -> str:
    where = []
    if path:
        where.append(f"in {format_path(path)}")
    if offset is not None:
        where.append(f"at offset {offset}")
    return f"{message} ({' '.join(where)})" if where else message


def _restored(cls: type[DicomError], args: tuple[object, ...], fields: dict[str, object]) -> DicomError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(fields)
    return error


class DicomError(Exception):
    """The base of everything that dicomkit raises on purpose."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        # The builtins that the classes inherit from rebuild from positional arguments, which would lose the fields.
        return _restored, (type(self), self.args, self.__dict__.copy())


# Bytes and values (PS3.5) ---------------------------------------------------------------------------------------------


class EncodingError(DicomError, ValueError):
    """Bytes that PS3.5 does not allow."""

    def __init__(self, message: str = "", *, offset: int | None = None, path: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.offset = offset
        self.path = path

    def __str__(self) -> str:
        return _located(self.message, self.offset, self.path)


class TruncatedError(EncodingError, EOFError):
    """The bytes end before the element, item or fragment does."""


class HeaderError(EncodingError):
    """The header of a Data Element or Item cannot be understood (PS3.5 7.1, 7.5)."""


class ValueDecodeError(EncodingError):
    """The bytes of a value are none that its VR allows (PS3.5 6.2)."""

    def __init__(
        self,
        message: str = "",
        *,
        offset: int | None = None,
        path: tuple[int, ...] = (),
        vr: str | None = None,
        value: bytes | str | None = None,
    ) -> None:
        super().__init__(message, offset=offset, path=path)
        self.vr = vr
        self.value = value

    def __str__(self) -> str:
        return _located(_with_value(self.message, self.vr, self.value), self.offset, self.path)


class IssueError(EncodingError):
    """A deviation from the standard, raised because the issue policy is "raise"."""

    def __init__(self, issue: IssueLike) -> None:
        super().__init__(issue.message, offset=issue.offset, path=issue.path)
        self.issue = issue

    def __str__(self) -> str:
        return str(self.issue)


class ValueEncodeError(DicomError, ValueError):
    """A Python value that does not fit its VR, VM or character set (PS3.5 6.2)."""

    def __init__(
        self, message: str = "", *, tag: int | None = None, vr: str | None = None, value: object = None
    ) -> None:
        super().__init__(message)
        self.tag = tag
        self.vr = vr
        self.value = value

    def __str__(self) -> str:
        text = _with_value(self.message, self.vr, self.value)
        return text if self.tag is None else f"{format_path((self.tag,))}: {text}"

    def __reduce__(self) -> tuple[object, ...]:
        # The value is whatever the caller passed; one that cannot be pickled must not hide the error, so text goes.
        fields = self.__dict__.copy()
        if not isinstance(self.value, (str, bytes, int, float, type(None))):
            fields["value"] = escaped(self.value)
        return _restored, (type(self), self.args, fields)


def _with_value(reason: str, vr: str | None, value: object) -> str:
    message = reason if vr is None else f"{escaped(vr)}: {reason}"
    if value is None:
        return message
    shown = escaped(value)
    # Some reasons begin or end with the value.
    return message if reason.startswith(f"{shown} ") or f"'{shown}'" in reason else f"{message}: '{shown}'"


# Files (PS3.10) -------------------------------------------------------------------------------------------------------


class FileFormatError(DicomError):
    """A file that is not laid out as PS3.10 says."""

    def __init__(
        self,
        message: str = "",
        *,
        source: str | None = None,
        offset: int | None = None,
        path: tuple[int, ...] = (),
    ) -> None:
        super().__init__(message)
        self.source = source
        self.offset = offset
        self.path = path

    def __str__(self) -> str:
        text = _located(self.message, self.offset, self.path)
        return text if self.source is None else f"{escaped(self.source, 200)}: {text}"


class NotDicomError(FileFormatError):
    """Nothing in the source looks like DICOM."""


class SourceChangedError(FileFormatError):
    """The file changed, shrank or vanished after it was opened, so a value left on disk can no longer be read."""


# Look-up --------------------------------------------------------------------------------------------------------------


class MissingElementError(DicomError, AttributeError, KeyError):
    """The Data Set has no element of this tag."""

    def __init__(self, message: str = "", *, tag: int | None = None) -> None:
        super().__init__(message)
        self.tag = tag

    def __str__(self) -> str:
        if self.message:
            return self.message
        return "no such element" if self.tag is None else f"no element {format_path((self.tag,))}"


class UnknownTagError(DicomError, KeyError, ValueError):
    """Not a tag: neither a number of 32 bits nor its text."""

    def __init__(self, message: str = "", *, tag: object = None) -> None:
        super().__init__(message)
        self.tag = tag if isinstance(tag, (int, str, type(None))) else escaped(tag)

    def __str__(self) -> str:
        return self.message or f"not a tag: '{escaped(self.tag)}'"


class UnknownKeywordError(DicomError, AttributeError):
    """Not a keyword of the data dictionary (PS3.6), on reading and on writing.

    `nearest`: keywords that it may have been meant for, the likeliest first. Given as a function, they are searched
    when somebody looks, because most of these errors are a `hasattr` that just says no.
    """

    def __init__(
        self, keyword: str, nearest: tuple[str, ...] | Callable[[], tuple[str, ...]] = (), *, message: str = ""
    ) -> None:
        super().__init__(message or f"unknown keyword {keyword!r:.{_SHOWN}}")
        self.message = message
        self.keyword = keyword
        self._nearest = nearest

    @property
    def nearest(self) -> tuple[str, ...]:
        """Keywords that it may have been meant for, the likeliest first."""
        if not isinstance(self._nearest, tuple):
            self._nearest = self._nearest()
        return self._nearest

    def __str__(self) -> str:
        text = self.message or f"'{escaped(self.keyword)}' is not a DICOM keyword"
        return f"{text}; did you mean {' or '.join(self.nearest)}?" if self.nearest else text

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self.args, {**self.__dict__, "_nearest": self.nearest})


class LimitExceededError(DicomError):
    """A configured bound was reached; see ``dicomkit.core.limits.Limits``."""

    def __init__(
        self, limit: str, value: int, *, bound: int, offset: int | None = None, path: tuple[int, ...] = ()
    ) -> None:
        super().__init__(f"the limit {limit}={bound} is exceeded by {value}")
        self.limit = limit
        self.value = value
        self.bound = bound
        self.offset = offset
        self.path = path

    def __str__(self) -> str:
        return _located(self.message, self.offset, self.path)


# Pixels (PS3.5 8, A) --------------------------------------------------------------------------------------------------


class PixelError(DicomError):
    """Pixel Data that cannot be decoded, or whose description contradicts itself."""


class UnsupportedTransferSyntaxError(PixelError):
    """No codec is installed for this Transfer Syntax; `needs` names what to install, empty if nothing would help."""

    def __init__(self, uid: str, needs: str = "") -> None:
        super().__init__(f"no codec for transfer syntax {escaped(uid)}")
        self.uid = uid
        self.needs = needs

    def __str__(self) -> str:
        return f"{self.message}; {self.needs}" if self.needs else self.message


class CodecError(PixelError, ValueError):
    """A codec refused a frame; `offset` counts in the frame's bytes."""

    def __init__(
        self, message: str = "", *, codec: str | None = None, offset: int | None = None, frame: int | None = None
    ) -> None:
        super().__init__(message)
        self.codec = codec
        self.offset = offset
        self.frame = frame

    def __str__(self) -> str:
        text = self.message if self.codec is None else f"{self.codec}: {self.message}"
        text = text if self.frame is None else f"frame {self.frame}: {text}"
        return _located(text, self.offset, ())


# Network (PS3.7, PS3.8) -----------------------------------------------------------------------------------------------


class NetworkError(DicomError, ConnectionError):
    """Something between this application entity and its peer went wrong."""


class ProtocolError(NetworkError):
    """PS3.7 or PS3.8 was broken, by whom the subclass says."""


class LocalProtocolError(ProtocolError):
    """The caller asked for something that the protocol does not allow now."""


class RemoteProtocolError(ProtocolError):
    """The peer broke PS3.7 or PS3.8; `reason` is what an A-ABORT for it says (PS3.8 Table 9-26)."""

    # Most of what is wrong is the value of a parameter: a length, an ID, a missing item.
    def __init__(self, message: str = "", *, offset: int | None = None, reason: int = 6) -> None:
        super().__init__(message)
        self.offset = offset
        self.reason = reason

    def __str__(self) -> str:
        return _located(self.message, self.offset, ())


class AssociationRejectedError(NetworkError):
    """The peer answered A-ASSOCIATE-RJ; the three numbers are those of PS3.8 Table 9-21."""

    def __init__(self, message: str = "", *, result: int, source: int, reason: int) -> None:
        super().__init__(message)
        self.result = result
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        text = self.message or "association rejected"
        return f"{text} (result {self.result}, source {self.source}, reason {self.reason})"


class AssociationAbortedError(NetworkError):
    """The peer or its provider sent A-ABORT; the two numbers are those of PS3.8 Table 9-26."""

    def __init__(self, message: str = "", *, source: int, reason: int) -> None:
        super().__init__(message)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.message or 'association aborted'} (source {self.source}, reason {self.reason})"


class NoPresentationContextError(NetworkError):
    """The peer accepted no Presentation Context that can carry this."""

    def __init__(self, message: str = "", *, abstract_syntax: str) -> None:
        super().__init__(message)
        self.abstract_syntax = abstract_syntax

    def __str__(self) -> str:
        return f"{self.message or 'no accepted presentation context'} for {escaped(self.abstract_syntax)}"


class DimseStatusError(NetworkError):
    """The peer answered with a failure status (PS3.7 Annex C)."""

    def __init__(self, message: str = "", *, status: int) -> None:
        super().__init__(message)
        self.status = status

    def __str__(self) -> str:
        text = f"status 0x{self.status:04X}"
        return f"{text}: {escaped(self.message, 200)}" if self.message else text


class NetworkTimeoutError(NetworkError, TimeoutError):
    """Nothing came before the deadline."""

    def __init__(self, message: str = "", *, deadline: float | None = None, waiting_for: str = "") -> None:
        super().__init__(message)
        self.deadline = deadline
        self.waiting_for = waiting_for

    def __str__(self) -> str:
        text = self.message or "timed out"
        return f"{text} waiting for {self.waiting_for}" if self.waiting_for else text


# Web and archive ------------------------------------------------------------------------------------------------------


class WebError(DicomError):
    """A DICOMweb origin server answered with a failure (PS3.18 8.5)."""

    def __init__(self, message: str = "", *, status: int | None = None, url: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.url = url

    def __str__(self) -> str:
        text = escaped(self.message, 200)
        if self.status is not None:
            text = f"HTTP {self.status}: {text}" if text else f"HTTP {self.status}"
        return f"{text} ({escaped(self.url, 200)})" if self.url else text


class ArchiveError(DicomError):
    """The archive cannot do what was asked."""


class DuplicateInstanceError(ArchiveError):
    """Another object of the same SOP Instance UID is already kept."""


class AccessDeniedError(ArchiveError):
    """The caller may not see or do this."""
