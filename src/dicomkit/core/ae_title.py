"""Application Entity titles: AE (PS3.5 6.2), and their field in PDUs (PS3.8 9.3.2)."""

from __future__ import annotations

from dicomkit.errors import ValueDecodeError, ValueEncodeError

__all__ = ["AETitle"]

_LENGTH = 16


def _problem(title: str) -> str:
    if not title:
        return "an AE title that is empty, or only spaces"
    if len(title) > _LENGTH:
        return "an AE title of more than 16 characters"
    # The Default Character Repertoire without the backslash and control characters.
    if not (title.isascii() and title.isprintable()) or "\\" in title:
        return "an AE title with characters other than printable ASCII without backslash"
    return ""


class AETitle(str):
    """An AE title that keeps the rules of PS3.5 6.2, without the spaces around it, which do not count.

    It names an application, for routing. It proves nothing about who calls.
    """

    __slots__ = ()

    def __new__(cls, title: str) -> AETitle:
        """Take the title; raise ValueEncodeError if it is none."""
        stripped = title.strip(" ")
        problem = _problem(stripped)
        if problem:
            raise ValueEncodeError(problem, vr="AE", value=title)
        return str.__new__(cls, stripped)

    @classmethod
    def decode(cls, data: bytes) -> AETitle:
        """Return the title of a PDU field or a value; raise ValueDecodeError if it is none."""
        # Some peers pad with zero bytes, which PS3.8 does not allow.
        text = data.decode("latin-1").rstrip("\0").strip(" ")
        problem = _problem(text)
        if problem:
            raise ValueDecodeError(problem, vr="AE", value=data)
        return str.__new__(cls, text)

    def encode_field(self) -> bytes:
        """Return the 16 bytes of the title's field in an A-ASSOCIATE PDU (PS3.8 Table 9-11)."""
        return self.encode("ascii").ljust(_LENGTH)
