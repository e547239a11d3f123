"""``dicomkit commit``: ask a peer whether it keeps instances from now on (PS3.4 J)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_json
from dicomkit.cli.inputs import find_inputs
from dicomkit.cli.peer import add_listening, add_peer, associate, listen_to_peer, positive, tell_refusal
from dicomkit.cli.terminal import CommandError
from dicomkit.errors import DimseStatusError, NotDicomError, counted, escaped
from dicomkit.file import dcmread
from dicomkit.net.exchanges import CommitmentResults, request_commitment
from dicomkit.net.exchanges.references import pairs
from dicomkit.net.services.commitment import FAILURE_REASONS
from dicomkit.net.sync import run as run_exchange

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.net.exchanges import CommitmentResult

__all__ = ["configure", "run"]

_TURN = 0.2  # seconds between looks at what has come over the one or the other association


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or a folder (all DICOM files in it)")
    parser.add_argument(
        "--wait", type=positive, default=60, metavar="SECONDS", help="how long the result is waited for (60)"
    )
    add_listening(parser, "also take a result that comes over an association of the peer's, at this port", None)
    add_json(parser, "a JSON object a line for each instance: file, sop_instance_uid, committed, reason")
    parser.examples(
        "dicomkit commit pacs 11112 series/",
        "dicomkit commit pacs 11112 series/ --calling CT1 --receive-port 11113 --wait 600",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Ask, and show what became of each instance; 1 if not all are kept, or nobody has said."""
    instances = _instances(arguments.files, terminal)
    if not instances:
        raise CommandError("no DICOM file among them")
    results = CommitmentResults()
    listening: AbstractContextManager[object] = nullcontext()
    if arguments.receive_port is not None:
        listening = listen_to_peer(arguments, arguments.calling, results.handlers(), "commitment")
    with listening:
        try:
            result = _ask(arguments, results, list(instances))
        except DimseStatusError as error:
            return tell_refusal(arguments, terminal, error, "STORAGE_COMMITMENT")
    if result is None:
        terminal.note(f"no result within {counted(arguments.wait, 'second')}")
        return 1
    return _tell(arguments, terminal, instances, result)


def _ask(arguments: Namespace, results: CommitmentResults, instances: list[tuple[str, str]]) -> CommitmentResult | None:
    until = monotonic() + arguments.wait
    with associate(arguments, ["commitment"], handlers=results.handlers()) as association:
        transaction = run_exchange(association, request_commitment(instances))
        # By turns, where the result may also come to the server that listens.
        while association.is_open and monotonic() < until and transaction not in results:
            association.serve_until(min(_TURN, max(0.0, until - monotonic())), lambda: transaction in results)
        result = results.take(transaction)
    if result is None and arguments.receive_port is not None:  # the peer has left, its result may still come
        result = results.wait(transaction, max(0.0, until - monotonic()))
    return result


def _instances(names: list[str], terminal: Terminal) -> dict[tuple[str, str], str]:
    """The instances of files, and the file of each."""
    found, _ = find_inputs(names, terminal)
    instances: dict[tuple[str, str], str] = {}
    for file in found:
        try:
            (pair,) = pairs([dcmread(file.path, stop_before_pixels=True)])
        except NotDicomError:
            if file.is_named:
                raise
        else:
            instances[pair] = file.path
    return instances


def _tell(
    arguments: Namespace, terminal: Terminal, instances: dict[tuple[str, str], str], result: CommitmentResult
) -> int:
    kept = set(result.committed)
    reasons = {(sop_class, uid): reason for sop_class, uid, reason in result.failed}
    lost = 0
    for pair, path in instances.items():
        reason = reasons.get(pair)
        is_kept = pair in kept and reason is None
        lost += not is_kept
        if arguments.json:
            terminal.json({"file": path, "sop_instance_uid": pair[1], "committed": is_kept, "reason": reason})
        elif not is_kept:
            why = "not named in the result" if reason is None else FAILURE_REASONS.get(reason, f"{reason:04X}")
            terminal.line(f"{escaped(path, 200)}: not kept, {why}")
    if not arguments.json:
        terminal.line(f"{len(instances) - lost:,} of {counted(len(instances), 'instance')} kept")
    return 1 if lost else 0
