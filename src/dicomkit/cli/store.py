"""``dicomkit store``: send files to a peer (C-STORE, PS3.4 B, PS3.7 9.1.1)."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_json
from dicomkit.cli.inputs import STANDARD_INPUT, find_inputs
from dicomkit.cli.peer import add_peer, positive, send_to, status_text
from dicomkit.cli.terminal import TROUBLE, CommandError, explain
from dicomkit.cli.transcode import parse_syntax
from dicomkit.errors import NetworkError, NotDicomError, counted, escaped

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.net.operations import StoreResult

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or a folder (all DICOM files in it)")
    parser.add_argument(
        "--transcode-to",
        action="append",
        metavar="SYNTAX",
        help="also send in this transfer syntax, lossy perhaps, where the peer takes no better one; can be repeated",
    )
    parser.add_argument("--stop", action="store_true", help="stop at the first instance that the peer does not store")
    parser.add_argument(
        "--window",
        type=positive,
        default=1,
        metavar="N",
        help="requests that may be unanswered at once, if the peer agrees",
    )
    add_json(parser, "a JSON object a line for each file: file, SOP Instance UID, transfer syntax, status or error")
    parser.examples(
        "dicomkit store pacs.example.org 11112 study/ --called PACS",
        "dicomkit store localhost 11112 image.dcm --transcode-to jpeg2000 --json",
        "dicomkit store localhost 2762 study/ --tls --ca hospital.pem --certificate me.pem",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Send each file, and say which were not stored."""
    if STANDARD_INPUT in arguments.files:
        raise CommandError("standard input cannot be sent: what it is decides what is negotiated; name a file")
    syntaxes = [str(parse_syntax(name).uid) for name in arguments.transcode_to or ()]
    files, status = find_inputs(arguments.files, terminal)
    named = {file.path for file in files if file.is_named}
    stored = skipped = 0
    began = monotonic()
    with terminal.progress(len(files), "sending") as progress:
        results = send_to(
            arguments,
            [file.path for file in files],
            stop_on_failure=arguments.stop,
            transcode_to=tuple(syntaxes) or None,
            operations_invoked=arguments.window,
        )
        for result in results:
            path = str(result.source)
            progress.at(path)
            progress.advance()
            if isinstance(result.error, NotDicomError) and path not in named:
                skipped += 1
                continue
            if result.is_stored:
                stored += 1
            status = max(status, _tell(arguments, terminal, path, result))
    seconds = monotonic() - began
    if skipped:
        terminal.note(f"{counted(skipped, 'file')} not DICOM and skipped")
    if not arguments.json:
        terminal.line(f"{counted(stored, 'instance')} stored in {seconds:.1f} s")
    return max(status, TROUBLE if not stored and skipped else 0)


def _tell(arguments: Namespace, terminal: Terminal, path: str, result: StoreResult) -> int:
    """Say what became of one file; return 0, 1 if the peer did not store it, 2 if it was not sent."""
    if arguments.json:
        terminal.json(
            {
                "file": path,
                "sop_instance_uid": str.__str__(result.sop_instance_uid),
                "transfer_syntax": str.__str__(result.transfer_syntax),
                "status": None if result.status is None else int(result.status),
                "comment": result.comment,
                "error": None if result.error is None else explain(result.error),
            }
        )
    if result.error is not None:
        if not arguments.json or isinstance(result.error, NetworkError):
            terminal.error(result.error, path)
        return TROUBLE
    assert result.status is not None  # there is one or the other
    if result.status.is_success:
        return 0
    if not arguments.json:
        comment = f": {escaped(result.comment, 200)}" if result.comment else ""
        terminal.line(f"{escaped(path, 1000)}: {status_text(result.status, 'STORAGE', 'C-STORE')}{comment}")
    return 0 if result.is_stored else 1
