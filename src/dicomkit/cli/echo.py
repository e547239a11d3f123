"""``dicomkit echo``: ask whether a peer answers (C-ECHO, PS3.4 A, PS3.7 9.1.5)."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_json
from dicomkit.cli.peer import add_peer, associate, positive, status_text
from dicomkit.errors import escaped

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    parser.add_argument(
        "-n", "--count", type=positive, default=1, metavar="N", help="ask so often, over one association"
    )
    add_json(parser, "a JSON object: status, milliseconds, what the peer says of itself")
    parser.examples(
        "dicomkit echo pacs.example.org 11112 --called PACS",
        "dicomkit echo 10.1.2.3 2762 --tls --ca hospital.pem --certificate me.pem --trace",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Ask, and say how long the answers took."""
    began = monotonic()
    with associate(arguments, ("verification",)) as association:
        opened = monotonic() - began
        agreed = association.agreed
        worst = 0
        for _ in range(arguments.count):
            began = monotonic()
            status = association.echo()
            seconds = monotonic() - began
            worst = max(worst, 0 if status.is_success else 1)
            if not arguments.json:
                terminal.line(f"{status_text(status)}, {seconds * 1000:.1f} ms")
    if arguments.json:
        terminal.json(
            {
                "status": int(status),
                "milliseconds": round(seconds * 1000, 3),
                "association_milliseconds": round(opened * 1000, 3),
                "implementation": agreed.peer.implementation_version_name,
                "implementation_class_uid": agreed.peer.implementation_class_uid,
                "maximum_length": agreed.peer_maximum_length,
            }
        )
    else:
        name = escaped(agreed.peer.implementation_version_name or agreed.peer.implementation_class_uid, 80)
        terminal.line(f"{escaped(arguments.called)} is there{f': {name}' if name else ''}")
    return worst
