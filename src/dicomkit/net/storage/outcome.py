"""What became of an instance that was received, and what may become of one that is there already (PS3.4 B.2.3)."""

from __future__ import annotations

from enum import StrEnum

from dicomkit.core.frozen import Frozen

__all__ = [
    "CANNOT_UNDERSTAND",
    "COERCED",
    "DUPLICATE",
    "INVALID_INSTANCE",
    "MISMATCH",
    "OUT_OF_RESOURCES",
    "SUCCESS",
    "Disposition",
    "Duplicates",
    "Stored",
]

# PS3.4 Table B.2-1, PS3.7 Annex C.
SUCCESS = 0x0000
DUPLICATE = 0x0111
INVALID_INSTANCE = 0x0117
OUT_OF_RESOURCES = 0xA700
MISMATCH = 0xA900
COERCED = 0xB000
CANNOT_UNDERSTAND = 0xC000


class Duplicates(StrEnum):
    """What happens to an instance when another data set of its SOP Instance UID is there already.

    One that is the same to the byte, in the same transfer syntax, is never written again: it is stored, whatever the
    policy.
    """

    KEEP_BOTH = "keep-both"
    """The first keeps its name, the other goes to the folder ``duplicates`` under a name of its own: success. Nothing
    that was answered with success is ever lost. The default."""
    KEEP_FIRST = "keep-first"
    """The other is dropped; the warning B000 says that something else is kept than was sent."""
    REPLACE = "replace"
    """The other takes the place of the first, which stays until all of the other is there: success."""
    REFUSE = "refuse"
    """The other is dropped, with the failure 0111."""


class Disposition(StrEnum):
    """What was done with an instance."""

    NEW = "new"
    IDENTICAL = "identical"
    KEPT_BOTH = "kept-both"
    KEPT_FIRST = "kept-first"
    REPLACED = "replaced"
    REFUSED = "refused"


class Stored(Frozen):
    """The outcome of one C-STORE: the status to answer with, and the file; immutable.

    `path` is empty for a failure. `comment` is for Error Comment (0000,0902) and logs: at most 64 characters, never
    values of the data set. `data_set_bytes` is how many came.
    """

    __slots__ = (  # noqa: RUF023  the order of __init__
        "status", "path", "disposition", "comment", "sop_class_uid", "sop_instance_uid", "transfer_syntax",
        "data_set_bytes",
    )  # fmt: skip

    status: int
    path: str
    disposition: Disposition
    comment: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    data_set_bytes: int

    def __init__(
        self,
        status: int = SUCCESS,
        path: str = "",
        disposition: Disposition = Disposition.NEW,
        comment: str = "",
        sop_class_uid: str = "",
        sop_instance_uid: str = "",
        transfer_syntax: str = "",
        data_set_bytes: int = 0,
    ) -> None:
        put = object.__setattr__
        put(self, "status", status)
        put(self, "path", path)
        put(self, "disposition", disposition)
        put(self, "comment", comment)
        put(self, "sop_class_uid", sop_class_uid)
        put(self, "sop_instance_uid", sop_instance_uid)
        put(self, "transfer_syntax", transfer_syntax)
        put(self, "data_set_bytes", data_set_bytes)

    @property
    def is_stored(self) -> bool:
        """True if the file holds what was received."""
        return self.status == SUCCESS
