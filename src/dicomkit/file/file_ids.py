"""File IDs, by which a DICOMDIR names the files of its file-set (PS3.10 8.2, 8.5)."""

from __future__ import annotations

import os

from dicomkit.errors import FileFormatError, escaped

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["checked_file_id", "component_name", "is_conformant", "leads_through_link", "resolve_file_id"]

_MOST_COMPONENTS = 8  # PS3.10 8.2
_LONGEST_COMPONENT = 8
_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")  # PS3.10 8.5
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIRECTORY = "DICOMDIR"

# Bounds of what is tried although it does not conform: longer names no file system has.
_MOST_READ = 32
_LONGEST_READ = 255

# Names that some systems take for a device in every folder, whatever follows a dot.
_DEVICES = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{name}{number}" for name in ("COM", "LPT") for number in range(10)))
)


def is_conformant(file_id: Sequence[str]) -> bool:
    """Say whether a File ID has at most 8 components of at most 8 of the characters A-Z 0-9 _ (PS3.10 8.2, 8.5)."""
    return 0 < len(file_id) <= _MOST_COMPONENTS and all(
        0 < len(name) <= _LONGEST_COMPONENT and _ALLOWED.issuperset(name) for name in file_id
    )


def checked_file_id(file_id: Sequence[str]) -> tuple[str, ...]:
    """Return the components if they can only name a file below the folder they start from.

    Names that do not conform but that systems do give to files (small letters, long ones) pass; raises
    FileFormatError for anything that could lead elsewhere: an empty component, "." and "..", separators of any system,
    drives and streams, control characters, devices; and for the DICOMDIR itself.
    """
    if not 0 < len(file_id) <= _MOST_READ:
        raise FileFormatError(f"a File ID has 1 to {_MOST_COMPONENTS} components (PS3.10 8.2), not {len(file_id)}")
    for name in file_id:
        if not _is_harmless(name):
            raise FileFormatError(f"a File ID with the component '{escaped(name)}' is not followed (PS3.10 8.2)")
    if len(file_id) == 1 and file_id[0].upper() == _DIRECTORY:
        raise FileFormatError("a File ID names the DICOMDIR itself (PS3.10 8.6)")
    return tuple(file_id)


def _is_harmless(name: str) -> bool:
    return (
        0 < len(name) <= _LONGEST_READ
        and name.isascii()
        and name.isprintable()
        and not any(character in name for character in "/\\:")
        and name.strip(" .") == name.strip(" ").rstrip(".") == name
        and name.partition(".")[0].rstrip(" ").upper() not in _DEVICES
    )


def resolve_file_id(folder: str, file_id: Sequence[str]) -> str:
    """Return the path of the file that a File ID names, with symbolic links resolved; it need not exist.

    The only way from a File ID to a path. Raises FileFormatError for what `checked_file_id` refuses and for a link that
    leads out of the folder or to its DICOMDIR.
    """
    root = os.path.realpath(folder)
    path = os.path.realpath(_named(root, file_id))
    if not path.startswith(root if root.endswith(os.sep) else root + os.sep):
        raise FileFormatError(f"the File ID {escaped('/'.join(file_id))} leads out of the file-set through a link")
    parent, name = os.path.split(path)
    if parent == root and name.upper() == _DIRECTORY:
        raise FileFormatError(f"the File ID {escaped('/'.join(file_id))} leads to the DICOMDIR through a link")
    return path


def leads_through_link(folder: str, file_id: Sequence[str]) -> bool:
    """Say whether a symbolic link lies between the folder and the file that a File ID names, the file included."""
    path = _named(os.path.realpath(folder), file_id)
    return path != os.path.realpath(path)


def _named(root: str, file_id: Sequence[str]) -> str:
    names = checked_file_id(file_id)
    path = os.path.join(root, *names)
    if not os.path.lexists(path):
        # Media are often mounted, and their files copied, with small letters.
        small = os.path.join(root, *(name.lower() for name in names))
        path = small if os.path.lexists(small) else path
    return path


def component_name(prefix: str, number: int) -> str:
    """Return a component made of a prefix and a number: ``IM00001Z``."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return prefix + digits.rjust(_LONGEST_COMPONENT - len(prefix), "0")
