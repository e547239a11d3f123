"""What commands that talk to a peer share: its address, titles, encryption, time-outs, and a trace of what happens."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from time import strftime
from typing import TYPE_CHECKING

from dicomkit.cli.terminal import CommandError
from dicomkit.errors import escaped
from dicomkit.net.access import DeviceEntry
from dicomkit.net.dimse import Status
from dicomkit.net.options import DEFAULT_ASSOCIATION, DEFAULT_SERVER
from dicomkit.net.sync import Association, send, serve
from dicomkit.net.tls import TLSProfile, client_context, server_context
from dicomkit.net.ul import UserIdentity, UserIdentityType

if TYPE_CHECKING:
    import ssl
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.errors import DimseStatusError
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.operations import StoreResult
    from dicomkit.net.operations.proposal import Wish
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.sync import Server
    from dicomkit.net.ul import ExtendedNegotiation

__all__ = [
    "add_listening", "add_own", "add_peer", "add_tls", "associate", "association_options", "listen_to_peer",
    "listening_context", "positive", "send_to", "status_text", "tell_refusal", "trace_line", "tracer",
]  # fmt: skip

_TIMES = ("connect_seconds", "response_seconds", "idle_seconds")


def add_peer(parser: Parser) -> None:
    """Add HOST, PORT and how to talk to the peer."""
    parser.add_argument("host", metavar="HOST", help="name or address of the peer")
    parser.add_argument("port", metavar="PORT", type=_port, help="its port, such as 104 or 11112")
    parser.add_argument("--called", default="ANY-SCP", metavar="AE", help="the peer's AE title (ANY-SCP if not given)")
    add_own(parser)
    parser.add_argument(
        "--user",
        metavar="NAME",
        help="a user identity; its passcode is taken from DICOMKIT_PASSCODE",
    )
    add_tls(parser, "the certificate that proves who this side is")


def add_own(parser: Parser) -> None:
    """Add this side's title, time-outs and trace."""
    parser.add_argument("--calling", default="DICOMKIT", metavar="AE", help="our own AE title (DICOMKIT if not given)")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="for connecting and for each answer; 15 and 60 if not given"
    )
    parser.add_argument("--pdu", type=_pdu, metavar="BYTES", help="the longest PDU that is received and sent (1M)")
    parser.add_argument("--trace", action="store_true", help="tell on standard error what happens on the association")


def add_tls(parser: Parser, certificate: str, *, connects: bool = True) -> None:
    """Add the options of encryption."""
    parser.add_argument(
        "--tls",
        nargs="?",
        const=TLSProfile.BCP195,
        choices=tuple(TLSProfile),
        help="encrypt, by a profile of PS3.15 Annex B: bcp195 (B.12) if none is named, or modified-bcp195 (B.13)",
    )
    parser.add_argument("--ca", metavar="FILE", help="PEM file of whom to trust; the system's authorities if none")
    parser.add_argument("--certificate", metavar="FILE", help=f"PEM file of {certificate}")
    parser.add_argument("--key", metavar="FILE", help="PEM file of its key, if that is another file")
    if connects:
        parser.add_argument("--tls-name", metavar="NAME", help="the name in the peer's certificate, if it is not HOST")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
        raise argparse.ArgumentTypeError(f"{escaped(text)!r} is no port: 1 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{escaped(text)!r} is no number of seconds above 0")
    return seconds


def positive(text: str) -> int:
    """Read a number of at least 1."""
    if not text.isascii() or not text.isdigit() or not int(text[:9]):
        raise argparse.ArgumentTypeError(f"{escaped(text)!r} is no number of at least 1")
    return int(text[:9])


def _pdu(text: str) -> int:
    digits, unit = (text[:-1], text[-1].upper()) if text[-1:].upper() in ("K", "M") else (text, "")
    if not digits.isascii() or not digits.isdigit():
        raise argparse.ArgumentTypeError(f"{escaped(text)!r} is no number of bytes, as 16384 or 128K")
    return int(digits[:12]) * {"": 1, "K": 1 << 10, "M": 1 << 20}[unit]


# -- associations ------------------------------------------------------------------------------------------------------


def association_options(arguments: Namespace, **more: object) -> AssociationOptions:
    """Make the options of an association from the arguments; CommandError for what they cannot be."""
    changes: dict[str, object] = dict(more)
    if arguments.timeout is not None:
        changes |= dict.fromkeys(_TIMES, arguments.timeout)
    if arguments.pdu is not None:
        changes |= {"maximum_length": arguments.pdu, "send_maximum": arguments.pdu}
    try:
        return DEFAULT_ASSOCIATION.replace(**changes)
    except ValueError as error:
        raise CommandError(str(error)) from None


