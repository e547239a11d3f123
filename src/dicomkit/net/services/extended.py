"""SOP Class Extended Negotiation: bytes of Service-class-application-information (PS3.4 B.3.1, C.5, K.5.1)."""

from __future__ import annotations

from dicomkit.core.frozen import Options

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Self

__all__ = ["FindExtension", "RetrieveExtension", "StorageExtension"]


class _Extension(Options):
    """One byte for each field, in their order; a peer may send fewer, and later editions more."""

    _largest: ClassVar[dict[str, int]] = {}

    def encode(self, length: int | None = None) -> bytes:
        """Return the field; of an answer, no longer than the one that was offered."""
        values = bytes([int(value) for value in self._as_dict().values() if isinstance(value, int)])
        return values if length is None else values[:length]

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return what a field says; bytes that are missing are 0, and values that the standard does not know too."""
        fields: dict[str, object] = {}
        for (name, default), value in zip(cls._defaults.items(), data.ljust(len(cls._defaults), b"\0"), strict=False):
            if isinstance(default, bool):
                fields[name] = value == 1
            else:
                fields[name] = value if value <= cls._largest[name] else 0
        return cls(**fields)

    def accepted(self, offered: Self) -> Self:
        """Return the answer to an offer: what both have, and nothing that was not asked for (PS3.4 C.5.1.1.2)."""
        ours, theirs = self._as_dict(), offered._as_dict()
        fields: dict[str, object] = {}
        for name, own in ours.items():
            other = theirs[name]
            fields[name] = own and other if isinstance(own, bool) else own if own == other else 0
        return type(self)(**fields)


class FindExtension(_Extension):
    """What a C-FIND user asks for, and a provider grants; without it each is off (PS3.4 C.5.1.1, K.5.1.1).

    Of worklists, whose first two bytes are reserved and always 1, only the others mean anything.
    """

    relational_queries: bool = False
    """Keys of any level, without the unique keys of those above (PS3.4 C.4.1.2.2.1)."""

    combined_date_time: bool = False
    """A date and its time are one range (PS3.4 C.2.2.2.5)."""

    fuzzy_names: bool = False
    """Names match by what they mean, as the conformance statement says (PS3.4 C.2.2.2.1)."""

    timezone_adjustment: bool = False
    """Times of query and entity are brought to the same zone by (0008,0201)."""

    multi_frame_conversion: bool = False
    """Keys may ask for the view (0008,0053) of converted multi-frame images (PS3.4 C.5.1.1)."""

    empty_values: bool = False
    """Two quotation marks match what is empty (PS3.4 C.2.2.2.7)."""

    multiple_values: bool = False
    """Several values must each be found among those of the entity (PS3.4 C.2.2.2.8)."""

    @classmethod
    def worklist(cls, *, fuzzy_names: bool = False, timezone_adjustment: bool = False) -> bytes:
        """Return the field for a worklist, whose first two bytes are 1 (PS3.4 K.5.1)."""
        return bytes([1, 1, fuzzy_names, timezone_adjustment])


class RetrieveExtension(_Extension):
    """What a C-MOVE or C-GET user asks for, and a provider grants (PS3.4 C.5.2.1, C.5.3.1)."""

    relational_retrieval: bool = False
    """Unique keys of any level, without those of the levels above (PS3.4 C.4.2.2.2.1)."""

    multi_frame_conversion: bool = False
    """Keys may ask for the view of converted multi-frame images; see `FindExtension`."""


class StorageExtension(_Extension):
    """What a C-STORE provider says of itself; a user sends zeros, or its own where it is one (PS3.4 B.3.1)."""

    level_of_support: int = 0
    """0 and 1 keep some attributes, 2 keeps all, private ones too; 3 says nothing (PS3.4 B.4.1)."""

    reserved_1: int = 0
    """Always 0."""

    level_of_digital_signature: int = 0
    """0 says nothing, 1 to 3 are the levels of PS3.4 B.4.1: signatures are kept, replaced, or preserved bit by bit."""

    reserved_2: int = 0
    """Always 0."""

    element_coercion: int = 0
    """0 never coerces, 1 may coerce any Data Element, 2 says nothing."""

    reserved_3: int = 0
    """Always 0."""

    _largest: ClassVar[dict[str, int]] = {
        "level_of_support": 3,
        "reserved_1": 0,
        "level_of_digital_signature": 3,
        "reserved_2": 0,
        "element_coercion": 2,
        "reserved_3": 0,
    }
