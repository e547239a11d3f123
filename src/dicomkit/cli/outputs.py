"""Where a command writes files: over the ones it read, to a file, into a folder, to standard output."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from dicomkit.cli.inputs import STANDARD_INPUT
from dicomkit.cli.terminal import CommandError
from dicomkit.errors import escaped
from dicomkit.file import dcmwrite

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from dicomkit.cli.inputs import Input
    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import Dataset
    from dicomkit.encoding.options import WriteOptions

__all__ = ["STANDARD_OUTPUT", "plan_outputs", "refuse_dicomdir", "refuse_link", "write", "write_by"]

STANDARD_OUTPUT = "-"
_DICOMDIR = "1.2.840.10008.1.3.10"


def plan_outputs(inputs: list[Input], output: str | None, terminal: Terminal, *, check: bool = True) -> list[str]:
    """Return the target of each input; CommandError where two files would get one name, or a target makes no sense.

    `check` False: nothing will be written, so nothing can go wrong.
    """
    if output is None:
        targets = [STANDARD_OUTPUT if file.path == STANDARD_INPUT else file.path for file in inputs]
    elif output == STANDARD_OUTPUT:
        targets = [STANDARD_OUTPUT] * len(inputs)
    elif len(inputs) == 1 and inputs[0].is_named and not output.endswith(os.sep) and not os.path.isdir(output):
        targets = [output]
    elif os.path.exists(output) and not os.path.isdir(output):
        raise CommandError(f"{escaped(output, 200)} is a file: what -o names must be a folder here")
    else:
        targets = [os.path.join(output, _name_in_folder(file)) for file in inputs]
    if not check:
        return targets
    if STANDARD_OUTPUT in targets:
        if len(targets) > 1:
            raise CommandError("standard output takes one file; name a folder with -o")
        if terminal.is_terminal:
            raise CommandError("standard output is a terminal: name a file with -o, or send it to a program")
    seen: dict[str, str] = {}
    for file, target in zip(inputs, targets, strict=True):
        if target in seen and output is not None:
            raise CommandError(f"{seen[target]} and {file.path} would both become {target}")
        seen[target] = file.path
    return targets


def _name_in_folder(file: Input) -> str:
    if file.path == STANDARD_INPUT:
        raise CommandError("what comes from standard input has no name: name a file, not a folder, with -o")
    return file.relative


def refuse_dicomdir(ds: Dataset) -> None:
    """Raise CommandError for a DICOMDIR: its records hold byte offsets of each other (PS3.3 F.3), which would move."""
    if ds.file_meta.get("MediaStorageSOPClassUID") == _DICOMDIR:
        raise CommandError("a DICOMDIR holds the byte offsets of its records, which writing it anew would make wrong")


def refuse_link(file: Input, target: str, output: str | None) -> None:
    """Raise CommandError where a link would lead the writing elsewhere than to a file below the folder that was named.

    Whoever made the folder may have put it there. What was named itself, as input or output, may be a link.
    """
    if target in (STANDARD_OUTPUT, output) or (output is None and file.is_named):
        return
    if output is None:
        root = file.path[: -len(file.relative)]
    else:
        root = output if os.path.isdir(output) else os.path.dirname(output)
    root = root or os.curdir
    if os.path.realpath(target) != os.path.join(os.path.realpath(root), os.path.relpath(target, root)):
        raise CommandError(f"{escaped(target, 200)} is a link, or behind one: name the file itself, or another with -o")


def write(target: str, ds: Dataset, options: WriteOptions) -> None:
    """Write a file, its folders made where they are missing; or to standard output."""
    write_by(target, lambda output: dcmwrite(output, ds, options))


def write_by(target: str, action: Callable[[str | BinaryIO], object]) -> None:
    """Call `action` with what it has to write to: a path whose folders are there, or standard output."""
    if target == STANDARD_OUTPUT:
        action(sys.stdout.buffer)
        return
    _refuse_read_only(target)
    try:
        os.makedirs(os.path.dirname(target) or os.curdir, exist_ok=True)
        action(target)
    except OSError as error:
        # A full disk says so when bytes are written, without a name; a folder that takes no files, of one that nobody
        # asked for.
        if error.filename is None or (isinstance(error.filename, str) and error.filename.endswith(".tmp")):
            error.filename = target
        raise


def _refuse_read_only(target: str) -> None:
    """Raise CommandError for a file that may not be written to: replacing it would take no permission of its own."""
    try:
        mode = os.stat(target).st_mode
    except OSError:
        return  # there is none, or writing will say why not
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise CommandError(f"{escaped(target, 200)} is read-only: make it writable, or name another file with -o")