def associate(
    arguments: Namespace,
    services: Iterable[Wish],
    *,
    receive: Iterable[str] | None = None,
    handlers: Mapping[str, Handler] | None = None,
    extended: Iterable[ExtendedNegotiation] = (),
    **options: object,
) -> Association:
    """Associate with the peer that the arguments name."""
    context = _connecting_context(arguments)
    try:
        return Association.request(
            (arguments.host, arguments.port),
            calling=arguments.calling,
            called=arguments.called,
            services=services,
            options=association_options(arguments, tls=context, tls_server_name=arguments.tls_name, **options),
            receive=receive,
            handlers=handlers,
            extended=extended,
            user_identity=_identity(arguments),
            observe=tracer() if arguments.trace else None,
            trace=trace_line if arguments.trace else None,
        )
    except ValueError as error:
        raise CommandError(str(error)) from None


def send_to(
    arguments: Namespace,
    paths: list[str],
    *,
    stop_on_failure: bool = False,
    transcode_to: tuple[str, ...] | None = None,
    **options: object,
) -> Iterator[StoreResult]:
    """Send files to the peer that the arguments name; a result for each."""
    context = _connecting_context(arguments)
    return send(
        (arguments.host, arguments.port),
        paths,
        calling=arguments.calling,
        called=arguments.called,
        options=association_options(arguments, tls=context, tls_server_name=arguments.tls_name, **options),
        stop_on_failure=stop_on_failure,
        transcode_to=transcode_to,
        user_identity=_identity(arguments),
        observe=tracer() if arguments.trace else None,
        trace=trace_line if arguments.trace else None,
    )


def _identity(arguments: Namespace) -> UserIdentity | None:
    if arguments.user is None:
        return None
    # Not an argument: those are seen by whoever lists processes.
    passcode = os.environ.get("DICOMKIT_PASSCODE")
    kind = UserIdentityType.USERNAME if passcode is None else UserIdentityType.USERNAME_AND_PASSCODE
    return UserIdentity(kind, arguments.user.encode(), (passcode or "").encode())


def _connecting_context(arguments: Namespace) -> ssl.SSLContext | None:
    if arguments.tls is None:
        if arguments.ca or arguments.certificate or arguments.key or arguments.tls_name:
            raise CommandError("--ca, --certificate, --key and --tls-name go with --tls")
        return None
    return client_context(arguments.tls, ca=arguments.ca, certificate=arguments.certificate, key=arguments.key)


def listening_context(arguments: Namespace) -> ssl.SSLContext | None:
    """Make what a server encrypts with, from the arguments of `add_tls`."""
    if arguments.tls is None:
        if arguments.ca or arguments.certificate or arguments.key:
            raise CommandError("--ca, --certificate and --key go with --tls")
        return None
    if not arguments.certificate:
        raise CommandError("--tls needs --certificate: without one nobody can tell that this is the server")
    return server_context(arguments.certificate, arguments.key, profile=arguments.tls, ca=arguments.ca)


# -- what is told ------------------------------------------------------------------------------------------------------


def tracer() -> Callable[..., None]:
    """Return what writes a line to standard error for each event: titles, numbers and statuses, never patients."""

    def told(*event: object, **fields: object) -> None:
        shown = " ".join([f"{name}={escaped(str(value), 200)}" for name, value in fields.items() if value is not None])
        sys.stderr.write(f"{strftime('%H:%M:%S')} {' '.join([escaped(str(part), 100) for part in event])} {shown}\n")

    return told


def trace_line(line: str) -> None:
    """Write a line that tells a PDU or a command set to standard error."""
    sys.stderr.write(f"{strftime('%H:%M:%S')} {line}\n")


def status_text(status: Status, table: str = "", primitive: str = "") -> str:
    """Return a status for people: its number and what it means to a service."""
    return f"{int(status):04X} {status.meaning(table, primitive) or status.category}"


def tell_refusal(arguments: Namespace, terminal: Terminal, error: DimseStatusError, table: str) -> int:
    """Say what the peer refused, and return 1."""
    if arguments.json:
        terminal.json({"status": error.status, "comment": error.message})
    else:
        comment = f": {escaped(error.message, 100)}" if error.message else ""
        terminal.line(f"refused, {status_text(Status(error.status), table)}{comment}")
    return 1


def listen_to_peer(arguments: Namespace, title: str, handlers: Mapping[str, Handler], *services: str) -> Server:
    """Listen at --receive-host and --receive-port for the peer that the arguments name, and for nobody else."""
    addresses = {str(found[4][0]) for found in socket.getaddrinfo(arguments.host, None, type=socket.SOCK_STREAM)}
    return serve(
        (arguments.receive_host, arguments.receive_port),
        ae_title=title,
        handlers=handlers,
        options=DEFAULT_SERVER.replace(devices=tuple([DeviceEntry("*", one, services) for one in addresses])),
        observe=tracer() if arguments.trace else None,
    )


def add_listening(parser: Parser, what: str, port: int | None) -> None:
    """Add --receive-port and --receive-host."""
    usual = "" if port is None else f" ({port})"
    parser.add_argument("--receive-port", type=_port, default=port, metavar="PORT", help=f"{what}{usual}")
    parser.add_argument(
        "--receive-host", default="", metavar="HOST", help="the address that is listened at; all of them if not given"
    )
