"""Arguments that commands share, and a parser whose errors are one line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NoReturn

from dicomkit.core.limits import DEFAULT_LIMITS
from dicomkit.encoding.options import DEFAULT_READ
from dicomkit.errors import escaped

if TYPE_CHECKING:
    from dicomkit.encoding.options import ReadOptions

__all__ = ["Parser", "add_color", "add_files", "add_json", "add_output", "add_reading", "parse_limit", "read_options"]

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Parser(argparse.ArgumentParser):
    """A parser of one command: examples below the options, one line and status 2 for what cannot be understood."""

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(
            prog=f"dicomkit {name}",
            description=summary,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument("--traceback", action="store_true", help="show where an error came from, for a bug report")

    def examples(self, *lines: str) -> None:
        """Set the examples that --help ends with."""
        self.epilog = "\n".join(["examples:", *(f"  {line}" for line in lines)])

    def error(self, message: str) -> NoReturn:
        """Write one line and leave with status 2."""
        sys.stderr.write(f"{self.prog}: {escaped(message, 400)}; see {self.prog} --help\n")
        raise SystemExit(2)


def add_files(parser: Parser, metavar: str = "FILE") -> None:
    """Add the files that a command works on."""
    parser.add_argument(
        "files", nargs="+", metavar=metavar, help="a file, a folder (all DICOM files in it), or - for standard input"
    )


def add_json(parser: Parser, what: str) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help=what)


def add_color(parser: Parser) -> None:
    """Add --no-color."""
    parser.add_argument(
        "--no-color",
        action="store_true",
        help="no colours, as where the output is no terminal or NO_COLOR is set",
    )


def add_reading(parser: Parser) -> None:
    """Add the options of reading."""
    parser.add_argument("--force", action="store_true", help="read what does not look like DICOM too")
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        type=parse_limit,
        metavar="NAME=N",
        help="raise a limit, or switch it off with NAME=none; dicomkit limits lists them",
    )


def add_output(parser: Parser, default: str) -> None:
    """Add -o; `default` says what happens without it."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=not default,
        help=f"write to this file, into this folder if there are several files, or to standard output (-){default}",
    )


def parse_limit(text: str) -> tuple[str, int | None]:
    """Read ``depth=1000``, ``inflated_bytes=4G`` or ``elements=none``."""
    name, equals, number = text.partition("=")
    name = name.replace("-", "_")
    if name not in DEFAULT_LIMITS._as_dict():
        raise argparse.ArgumentTypeError(f"no limit is named {escaped(name)!r}; dicomkit limits lists them")
    if number.lower() == "none":
        return name, None
    digits, unit = (number[:-1], number[-1].upper()) if number[-1:].upper() in _UNITS else (number, "")
    if not equals or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise argparse.ArgumentTypeError(f"{escaped(text)!r} is not NAME=N with a number, also with K, M or G, or none")
    return name, int(digits) * _UNITS.get(unit, 1)


def read_options(arguments: argparse.Namespace) -> ReadOptions:
    """Make the options of reading from the arguments of `add_reading`."""
    limits = DEFAULT_LIMITS.replace(**dict(arguments.limit)) if arguments.limit else DEFAULT_LIMITS
    return DEFAULT_READ.replace(force=bool(arguments.force), limits=limits)
