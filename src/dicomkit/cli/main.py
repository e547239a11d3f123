"""The entry of the command line: finds the command, runs it, turns what goes wrong into one line and a status."""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, TextIO

import dicomkit
from dicomkit.cli.arguments import Parser
from dicomkit.cli.loading import command_module
from dicomkit.cli.terminal import TROUBLE, Terminal
from dicomkit.errors import DicomError, escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "main"]

# Name, what it does in one line. Each is a module of this package.
COMMANDS = {
    "dump": "Show what is in files: elements, values, and what is wrong with them.",
    "diff": "Compare two files, element by element.",
    "modify": "Set and delete elements, repair files; nothing else in them changes.",
    "transcode": "Write files in another transfer syntax.",
    "render": "Make pictures of images: PNG, JPEG, GIF or TIFF of a frame, a range, a cine, a contact sheet.",
    "report": "Show Structured Reports and key object selections as text, HTML or JSON; check their content.",
    "echo": "Ask a peer whether it answers (C-ECHO).",
    "store": "Send files to a peer (C-STORE).",
    "find": "Ask a peer what it has (C-FIND).",
    "move": "Have a peer send instances to somebody, or here (C-MOVE).",
    "get": "Fetch instances from a peer (C-GET).",
    "worklist": "Ask a peer which procedure steps are scheduled (modality worklist).",
    "mpps": "Tell a peer that a procedure step has begun, and how it ended (modality performed procedure step).",
    "commit": "Ask a peer whether it keeps instances from now on (storage commitment).",
    "ups": "Push, claim, finish and watch work items (Unified Procedure Step).",
    "receive": "Take what peers send, as files (C-STORE).",
    "codecs": "Say what decodes and encodes each transfer syntax here, and what would add the rest.",
    "info": "Say what is installed: version, kernels, edition of the standard, optional packages.",
    "limits": "List the limits that keep bad files from taking the machine's time and memory.",
}

# What a shell expects of a program that Ctrl-C ended, and of one whose reader, such as head, had enough.
_INTERRUPTED, _READER_GONE = 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 where its answer is "no" (different, has issues), 2 for trouble, 130 or 141."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for name in ("stdout", "stderr"):
        _make_writable(name)
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read standard output had enough; nothing can be said to anybody.
        _discard(sys.stdout)
        return _READER_GONE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except OSError as error:
        _discard(sys.stdout)
        sys.stderr.write(f"dicomkit: standard output: {error.strerror or error}\n")
        return TROUBLE


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        return _no_command(name)
    parser = Parser(name, COMMANDS[name])
    module = command_module(name)
    module.configure(parser)
    try:
        # Keys and files may stand before, between and behind options.
        parsed = parser.parse_intermixed_args(arguments[1:])
    except SystemExit as leaving:
        return int(leaving.code or 0)
    color = not getattr(parsed, "no_color", False) and not getattr(parsed, "json", False)
    terminal = Terminal(name, color=color, with_traceback=parsed.traceback)
    try:
        return module.run(parsed, terminal)
    except Exception as error:  # the last line of defence: one line, not a traceback
        if isinstance(error, OSError) and not isinstance(error, DicomError) and error.filename is None:
            raise  # a file's errors have its name, so this is standard output's
        terminal.error(error)
        return TROUBLE


def _no_command(name: str) -> int:
    if name in ("-h", "--help", "help"):
        sys.stdout.write(_overview())
        return 0
    if name in ("-V", "--version"):
        sys.stdout.write(f"dicomkit {dicomkit.__version__}\n")
        return 0
    if not name:
        sys.stderr.write(_overview())
        return TROUBLE
    nearest = get_close_matches(name[:40], COMMANDS, 1)
    advice = f"did you mean {nearest[0]}?" if nearest else f"the commands are {', '.join(COMMANDS)}"
    sys.stderr.write(f"dicomkit: no command {escaped(name)!r}; {advice}\n")
    return TROUBLE


def _overview() -> str:
    width = max(map(len, COMMANDS))
    rows = "".join(f"  {name:<{width}}  {summary}\n" for name, summary in COMMANDS.items())
    return (
        "usage: dicomkit COMMAND …\n\n"
        f"{dicomkit.__doc__}\n\ncommands:\n{rows}\n"
        "dicomkit COMMAND --help says more, with examples. Exit status: 0 done, 1 the answer is no, 2 trouble,\n"
        "130 interrupted, 141 nobody reads the output any more.\n"
    )


def _make_writable(name: str) -> None:
    """Make a standard stream take any character, as an escape where its encoding has none; a closed one takes all."""
    stream: TextIO | None = getattr(sys, name)
    if stream is None:
        setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  open as long as the program runs
    elif hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _discard(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that the interpreter does not complain about it at its end."""
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
