"""``dicomkit move``: have a peer send instances to an application entity (C-MOVE, PS3.4 C.4.2, PS3.7 9.1.4)."""

from __future__ import annotations

import socket
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_json
from dicomkit.cli.peer import add_peer, associate, status_text, tracer
from dicomkit.cli.query import add_keys, add_level, model_of, retrieval_of
from dicomkit.cli.terminal import CommandError
from dicomkit.errors import escaped
from dicomkit.net.access import DeviceEntry
from dicomkit.net.options import DEFAULT_SERVER
from dicomkit.net.storage.targets import ToFolder
from dicomkit.net.sync import serve

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.net.operations import RetrieveStep

__all__ = ["configure", "run", "tell_steps"]


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    add_keys(parser, "which instances: StudyInstanceUID=1.2.3, SeriesInstanceUID=…, PatientID=…")
    add_level(parser, ("study", "patient", "patient-study", "instance"))
    parser.add_argument(
        "--to", metavar="AE", help="the AE title that they are sent to, which the peer must know; ours if not given"
    )
    parser.add_argument(
        "--receive", metavar="DIR", help="receive them here, in a server that lives as long as the command"
    )
    parser.add_argument(
        "--receive-port", type=int, default=11113, metavar="PORT", help="the port that the peer sends to (11113)"
    )
    parser.add_argument(
        "--receive-host", default="", metavar="HOST", help="the address that is listened at; all of them if not given"
    )
    add_json(parser, "a JSON object a line for each answer: status, remaining, completed, failed, warning")
    parser.examples(
        "dicomkit move pacs 11112 StudyInstanceUID=1.2.3 --to WORKSTATION",
        "dicomkit move pacs 11112 StudyInstanceUID=1.2.3 --calling ME --receive study/ --receive-port 11112",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Ask for the instances, and show how far it is; 1 if not all could be sent."""
    model = model_of(arguments)
    query = retrieval_of(arguments)
    if model.move is None:
        raise CommandError(f"{model.name} has no C-MOVE")
    if arguments.receive is None and arguments.to is None:
        raise CommandError("say where to: --to AE, or --receive DIR to take them here")
    destination = arguments.to or arguments.calling
    with _receiving(arguments, destination), associate(arguments, [model.move]) as association:
        return tell_steps(arguments, terminal, association.move(query, destination, model))


def _receiving(arguments: Namespace, title: str) -> AbstractContextManager[object]:
    """Listen for what the peer sends, and for nobody else; do nothing where somebody else receives."""
    if arguments.receive is None:
        return nullcontext()
    addresses = {str(found[4][0]) for found in socket.getaddrinfo(arguments.host, None, type=socket.SOCK_STREAM)}
    return serve(
        (arguments.receive_host, arguments.receive_port),
        ae_title=title,
        handlers={"store": ToFolder(arguments.receive)},
        options=DEFAULT_SERVER.replace(devices=tuple([DeviceEntry("*", one, ("store",)) for one in addresses])),
        observe=tracer() if arguments.trace else None,
    )


def tell_steps(arguments: Namespace, terminal: Terminal, steps: Iterable[RetrieveStep]) -> int:
    """Show how far a retrieval is, and how it ended."""
    last: RetrieveStep | None = None
    with terminal.progress(1, "moving") as progress:
        for step in steps:
            last = step
            done = sum([number or 0 for number in (step.completed, step.failed, step.warning)])
            terminal.part_of(done + (step.remaining or 0))(done)
            if arguments.json:
                terminal.json(
                    {
                        "status": int(step.status),
                        "remaining": step.remaining,
                        "completed": step.completed,
                        "failed": step.failed,
                        "warning": step.warning,
                        "failed_sop_instance_uids": list(map(str.__str__, step.failed_uids)),
                        "comment": step.comment,
                    }
                )
        progress.advance()
    if last is None:
        return 1
    if not arguments.json:
        counts = [
            f"{number:,} {name}"
            for number, name in ((last.completed, "sent"), (last.failed, "failed"), (last.warning, "with a warning"))
            if number
        ]
        terminal.line(f"{status_text(last.status)}: {', '.join(counts) or 'nothing sent'}")
        if last.comment:
            terminal.line(escaped(last.comment, 200))
        for uid in last.failed_uids:
            terminal.line(f"not sent: {escaped(uid, 80)}")
    return 0 if last.status.is_success and not last.failed else 1
