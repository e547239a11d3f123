"""The files that a command works on: named ones, those in folders, standard input; and what becomes of bad ones."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.cli.terminal import TROUBLE, CommandError, explain
from dicomkit.errors import DicomError, NotDicomError, escaped
from dicomkit.file import dcmread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import Dataset
    from dicomkit.encoding.options import ReadOptions

__all__ = ["STANDARD_INPUT", "Input", "find_inputs", "for_each", "read", "size_of"]

STANDARD_INPUT = "-"


class Input(NamedTuple):
    """One file: its path, the path below the folder that was named, and whether it was named itself."""

    path: str
    relative: str
    is_named: bool

    @property
    def size(self) -> int | None:
        """Bytes, None for standard input."""
        return None if self.path == STANDARD_INPUT else os.stat(self.path).st_size


def find_inputs(names: Iterable[str], terminal: Terminal) -> tuple[list[Input], int]:
    """Return the files, those of folders sorted, and a status: trouble if a folder could not be read, or all are empty.

    A check of nothing must not look like one that found nothing.
    """
    found: list[Input] = []
    status = 0

    def cannot(error: OSError) -> None:
        nonlocal status
        status = TROUBLE
        terminal.error(error)

    for name in names:
        if name != STANDARD_INPUT and os.path.isdir(name):
            before = len(found)
            found.extend(_in_folder(name, cannot))
            if len(found) == before:
                terminal.note(f"{escaped(name, 200)}: no files in it")
        else:
            found.append(Input(name, os.path.basename(name), True))
    return found, status if found else TROUBLE


def _in_folder(folder: str, cannot: Callable[[OSError], None]) -> Iterator[Input]:
    """Iterate over the ordinary files of a folder and its folders; links to folders are not followed."""
    for path, folders, files in os.walk(folder, onerror=cannot):
        folders.sort()
        for name in sorted(files):
            file = os.path.join(path, name)
            if os.path.isfile(file):  # a pipe would wait for ever
                yield Input(file, os.path.relpath(file, folder), False)


def read(path: str, options: ReadOptions) -> Dataset:
    """Read a file, or standard input for ``-``."""
    if path != STANDARD_INPUT:
        return dcmread(path, options)
    if sys.stdin is None:
        raise CommandError("it is closed")
    return dcmread(sys.stdin.buffer, options)


def size_of(path: str) -> int:
    """Return the size of a file in bytes, 0 for standard input and for what has none."""
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def for_each(
    inputs: list[Input],
    terminal: Terminal,
    what: str,
    act: Callable[[Input], int],
    *,
    failed: Callable[[Input, str], None] | None = None,
    has_bar: bool = True,
) -> int:
    """Call `act` with each file and return the worst status; a file that fails is one line, and the next one follows.

    What is not DICOM is skipped in folders, and counted; it is trouble where all of it is. `failed` is told of each
    failure besides. `has_bar` is False where the lines that `act` writes are the progress.
    """
    status = skipped = 0
    with terminal.progress(len(inputs) if has_bar else 0, what) as progress:
        for file in inputs:
            progress.at(file.path)
            try:
                status = max(status, act(file))
            except BrokenPipeError:
                raise
            except Exception as error:
                if isinstance(error, NotDicomError) and not file.is_named:
                    skipped += 1
                    continue
                if isinstance(error, OSError) and not isinstance(error, DicomError) and error.filename is None:
                    raise  # standard output's
                status = TROUBLE
                terminal.error(error, file.path)
                if failed is not None:
                    failed(file, explain(error))
            finally:
                progress.advance()
    if skipped:
        terminal.note(f"{skipped} file{' is' if skipped == 1 else 's are'} not DICOM and skipped")
    return TROUBLE if skipped and skipped == len(inputs) else status
