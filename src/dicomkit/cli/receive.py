"""``dicomkit receive``: take what peers send, as files that are whole and durable when they are answered (PS3.4 B)."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_json
from dicomkit.cli.peer import add_tls, listening_context, positive, trace_line, tracer
from dicomkit.cli.terminal import CommandError
from dicomkit.core.uid import UID
from dicomkit.errors import DicomError, NetworkError, counted, escaped
from dicomkit.net.access import DeviceEntry
from dicomkit.net.options import DEFAULT_SERVER
from dicomkit.net.storage import Duplicates
from dicomkit.net.storage.targets import ToFolder
from dicomkit.net.sync import serve

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from types import FrameType

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.net.dispatch import StoreRequest
    from dicomkit.net.options import ServerOptions

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder that instances are written to")
    parser.add_argument(
        "--port", type=int, default=11112, metavar="PORT", help="11112 if not given; 0 takes a free one"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="HOST", help="this machine alone (127.0.0.1) if not given; all: ''"
    )
    parser.add_argument("--ae-title", default="DICOMKIT", metavar="AE", help="our AE title, which peers must call")
    parser.add_argument("--any-called", action="store_true", help="take associations that call another AE title too")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="AE@NET:SERVICES",
        help="who may send, such as CT1@10.1.0.0/16:store; beyond this machine one is needed, or --tls with --ca",
    )
    parser.add_argument(
        "--layout", metavar="TEMPLATE", help="names of files: {PatientID}/{StudyInstanceUID}/{SOPInstanceUID}.dcm"
    )
    parser.add_argument(
        "--duplicates",
        choices=tuple(Duplicates),
        default=str(Duplicates.KEEP_BOTH),
        help="when an instance comes again with other bytes (keep-both)",
    )
    parser.add_argument(
        "--no-fsync", action="store_true", help="answer before the disk has it; for trials, a power cut loses instances"
    )
    parser.add_argument("--associations", type=positive, metavar="N", help="at once; 100 if not given")
    parser.add_argument("--window", type=positive, metavar="N", help="requests a peer may have unanswered; 1")
    parser.add_argument("--count", type=positive, metavar="N", help="stop after so many instances")
    parser.add_argument("--trace", action="store_true", help="tell on standard error what happens on associations")
    add_tls(parser, "the certificate that proves who the server is", connects=False)
    add_json(
        parser, "a JSON object a line for each instance: file, SOP Instance UID, transfer syntax, calling AE title"
    )
    parser.examples(
        "dicomkit receive --out incoming/",
        "dicomkit receive --out incoming/ --host '' --allow CT1@10.1.2.3:store --port 104",
        "dicomkit receive --out incoming/ --host '' --tls --certificate server.pem --ca hospital.pem",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Listen until it is told to stop."""
    told = threading.Lock()
    enough = threading.Event()
    count = 0

    def then(request: StoreRequest) -> None:
        nonlocal count
        with told:
            count += 1
            _tell(arguments, terminal, request)
            if arguments.count is not None and count >= arguments.count:
                enough.set()

    try:
        target = ToFolder(
            arguments.out,
            durable=not arguments.no_fsync,
            duplicates=arguments.duplicates,
            layout=arguments.layout,
            then=then,
        )
        options = _options(arguments)
        server = serve(
            (arguments.host, arguments.port),
            ae_title=arguments.ae_title,
            handlers={"store": target},
            options=options,
            observe=tracer() if arguments.trace else None,
            trace=_trace_association if arguments.trace else None,
        )
    except NetworkError as error:
        raise CommandError(f"{error}. Here that is --allow, or --tls with --ca") from None
    except (ValueError, DicomError) as error:
        raise CommandError(str(error)) from None
    for name in ("SIGTERM", "SIGINT"):
        if hasattr(signal, name) and threading.current_thread() is threading.main_thread():
            signal.signal(getattr(signal, name), _setter(enough))
    with server:
        host, port = server.address
        terminal.note(f"listening at {host}:{port} as {arguments.ae_title}; Ctrl-C stops")
        enough.wait()
        terminal.note("stopping: what was begun is finished")
    terminal.note(f"{counted(count, 'instance')} received")
    return 0


def _trace_association(number: int, line: str) -> None:
    trace_line(f"{number} {line}")


def _setter(enough: threading.Event) -> Callable[[int, FrameType | None], None]:
    def stop(number: int, frame: FrameType | None) -> None:
        enough.set()

    return stop


def _options(arguments: Namespace) -> ServerOptions:
    association = DEFAULT_SERVER.association.replace(
        tls=listening_context(arguments), operations_performed=arguments.window or 1
    )
    devices = tuple([DeviceEntry.parse(text) for text in arguments.allow])
    options = DEFAULT_SERVER.replace(association=association, check_called=not arguments.any_called, devices=devices)
    return options if arguments.associations is None else options.replace(associations=arguments.associations)


def _tell(arguments: Namespace, terminal: Terminal, request: StoreRequest) -> None:
    if arguments.json:
        terminal.json(
            {
                "file": str(request.path),
                "sop_class_uid": str.__str__(UID(request.sop_class_uid)),
                "sop_instance_uid": str.__str__(UID(request.sop_instance_uid)),
                "transfer_syntax": str.__str__(request.context.transfer_syntax),
                "calling_ae_title": request.peer.calling_ae_title,
            }
        )
    else:
        terminal.line(f"{escaped(str(request.path), 1000)} from {escaped(request.peer.calling_ae_title, 20)}")
    sys.stdout.flush()
