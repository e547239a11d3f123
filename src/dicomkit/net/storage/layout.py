"""Names of stored files: our own, or from a template whose fields all pass one function."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from dicomkit import dictionary
from dicomkit.core.frozen import Frozen
from dicomkit.errors import DicomError

if TYPE_CHECKING:
    from dicomkit.dataset import Dataset

__all__ = ["SUFFIX", "Layout", "own_name", "safe_name"]

SUFFIX = ".dcm"

_LONGEST_FIELD = 64
_LONGEST_NAME = 255  # of one folder or file, on every file system in use
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_FIELD = re.compile(r"\{([A-Za-z0-9]+)\}")
# Device names of Windows, with any extension.
_RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL", *[f"{port}{number}" for port in ("COM", "LPT") for number in range(10)]]
)
_INSTANCE = "SOPInstanceUID"


def safe_name(text: str) -> str:
    """Return text from outside as part of a file name: as it is where it is harmless, else a hash of it.

    Harmless are a UID, and up to 64 of ``A-Z a-z 0-9 . _ -`` that do not begin with ``.`` or ``-`` nor end with ``.``.
    A hash is ``+`` and 40 hexadecimal digits, which no harmless text is: two texts never get one name.
    """
    if _PLAIN.fullmatch(text) and text[-1] != "." and text.partition(".")[0].upper() not in _RESERVED:
        return text
    return f"+{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def own_name(sop_instance_uid: str) -> str:
    """Return the file name of an instance that owes nothing to the peer's choice of characters: a hash of its UID."""
    return sha256(sop_instance_uid.encode("utf-8", "surrogatepass")).hexdigest() + SUFFIX


class Layout(Frozen):
    """A template of relative paths: ``{PatientID}/{StudyInstanceUID}/{SOPInstanceUID}.dcm``; immutable.

    Each field is a keyword of the data set's top level and passes `safe_name`, so that it can neither be nor hold a
    separator. The last part must hold ``{SOPInstanceUID}``. Raises ValueError for a template that leads outside of its
    folder, UnknownKeywordError for a field that is no keyword.
    """

    __slots__ = ("_parts", "template")

    template: str

    def __init__(self, template: str) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "_parts", tuple(_parsed(part, template) for part in template.split("/")))
        if _INSTANCE not in self._parts[-1][1::2]:
            raise ValueError(
                f"the last part of a layout holds {{{_INSTANCE}}}, or instances share a name: {template!r}"
            )

    _parts: tuple[tuple[str, ...], ...]  # of each part: literal, keyword, literal …

    def path_of(self, ds: Dataset) -> str:
        """Return the relative path of an instance, with ``/``; what is absent or unreadable is a hash of nothing."""
        return "/".join(
            ["".join([safe_name(_text_of(ds, text)) if odd % 2 else text for odd, text in enumerate(part)])
             for part in self._parts]
        )  # fmt: skip


def _parsed(part: str, template: str) -> tuple[str, ...]:
    pieces = tuple(_FIELD.split(part))
    literal = "".join(pieces[::2])
    if not part or part[0] in ".~" or any(c in '\\{}:*?"<>|' or not c.isprintable() for c in literal):
        raise ValueError(
            f"a layout is a relative path with / between parts that do not begin with a dot, and {{Keyword}} fields: "
            f"{template!r}"
        )
    for keyword in pieces[1::2]:
        dictionary.tag(keyword)
    if len(literal.encode()) + _LONGEST_FIELD * (len(pieces) // 2) > _LONGEST_NAME:
        raise ValueError(f"a part of the layout may become longer than {_LONGEST_NAME} bytes: {part!r}")
    return pieces


def _text_of(ds: Dataset, keyword: str) -> str:
    try:
        value = ds.get(keyword)
    except DicomError:
        return ""
    if value is None:
        return ""
    return "\\".join(map(str, value)) if isinstance(value, list) else str(value)
