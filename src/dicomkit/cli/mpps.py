"""``dicomkit mpps``: tell a peer what a modality performs (PS3.4 F)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_json
from dicomkit.cli.inputs import find_inputs
from dicomkit.cli.peer import add_peer, associate, tell_refusal
from dicomkit.cli.query import put_key
from dicomkit.cli.terminal import CommandError
from dicomkit.dataset import Dataset
from dicomkit.errors import DimseStatusError, NotDicomError, escaped
from dicomkit.file import dcmread
from dicomkit.formats import from_json, iter_json
from dicomkit.net.exchanges import PerformedStep, begin_step, step_begun
from dicomkit.net.exchanges.performed_step import PERFORMED_STEP
from dicomkit.net.sync import run as run_exchange

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.net.sync import Association

__all__ = ["configure", "read_item", "run", "show_instance"]

_RETRIEVE = "1.2.840.10008.3.1.2.3.4"
_ACTIONS = ("begin", "complete", "discontinue", "get")


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    parser.add_argument("action", metavar="ACTION", choices=_ACTIONS, help="begin, complete, discontinue or get")
    parser.add_argument(
        "what",
        nargs="*",
        metavar="WHAT",
        help="begin: what is known of patient and order, as PatientID=1; otherwise the UID that begin has told, and "
        "with complete and discontinue the files that were made",
    )
    parser.add_argument("--item", metavar="FILE", help="begin: a worklist item, a line of dicomkit worklist --json")
    parser.add_argument("--station", metavar="AE", help="begin: the AE title of the modality; ours if not given")
    parser.add_argument("--modality", default="", metavar="CS", help="begin: that of the item if not given")
    parser.add_argument("--uid", default="", help="begin: the step's UID, a new one if not given")
    parser.add_argument("--protocol", default="", metavar="NAME", help="complete: for files without Protocol Name")
    parser.add_argument("--retrieve-ae", default="", metavar="AE", help="complete: where the files can be had")
    add_json(parser, "a JSON object: sop_instance_uid and state, or status and comment; for get the DICOM JSON Model")
    parser.examples(
        "dicomkit mpps ris 11112 begin --item item.json --station CT1",
        "dicomkit mpps ris 11112 complete 2.25.123 series/ --retrieve-ae PACS",
        "dicomkit mpps ris 11112 begin PatientID=1 PatientName=Doe^Jane --modality CT",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Do one thing with a step; 1 if the peer refuses it."""
    if arguments.action != "begin" and not arguments.what:
        raise CommandError(f"{arguments.action} needs the UID of the step")
    ds = _begun(arguments) if arguments.action == "begin" else Dataset()
    files = _instances(arguments.what[1:], terminal) if arguments.action in ("complete", "discontinue") else []
    if arguments.action == "complete" and not files:
        raise CommandError("complete needs the files that were made; discontinue does not")
    with associate(arguments, [_RETRIEVE if arguments.action == "get" else PERFORMED_STEP]) as association:
        try:
            return _do(arguments, terminal, association, ds, files)
        except DimseStatusError as error:
            return tell_refusal(arguments, terminal, error, "PROCEDURE_STEP")


def _do(arguments: Namespace, terminal: Terminal, association: Association, ds: Dataset, files: list[Dataset]) -> int:
    if arguments.action == "begin":
        step = run_exchange(association, begin_step(ds, arguments.uid))
        return _tell(arguments, terminal, step.sop_instance_uid, "IN PROGRESS")
    uid = arguments.what[0]
    if arguments.action == "get":
        reply = association.n_get(_RETRIEVE, uid)
        reply.raise_for_status()
        show_instance(arguments, terminal, reply.dataset or Dataset())
        return 0
    step = PerformedStep(uid)
    about = {"protocol": arguments.protocol, "retrieve_ae_title": arguments.retrieve_ae}
    if arguments.action == "complete":
        run_exchange(association, step.complete(files, **about))
        return _tell(arguments, terminal, uid, "COMPLETED")
    run_exchange(association, step.discontinue(files, **about))
    return _tell(arguments, terminal, uid, "DISCONTINUED")


def _tell(arguments: Namespace, terminal: Terminal, uid: str, state: str) -> int:
    if arguments.json:
        terminal.json({"sop_instance_uid": str(uid), "state": state})
    else:
        terminal.line(f"{escaped(uid, 64)} {state}")
    return 0


def show_instance(arguments: Namespace, terminal: Terminal, ds: Dataset) -> None:
    """Show what a peer keeps, in the DICOM JSON Model or a line an element."""
    if arguments.json:
        terminal.json_pieces(iter_json(ds))
    else:
        for line in str(ds).splitlines():
            terminal.line(escaped(line, 400))


def read_item(path: str) -> Dataset:
    """Read a data set in the DICOM JSON Model from a file."""
    with open(path, encoding="utf-8") as file:
        return from_json(file.read())


def _begun(arguments: Namespace) -> Dataset:
    item = Dataset() if arguments.item is None else read_item(arguments.item)
    for text in arguments.what:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f"{escaped(text)} is no KEY=VALUE")
        put_key(item, name, value)
    return step_begun(item, station_ae_title=arguments.station or arguments.calling, modality=arguments.modality)


def _instances(names: list[str], terminal: Terminal) -> list[Dataset]:
    found, _ = find_inputs(names, terminal) if names else ([], 0)
    instances = []
    for file in found:
        try:
            instances.append(dcmread(file.path))
        except NotDicomError:
            if file.is_named:
                raise
    return instances
